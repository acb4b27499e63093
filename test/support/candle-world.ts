import type { ClosedCandle } from '../../src/engine/analysis/candle-ring.js';
import { bucketEnd, bucketStart, bucketsBefore, type Timeframe } from '../../src/timeframe.js';
import { rollUpCandles } from './signal-market.js';
import { numbersOf, walk } from './walking-market.js';

const MINUTE = 60_000;
const QUARTER = 15 * MINUTE;
/** Years before the quarters, so that long timeframes have a past. */
const OLDER: readonly (readonly [timeframe: Timeframe, count: number])[] = [
  ['1d', 420],
  ['1w', 60],
  ['1M', 45],
];

/** Made-up prices of one market: quarters of an hour from a moment on, and longer candles of years before. */
export class CandleWorld {
  readonly #quarters: readonly ClosedCandle[];
  readonly #longer = new Map<Timeframe, readonly ClosedCandle[]>();
  readonly #begin: number;

  /**
   * @param begin a Monday that begins a month, ms
   * @param jump from a moment on, ms, all prices are so many times as high
   */
  constructor(
    seed: number,
    begin: number,
    quarters: number,
    price: number,
    jump: { readonly at: number; readonly factor: number } = { at: Number.POSITIVE_INFINITY, factor: 1 },
  ) {
    this.#begin = begin;
    this.#quarters = walk(seed, quarters, begin, price).map(({ time, open, high, low, close, volume }) => {
      const factor = time >= jump.at ? jump.factor : 1;
      return {
        ...{ time, open: open * factor, high: high * factor, low: low * factor, close: close * factor },
        volume: 60 * Math.round(volume),
      };
    });
    for (const timeframe of ['1h', '4h', '1d', '1w', '1M'] as const) {
      const [, count = 0] = OLDER.find(([name]) => name === timeframe) ?? [];
      const older = olderThan(begin, timeframe, count, seed + 1, price);
      this.#longer.set(timeframe, [...older, ...rollUpCandles(this.#quarters, '15m', timeframe)]);
    }
  }

  /** Gives the candles that begin at `from` or later and end by `to`, ms. */
  candles(timeframe: Timeframe, from: number, to: number): readonly ClosedCandle[] {
    if (timeframe === '1m' || timeframe === '5m') {
      const first = Math.max(0, Math.floor((from - this.#begin) / QUARTER));
      const last = Math.ceil((to - this.#begin) / QUARTER);
      const minutes = this.#quarters.slice(first, last).flatMap(minutesOf);
      const all = timeframe === '1m' ? minutes : rollUpCandles(minutes, '1m', '5m');
      return all.filter(({ time }) => time >= from && bucketEnd(timeframe, time) <= to);
    }
    const all = timeframe === '15m' ? this.#quarters : (this.#longer.get(timeframe) ?? []);
    return all.filter(({ time }) => time >= from && bucketEnd(timeframe, time) <= to);
  }
}

/** Candles of a timeframe that end at `begin`, where they are worth `price`. */
function olderThan(
  begin: number,
  timeframe: Timeframe,
  count: number,
  seed: number,
  price: number,
): readonly ClosedCandle[] {
  const end = bucketStart(timeframe, begin);
  const candles = walk(seed, count, 0, 100);
  const factor = price / (candles.at(-1)?.close ?? price);
  return candles.map(({ open, high, low, close, volume }, n) => ({
    time: bucketsBefore(timeframe, end, count - n),
    ...{ open: open * factor, high: high * factor, low: low * factor, close: close * factor },
    volume: 10_000 * Math.round(volume),
  }));
}

/** Gives the minutes of a quarter: its first extreme after five, the other one after ten. */
function minutesOf({ time, open, high, low, close, volume }: ClosedCandle): readonly ClosedCandle[] {
  const next = numbersOf(time / QUARTER);
  const turns = close >= open ? [open, low, high, close] : [open, high, low, close];
  const at = (minute: number): number => {
    const part = Math.floor(minute / 5);
    const [a = close, b = close] = [turns[part], turns[part + 1]];
    return a + (b - a) * ((minute % 5) / 5);
  };
  return Array.from({ length: 15 }, (_, minute) => {
    const [from, to] = [at(minute), at(minute + 1)];
    // Within the quarter's own extremes.
    const spread = Math.abs(to - from) * 0.1 * next();
    return {
      time: time + minute * MINUTE,
      ...{ open: from, close: to, volume: volume / 15 },
      high: Math.min(high, Math.max(from, to) + spread),
      low: Math.max(low, Math.min(from, to) - spread),
    };
  });
}
