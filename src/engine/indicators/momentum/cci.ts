import { type IndicatorKind, parameter } from '../indicator.js';
import { type KernelCandle, kernel } from '../kernel.js';

/** `offsets`: the last `before` = `period` − 1 typical prices less the newest of them, the `anchor`; `sum`: theirs. */
type K = Readonly<
  Record<
    'period' | 'before' | 'scale' | 'anchor' | 'sum' | 'offsets' | 'typicals' | 'mask' | 'output',
    number
  >
>;

/** Lambert's constant: with it most values lie between −100 and 100. */
const LAMBERT = 0.015;

function peek(slab: Float64Array, base: number, candle: KernelCandle, k: K): void {
  const value = candle.typical - (slab[base + k.anchor] as number);
  const mean = ((slab[base + k.sum] as number) + value) / k.period;
  let deviation = Math.abs(value - mean);
  for (let i = 0; i < k.before; i++) {
    deviation += Math.abs((slab[base + k.offsets + i] as number) - mean);
  }
  slab[base + k.output] = deviation === 0 ? 0 : ((value - mean) * k.scale) / deviation;
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
    // Made anew each time: few values, and no rounding is carried along.
    let sum = 0;
    slab[base + k.offsets] = 0;
    for (let i = 1; i < k.before; i++) {
      const typical = past[from + k.typicals + ((candle.count - i) & k.mask)] as number;
      const offset = typical - candle.typical;
      slab[base + k.offsets + i] = offset;
      sum += offset;
    }
    slab[base + k.sum] = sum;
    slab[base + k.anchor] = candle.typical;
  }
}

/**
 * Commodity channel index, no unit, unbounded (D. Lambert, Commodities 9, 1980; TA-Lib's CCI): (typical price − its
 * mean) / (0.015 · mean absolute deviation from that mean) over the last `period` candles, this one included; 0 if the
 * deviation is 0. Typical price = (high + low + close) / 3. First at candle `period` − 1.
 *
 * The deviation is from a mean that moves with each tick, so a peek takes `period` steps: hence the low maximum. All
 * prices count from the last closed one, because a quiet price has few digits that change.
 *
 * Configuration `{name: 'cci', period: 20}` → column `cci_20`.
 */
export const cciKind: IndicatorKind = {
  name: 'cci',
  summary: 'commodity channel index, no unit, any sign',
  parameters: [{ name: 'period', default: 20, min: 2, max: 100, integer: true }],
  lookback: (parameters) => ({ typical: parameter(parameters, 'period') - 1 }),
  columns: (parameters) => [`cci_${parameter(parameters, 'period')}`],
  create(parameters, layout) {
    const period = parameter(parameters, 'period');
    const { place: typicals, mask } = layout.ring('typical');
    const output = layout.output();
    const constants = {
      period,
      before: period - 1,
      scale: period / LAMBERT,
      anchor: layout.state(),
      sum: layout.state(),
      offsets: layout.state(period - 1),
      typicals,
      mask,
      output,
    };
    return { kernels: [kernel({ first: period - 1, constants, peek, advance })], outputs: [output] };
  },
};
