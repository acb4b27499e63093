import type { IndicatorInput } from '../../src/engine/indicators/indicator-series.js';
import { ema } from './indicators.js';
import { averageTrueRanges } from './trend-lines.js';

/** Plain batch formulas, every value from the whole prefix. NaN: not defined. */

/** Upper, middle and lower line: an exponential average ± `width` average true ranges. */
export function keltner(
  candles: readonly IndicatorInput[],
  period: number,
  range: number,
  width: number,
): readonly [number, number, number] {
  const average = averageTrueRanges(candles, range).at(-1);
  if (average === undefined || candles.length < period) return [Number.NaN, Number.NaN, Number.NaN];
  const middle = ema(
    candles.map(({ close }) => close),
    period,
  );
  return [middle + width * average, middle, middle - width * average];
}

/** Sum of (a − b)² over all pairs: n times the sum of squared deviations from the mean, without computing the mean. */
function pairSquares(values: readonly number[]): number {
  let sum = 0;
  for (const [j, b] of values.entries()) for (const a of values.slice(0, j)) sum += (a - b) ** 2;
  return sum;
}

/** The last `count` changes of the logarithm of the close. */
export function logChanges(closes: readonly number[], count: number): readonly number[] {
  const window = closes.slice(-count - 1);
  return window.slice(1).map((close, i) => {
    const before = window[i] as number;
    const relative = (close - before) / before;
    return Math.abs(relative) < 0.1 ? Math.log1p(relative) : Math.log(close) - Math.log(before);
  });
}

/** Sample deviation of the last `period` changes of the logarithm. */
export function realizedVolatility(closes: readonly number[], period: number): number {
  if (closes.length <= period) return Number.NaN;
  return Math.sqrt(pairSquares(logChanges(closes, period)) / (period * (period - 1)));
}

/** (close − mean) / population deviation of the last `period` closes; 0 where they are all the same. */
export function zscore(closes: readonly number[], period: number): number {
  if (closes.length < period) return Number.NaN;
  const window = closes.slice(-period);
  const close = window.at(-1) as number;
  const deviation = Math.sqrt(pairSquares(window)) / period;
  const offset = window.reduce((sum, value) => sum + (close - value), 0) / period;
  return deviation === 0 ? 0 : offset / deviation;
}
