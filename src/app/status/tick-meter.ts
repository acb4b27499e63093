import type { FeedEvent } from '../../events.js';
import { RecentValues } from './recent-values.js';

/** Every 16th event is timed: two looks at a clock cost a tenth of an event. */
const MASK = 15;

/** Counts the events that go through the engine, and times some of them from their receipt to their publication. */
export class TickMeter {
  /** Milliseconds of the timed ones: engine, publication, hand-over to the writer. */
  readonly durations = new RecentValues();
  #events = 0;
  readonly #process: (event: FeedEvent) => void;

  /** @param process takes an event through everything, synchronously */
  constructor(process: (event: FeedEvent) => void) {
    this.#process = process;
  }

  /** Events so far. */
  get events(): number {
    return this.#events;
  }

  /** Takes an event through. */
  process(event: FeedEvent): void {
    this.#events += 1;
    if ((this.#events & MASK) !== 0) {
      this.#process(event);
      return;
    }
    const begin = performance.now();
    this.#process(event);
    this.durations.add(performance.now() - begin);
  }
}
