import { type IndicatorKind, parameter } from '../indicator.js';
import { type KernelCandle, kernel } from '../kernel.js';

/** `average`: the sum of closes in warm-up, then the average. */
type K = Readonly<Record<'period' | 'weight' | 'average' | 'output', number>>;

function peek(slab: Float64Array, base: number, candle: KernelCandle, k: K): void {
  const average = slab[base + k.average] as number;
  slab[base + k.output] = average + (candle.close - average) * k.weight;
}

function seed(slab: Float64Array, base: number, candle: KernelCandle, k: K): void {
  slab[base + k.output] = ((slab[base + k.average] as number) + candle.close) / k.period;
}

function advance(
  slab: Float64Array,
  base: number,
  _past: Float64Array,
  _from: number,
  candle: KernelCandle,
  k: K,
): void {
  if (candle.count >= k.period - 1) slab[base + k.average] = slab[base + k.output] as number;
  else slab[base + k.average] = (slab[base + k.average] as number) + candle.close;
}

/**
 * Exponential moving average of the closes, in quote currency: seeded at candle `period` − 1 with the mean of the first
 * `period` closes, from then on e += (close − e) · 2 / (period + 1). TA-Lib's EMA with its classic seed.
 *
 * Configuration `{name: 'ema', period: 12}` → column `ema_12`.
 */
export const emaKind: IndicatorKind = {
  name: 'ema',
  summary: 'exponential moving average of the closes, in quote currency',
  parameters: [{ name: 'period', min: 2, max: 10_000, integer: true }],
  columns: (parameters) => [`ema_${parameter(parameters, 'period')}`],
  create(parameters, layout) {
    const period = parameter(parameters, 'period');
    const output = layout.output();
    const constants = { period, weight: 2 / (period + 1), average: layout.state(), output };
    return {
      kernels: [kernel({ first: period - 1, constants, peek, seed, advance })],
      outputs: [output],
      slots: { value: output },
    };
  },
};
