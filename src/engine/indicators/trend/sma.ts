import { type IndicatorKind, parameter } from '../indicator.js';
import { type KernelCandle, kernel } from '../kernel.js';

/** `sum` and `rest`: the sum of the last `before` = `period` − 1 closes, and what rounding took from it. */
type K = Readonly<Record<'period' | 'before' | 'sum' | 'rest' | 'output' | 'closes' | 'mask', number>>;

function peek(slab: Float64Array, base: number, candle: KernelCandle, k: K): void {
  slab[base + k.output] =
    ((slab[base + k.sum] as number) + ((slab[base + k.rest] as number) + candle.close)) / k.period;
}

function advance(
  slab: Float64Array,
  base: number,
  past: Float64Array,
  from: number,
  candle: KernelCandle,
  k: K,
): void {
  let sum = slab[base + k.sum] as number;
  let rest = slab[base + k.rest] as number;
  let next = sum + candle.close;
  let part = next - sum;
  rest += sum - (next - part) + (candle.close - part);
  sum = next;
  if ((candle.count & k.mask) === k.mask && candle.count >= k.before) {
    // Once per turn of the ring the sum is made anew: what a price of another magnitude left behind goes with it.
    sum = candle.close;
    rest = 0;
    for (let i = 1; i < k.before; i++) {
      const close = past[from + k.closes + ((candle.count - i) & k.mask)] as number;
      next = sum + close;
      part = next - sum;
      rest += sum - (next - part) + (close - part);
      sum = next;
    }
  } else if (candle.count >= k.before) {
    const leaving = -(past[from + k.closes + ((candle.count - k.before) & k.mask)] as number);
    next = sum + leaving;
    part = next - sum;
    rest += sum - (next - part) + (leaving - part);
    sum = next;
  }
  slab[base + k.sum] = sum;
  slab[base + k.rest] = rest;
}

/**
 * Simple moving average: the mean of the last `period` closes, in quote currency; first at candle `period` − 1.
 * The running sum keeps its rounding errors beside it (Knuth, TAOCP 2, 4.2.2, theorem B), so it does not drift.
 *
 * Configuration `{name: 'sma', period: 20}` → column `sma_20`.
 */
export const smaKind: IndicatorKind = {
  name: 'sma',
  summary: 'simple moving average of the closes, in quote currency',
  parameters: [{ name: 'period', min: 2, max: 10_000, integer: true }],
  lookback: (parameters) => ({ close: parameter(parameters, 'period') - 1 }),
  columns: (parameters) => [`sma_${parameter(parameters, 'period')}`],
  create(parameters, layout) {
    const period = parameter(parameters, 'period');
    const { place: closes, mask } = layout.ring('close');
    const output = layout.output();
    const constants = {
      period,
      before: period - 1,
      sum: layout.state(),
      rest: layout.state(),
      output,
      closes,
      mask,
    };
    return {
      kernels: [kernel({ first: period - 1, constants, peek, advance })],
      outputs: [output],
    };
  },
};
