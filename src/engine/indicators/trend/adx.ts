import { type IndicatorKind, parameter } from '../indicator.js';
import { type KernelCandle, kernel } from '../kernel.js';

/**
 * Below this the sums are no longer decayed by candles without any range. Their ratios would stay the same in exact
 * arithmetic, but fall apart in denormal doubles; and no price's range is so small that it would count.
 */
const SMALLEST_SUM = 1e-290;

/**
 * `plus`, `minus`, `range`: what the next directional movement and true range are added to: sums in warm-up, then
 * Wilder's sums less a `period`th of them.
 */
type DirectionK = Readonly<
  Record<'period' | 'smallest' | 'plus' | 'minus' | 'range' | 'plusDi' | 'minusDi', number>
>;

function peekDirection(slab: Float64Array, base: number, candle: KernelCandle, k: DirectionK): void {
  const up = candle.high - candle.previousHigh;
  const down = candle.previousLow - candle.low;
  let plus = slab[base + k.plus] as number;
  let minus = slab[base + k.minus] as number;
  const range = (slab[base + k.range] as number) + candle.trueRange;
  if (up > down) {
    if (up > 0) plus += up;
  } else if (down > up && down > 0) minus += down;
  // One division for both; a sum times the rounded inverse of a larger one is never more than 1.
  const inverse = range === 0 ? 0 : 1 / range;
  slab[base + k.plusDi] = 100 * (plus * inverse);
  slab[base + k.minusDi] = 100 * (minus * inverse);
}

function advanceDirection(
  slab: Float64Array,
  base: number,
  _past: Float64Array,
  _from: number,
  candle: KernelCandle,
  k: DirectionK,
): void {
  let range = (slab[base + k.range] as number) + candle.trueRange;
  if (candle.count > 0 && (candle.trueRange > 0 || range >= k.smallest)) {
    const up = candle.high - candle.previousHigh;
    const down = candle.previousLow - candle.low;
    let plus = slab[base + k.plus] as number;
    let minus = slab[base + k.minus] as number;
    if (up > down) {
      if (up > 0) plus += up;
    } else if (down > up && down > 0) minus += down;
    if (candle.count >= k.period - 1) {
      plus -= plus / k.period;
      minus -= minus / k.period;
      range -= range / k.period;
    }
    slab[base + k.plus] = plus;
    slab[base + k.minus] = minus;
    slab[base + k.range] = range;
  }
}

/**
 * `total`: what the next DX is added to: the sum in warm-up, then Wilder's average · (period − 1). `unmoved`: the
 * average if the next candle has no DX.
 */
type AverageK = Readonly<
  Record<
    'first' | 'period' | 'share' | 'kept' | 'total' | 'unmoved' | 'plusDi' | 'minusDi' | 'output',
    number
  >
>;

function peekAverage(slab: Float64Array, base: number, _candle: KernelCandle, k: AverageK): void {
  const plus = slab[base + k.plusDi] as number;
  const minus = slab[base + k.minusDi] as number;
  const both = plus + minus;
  slab[base + k.output] =
    both === 0
      ? (slab[base + k.unmoved] as number)
      : ((slab[base + k.total] as number) + 100 * (Math.abs(plus - minus) / both)) * k.share;
}

function advanceAverage(
  slab: Float64Array,
  base: number,
  _past: Float64Array,
  _from: number,
  candle: KernelCandle,
  k: AverageK,
): void {
  if (candle.count >= k.first) {
    slab[base + k.unmoved] = slab[base + k.output] as number;
    slab[base + k.total] = (slab[base + k.output] as number) * k.kept;
  } else if (candle.count >= k.period) {
    const plus = slab[base + k.plusDi] as number;
    const minus = slab[base + k.minusDi] as number;
    const both = plus + minus;
    if (both !== 0) {
      slab[base + k.total] = (slab[base + k.total] as number) + 100 * (Math.abs(plus - minus) / both);
      slab[base + k.unmoved] = (slab[base + k.total] as number) / k.period;
    }
  }
}

/**
 * Average directional index and the two directional indicators, each 0–100: J. W. Wilder, New Concepts in Technical
 * Trading Systems, 1978, as TA-Lib computes them. A rise of the high counts as +DM if it is positive and larger than
 * the fall of the low, and the other way round; a tie gives neither. Sums of +DM, −DM and true range over candles 1 to
 * `period` − 1, from then on s = s − s / period + new; ±DI = 100 · ±DM / true range, 0 if there was none; first at
 * candle `period`. ADX: Wilder's average of DX = 100 · |+DI − −DI| / (+DI + −DI), which stays as it was where both are
 * zero; seeded with the mean of the first `period` DX, first at candle 2 · `period` − 1.
 *
 * Configuration `{name: 'adx', period: 14}` → `adx_14`, `plus_di_14`, `minus_di_14`.
 */
export const adxKind: IndicatorKind = {
  name: 'adx',
  summary: 'average directional index (Wilder) and the two directional indicators, each 0–100',
  parameters: [{ name: 'period', default: 14, min: 2, max: 10_000, integer: true }],
  columns: (parameters) =>
    ['adx', 'plus_di', 'minus_di'].map((name) => `${name}_${parameter(parameters, 'period')}`),
  create(parameters, layout) {
    const period = parameter(parameters, 'period');
    const first = 2 * period - 1;
    const output = layout.output();
    const plusDi = layout.output();
    const minusDi = layout.output();
    const direction = {
      period,
      smallest: SMALLEST_SUM,
      plus: layout.state(),
      minus: layout.state(),
      range: layout.state(),
      plusDi,
      minusDi,
    };
    const average = {
      first,
      period,
      share: 1 / period,
      kept: period - 1,
      total: layout.state(),
      unmoved: layout.state(),
      plusDi,
      minusDi,
      output,
    };
    return {
      kernels: [
        kernel({ first: period, constants: direction, peek: peekDirection, advance: advanceDirection }),
        kernel({ first, constants: average, peek: peekAverage, advance: advanceAverage }),
      ],
      outputs: [output, plusDi, minusDi],
    };
  },
};
