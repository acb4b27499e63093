import { type IndicatorKind, type Parameters, parameter, slot } from '../indicator.js';
import { type KernelCandle, kernel } from '../kernel.js';
import { slotMean } from '../slot-mean.js';

/** `last`: the RSI of the last closed candle; `highest` and `lowest`: of the last `before` = `window` − 1. */
type HoldK = Readonly<
  Record<'period' | 'before' | 'rsi' | 'last' | 'highest' | 'lowest' | 'ring' | 'mask' | 'value', number>
>;
type FastK = Readonly<Record<'value' | 'highest' | 'lowest' | 'fast', number>>;
type ShowK = Readonly<Record<'fast' | 'output', number>>;

/**
 * A close that does not move leaves the RSI as it is; computed, it differs by a rounding, which would look like a
 * range of its own in a flat market.
 */
function peekHold(slab: Float64Array, base: number, candle: KernelCandle, k: HoldK): void {
  slab[base + k.value] =
    candle.close === candle.previousClose ? (slab[base + k.last] as number) : (slab[base + k.rsi] as number);
}

function seedHold(slab: Float64Array, base: number, _candle: KernelCandle, k: HoldK): void {
  slab[base + k.value] = slab[base + k.rsi] as number;
}

function advanceHold(
  slab: Float64Array,
  base: number,
  past: Float64Array,
  from: number,
  candle: KernelCandle,
  k: HoldK,
): void {
  if (candle.count >= k.period) {
    const last = slab[base + k.value] as number;
    past[from + k.ring + (candle.count & k.mask)] = last;
    let highest = last;
    let lowest = last;
    for (let i = candle.count - k.before + 1; i < candle.count; i++) {
      const value = past[from + k.ring + (i & k.mask)] as number;
      if (value > highest) highest = value;
      if (value < lowest) lowest = value;
    }
    slab[base + k.last] = last;
    slab[base + k.highest] = highest;
    slab[base + k.lowest] = lowest;
  }
}

function peekFast(slab: Float64Array, base: number, _candle: KernelCandle, k: FastK): void {
  const value = slab[base + k.value] as number;
  const highest = slab[base + k.highest] as number;
  const lowest = slab[base + k.lowest] as number;
  const top = value > highest ? value : highest;
  const bottom = value < lowest ? value : lowest;
  // Divided first, so that rounding never leads out of the range.
  slab[base + k.fast] = top === bottom ? 0 : 100 * ((value - bottom) / (top - bottom));
}

function show(slab: Float64Array, base: number, _candle: KernelCandle, k: ShowK): void {
  slab[base + k.output] = slab[base + k.fast] as number;
}

function suffix(parameters: Parameters): string {
  const [period, window, signal] = ['period', 'window', 'signal'].map((name) => parameter(parameters, name));
  return period === 14 && window === 14 && signal === 3 ? '' : `_${period}_${window}_${signal}`;
}

/**
 * Stochastic RSI, 0–100 (T. Chande and S. Kroll, The New Technical Trader, 1994; TA-Lib's STOCHRSI with an SMA): fastk =
 * 100 · (RSI − lowest) / (highest − lowest) of the last `window` values of the RSI over `period`, this one included, 0
 * if they are equal; fastd is its mean over `signal` candles. Both are first shown together, at candle `period` +
 * `window` + `signal` − 2. TradingView's "K" is fastd here, its "D" a mean of that.
 *
 * After some 400 candles in one direction alone the RSI is within a rounding of 0 or 100, and fastk a ratio of roundings.
 *
 * Configuration `{name: 'stochrsi'}` (14, 14, 3) → `stochrsi_fastk`, `stochrsi_fastd`; others add `_14_21_5`.
 */
export const stochRsiKind: IndicatorKind = {
  name: 'stochrsi',
  summary: 'stochastic oscillator of the RSI, each 0–100',
  parameters: [
    { name: 'period', default: 14, min: 2, max: 10_000, integer: true },
    { name: 'window', default: 14, min: 2, max: 100, integer: true },
    { name: 'signal', default: 3, min: 2, max: 100, integer: true },
  ],
  requires: (parameters) => [{ name: 'rsi', period: parameter(parameters, 'period') }],
  columns: (parameters) => ['stochrsi_fastk', 'stochrsi_fastd'].map((name) => name + suffix(parameters)),
  create(parameters, layout, required) {
    const period = parameter(parameters, 'period');
    const window = parameter(parameters, 'window');
    const signal = parameter(parameters, 'signal');
    const before = window - 1;
    let capacity = 1;
    while (capacity < before) capacity *= 2;
    const value = layout.output();
    const fast = layout.output();
    const fastK = layout.output();
    const fastD = layout.output();
    const highest = layout.state();
    const lowest = layout.state();
    const hold = {
      period,
      before,
      rsi: slot(required, 0, 'value'),
      last: layout.state(),
      highest,
      lowest,
      ring: layout.past(capacity),
      mask: capacity - 1,
      value,
    };
    const fastFirst = period + before;
    const first = fastFirst + signal - 1;
    return {
      kernels: [
        kernel({ first: period, constants: hold, peek: peekHold, seed: seedHold, advance: advanceHold }),
        kernel({ first: fastFirst, constants: { value, highest, lowest, fast }, peek: peekFast }),
        slotMean(layout, fast, fastFirst, signal, fastD),
        kernel({ first, constants: { fast, output: fastK }, peek: show }),
      ],
      outputs: [fastK, fastD],
    };
  },
};
