import { type IndicatorKind, type Parameters, parameter, slot } from '../indicator.js';
import { type KernelCandle, kernel } from '../kernel.js';

/** `heldUpper`, `heldLower`, `heldDirection`: as of the last closed candle; `upper` and `lower`: of this one. */
type K = Readonly<
  Record<
    | 'first'
    | 'width'
    | 'range'
    | 'heldUpper'
    | 'heldLower'
    | 'heldDirection'
    | 'upper'
    | 'lower'
    | 'line'
    | 'direction',
    number
  >
>;

function peek(slab: Float64Array, base: number, candle: KernelCandle, k: K): void {
  const middle = (candle.high + candle.low) / 2;
  const reach = k.width * (slab[base + k.range] as number);
  const heldUpper = slab[base + k.heldUpper] as number;
  const heldLower = slab[base + k.heldLower] as number;
  let upper = middle + reach;
  let lower = middle - reach;
  if (upper >= heldUpper && candle.previousClose <= heldUpper) upper = heldUpper;
  if (lower <= heldLower && candle.previousClose >= heldLower) lower = heldLower;
  let direction = slab[base + k.heldDirection] as number;
  if (direction > 0) {
    if (candle.close < lower) direction = -1;
  } else if (candle.close > upper) direction = 1;
  slab[base + k.upper] = upper;
  slab[base + k.lower] = lower;
  slab[base + k.line] = direction > 0 ? lower : upper;
  slab[base + k.direction] = direction;
}

function seed(slab: Float64Array, base: number, candle: KernelCandle, k: K): void {
  const middle = (candle.high + candle.low) / 2;
  const reach = k.width * (slab[base + k.range] as number);
  slab[base + k.upper] = middle + reach;
  slab[base + k.lower] = middle - reach;
  slab[base + k.line] = middle + reach;
  slab[base + k.direction] = -1;
}

function advance(
  slab: Float64Array,
  base: number,
  _past: Float64Array,
  _from: number,
  candle: KernelCandle,
  k: K,
): void {
  if (candle.count >= k.first) {
    slab[base + k.heldUpper] = slab[base + k.upper] as number;
    slab[base + k.heldLower] = slab[base + k.lower] as number;
    slab[base + k.heldDirection] = slab[base + k.direction] as number;
  }
}

function suffix(parameters: Parameters): string {
  const period = parameter(parameters, 'period');
  const width = parameter(parameters, 'width');
  return period === 10 && width === 3 ? '' : `_${period}_${width}`;
}

/**
 * SuperTrend (O. Seban; rules as TradingView's `ta.supertrend`): the trend's stop line in quote currency, and its
 * direction, 1 up and −1 down; both first at candle `period`. Bands: (high + low) / 2 ± `width` · ATR. The upper band
 * only falls, the lower only rises, until the close before lay beyond it. A rising trend turns when the close is below
 * the lower band, a falling one when it is above the upper band: a close on the band turns nothing. The line is the
 * lower band in a rising trend, the upper in a falling one.
 *
 * The first direction is −1, as TradingView's, whose sign is the opposite. Its ATR counts candle 0's high − low as a
 * true range; ours is Wilder's as `atr` has it, one candle later. The difference fades within some hundred candles.
 *
 * Configuration `{name: 'supertrend'}` (10, 3) → `supertrend`, `supertrend_direction`; others add `_7_2.5`.
 */
export const supertrendKind: IndicatorKind = {
  name: 'supertrend',
  summary: 'SuperTrend: stop line in quote currency; direction 1 up, −1 down',
  parameters: [
    { name: 'period', default: 10, min: 2, max: 10_000, integer: true },
    { name: 'width', default: 3, min: 0.01, max: 100, integer: false },
  ],
  requires: (parameters) => [{ name: 'atr', period: parameter(parameters, 'period') }],
  columns: (parameters) => ['supertrend', 'supertrend_direction'].map((name) => name + suffix(parameters)),
  create(parameters, layout, required) {
    const first = parameter(parameters, 'period');
    const constants = {
      first,
      width: parameter(parameters, 'width'),
      range: slot(required, 0, 'value'),
      heldUpper: layout.state(),
      heldLower: layout.state(),
      heldDirection: layout.state(),
      upper: layout.output(),
      lower: layout.output(),
      line: layout.output(),
      direction: layout.output(),
    };
    return {
      kernels: [kernel({ first, constants, peek, seed, advance })],
      outputs: [constants.line, constants.direction],
    };
  },
};
