import { FIXED_TIMEFRAME_MS, type Timeframe } from '../../../timeframe.js';
import type { SeriesReader } from '../series-reader.js';

/** What an analysis of lists looks back on, by the timeframe of the frame. */
export interface Horizon {
  readonly timeframe: Timeframe;
  /** Length of a candle, ms. */
  readonly candleMs: number;
  /** Candles over which returns are taken: 7 days of hours, 14 of four hours, 30 of days. */
  readonly candles: number;
  /** Candles over which traded amounts are averaged: 24 hours, 7 and 30 days. */
  readonly volumeCandles: number;
  /** The window of returns in words. */
  readonly words: string;
}

const horizon = (
  timeframe: '1h' | '4h' | '1d',
  candles: number,
  volumeCandles: number,
  words: string,
): Horizon => ({ timeframe, candleMs: FIXED_TIMEFRAME_MS[timeframe], candles, volumeCandles, words });

const HORIZONS: readonly (Horizon | undefined)[] = [
  undefined,
  undefined,
  undefined,
  horizon('1h', 168, 24, '7 days'),
  horizon('4h', 84, 42, '14 days'),
  horizon('1d', 30, 30, '30 days'),
];

/** Gives the horizon of a timeframe by its index. @throws RangeError if lists are not analysed in it */
export function horizonOf(timeframe: number): Horizon {
  const found = HORIZONS[timeframe];
  if (found === undefined) throw new RangeError(`lists are analysed in 1h, 4h and 1d, not in ${timeframe}`);
  return found;
}

/** Says whether lists are analysed in a timeframe. */
export function hasHorizon(timeframe: number): boolean {
  return HORIZONS[timeframe] !== undefined;
}

/**
 * Gives how many candles ago the candle is that began `candles` lengths before the newest one; where the exchange had no
 * candle then, the one before, at most a tenth of the window earlier. −1: history is too short or has a hole there.
 */
export function backOf(
  series: SeriesReader,
  asset: number,
  timeframe: number,
  candles: number,
  candleMs: number,
): number {
  const wanted = series.time(asset, timeframe, 0) - candles * candleMs;
  let back = Math.min(candles, series.count(asset, timeframe) - 1);
  if (back < 0) return -1;
  // Holes make the place nearer than the time is, never farther.
  while (back > 0 && series.time(asset, timeframe, back - 1) <= wanted) back -= 1;
  const late = wanted - series.time(asset, timeframe, back);
  return late >= 0 && late <= (candles * candleMs) / 10 ? back : -1;
}
