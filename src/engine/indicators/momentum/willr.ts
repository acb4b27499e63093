import { type IndicatorKind, parameter, slot } from '../indicator.js';
import { type KernelCandle, kernel } from '../kernel.js';

type K = Readonly<Record<'upper' | 'lower' | 'output', number>>;

function peek(slab: Float64Array, base: number, candle: KernelCandle, k: K): void {
  const upper = slab[base + k.upper] as number;
  const range = upper - (slab[base + k.lower] as number);
  // Divided first, so that rounding never leads out of the range.
  slab[base + k.output] = range === 0 ? 0 : 100 * ((candle.close - upper) / range);
}

/**
 * Williams %R, −100–0 (L. Williams, How I Made One Million Dollars, 1973; TA-Lib's WILLR): −100 · (highest high −
 * close) / (highest high − lowest low) of the last `period` candles, this one included, 0 if they are equal; first at
 * candle `period` − 1.
 *
 * Configuration `{name: 'willr', period: 14}` → column `willr_14`.
 */
export const willrKind: IndicatorKind = {
  name: 'willr',
  summary: 'Williams %R, −100–0',
  parameters: [{ name: 'period', default: 14, min: 2, max: 10_000, integer: true }],
  requires: (parameters) => [{ name: 'donchian', period: parameter(parameters, 'period') }],
  columns: (parameters) => [`willr_${parameter(parameters, 'period')}`],
  create(parameters, layout, required) {
    const output = layout.output();
    const constants = { upper: slot(required, 0, 'upper'), lower: slot(required, 0, 'lower'), output };
    return {
      kernels: [kernel({ first: parameter(parameters, 'period') - 1, constants, peek })],
      outputs: [output],
    };
  },
};
