import type { FeedEvent } from '../../events.js';
import { RecentValues } from './recent-values.js';

/** Of many events every 16th is timed: two looks at a clock cost a tenth of an event. */
const MASK = 15;
/** So many of a turn are timed all: of a quiet market every event. */
const TURN_EVENTS = 50;

/** Counts the events that go through the engine, and times some of them from their receipt to their publication. */
export class TickMeter {
  /** Milliseconds of the timed ones: engine, publication, hand-over to the writer. */
  readonly durations = new RecentValues();
  #events = 0;
  #left = TURN_EVENTS;
  readonly #process: (event: FeedEvent) => void;

  /** @param process takes an event through everything, synchronously */
  constructor(process: (event: FeedEvent) => void) {
    this.#process = process;
  }

  /** Events so far. */
  get events(): number {
    return this.#events;
  }

  /** Begins a turn; to be called once a second, `now` in ms. */
  turn(now: number): void {
    this.#left = TURN_EVENTS;
    this.durations.turn(now);
  }

  /** Takes an event through. */
  process(event: FeedEvent): void {
    this.#events += 1;
    if (this.#left === 0 && (this.#events & MASK) !== 0) {
      this.#process(event);
      return;
    }
    if (this.#left > 0) this.#left -= 1;
    const begin = performance.now();
    this.#process(event);
    this.durations.add(performance.now() - begin);
  }
}
