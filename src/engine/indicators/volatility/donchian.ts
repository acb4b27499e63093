import { type IndicatorKind, parameter } from '../indicator.js';
import { type KernelCandle, kernel } from '../kernel.js';

/** `highest` and `lowest`: of the last `before` = `period` − 1 candles. */
type K = Readonly<
  Record<
    | 'before'
    | 'highest'
    | 'lowest'
    | 'highs'
    | 'highMask'
    | 'lows'
    | 'lowMask'
    | 'upper'
    | 'middle'
    | 'lower',
    number
  >
>;

function peek(slab: Float64Array, base: number, candle: KernelCandle, k: K): void {
  const highest = slab[base + k.highest] as number;
  const lowest = slab[base + k.lowest] as number;
  const upper = candle.high > highest ? candle.high : highest;
  const lower = candle.low < lowest ? candle.low : lowest;
  slab[base + k.upper] = upper;
  // Halved one by one: the sum of two prices that are close is exact, and nothing overflows.
  slab[base + k.middle] = upper / 2 + lower / 2;
  slab[base + k.lower] = lower;
}

function advance(
  slab: Float64Array,
  base: number,
  past: Float64Array,
  from: number,
  candle: KernelCandle,
  k: K,
): void {
  const isFull = candle.count >= k.before;
  const leaving = candle.count - k.before;
  // The window is searched only when its extreme leaves it.
  if (candle.count === 0 || candle.high >= (slab[base + k.highest] as number)) {
    slab[base + k.highest] = candle.high;
  } else if (isFull && past[from + k.highs + (leaving & k.highMask)] === slab[base + k.highest]) {
    let highest = candle.high;
    for (let i = leaving + 1; i < candle.count; i++) {
      const high = past[from + k.highs + (i & k.highMask)] as number;
      if (high > highest) highest = high;
    }
    slab[base + k.highest] = highest;
  }
  if (candle.count === 0 || candle.low <= (slab[base + k.lowest] as number)) {
    slab[base + k.lowest] = candle.low;
  } else if (isFull && past[from + k.lows + (leaving & k.lowMask)] === slab[base + k.lowest]) {
    let lowest = candle.low;
    for (let i = leaving + 1; i < candle.count; i++) {
      const low = past[from + k.lows + (i & k.lowMask)] as number;
      if (low < lowest) lowest = low;
    }
    slab[base + k.lowest] = lowest;
  }
}

/**
 * Donchian channel (R. Donchian, 1960), in quote currency: the highest high and the lowest low of the last `period`
 * candles, this one included, and their middle; first at candle `period` − 1.
 *
 * Configuration `{name: 'donchian', period: 20}` → `donchian_upper_20`, `donchian_middle_20`, `donchian_lower_20`.
 */
export const donchianKind: IndicatorKind = {
  name: 'donchian',
  summary: 'Donchian channel: highest high, lowest low and their middle, in quote currency',
  parameters: [{ name: 'period', default: 20, min: 2, max: 10_000, integer: true }],
  lookback(parameters) {
    const before = parameter(parameters, 'period') - 1;
    return { high: before, low: before };
  },
  columns: (parameters) =>
    ['upper', 'middle', 'lower'].map((name) => `donchian_${name}_${parameter(parameters, 'period')}`),
  create(parameters, layout) {
    const period = parameter(parameters, 'period');
    const highs = layout.ring('high');
    const lows = layout.ring('low');
    const upper = layout.output();
    const middle = layout.output();
    const lower = layout.output();
    const constants = {
      before: period - 1,
      highest: layout.state(),
      lowest: layout.state(),
      highs: highs.place,
      highMask: highs.mask,
      lows: lows.place,
      lowMask: lows.mask,
      upper,
      middle,
      lower,
    };
    return {
      kernels: [kernel({ first: period - 1, constants, peek, advance })],
      outputs: [upper, middle, lower],
      slots: { upper, middle, lower },
    };
  },
};
