import type { InputRing } from './input-ring.js';
import type { StructureBreak } from './structure.js';
import type { SwingTracker } from './swing-tracker.js';
import { trendOf } from './trend.js';

/** A break, by its candle's number instead of its age. */
export type BreakPoint = Omit<StructureBreak, 'back'> & { readonly number: number };

/**
 * Breaks of structure: the first close beyond the newest swing high or low. In the direction of the break before it is a
 * continuation (break of structure), against it a reversal (change of character). Before the first break the swings' trend
 * takes its place; a break out of a range is then a continuation.
 */
export class BreakTracker {
  #newest: BreakPoint | null = null;
  /** Candle numbers of the newest swings that were broken. */
  #brokenHigh = -1;
  #brokenLow = -1;

  /** Newest break ever; null: none. */
  get newest(): BreakPoint | null {
    return this.#newest;
  }

  /** Looks at the newest candle of the ring. @param swings as they stood before it */
  take(ring: InputRing, swings: SwingTracker): void {
    const number = ring.count - 1;
    const close = ring.close(number);
    const high = swings.newest('high');
    const low = swings.newest('low');
    if (high !== undefined && close > high.price && high.number !== this.#brokenHigh) {
      this.#brokenHigh = high.number;
      this.#set(ring, swings, 'up', high.price);
    } else if (low !== undefined && close < low.price && low.number !== this.#brokenLow) {
      this.#brokenLow = low.number;
      this.#set(ring, swings, 'down', low.price);
    }
  }

  #set(ring: InputRing, swings: SwingTracker, direction: 'up' | 'down', level: number): void {
    const number = ring.count - 1;
    const before = this.#newest?.direction ?? trendOf(swings.points);
    const kind = before === direction || before === 'range' ? 'continuation' : 'reversal';
    this.#newest = { kind, direction, level, time: ring.time(number), number };
  }
}
