import { type EventChannel, topicName } from '../channels.js';
import type { Position, Recovery } from '../store/outbox.js';
import type { Connection } from '../store/pool.js';
import {
  ensurePlace,
  readLately,
  readMissed,
  readPlace,
  readPlaces,
} from '../store/repositories/channel-events.js';
import { listNotifications, notificationEvent } from '../store/repositories/notifications.js';
import { listReviewQueue, recommendationEvent } from '../store/repositories/recommendations.js';
import { signalItem } from './methods/signal-item.js';
import type { GatewayPorts } from './ports.js';

/** What a channel of events begins with. */
export interface EventState {
  /** Up to which event the items are so; null: there was none yet. */
  readonly position: Position | null;
  /** Our clock, ms. */
  readonly time: number;
  /** A list; of `system-status` a map. */
  readonly items: unknown;
}

/** Where events are read from. */
export interface EventReader {
  /** Reads what stands now; what is committed when it is called is in it. @throws what the database throws */
  state(channel: EventChannel): Promise<EventState>;
  /** Reads what was told behind a position, all or nothing. @throws what the database throws */
  recover(channel: EventChannel, from: Position): Promise<Recovery>;
  /**
   * Gives up to where channels have been told, by their topics; those that nothing is known of are left out.
   * @throws what the database throws
   */
  places(channels: readonly EventChannel[]): Promise<ReadonlyMap<string, Position>>;
}

/** Things of a snapshot. */
const MAX_ITEMS = 100;
/** Missed events that are told one by one; who has missed more gets what stands. */
const MAX_MISSED = 5_000;

/** Reads events of the outbox, and what stands, as who subscribed: the database shows what they may see. */
export class EventSource implements EventReader {
  readonly #ports: Pick<GatewayPorts, 'stored' | 'users' | 'status'>;

  constructor(ports: Pick<GatewayPorts, 'stored' | 'users' | 'status'>) {
    this.#ports = ports;
  }

  async state(channel: EventChannel): Promise<EventState> {
    const { stored } = this.#ports;
    if (channel.kind === 'signals') {
      if (stored === null) throw new RangeError(`${channel.name} is not served`);
      const { position, signals } = await stored.activeSignals(channel.name, channel.symbol);
      return { position, time: Date.now(), items: signals.map((signal) => signalItem(signal, stored)) };
    }
    const found = await this.#standing(channel);
    if (found.position !== null || channel.userId === null) return found;
    // A user's own channel has its place from now on, and what is told next can be recovered.
    await this.#as(channel, (connection) => ensurePlace(connection, channel));
    return this.#standing(channel);
  }

  recover(channel: EventChannel, from: Position): Promise<Recovery> {
    // Nothing that was told can be read: who comes back begins anew.
    if (this.#ports.users === null) return Promise.resolve({ recovered: false, reason: 'epoch' });
    return this.#as(channel, (connection) => readMissed(connection, channel, from, MAX_MISSED));
  }

  async places(channels: readonly EventChannel[]): Promise<ReadonlyMap<string, Position>> {
    const { users } = this.#ports;
    if (users === null || channels.length === 0) return new Map();
    const places = await users.as(null, (connection) => readPlaces(connection, channels));
    return new Map(places.map((place) => [topicName(place.channel, place.userId), place]));
  }

  #standing(channel: EventChannel): Promise<EventState> {
    return this.#as(
      channel,
      async (connection) => {
        const place = await readPlace(connection, channel);
        const items = await this.#items(channel, connection);
        return { position: place, time: Date.now(), items };
      },
      true,
    );
  }

  async #items({ kind, name, userId }: EventChannel, connection: Connection): Promise<unknown> {
    switch (kind) {
      case 'alerts':
        return readLately(connection, name, userId ?? 0, MAX_ITEMS);
      case 'notifications': {
        const unread = { status: 'unread', limit: MAX_ITEMS } as const;
        const { items } = await listNotifications(connection, userId ?? 0, unread);
        return items.map((item) => notificationEvent(item).data);
      }
      case 'recommendations': {
        const { items } = await listReviewQueue(connection, { limit: MAX_ITEMS });
        return items.map((item) => recommendationEvent(item).data);
      }
      case 'system-status':
        return this.#ports.status?.current() ?? null;
      case 'signals':
        throw new RangeError(`${name} is read elsewhere`);
    }
  }

  #as<T>(
    { name, readerId }: EventChannel,
    work: (connection: Connection) => Promise<T>,
    isOneMoment = false,
  ): Promise<T> {
    const { users } = this.#ports;
    if (users === null) throw new RangeError(`${name} is not served: there is no database`);
    return users.as(readerId, work, { isOneMoment });
  }
}
