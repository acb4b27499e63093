import { type IndicatorKind, type Parameters, parameter } from '../indicator.js';
import { type KernelCandle, kernel } from '../kernel.js';

/**
 * `candidateHigh`: the high of the candle that the next one can confirm as a swing high, 0 if it is none already;
 * `candidateLow` likewise, Infinity if it is none. `heldHigh`, `heldLow`: the last confirmed ones, 0 before.
 */
type K = Readonly<
  Record<
    | 'left'
    | 'right'
    | 'candidateHigh'
    | 'candidateLow'
    | 'heldHigh'
    | 'heldLow'
    | 'highs'
    | 'highMask'
    | 'lows'
    | 'lowMask'
    | 'high'
    | 'low',
    number
  >
>;

function peek(slab: Float64Array, base: number, candle: KernelCandle, k: K): void {
  const high = slab[base + k.candidateHigh] as number;
  const low = slab[base + k.candidateLow] as number;
  const heldHigh = slab[base + k.heldHigh] as number;
  const heldLow = slab[base + k.heldLow] as number;
  if (high >= candle.high) slab[base + k.high] = high;
  else if (heldHigh > 0) slab[base + k.high] = heldHigh;
  if (low <= candle.low) slab[base + k.low] = low;
  else if (heldLow > 0) slab[base + k.low] = heldLow;
}

function advance(
  slab: Float64Array,
  base: number,
  past: Float64Array,
  from: number,
  candle: KernelCandle,
  k: K,
): void {
  // Not while they are absent: no comparison with NaN holds.
  if ((slab[base + k.high] as number) > 0) slab[base + k.heldHigh] = slab[base + k.high] as number;
  if ((slab[base + k.low] as number) > 0) slab[base + k.heldLow] = slab[base + k.low] as number;
  const at = candle.count + 1 - k.right;
  if (at >= k.left) {
    let high = candle.high;
    let low = candle.low;
    if (k.right > 1) {
      high = past[from + k.highs + (at & k.highMask)] as number;
      low = past[from + k.lows + (at & k.lowMask)] as number;
      if (candle.high > high) high = 0;
      if (candle.low < low) low = Number.POSITIVE_INFINITY;
    }
    for (let i = at - k.left; i < at; i++) {
      if ((past[from + k.highs + (i & k.highMask)] as number) >= high) high = 0;
      if ((past[from + k.lows + (i & k.lowMask)] as number) <= low) low = Number.POSITIVE_INFINITY;
    }
    for (let i = at + 1; i < candle.count; i++) {
      if ((past[from + k.highs + (i & k.highMask)] as number) > high) high = 0;
      if ((past[from + k.lows + (i & k.lowMask)] as number) < low) low = Number.POSITIVE_INFINITY;
    }
    slab[base + k.candidateHigh] = high;
    slab[base + k.candidateLow] = low;
  }
}

function suffix(parameters: Parameters): string {
  const left = parameter(parameters, 'left');
  const right = parameter(parameters, 'right');
  return left === 5 && right === 5 ? '' : `_${left}_${right}`;
}

/**
 * Swing pivots (fractals; B. Williams, Trading Chaos, 1995, has 2 and 2), in quote currency: the newest confirmed swing
 * high and swing low. A swing high is the high of a candle that is strictly higher than the highs of the `left` candles
 * before it and at least as high as those of the `right` candles after it: of equal tops side by side the first counts,
 * and a flat market has none. Swing lows: the mirror image. The last of the `right` candles confirms; the pivot lies
 * `right` candles back. Absent until the first is confirmed, at candle `left` + `right` at the earliest, each by itself.
 *
 * Closed values change at closes only. A peek counts the forming candle as the one that confirms, as if it closed now:
 * what it confirms is gone again if the candle goes on to a new extreme.
 *
 * Configuration `{name: 'pivot'}` (5, 5) → `pivot_high`, `pivot_low`; others add `_3_2`.
 */
export const pivotKind: IndicatorKind = {
  name: 'pivot',
  summary: 'newest confirmed swing high and swing low, in quote currency',
  parameters: [
    { name: 'left', default: 5, min: 1, max: 100, integer: true },
    { name: 'right', default: 5, min: 1, max: 100, integer: true },
  ],
  lookback(parameters) {
    const before = parameter(parameters, 'left') + parameter(parameters, 'right') - 1;
    return { high: before, low: before };
  },
  columns: (parameters) => ['pivot_high', 'pivot_low'].map((name) => name + suffix(parameters)),
  create(parameters, layout) {
    const left = parameter(parameters, 'left');
    const right = parameter(parameters, 'right');
    const highs = layout.ring('high');
    const lows = layout.ring('low');
    const constants = {
      left,
      right,
      candidateHigh: layout.state(),
      candidateLow: layout.state(),
      heldHigh: layout.state(),
      heldLow: layout.state(),
      highs: highs.place,
      highMask: highs.mask,
      lows: lows.place,
      lowMask: lows.mask,
      high: layout.output(),
      low: layout.output(),
    };
    return {
      kernels: [kernel({ first: left + right, constants, peek, advance })],
      outputs: [constants.high, constants.low],
    };
  },
};
