import type { ClosedCandle } from '../../../../src/engine/analysis/candle-ring.js';
import { macd, rsi } from '../../../oracles/indicators.js';
import { rateOfChange } from '../../../oracles/oscillators.js';
import { averageTrueRanges } from '../../../oracles/trend-lines.js';
import { realizedVolatility } from '../../../oracles/volatility.js';

/** The momentum score of raw candles, from batch formulas alone. */
export function plainMomentum(candles: readonly ClosedCandle[]): number {
  const closes = candles.map(({ close }) => close);
  // The averages have forgotten what came before: (25 / 27)^560 is nothing.
  const [line] = macd(closes.slice(-600), 12, 26, 9);
  const range = averageTrueRanges(candles, 14).at(-1) ?? Number.NaN;
  const deviation = realizedVolatility(closes, 20) * Math.sqrt(10);
  const change = Math.log(1 + rateOfChange(closes, 10) / 100);
  return (100 * ((rsi(closes, 14) - 50) / 50 + Math.tanh(line / range) + Math.tanh(change / deviation))) / 3;
}

/** Pearson's correlation by its sums. */
export function plainCorrelation(a: readonly number[], b: readonly number[]): number {
  const n = a.length;
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const product = sum(a.map((value, i) => value * (b[i] ?? Number.NaN)));
  const squares = (values: readonly number[]) => sum(values.map((value) => value * value));
  const top = n * product - sum(a) * sum(b);
  return top / Math.sqrt((n * squares(a) - sum(a) ** 2) * (n * squares(b) - sum(b) ** 2));
}

/** ln of each value by the one before. */
export function plainReturns(values: readonly number[]): readonly number[] {
  return values.slice(1).map((value, i) => Math.log(value) - Math.log(values[i] ?? Number.NaN));
}
