import { type EventChannel, topicOf } from '../channels.js';
import type { Position, StoredEvent } from '../store/outbox.js';
import type { EventReader, EventState } from './event-source.js';
import { SharedReading } from './shared-reading.js';

/** What a subscriber missed: the events from `begin` on. Many share the list. */
export interface Missed {
  readonly events: readonly StoredEvent[];
  readonly begin: number;
}

/** Gives what was missed behind a place; null: not all of it is to be had. */
type Answer = (from: Position) => Missed | null;

/**
 * Reads a channel for many at once, each as who may see it. Thousands that come back together, at whichever places, cost
 * the database a few queries: what lies behind the lowest place that can be had, each takes its end of.
 */
export class SharedEvents {
  readonly #states = new Map<number | null, SharedReading<null, EventState>>();
  readonly #recoveries = new Map<number | null, SharedReading<Position, Answer>>();

  constructor(private readonly reader: EventReader) {}

  /** Gives what stands, read after this was called. @throws what reading throws */
  state(channel: EventChannel): Promise<EventState> {
    const make = () => new SharedReading<null, EventState>(() => this.reader.state(channel));
    return kept(this.#states, channel.readerId, make).ask(null);
  }

  /** Gives what was told behind a place, read after this was called; null: not all is to be had. @throws what reading throws */
  async missed(channel: EventChannel, from: Position): Promise<Missed | null> {
    const make = () => new SharedReading<Position, Answer>((asked) => this.#readMissed(channel, asked));
    const answer = await kept(this.#recoveries, channel.readerId, make).ask(from);
    return answer(from);
  }

  async #readMissed(channel: EventChannel, asked: readonly Position[]): Promise<Answer> {
    let epochs = new Set(asked.map(({ epoch }) => epoch));
    if (epochs.size > 1) {
      // Clients may say anything: each made up epoch must not cost a query.
      const place = (await this.reader.places([channel])).get(topicOf(channel));
      epochs = new Set(place === undefined ? [] : [place.epoch]);
    }
    const [epoch] = epochs;
    if (epoch === undefined) return () => null;
    const offsets = new Set(asked.flatMap((from) => (from.epoch === epoch ? [from.offset] : [])));
    const missed = await this.#behindLowest(channel, epoch, offsets);
    if (missed === null) return () => null;
    const end = missed.lowest + missed.events.length;
    return (from) => {
      if (from.epoch !== epoch || from.offset < missed.lowest || from.offset > end) return null;
      return { events: missed.events, begin: from.offset - missed.lowest };
    };
  }

  /** Gives the events behind the lowest of some offsets for which all can be had; null: there is none. */
  async #behindLowest(
    channel: EventChannel,
    epoch: string,
    offsets: ReadonlySet<number>,
  ): Promise<{ readonly lowest: number; readonly events: readonly StoredEvent[] } | null> {
    let rest = [...offsets];
    while (rest.length > 0) {
      const lowest = rest.reduce((least, offset) => Math.min(least, offset));
      const recovery = await this.reader.recover(channel, { epoch, offset: lowest });
      if (recovery.recovered) return { lowest, events: recovery.events };
      // If the lowest lies ahead, all do.
      if (!('kept' in recovery)) return null;
      const least = Math.max(recovery.kept, lowest + 1);
      rest = rest.filter((offset) => offset >= least);
    }
    return null;
  }
}

function kept<T>(map: Map<number | null, T>, key: number | null, make: () => T): T {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
