import { TIMEFRAME_COUNT } from '../timeframe.js';
import { toLots } from './lots.js';
import type { Shape, Shaped } from './shape.js';

/** Candles that are kept of each timeframe: what a pattern, a mean volume and a pair of the usual period read. */
const KEPT = 24;

const TIME = 0;
const OPEN = 1;
const HIGH = 2;
const LOW = 3;
const CLOSE = 4;
const VOLUME = 5;
const ROW = 6;
const ROWS = KEPT * ROW;

/** What is saved: `count` candles were closed, number `i` lies at `i % 24` of its timeframe. */
export const RECENT_SHAPE = {
  fields: { rows: { doubles: TIMEFRAME_COUNT * ROWS }, counts: { doubles: TIMEFRAME_COUNT } },
} as const satisfies Shape;
export type SavedRecent = Shaped<typeof RECENT_SHAPE>;

/** A closed candle. */
export interface RecentCandle {
  /** Start of the bucket, ms. */
  readonly time: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  /** Base units. */
  readonly volume: number;
}

/** The newest closed candles of an asset's eight series. */
export class RecentCandles {
  readonly #rows = new Float64Array(TIMEFRAME_COUNT * ROWS);
  readonly #counts = new Float64Array(TIMEFRAME_COUNT);

  /** Candles that were closed so far. */
  count(timeframe: number): number {
    return this.#counts[timeframe] as number;
  }

  /** Takes the candle of the bucket that begins at `time` in. */
  push(timeframe: number, time: number, candle: Omit<RecentCandle, 'time' | 'volume'>, volume: number): void {
    const rows = this.#rows;
    const count = this.#counts[timeframe] as number;
    const row = timeframe * ROWS + (count % KEPT) * ROW;
    rows[row + TIME] = time;
    rows[row + OPEN] = candle.open;
    rows[row + HIGH] = candle.high;
    rows[row + LOW] = candle.low;
    rows[row + CLOSE] = candle.close;
    rows[row + VOLUME] = volume;
    this.#counts[timeframe] = count + 1;
  }

  /** Copies the newest candles, at most `most` and at most 24, oldest first. */
  last(timeframe: number, most: number): readonly RecentCandle[] {
    const rows = this.#rows;
    const count = this.#counts[timeframe] as number;
    const length = Math.min(most, count, KEPT);
    return Array.from({ length }, (_, i) => {
      const row = timeframe * ROWS + ((count - length + i) % KEPT) * ROW;
      return {
        time: rows[row + TIME] as number,
        open: rows[row + OPEN] as number,
        high: rows[row + HIGH] as number,
        low: rows[row + LOW] as number,
        close: rows[row + CLOSE] as number,
        volume: rows[row + VOLUME] as number,
      };
    });
  }

  /** Gives the mean volume of the newest `period` candles, at most 24, in lots; NaN: there are not as many. */
  meanLots(timeframe: number, period: number, scale: number): number {
    const count = this.#counts[timeframe] as number;
    if (count < period) return Number.NaN;
    let sum = 0;
    for (let i = count - period; i < count; i++) {
      sum += toLots(this.#rows[timeframe * ROWS + (i % KEPT) * ROW + VOLUME] as number, scale);
    }
    return sum / period;
  }

  save(): SavedRecent {
    return { rows: this.#rows.slice(), counts: this.#counts.slice() };
  }

  load(saved: SavedRecent): void {
    this.#rows.set(saved.rows);
    this.#counts.set(saved.counts);
  }
}
