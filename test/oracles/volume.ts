import type { IndicatorInput } from '../../src/engine/indicators/indicator-series.js';
import { typicalPrice } from './oscillators.js';

/**
 * Plain batch formulas over volumes, slow and obvious: every value from the whole prefix of candles. NaN: not defined.
 * Sources: the definitions that `test/engine/indicators/golden.test.ts` holds against exact values.
 */

const BITS = new DataView(new ArrayBuffer(8));

/** A double ≥ 0 as an integer of 2^−1074, the smallest double: without rounding. */
function exact(value: number): bigint {
  BITS.setFloat64(0, value);
  const bits = BITS.getBigUint64(0);
  const exponent = bits >> 52n;
  const fraction = bits & ((1n << 52n) - 1n);
  return exponent === 0n ? fraction : (fraction | (1n << 52n)) << (exponent - 1n);
}

/** An integer of 2^−1074 as a double. */
function rounded(value: bigint): number {
  const size = (value < 0n ? -value : value).toString(2).length;
  // 64 bits are enough for a double, and few enough to be one at any scale.
  const drop = Math.max(0, size - 64);
  return Number(value >> BigInt(drop)) * 2 ** (drop - 1074);
}

/** On-balance volume, added in integers: nothing is lost however large the volumes in between were. */
export function onBalanceVolume(candles: readonly IndicatorInput[]): number {
  let sum = 0n;
  for (const [index, { close, volume }] of candles.entries()) {
    const previous = candles[index - 1]?.close ?? 0;
    if (close > previous) sum += exact(volume);
    if (close < previous) sum -= exact(volume);
  }
  return rounded(sum);
}

/** Mean of the last `period` volumes. */
export function volumeSma(candles: readonly IndicatorInput[], period: number): number {
  if (candles.length < period) return Number.NaN;
  return candles.slice(-period).reduce((sum, { volume }) => sum + volume, 0) / period;
}

function weighted(candles: readonly IndicatorInput[]): number {
  const volume = candles.reduce((sum, candle) => sum + candle.volume, 0);
  if (volume === 0) return typicalPrice(candles.at(-1) as IndicatorInput);
  return candles.reduce((sum, candle) => sum + typicalPrice(candle) * candle.volume, 0) / volume;
}

/** Volume-weighted average of the typical prices of the UTC day of the last candle. */
export function vwapOfDay(candles: readonly IndicatorInput[]): number {
  const day = ({ time }: IndicatorInput): string => new Date(time).toISOString().slice(0, 10);
  const today = day(candles.at(-1) as IndicatorInput);
  return weighted(candles.filter((candle) => day(candle) === today));
}

/** Volume-weighted average of the last `period` typical prices. */
export function rollingVwap(candles: readonly IndicatorInput[], period: number): number {
  return candles.length < period ? Number.NaN : weighted(candles.slice(-period));
}
