import type { FeedEvent } from '../../events.js';
import { momentOf } from './recorded-events.js';

type Batches = AsyncIterator<readonly FeedEvent[], void, undefined>;

/** A stream of events and how far it has been merged. */
class Source {
  /** Moment of the next event; Infinity at the end. */
  moment = Number.NEGATIVE_INFINITY;
  #batch: readonly FeedEvent[] = [];
  #next = 0;

  constructor(private readonly batches: Batches) {}

  get isEmpty(): boolean {
    return this.#next >= this.#batch.length;
  }

  /** Reads on until there is an event, or the end. */
  async fill(): Promise<void> {
    while (this.isEmpty) {
      const { value, done } = await this.batches.next();
      if (done === true) {
        this.moment = Number.POSITIVE_INFINITY;
        return;
      }
      this.#batch = value;
      this.#next = 0;
    }
    this.#look();
  }

  /** Takes the next event. */
  take(): FeedEvent {
    const event = this.#batch[this.#next++] as FeedEvent;
    if (!this.isEmpty) this.#look();
    return event;
  }

  #look(): void {
    this.moment = momentOf(this.#batch[this.#next] as FeedEvent);
  }
}

/** An event and the moment at which it would have come. */
export type TakeEvent = (event: FeedEvent, moment: number) => void;

/**
 * Merges streams of events by time: earliest first, at the same moment in the order of `streams`; within a stream the
 * order stays, and what is older than the event before it comes at the same moment. However the streams are cut into
 * batches, the order is the same.
 *
 * @param take called for each event
 * @param pause called before the first event of each moment; a promise is waited for
 */
export async function mergeEvents(
  streams: readonly AsyncIterable<readonly FeedEvent[]>[],
  take: TakeEvent,
  pause: (moment: number) => Promise<unknown> | undefined,
): Promise<void> {
  const sources = streams.map((stream) => new Source(stream[Symbol.asyncIterator]()));
  await Promise.all(sources.map((source) => source.fill()));
  let before = Number.NEGATIVE_INFINITY;
  for (let source = earliest(sources); source !== undefined; source = earliest(sources)) {
    if (source.moment > before) {
      before = source.moment;
      const waiting = pause(before);
      if (waiting !== undefined) await waiting;
    }
    take(source.take(), before);
    if (source.isEmpty) await source.fill();
  }
}

function earliest(sources: readonly Source[]): Source | undefined {
  let found: Source | undefined;
  for (const source of sources) {
    if (source.moment < (found?.moment ?? Number.POSITIVE_INFINITY)) found = source;
  }
  return found;
}
