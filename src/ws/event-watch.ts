import { setTimeout as sleep } from 'node:timers/promises';
import { type EventChannel, topicOf } from '../channels.js';
import { messageOf } from '../errors.js';
import type { Logger } from '../logger.js';
import type { Position } from '../store/outbox.js';
import type { EventReader } from './event-source.js';
import type { EventTopic } from './event-topic.js';
import type { GatewayStats } from './stats.js';

/** A channel of events that somebody is subscribed to. */
export interface WatchedEvents {
  readonly channel: EventChannel;
  readonly events: EventTopic;
}

export interface EventWatchOptions {
  /** Gives the channels that somebody is subscribed to now. */
  readonly watched: () => readonly WatchedEvents[];
  readonly reader: Pick<EventReader, 'places'>;
  readonly stats: GatewayStats;
  readonly logger: Logger;
  /** How often it is looked, ms; up to a quarter more or less. Default 4,000. */
  readonly everyMs?: number;
  /** How long an event may be on its way, ms. Default 1,000. */
  readonly graceMs?: number;
}

const EVERY_MS = 4_000;
const GRACE_MS = 1_000;

/**
 * Notices events that were lost on the way with none behind them that would tell: now and then one query asks up to where
 * all channels with subscribers have been told, and whoever has not been told that a while later gets it from the database.
 */
export class EventWatch {
  readonly #options: EventWatchOptions;
  #stopping = new AbortController();
  #isFailing = false;

  constructor(options: EventWatchOptions) {
    this.#options = options;
  }

  start(): void {
    const { everyMs = EVERY_MS } = this.#options;
    this.#stopping = new AbortController();
    void this.#run(everyMs, this.#stopping.signal);
  }

  stop(): void {
    this.#stopping.abort();
  }

  async #run(everyMs: number, signal: AbortSignal): Promise<void> {
    for (;;) {
      await pause(everyMs * (0.75 + Math.random() / 2), signal);
      if (signal.aborted) return;
      await this.#look(signal);
    }
  }

  async #look(signal: AbortSignal): Promise<void> {
    const { watched, stats, graceMs = GRACE_MS } = this.#options;
    const asked = watched();
    if (asked.length === 0) return;
    const places = await this.#places(asked, signal);
    const behind = asked.flatMap(({ channel, events }) => {
      const place = places.get(topicOf(channel));
      return place !== undefined && events.isBehind(place) ? [{ events, place }] : [];
    });
    if (behind.length === 0) return;
    // What was committed just now is on its way.
    await pause(graceMs, signal);
    if (signal.aborted) return;
    for (const { events, place } of behind) stats.unnoticedLosses += events.mendBehind(place);
  }

  async #places(
    asked: readonly WatchedEvents[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, Position>> {
    const { reader, logger } = this.#options;
    try {
      const places = await reader.places(asked.map(({ channel }) => channel));
      this.#isFailing = false;
      return places;
    } catch (error) {
      if (!this.#isFailing && !signal.aborted) {
        logger.warn({ error: messageOf(error) }, 'it is not known whether events were lost; asking again');
      }
      this.#isFailing = true;
      return new Map();
    }
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return sleep(ms, undefined, { signal, ref: false }).catch(() => undefined);
}
