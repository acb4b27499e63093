import { type IndicatorKind, type Parameters, parameter } from '../indicator.js';
import { type KernelCandle, kernel } from '../kernel.js';

/** `fastAverage`, `slowAverage`, `signalAverage`: sums in warm-up, then the averages. */
type K = Readonly<
  Record<
    | 'first'
    | 'fast'
    | 'slow'
    | 'signal'
    | 'fastWeight'
    | 'slowWeight'
    | 'signalWeight'
    | 'fastAverage'
    | 'slowAverage'
    | 'signalAverage'
    | 'line'
    | 'signalLine'
    | 'histogram',
    number
  >
>;

function peek(slab: Float64Array, base: number, candle: KernelCandle, k: K): void {
  const fast = slab[base + k.fastAverage] as number;
  const slow = slab[base + k.slowAverage] as number;
  const average = slab[base + k.signalAverage] as number;
  const line = fast + (candle.close - fast) * k.fastWeight - (slow + (candle.close - slow) * k.slowWeight);
  const signal = average + (line - average) * k.signalWeight;
  slab[base + k.line] = line;
  slab[base + k.signalLine] = signal;
  slab[base + k.histogram] = line - signal;
}

function seed(slab: Float64Array, base: number, candle: KernelCandle, k: K): void {
  const fast = slab[base + k.fastAverage] as number;
  const slow = slab[base + k.slowAverage] as number;
  const line = fast + (candle.close - fast) * k.fastWeight - (slow + (candle.close - slow) * k.slowWeight);
  const signal = ((slab[base + k.signalAverage] as number) + line) / k.signal;
  slab[base + k.line] = line;
  slab[base + k.signalLine] = signal;
  slab[base + k.histogram] = line - signal;
}

function advance(
  slab: Float64Array,
  base: number,
  _past: Float64Array,
  _from: number,
  candle: KernelCandle,
  k: K,
): void {
  let fast = slab[base + k.fastAverage] as number;
  let slow = slab[base + k.slowAverage] as number;
  if (candle.count >= k.slow) {
    fast += (candle.close - fast) * k.fastWeight;
    slow += (candle.close - slow) * k.slowWeight;
  } else {
    slow += candle.close;
    if (candle.count >= k.slow - k.fast) fast += candle.close;
    if (candle.count === k.slow - 1) {
      slow /= k.slow;
      fast /= k.fast;
    }
  }
  slab[base + k.fastAverage] = fast;
  slab[base + k.slowAverage] = slow;
  if (candle.count >= k.first) slab[base + k.signalAverage] = slab[base + k.signalLine] as number;
  else if (candle.count >= k.slow - 1) {
    slab[base + k.signalAverage] = (slab[base + k.signalAverage] as number) + (fast - slow);
  }
}

function suffix(parameters: Parameters): string {
  const [fast, slow, signal] = ['fast', 'slow', 'signal'].map((name) => parameter(parameters, name));
  return fast === 12 && slow === 26 && signal === 9 ? '' : `_${fast}_${slow}_${signal}`;
}

/**
 * Moving average convergence/divergence (G. Appel, 1979) as TA-Lib computes it, in quote currency: the difference of
 * two EMAs that both begin at candle `slow` − 1, the fast one seeded with the mean of the `fast` closes up to there;
 * the signal line is the EMA of that difference, seeded with the mean of its first `signal` values. All three are first
 * shown together, at candle `slow` + `signal` − 2.
 *
 * Configuration `{name: 'macd'}` (12, 26, 9) → `macd`, `macd_signal`, `macd_hist`; others add `_5_35_5`.
 */
export const macdKind: IndicatorKind = {
  name: 'macd',
  summary:
    'moving average convergence/divergence: line, signal and their difference, in quote currency, any sign',
  parameters: [
    { name: 'fast', default: 12, min: 2, max: 10_000, integer: true },
    { name: 'slow', default: 26, min: 3, max: 10_000, integer: true },
    { name: 'signal', default: 9, min: 2, max: 10_000, integer: true },
  ],
  check: (parameters) =>
    parameter(parameters, 'fast') < parameter(parameters, 'slow') ? null : 'fast must be less than slow',
  columns: (parameters) => ['macd', 'macd_signal', 'macd_hist'].map((name) => name + suffix(parameters)),
  create(parameters, layout) {
    const fast = parameter(parameters, 'fast');
    const slow = parameter(parameters, 'slow');
    const signal = parameter(parameters, 'signal');
    const first = slow + signal - 2;
    const constants = {
      first,
      fast,
      slow,
      signal,
      fastWeight: 2 / (fast + 1),
      slowWeight: 2 / (slow + 1),
      signalWeight: 2 / (signal + 1),
      fastAverage: layout.state(),
      slowAverage: layout.state(),
      signalAverage: layout.state(),
      line: layout.output(),
      signalLine: layout.output(),
      histogram: layout.output(),
    };
    return {
      kernels: [kernel({ first, constants, peek, seed, advance })],
      outputs: [constants.line, constants.signalLine, constants.histogram],
    };
  },
};
