import { type IndicatorKind, parameter } from '../indicator.js';
import { type KernelCandle, kernel } from '../kernel.js';

/** `average`: the sum of true ranges in warm-up, then Wilder's average. */
type K = Readonly<Record<'period' | 'kept' | 'average' | 'output', number>>;

function peek(slab: Float64Array, base: number, candle: KernelCandle, k: K): void {
  slab[base + k.output] = ((slab[base + k.average] as number) * k.kept + candle.trueRange) / k.period;
}

function seed(slab: Float64Array, base: number, candle: KernelCandle, k: K): void {
  slab[base + k.output] = ((slab[base + k.average] as number) + candle.trueRange) / k.period;
}

function advance(
  slab: Float64Array,
  base: number,
  _past: Float64Array,
  _from: number,
  candle: KernelCandle,
  k: K,
): void {
  if (candle.count >= k.period) slab[base + k.average] = slab[base + k.output] as number;
  else if (candle.count > 0) {
    slab[base + k.average] = (slab[base + k.average] as number) + candle.trueRange;
  }
}

/**
 * Average true range, in quote currency: J. W. Wilder, New Concepts in Technical Trading Systems, 1978; first at candle
 * `period`. True range = max(high, previous close) − min(low, previous close), from the second candle on. Seed: mean of
 * the first `period` true ranges; then average = (average · (period − 1) + true range) / period.
 *
 * Configuration `{name: 'atr', period: 14}` → column `atr_14`.
 */
export const atrKind: IndicatorKind = {
  name: 'atr',
  parameters: [{ name: 'period', default: 14, min: 2, max: 10_000, integer: true }],
  columns: (parameters) => [`atr_${parameter(parameters, 'period')}`],
  create(parameters, layout) {
    const period = parameter(parameters, 'period');
    const output = layout.output();
    const constants = { period, kept: period - 1, average: layout.state(), output };
    return {
      kernels: [kernel({ first: period, constants, peek, seed, advance })],
      outputs: [output],
      slots: { value: output },
    };
  },
};
