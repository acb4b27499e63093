import { type IndicatorKind, type Parameters, parameter, slot } from '../indicator.js';
import { type KernelCandle, kernel } from '../kernel.js';

type K = Readonly<Record<'width' | 'average' | 'range' | 'upper' | 'middle' | 'lower', number>>;

function peek(slab: Float64Array, base: number, _candle: KernelCandle, k: K): void {
  const middle = slab[base + k.average] as number;
  const reach = k.width * (slab[base + k.range] as number);
  slab[base + k.upper] = middle + reach;
  slab[base + k.middle] = middle;
  slab[base + k.lower] = middle - reach;
}

const COLUMNS = ['keltner_upper', 'keltner_middle', 'keltner_lower'];

function suffix(parameters: Parameters): string {
  const [period, range, width] = ['period', 'range', 'width'].map((name) => parameter(parameters, name));
  return period === 20 && range === 10 && width === 2 ? '' : `_${period}_${range}_${width}`;
}

/**
 * Keltner channel in L. Bradford Raschke's form, as StockCharts and TradingView draw it (C. W. Keltner's own, 1960, has
 * typical prices and simple averages), in quote currency: the EMA of the last `period` closes ± `width` times Wilder's
 * ATR over `range` candles; EMA and ATR as `ema` and `atr` have them. All three are first shown together, at candle
 * `period` − 1 or `range`, whichever is later. The lower line can fall below 0 in a wild market.
 *
 * Configuration `{name: 'keltner'}` (20, 10, 2) → `keltner_upper`, `keltner_middle`, `keltner_lower`; others add
 * `_50_14_2.5`.
 */
export const keltnerKind: IndicatorKind = {
  name: 'keltner',
  summary: 'Keltner channel: EMA ± ATR, in quote currency',
  parameters: [
    { name: 'period', default: 20, min: 2, max: 10_000, integer: true },
    { name: 'range', default: 10, min: 2, max: 10_000, integer: true },
    { name: 'width', default: 2, min: 0.01, max: 100, integer: false },
  ],
  requires: (parameters) => [
    { name: 'ema', period: parameter(parameters, 'period') },
    { name: 'atr', period: parameter(parameters, 'range') },
  ],
  columns: (parameters) => COLUMNS.map((name) => name + suffix(parameters)),
  create(parameters, layout, required) {
    const first = Math.max(parameter(parameters, 'period') - 1, parameter(parameters, 'range'));
    const constants = {
      width: parameter(parameters, 'width'),
      average: slot(required, 0, 'value'),
      range: slot(required, 1, 'value'),
      upper: layout.output(),
      middle: layout.output(),
      lower: layout.output(),
    };
    return {
      kernels: [kernel({ first, constants, peek })],
      outputs: [constants.upper, constants.middle, constants.lower],
    };
  },
};
