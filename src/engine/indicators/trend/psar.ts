import { type IndicatorKind, type Parameters, parameter } from '../indicator.js';
import { type KernelCandle, kernel } from '../kernel.js';

/** `stop`, `extreme`, `direction` (1 long, −1 short): those that the next candle meets; `pace`: the acceleration. */
type K = Readonly<Record<'step' | 'limit' | 'stop' | 'extreme' | 'direction' | 'pace' | 'output', number>>;

function peek(slab: Float64Array, base: number, candle: KernelCandle, k: K): void {
  let stop = slab[base + k.stop] as number;
  const extreme = slab[base + k.extreme] as number;
  if ((slab[base + k.direction] as number) > 0) {
    if (candle.low <= stop) {
      stop = extreme > candle.previousHigh ? extreme : candle.previousHigh;
      if (candle.high > stop) stop = candle.high;
    }
  } else if (candle.high >= stop) {
    stop = extreme < candle.previousLow ? extreme : candle.previousLow;
    if (candle.low < stop) stop = candle.low;
  }
  slab[base + k.output] = stop;
}

function seed(slab: Float64Array, base: number, candle: KernelCandle, k: K): void {
  const down = candle.previousLow - candle.low;
  if (down > 0 && down > candle.high - candle.previousHigh) {
    slab[base + k.output] = candle.high >= candle.previousHigh ? candle.low : candle.previousHigh;
  } else {
    slab[base + k.output] = candle.low <= candle.previousLow ? candle.high : candle.previousLow;
  }
}

function advance(
  slab: Float64Array,
  base: number,
  past: Float64Array,
  from: number,
  candle: KernelCandle,
  k: K,
): void {
  if (candle.count > 0) {
    let stop = slab[base + k.stop] as number;
    let extreme = slab[base + k.extreme] as number;
    let isLong = (slab[base + k.direction] as number) > 0;
    let pace = past[from + k.pace] as number;
    let previousHigh = candle.previousHigh;
    let previousLow = candle.previousLow;
    if (candle.count === 1) {
      const down = previousLow - candle.low;
      isLong = !(down > 0 && down > candle.high - previousHigh);
      stop = isLong ? previousLow : previousHigh;
      extreme = isLong ? candle.high : candle.low;
      pace = k.step;
      // TA-Lib does not let candle 0 bound the second stop.
      previousHigh = candle.high;
      previousLow = candle.low;
    }
    if (isLong ? candle.low <= stop : candle.high >= stop) {
      isLong = !isLong;
      stop = slab[base + k.output] as number;
      extreme = isLong ? candle.high : candle.low;
      pace = k.step;
    } else if (isLong ? candle.high > extreme : candle.low < extreme) {
      extreme = isLong ? candle.high : candle.low;
      pace += k.step;
      if (pace > k.limit) pace = k.limit;
    }
    stop += pace * (extreme - stop);
    if (isLong) {
      if (stop > previousLow) stop = previousLow;
      if (stop > candle.low) stop = candle.low;
    } else {
      if (stop < previousHigh) stop = previousHigh;
      if (stop < candle.high) stop = candle.high;
    }
    slab[base + k.stop] = stop;
    slab[base + k.extreme] = extreme;
    slab[base + k.direction] = isLong ? 1 : -1;
    past[from + k.pace] = pace;
  }
}

function suffix(parameters: Parameters): string {
  const step = parameter(parameters, 'step');
  const limit = parameter(parameters, 'limit');
  return step === 0.02 && limit === 0.2 ? '' : `_${step}_${limit}`;
}

/**
 * Parabolic stop and reverse, in quote currency: J. W. Wilder, New Concepts in Technical Trading Systems, 1978, as
 * TA-Lib's SAR; first at candle 1. The direction at candle 1 is short if −DM > 0, that is if the low fell, and by more
 * than the high rose; else long. Long: the stop begins at candle 0's low, the extreme is the highest high of the trend;
 * each candle moves the stop by acceleration · (extreme − stop), but not above the lows of this candle and the one
 * before. The acceleration begins at `step` and grows by it with each new extreme, up to `limit`. A low at or below the
 * stop turns the trend at this candle: the stop becomes the extreme, or the highest of this candle and the one before
 * if that is higher. Short: the mirror image.
 *
 * Configuration `{name: 'psar'}` (0.02, 0.2) → `psar`; others add `_0.01_0.1`.
 */
export const psarKind: IndicatorKind = {
  name: 'psar',
  summary: 'parabolic stop and reverse (Wilder), in quote currency',
  parameters: [
    { name: 'step', default: 0.02, min: 0.0001, max: 1, integer: false },
    { name: 'limit', default: 0.2, min: 0.0001, max: 1, integer: false },
  ],
  check: (parameters) =>
    parameter(parameters, 'step') <= parameter(parameters, 'limit') ? null : 'step must not exceed limit',
  columns: (parameters) => [`psar${suffix(parameters)}`],
  create(parameters, layout) {
    const output = layout.output();
    const constants = {
      step: parameter(parameters, 'step'),
      limit: parameter(parameters, 'limit'),
      stop: layout.state(),
      extreme: layout.state(),
      direction: layout.state(),
      pace: layout.past(1),
      output,
    };
    return {
      kernels: [kernel({ first: 1, constants, peek, seed, advance })],
      outputs: [output],
    };
  },
};
