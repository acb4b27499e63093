import { EVERY_SYMBOL } from '../channels.js';
import type { Position, SnapshotMessage, UpdateMessage } from '../protocol.js';
import { ConnectionError } from './connection-error.js';
import { guarded } from './emitter.js';
import { foldRows } from './rows.js';
import type { Resumed, Snapshot, Update } from './types.js';

/** What a subscriber is called with; each is optional, what is not given is not reported. */
export interface SubscriptionHandlers<D, S = D> {
  readonly snapshot?: (snapshot: Snapshot<S>) => void;
  readonly update?: (update: Update<D>) => void;
  /** Updates that were replaced by newer ones before they were sent: this client, or its rate, is too slow for all. */
  readonly skipped?: (count: number) => void;
  /** False: the connection is lost, and what is known grows old. True: it goes on. */
  readonly live?: (isLive: boolean) => void;
  /** The subscription will give no more: null if it was ended here, else why the server, or the client, gave it up. */
  readonly ended?: (error: Error | null) => void;
}

/** How far a channel has come that messages name. */
interface Place {
  fields: readonly string[] | undefined;
  position: Position | null;
  /** It has begun on the connection that there is. */
  hasBegun: boolean;
  /** It had begun on an earlier one. */
  isResuming: boolean;
}

/** One subscription of one client, over any number of connections: folds rows, follows positions. */
export class ChannelState<D> {
  /** Settles when the server has accepted, or refused, for the first time. */
  readonly accepted: Promise<void>;
  /** It stands for every symbol, each of which messages name. */
  readonly isPattern: boolean;
  wasAccepted = false;
  #accept: () => void = () => undefined;
  #refuse: (error: Error) => void = () => undefined;
  readonly #handlers: SubscriptionHandlers<D>;
  /** By the channels that messages name: of a pattern many, else one. */
  readonly #places = new Map<string, Place>();

  constructor(
    readonly channel: string,
    handlers: SubscriptionHandlers<D>,
  ) {
    this.isPattern = channel.includes(`:${EVERY_SYMBOL}`);
    this.#handlers = handlers;
    this.accepted = new Promise((resolve, reject) => {
      this.#accept = resolve;
      this.#refuse = reject;
    });
  }

  /** Gives the newest that was seen, by channel; nothing of one without a snapshot yet. */
  *positions(): Generator<readonly [channel: string, position: Position]> {
    for (const [channel, { position }] of this.#places) if (position !== null) yield [channel, position];
  }

  accept(): void {
    this.wasAccepted = true;
    this.#accept();
    if (this.isPattern) this.#tellLive(true);
  }

  /** Call when the connection is lost: the next snapshot says what was missed. */
  interrupt(): void {
    for (const place of this.#places.values()) {
      place.isResuming ||= place.hasBegun;
      place.hasBegun = false;
    }
    this.#tellLive(false);
  }

  /** @param error why it ended; null: as this side wished */
  end(error: Error | null): void {
    this.#refuse(error ?? new ConnectionError(`${this.channel} was given up before the server accepted it`));
    if (this.#handlers.ended !== undefined) guarded(this.#handlers.ended, error);
  }

  /** Hands the snapshot on; gives how it goes on if it is the first after a reconnect. @throws TypeError if unreadable */
  snapshot(message: SnapshotMessage): Resumed | null {
    const { channel, epoch, offset, time, fields, recovered = false } = message;
    const place = this.#placeOf(channel);
    const data = fold(fields, message.data) as D | null;
    const from = place.position;
    const { isResuming } = place;
    place.fields = fields;
    place.hasBegun = true;
    place.isResuming = false;
    if (!this.isPattern) this.#tellLive(true);
    // What was known stays, and what is missing follows. A second answer of this kind takes nothing back.
    if (recovered && from !== null) {
      return isResuming ? { channel, from, to: from, recovered, missed: 0 } : null;
    }
    const to = { epoch, offset };
    place.position = to;
    const missed = from?.epoch === epoch ? offset - from.offset : null;
    const resumed = isResuming ? { channel, from, to, recovered: false, missed } : null;
    if (this.#handlers.snapshot !== undefined) {
      const snapshot: Snapshot<D> = { type: 'snapshot', channel, position: to, time, data };
      guarded(this.#handlers.snapshot, resumed === null ? snapshot : { ...snapshot, resumed });
    }
    return resumed;
  }

  /** Hands an update on, once. @throws TypeError if it is unreadable */
  update({ channel, offset, time, data }: UpdateMessage): void {
    const place = this.#places.get(channel);
    // Left over from a subscription of the same name that was just ended: the snapshot is still to come.
    if (place === undefined || place.position === null || !place.hasBegun) return;
    // Told before, by a channel that is recovered both by its name and by a pattern.
    if (offset <= place.position.offset) return;
    const folded = fold(place.fields, data) as D;
    const position = { epoch: place.position.epoch, offset };
    place.position = position;
    if (this.#handlers.update !== undefined) {
      guarded(this.#handlers.update, { type: 'update', channel, position, time, data: folded });
    }
  }

  skipped(count: number): void {
    if (this.#handlers.skipped !== undefined) guarded(this.#handlers.skipped, count);
  }

  #tellLive(isLive: boolean): void {
    if (this.#handlers.live !== undefined) guarded(this.#handlers.live, isLive);
  }

  #placeOf(channel: string): Place {
    const known = this.#places.get(channel);
    if (known !== undefined) return known;
    const place: Place = { fields: undefined, position: null, hasBegun: false, isResuming: false };
    this.#places.set(channel, place);
    return place;
  }
}

function fold(fields: readonly string[] | undefined, data: unknown): unknown {
  return fields === undefined ? data : foldRows(fields, data);
}
