import { type IndicatorKind, parameter, slot } from '../indicator.js';
import { type KernelCandle, kernel } from '../kernel.js';

type K = Readonly<Record<'deviation' | 'offset' | 'output', number>>;

function peek(slab: Float64Array, base: number, _candle: KernelCandle, k: K): void {
  const deviation = slab[base + k.deviation] as number;
  slab[base + k.output] = deviation === 0 ? 0 : (slab[base + k.offset] as number) / deviation;
}

/**
 * Standard score of the close: (close − mean) / σ of the last `period` closes, this one included, with σ the
 * population's deviation as `stddev` and Bollinger bands have it; a count of deviations, between ±√(`period` − 1);
 * 0 where σ = 0, for the close then is the mean; first at candle `period` − 1.
 *
 * Configuration `{name: 'zscore', period: 20}` → column `zscore_20`.
 */
export const zscoreKind: IndicatorKind = {
  name: 'zscore',
  summary: 'deviations of the close from the mean of the last closes, no unit, between ±√(period − 1)',
  parameters: [{ name: 'period', default: 20, min: 3, max: 10_000, integer: true }],
  requires: (parameters) => [{ name: 'stddev', period: parameter(parameters, 'period') }],
  columns: (parameters) => [`zscore_${parameter(parameters, 'period')}`],
  create(parameters, layout, required) {
    const output = layout.output();
    const constants = {
      deviation: slot(required, 0, 'deviation'),
      offset: slot(required, 0, 'offset'),
      output,
    };
    return {
      kernels: [kernel({ first: parameter(parameters, 'period') - 1, constants, peek })],
      outputs: [output],
    };
  },
};
