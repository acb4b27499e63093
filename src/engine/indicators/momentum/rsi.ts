import { type IndicatorKind, parameter } from '../indicator.js';
import { type KernelCandle, kernel } from '../kernel.js';

/** `gain` and `loss`: what the next gain or loss is added to: sums in warm-up, then Wilder's averages · (period − 1). */
type K = Readonly<Record<'period' | 'kept' | 'gain' | 'loss' | 'smallest' | 'output', number>>;

/**
 * Below this the averages are no longer decayed by candles without change. Their ratio would stay the same in exact
 * arithmetic, but fall apart in denormal doubles; and no price's change is so small that it would count.
 */
const SMALLEST_AVERAGE = 1e-290;

function peek(slab: Float64Array, base: number, candle: KernelCandle, k: K): void {
  const change = candle.close - candle.previousClose;
  let gain = slab[base + k.gain] as number;
  let loss = slab[base + k.loss] as number;
  if (change > 0) gain += change;
  else loss -= change;
  const both = gain + loss;
  // Divided first, so that rounding never leads out of the range: 100 · x / x may be more than 100.
  slab[base + k.output] = both === 0 ? 0 : 100 * (gain / both);
}

function advance(
  slab: Float64Array,
  base: number,
  _past: Float64Array,
  _from: number,
  candle: KernelCandle,
  k: K,
): void {
  if (candle.count > 0) {
    const change = candle.close - candle.previousClose;
    let gain = slab[base + k.gain] as number;
    let loss = slab[base + k.loss] as number;
    if (change !== 0 || gain + loss >= k.smallest) {
      if (change > 0) gain += change;
      else loss -= change;
      if (candle.count >= k.period) {
        gain = (gain / k.period) * k.kept;
        loss = (loss / k.period) * k.kept;
      }
      slab[base + k.gain] = gain;
      slab[base + k.loss] = loss;
    }
  }
}

/**
 * Relative strength index, 0–100: J. W. Wilder, New Concepts in Technical Trading Systems, 1978; first at candle
 * `period`. Seed: mean gain and mean loss of the first `period` changes; then each average = (average · (period − 1) +
 * new) / period. 100 · gain / (gain + loss), and 0 where both are zero: TA-Lib's rule.
 *
 * Configuration `{name: 'rsi', period: 14}` → column `rsi_14`.
 */
export const rsiKind: IndicatorKind = {
  name: 'rsi',
  summary: 'relative strength index (Wilder), 0–100',
  parameters: [{ name: 'period', default: 14, min: 2, max: 10_000, integer: true }],
  columns: (parameters) => [`rsi_${parameter(parameters, 'period')}`],
  create(parameters, layout) {
    const period = parameter(parameters, 'period');
    const output = layout.output();
    const constants = {
      period,
      kept: period - 1,
      gain: layout.state(),
      loss: layout.state(),
      smallest: SMALLEST_AVERAGE,
      output,
    };
    return {
      kernels: [kernel({ first: period, constants, peek, advance })],
      outputs: [output],
      slots: { value: output },
    };
  },
};
