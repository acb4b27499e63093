import { type IndicatorKind, parameter } from '../indicator.js';
import { type KernelCandle, kernel } from '../kernel.js';

/** `reference`: the close `period` candles before the next one. */
type K = Readonly<Record<'before' | 'reference' | 'output' | 'closes' | 'mask', number>>;

function peek(slab: Float64Array, base: number, candle: KernelCandle, k: K): void {
  const reference = slab[base + k.reference] as number;
  // The difference of two close prices is exact; their ratio, less 1, is not.
  slab[base + k.output] = (100 * (candle.close - reference)) / reference;
}

function advance(
  slab: Float64Array,
  base: number,
  past: Float64Array,
  from: number,
  candle: KernelCandle,
  k: K,
): void {
  if (candle.count >= k.before) {
    slab[base + k.reference] = past[from + k.closes + ((candle.count - k.before) & k.mask)] as number;
  }
}

/**
 * Rate of change, in percent, > −100: 100 · (close / close `period` candles ago − 1), TA-Lib's ROC; first at candle
 * `period`.
 *
 * Configuration `{name: 'roc', period: 10}` → column `roc_10`.
 */
export const rocKind: IndicatorKind = {
  name: 'roc',
  summary: 'rate of change of the close, in percent, more than −100',
  parameters: [{ name: 'period', default: 10, min: 2, max: 10_000, integer: true }],
  lookback: (parameters) => ({ close: parameter(parameters, 'period') - 1 }),
  columns: (parameters) => [`roc_${parameter(parameters, 'period')}`],
  create(parameters, layout) {
    const period = parameter(parameters, 'period');
    const { place: closes, mask } = layout.ring('close');
    const output = layout.output();
    const constants = { before: period - 1, reference: layout.state(), output, closes, mask };
    return {
      kernels: [kernel({ first: period, constants, peek, advance })],
      outputs: [output],
    };
  },
};
