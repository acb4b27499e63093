import { type Indicator, type IndicatorKind, type Parameters, parameter } from '../indicator.js';
import { CLOSE, type SlabLayout } from '../slab-layout.js';

/**
 * Exponential moving average: seeded at candle `period` − 1 with the mean of the first `period` closes, from then on
 * e += (close − e) · 2 / (period + 1). TA-Lib's EMA with its classic seed. State: the sum of closes in warm-up, then e.
 */
class Ema implements Indicator {
  readonly #periods: Int32Array;
  readonly #weights: Float64Array;
  readonly #states: Int32Array;
  readonly #outputs: Int32Array;

  constructor(periods: readonly number[], layout: SlabLayout) {
    this.#periods = Int32Array.from(periods);
    this.#weights = Float64Array.from(periods, (period) => 2 / (period + 1));
    this.#states = Int32Array.from(periods, () => layout.state(1));
    this.#outputs = Int32Array.from(periods, () => layout.output());
  }

  commit(slab: Float64Array, base: number, count: number): void {
    const close = slab[base + CLOSE] as number;
    for (let i = 0; i < this.#periods.length; i++) {
      const period = this.#periods[i] as number;
      const place = base + (this.#states[i] as number);
      const state = slab[place] as number;
      const output = base + (this.#outputs[i] as number);
      if (count >= period) {
        const value = state + (close - state) * (this.#weights[i] as number);
        slab[place] = value;
        slab[output] = value;
      } else if (count === period - 1) {
        const value = (state + close) / period;
        slab[place] = value;
        slab[output] = value;
      } else {
        slab[place] = state + close;
        slab[output] = Number.NaN;
      }
    }
  }

  peek(slab: Float64Array, stride: number, counts: Int32Array): void {
    for (let i = 0; i < this.#periods.length; i++) {
      const period = this.#periods[i] as number;
      const weight = this.#weights[i] as number;
      const place = this.#states[i] as number;
      const output = this.#outputs[i] as number;
      for (let series = 0, base = 0; series < counts.length; series++, base += stride) {
        const count = counts[series] as number;
        // Outputs were NaN from the beginning, and a count never goes back.
        if (count < period - 1) continue;
        const close = slab[base + CLOSE] as number;
        const state = slab[base + place] as number;
        slab[base + output] = count >= period ? state + (close - state) * weight : (state + close) / period;
      }
    }
  }
}

/** Configuration `{name: 'ema', period: 12}` → column `ema_12`. */
export const emaKind: IndicatorKind = {
  name: 'ema',
  parameters: [{ name: 'period', min: 2, max: 10_000, integer: true }],
  closesNeeded: () => 0,
  columns: (parameters) => [`ema_${parameter(parameters, 'period')}`],
  create: (all: readonly Parameters[], layout) =>
    new Ema(
      all.map((parameters) => parameter(parameters, 'period')),
      layout,
    ),
};
