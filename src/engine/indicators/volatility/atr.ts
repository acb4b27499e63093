import { type IndicatorKind, parameter } from '../indicator.js';
import { type KernelCandle, kernel } from '../kernel.js';

/** `total`: what the next true range is added to: the sum in warm-up, then Wilder's average · (period − 1). */
type K = Readonly<Record<'period' | 'share' | 'kept' | 'total' | 'output', number>>;

function peek(slab: Float64Array, base: number, candle: KernelCandle, k: K): void {
  slab[base + k.output] = ((slab[base + k.total] as number) + candle.trueRange) * k.share;
}

function advance(
  slab: Float64Array,
  base: number,
  _past: Float64Array,
  _from: number,
  candle: KernelCandle,
  k: K,
): void {
  if (candle.count >= k.period) slab[base + k.total] = (slab[base + k.output] as number) * k.kept;
  else if (candle.count > 0) slab[base + k.total] = (slab[base + k.total] as number) + candle.trueRange;
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
  summary: 'average true range (Wilder), in quote currency, at least 0',
  parameters: [{ name: 'period', default: 14, min: 2, max: 10_000, integer: true }],
  columns: (parameters) => [`atr_${parameter(parameters, 'period')}`],
  create(parameters, layout) {
    const period = parameter(parameters, 'period');
    const output = layout.output();
    const constants = { period, share: 1 / period, kept: period - 1, total: layout.state(), output };
    return {
      kernels: [kernel({ first: period, constants, peek, advance })],
      outputs: [output],
      slots: { value: output },
    };
  },
};
