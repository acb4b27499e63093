import type { IndicatorInput } from '../../src/engine/indicators/indicator-series.js';

/**
 * Plain batch formulas of oscillators, slow and obvious: every value from the whole prefix of candles. NaN: not
 * defined. Sources: the definitions that `test/engine/indicators/golden.test.ts` holds against exact values.
 */

/** (high + low + close) / 3, added in this order: whether two are equal hangs on it. */
export function typicalPrice({ high, low, close }: IndicatorInput): number {
  return (high + low + close) / 3;
}

/** All values of the RSI; in exact arithmetic a close that does not move leaves it as it is, so here too. */
export function rsiValues(closes: readonly number[], period: number): readonly number[] {
  const values: number[] = [];
  let gain = 0;
  let loss = 0;
  for (let i = 1; i < closes.length; i++) {
    const change = (closes[i] as number) - (closes[i - 1] as number);
    const seeding = i <= period;
    const kept = seeding ? 1 : (period - 1) / period;
    const share = seeding ? 1 : 1 / period;
    gain = gain * kept + Math.max(change, 0) * share;
    loss = loss * kept + Math.max(-change, 0) * share;
    if (i === period) {
      gain /= period;
      loss /= period;
    }
    if (i < period) continue;
    const held = values.at(-1);
    if (change === 0 && held !== undefined) values.push(held);
    else values.push(gain + loss === 0 ? 0 : 100 * (gain / (gain + loss)));
  }
  return values;
}

/** Fast %K of the RSI and its mean over `signal` candles. */
export function stochRsi(
  closes: readonly number[],
  period: number,
  window: number,
  signal: number,
): readonly [number, number] {
  const values = rsiValues(closes, period);
  if (values.length < window + signal - 1) return [Number.NaN, Number.NaN];
  const fast: number[] = [];
  for (let end = values.length - signal + 1; end <= values.length; end++) {
    const last = values.slice(end - window, end);
    const lowest = Math.min(...last);
    const range = Math.max(...last) - lowest;
    fast.push(range === 0 ? 0 : (100 * ((last.at(-1) as number) - lowest)) / range);
  }
  return [fast.at(-1) as number, fast.reduce((sum, value) => sum + value, 0) / signal];
}

/** Money flow index over the last `period` changes of the typical price; 0 if less than 1 flowed. */
export function mfi(candles: readonly IndicatorInput[], period: number): number {
  if (candles.length <= period) return Number.NaN;
  let up = 0;
  let down = 0;
  for (let i = candles.length - period; i < candles.length; i++) {
    const candle = candles[i] as IndicatorInput;
    const change = typicalPrice(candle) - typicalPrice(candles[i - 1] as IndicatorInput);
    if (change > 0) up += typicalPrice(candle) * candle.volume;
    if (change < 0) down += typicalPrice(candle) * candle.volume;
  }
  return up + down < 1 ? 0 : (100 * up) / (up + down);
}

/** Commodity channel index by two passes over the window; 0 if no typical price deviates from their mean. */
export function cci(candles: readonly IndicatorInput[], period: number): number {
  if (candles.length < period) return Number.NaN;
  const window = candles.slice(-period).map(typicalPrice);
  const last = window.at(-1) as number;
  // From the last one, so that quiet prices keep their digits.
  const offsets = window.map((value) => value - last);
  const mean = offsets.reduce((sum, value) => sum + value, 0) / period;
  const deviation = offsets.reduce((sum, value) => sum + Math.abs(value - mean), 0) / period;
  return deviation === 0 ? 0 : -mean / (0.015 * deviation);
}

/** Williams %R; 0 if the window has no range. */
export function williamsR(candles: readonly IndicatorInput[], period: number): number {
  if (candles.length < period) return Number.NaN;
  const window = candles.slice(-period);
  const highest = Math.max(...window.map((candle) => candle.high));
  const lowest = Math.min(...window.map((candle) => candle.low));
  const { close } = window.at(-1) as IndicatorInput;
  return highest === lowest ? 0 : (-100 * (highest - close)) / (highest - lowest);
}

/** Percent by which the close differs from that of `period` candles ago. */
export function rateOfChange(closes: readonly number[], period: number): number {
  if (closes.length <= period) return Number.NaN;
  const reference = closes.at(-1 - period) as number;
  return 100 * ((closes.at(-1) as number) / reference - 1);
}
