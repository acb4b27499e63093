import { type IndicatorKind, type Parameters, parameter, slot } from '../indicator.js';
import { type KernelCandle, kernel } from '../kernel.js';
import { slotMean } from '../slot-mean.js';

type FastK = Readonly<Record<'upper' | 'lower' | 'fast', number>>;
type ShowK = Readonly<Record<'smoothed' | 'output', number>>;

function peekFast(slab: Float64Array, base: number, candle: KernelCandle, k: FastK): void {
  const lower = slab[base + k.lower] as number;
  const range = (slab[base + k.upper] as number) - lower;
  // Divided first, so that rounding never leads out of the range.
  slab[base + k.fast] = range === 0 ? 0 : 100 * ((candle.close - lower) / range);
}

function show(slab: Float64Array, base: number, _candle: KernelCandle, k: ShowK): void {
  slab[base + k.output] = slab[base + k.smoothed] as number;
}

function suffix(parameters: Parameters): string {
  const [period, slowing, signal] = ['period', 'slowing', 'signal'].map((name) =>
    parameter(parameters, name),
  );
  return period === 14 && slowing === 3 && signal === 3 ? '' : `_${period}_${slowing}_${signal}`;
}

/**
 * Slow stochastic oscillator, 0–100 (G. Lane; TA-Lib's STOCH with SMAs): fast %K = 100 · (close − lowest low) / (highest
 * high − lowest low) of the last `period` candles, 0 if they are equal; k is its mean over `slowing` candles, d the mean
 * of k over `signal`. Both are first shown together, at candle `period` + `slowing` + `signal` − 3.
 *
 * Configuration `{name: 'stoch'}` (14, 3, 3) → `stoch_k`, `stoch_d`; others add `_21_5_5`.
 */
export const stochKind: IndicatorKind = {
  name: 'stoch',
  summary: 'slow stochastic oscillator, each 0–100',
  parameters: [
    { name: 'period', default: 14, min: 2, max: 10_000, integer: true },
    { name: 'slowing', default: 3, min: 2, max: 100, integer: true },
    { name: 'signal', default: 3, min: 2, max: 100, integer: true },
  ],
  requires: (parameters) => [{ name: 'donchian', period: parameter(parameters, 'period') }],
  columns: (parameters) => ['stoch_k', 'stoch_d'].map((name) => name + suffix(parameters)),
  create(parameters, layout, required) {
    const period = parameter(parameters, 'period');
    const slowing = parameter(parameters, 'slowing');
    const signal = parameter(parameters, 'signal');
    const fast = layout.output();
    const smoothed = layout.output();
    const k = layout.output();
    const d = layout.output();
    const upper = slot(required, 0, 'upper');
    const lower = slot(required, 0, 'lower');
    const smoothedFirst = period + slowing - 2;
    const first = smoothedFirst + signal - 1;
    return {
      kernels: [
        kernel({ first: period - 1, constants: { upper, lower, fast }, peek: peekFast }),
        slotMean(layout, fast, period - 1, slowing, smoothed),
        slotMean(layout, smoothed, smoothedFirst, signal, d),
        kernel({ first, constants: { smoothed, output: k }, peek: show }),
      ],
      outputs: [k, d],
    };
  },
};
