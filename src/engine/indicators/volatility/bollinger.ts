import { type IndicatorKind, type Parameters, parameter, slot } from '../indicator.js';
import { type KernelCandle, kernel } from '../kernel.js';

type K = Readonly<Record<'width' | 'deviation' | 'middle' | 'offset' | 'upper', number>>;

function peek(slab: Float64Array, base: number, _candle: KernelCandle, k: K): void {
  const middle = slab[base + k.middle] as number;
  const reach = k.width * (slab[base + k.deviation] as number);
  slab[base + k.upper] = middle + reach;
  slab[base + k.upper + 1] = middle;
  slab[base + k.upper + 2] = middle - reach;
  slab[base + k.upper + 3] = (2 * reach) / middle;
  slab[base + k.upper + 4] = reach === 0 ? 0.5 : 0.5 + (slab[base + k.offset] as number) / (2 * reach);
}

const COLUMNS = ['bb_upper', 'bb_middle', 'bb_lower', 'bb_bandwidth', 'bb_percent_b'];

function suffix(parameters: Parameters): string {
  const period = parameter(parameters, 'period');
  const width = parameter(parameters, 'width');
  return period === 20 && width === 2 ? '' : `_${period}_${width}`;
}

/**
 * Bollinger bands (J. Bollinger, 1983; TA-Lib's BBANDS with an SMA): the mean of the last `period` closes ± `width`
 * population deviations; bandwidth = (upper − lower) / middle, a ratio; percent_b = (close − lower) / (upper − lower),
 * and 0.5 where the bands coincide, for the close then lies on the middle. First at candle `period` − 1.
 *
 * Configuration `{name: 'bb'}` (20 closes, 2 deviations) → `bb_upper` … `bb_percent_b`; others add `_50_2.5`.
 */
export const bollingerKind: IndicatorKind = {
  name: 'bb',
  summary:
    'Bollinger bands in quote currency; bandwidth a ratio to the middle; percent_b 0 at the lower band, 1 at the upper',
  parameters: [
    { name: 'period', default: 20, min: 3, max: 10_000, integer: true },
    { name: 'width', default: 2, min: 0.01, max: 100, integer: false },
  ],
  requires: (parameters) => [{ name: 'stddev', period: parameter(parameters, 'period') }],
  columns: (parameters) => COLUMNS.map((name) => name + suffix(parameters)),
  create(parameters, layout, required) {
    const outputs = COLUMNS.map(() => layout.output());
    const constants = {
      width: parameter(parameters, 'width'),
      deviation: slot(required, 0, 'deviation'),
      middle: slot(required, 0, 'middle'),
      offset: slot(required, 0, 'offset'),
      upper: outputs[0] as number,
    };
    return { kernels: [kernel({ first: parameter(parameters, 'period') - 1, constants, peek })], outputs };
  },
};
