import { type IndicatorKind, parameter } from '../indicator.js';
import { type KernelCandle, kernel } from '../kernel.js';

/**
 * `sum`: of the last `before` = `period` − 1 closes, each counted from the `anchor`, the newest of them, and times its
 * place from the middle of the window. `half` is the place of the window's last candle, `share` one by the sum of all
 * places squared.
 */
type K = Readonly<
  Record<'before' | 'half' | 'share' | 'anchor' | 'sum' | 'closes' | 'mask' | 'output', number>
>;

function peek(slab: Float64Array, base: number, candle: KernelCandle, k: K): void {
  slab[base + k.output] =
    ((slab[base + k.sum] as number) + k.half * (candle.close - (slab[base + k.anchor] as number))) * k.share;
}

function advance(
  slab: Float64Array,
  base: number,
  past: Float64Array,
  from: number,
  candle: KernelCandle,
  k: K,
): void {
  if (candle.count >= k.before - 1) {
    // Added anew each time: few values, and no rounding is carried along. The newest itself adds nothing.
    let sum = 0;
    for (let ago = 1; ago < k.before; ago++) {
      const close = past[from + k.closes + ((candle.count - ago) & k.mask)] as number;
      sum += (k.half - 1 - ago) * (close - candle.close);
    }
    slab[base + k.anchor] = candle.close;
    slab[base + k.sum] = sum;
  }
}

/**
 * Slope of the straight line that fits the last `period` closes best (least squares), in quote currency per candle; any
 * sign, exactly 0 in a flat market; first at candle `period` − 1. TA-Lib's LINEARREG_SLOPE: with x the places of the
 * candles counted from the middle of the window, Σ x · close / Σ x². As the places sum to zero the closes may count
 * from any price; they count from the close before this candle, so that quiet prices keep their digits.
 * A commit costs a step for each close.
 *
 * Configuration `{name: 'linreg_slope', period: 14}` → column `linreg_slope_14`.
 */
export const linregSlopeKind: IndicatorKind = {
  name: 'linreg_slope',
  summary: 'slope of the straight line through the last closes, in quote currency per candle, any sign',
  parameters: [{ name: 'period', default: 14, min: 2, max: 1_000, integer: true }],
  lookback: (parameters) => ({ close: parameter(parameters, 'period') - 1 }),
  columns: (parameters) => [`linreg_slope_${parameter(parameters, 'period')}`],
  create(parameters, layout) {
    const period = parameter(parameters, 'period');
    const { place: closes, mask } = layout.ring('close');
    const output = layout.output();
    const constants = {
      before: period - 1,
      half: (period - 1) / 2,
      share: 12 / (period * (period * period - 1)),
      anchor: layout.state(),
      sum: layout.state(),
      closes,
      mask,
      output,
    };
    return { kernels: [kernel({ first: period - 1, constants, peek, advance })], outputs: [output] };
  },
};
