import type { SeriesReader } from '../series-reader.js';
import { backOf, type Horizon } from './windows.js';

/** What the closes of a window say. */
export interface ReturnPath {
  /** Logarithmic returns, one for each candle but the first. */
  readonly count: number;
  /** ln(newest close / first close). */
  readonly total: number;
  /** Mean of the logarithmic returns. */
  readonly mean: number;
  /** Their sample standard deviation; 0: the price has not moved, or always by the same share. */
  readonly deviation: number;
  /** ln(close / lowest close of the window), at least 0. */
  readonly rise: number;
  /** ln(highest close of the window / close), at least 0. */
  readonly fall: number;
}

/** Reads the closes of a horizon once; null: history is shorter than it. No allocation but for the answer. */
export function returnPath(
  series: SeriesReader,
  asset: number,
  timeframe: number,
  { candles, candleMs }: Horizon,
): ReturnPath | null {
  const first = backOf(series, asset, timeframe, candles, candleMs);
  if (first < 2) return null;
  let former = Math.log(series.close(asset, timeframe, first));
  const start = former;
  let [lowest, highest] = [former, former];
  // B. P. Welford 1962: one pass, without the cancellation of sums of squares.
  let mean = 0;
  let squares = 0;
  for (let back = first - 1; back >= 0; back--) {
    const now = Math.log(series.close(asset, timeframe, back));
    const step = now - former;
    const apart = step - mean;
    mean += apart / (first - back);
    squares += apart * (step - mean);
    if (now < lowest) lowest = now;
    if (now > highest) highest = now;
    former = now;
  }
  const deviation = Math.sqrt(Math.max(squares, 0) / (first - 1));
  return {
    ...{ count: first, total: former - start, mean, deviation },
    ...{ rise: former - lowest, fall: highest - former },
  };
}
