import type { IndicatorKind } from '../indicator.js';
import { type KernelCandle, kernel } from '../kernel.js';

/** `sum` and `rest`: the balance of the closed candles, and what rounding took from it. */
type K = Readonly<Record<'sum' | 'rest' | 'output', number>>;

function peek(slab: Float64Array, base: number, candle: KernelCandle, k: K): void {
  const sum = slab[base + k.sum] as number;
  let flow = 0;
  if (candle.close > candle.previousClose) flow = candle.volume;
  else if (candle.close < candle.previousClose) flow = -candle.volume;
  const next = sum + flow;
  const part = next - sum;
  slab[base + k.output] = next + ((slab[base + k.rest] as number) + (sum - (next - part) + (flow - part)));
}

function seed(slab: Float64Array, base: number, candle: KernelCandle, k: K): void {
  slab[base + k.output] = candle.volume;
}

function advance(
  slab: Float64Array,
  base: number,
  _past: Float64Array,
  _from: number,
  candle: KernelCandle,
  k: K,
): void {
  if (candle.count === 0) slab[base + k.sum] = candle.volume;
  else {
    const sum = slab[base + k.sum] as number;
    let flow = 0;
    if (candle.close > candle.previousClose) flow = candle.volume;
    else if (candle.close < candle.previousClose) flow = -candle.volume;
    const next = sum + flow;
    const part = next - sum;
    slab[base + k.sum] = next;
    slab[base + k.rest] = (slab[base + k.rest] as number) + (sum - (next - part) + (flow - part));
  }
}

/**
 * On-balance volume, in base currency, any sign (J. Granville, New Key to Stock Market Profits, 1963; TA-Lib's OBV):
 * begins with the volume of the first candle; then plus the volume of a candle that closes higher than the one before,
 * minus that of one that closes lower. First at candle 0. Where it begins depends on the history that is known: only
 * its differences mean something.
 *
 * The running sum keeps its rounding errors beside it (Knuth, TAOCP 2, 4.2.2, theorem B), so it does not drift.
 *
 * Configuration `{name: 'obv'}` → column `obv`.
 */
export const obvKind: IndicatorKind = {
  name: 'obv',
  summary: 'on-balance volume, in base currency, any sign',
  parameters: [],
  columns: () => ['obv'],
  create(_parameters, layout) {
    const output = layout.output();
    const constants = { sum: layout.state(), rest: layout.state(), output };
    return {
      kernels: [kernel({ first: 0, constants, peek, seed, advance })],
      outputs: [output],
    };
  },
};
