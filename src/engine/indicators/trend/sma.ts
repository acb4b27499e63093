import { type Indicator, type IndicatorKind, type Parameters, parameter } from '../indicator.js';
import { CLOSE, type SlabLayout } from '../slab-layout.js';

/** Slots of state per period: the sum of the last `period` − 1 closes, and what rounding took from it. */
const SUM = 0;
const REST = 1;
const STATE = 2;

/**
 * Simple moving average: the mean of the last `period` closes; first at candle `period` − 1.
 * The running sum keeps its rounding errors beside it (Knuth, TAOCP 2, 4.2.2, theorem B), so it does not drift.
 */
class Sma implements Indicator {
  readonly #periods: Int32Array;
  readonly #states: Int32Array;
  readonly #outputs: Int32Array;
  readonly #closes: number;
  readonly #mask: number;

  constructor(periods: readonly number[], layout: SlabLayout) {
    this.#periods = Int32Array.from(periods);
    this.#states = Int32Array.from(periods, () => layout.state(STATE));
    this.#outputs = Int32Array.from(periods, () => layout.output());
    this.#closes = layout.closes;
    this.#mask = layout.closesMask;
  }

  commit(slab: Float64Array, base: number, count: number): void {
    const close = slab[base + CLOSE] as number;
    for (let i = 0; i < this.#periods.length; i++) {
      const before = (this.#periods[i] as number) - 1;
      const state = base + (this.#states[i] as number);
      let sum = slab[state + SUM] as number;
      let rest = slab[state + REST] as number;
      slab[base + (this.#outputs[i] as number)] =
        count < before ? Number.NaN : (sum + (rest + close)) / (before + 1);
      let next = sum + close;
      let part = next - sum;
      rest += sum - (next - part) + (close - part);
      sum = next;
      if (count >= before) {
        const leaving = -(slab[base + this.#closes + ((count - before) & this.#mask)] as number);
        next = sum + leaving;
        part = next - sum;
        rest += sum - (next - part) + (leaving - part);
        sum = next;
      }
      slab[state + SUM] = sum;
      slab[state + REST] = rest;
    }
  }

  peek(slab: Float64Array, stride: number, counts: Int32Array): void {
    for (let i = 0; i < this.#periods.length; i++) {
      const period = this.#periods[i] as number;
      const output = this.#outputs[i] as number;
      let state = this.#states[i] as number;
      for (let series = 0, base = 0; series < counts.length; series++, base += stride, state += stride) {
        // Outputs were NaN from the beginning, and a count never goes back.
        if ((counts[series] as number) < period - 1) continue;
        const close = slab[base + CLOSE] as number;
        slab[base + output] =
          ((slab[state + SUM] as number) + ((slab[state + REST] as number) + close)) / period;
      }
    }
  }
}

/** Configuration `{name: 'sma', period: 20}` → column `sma_20`. */
export const smaKind: IndicatorKind = {
  name: 'sma',
  parameters: [{ name: 'period', min: 2, max: 10_000, integer: true }],
  closesNeeded: (parameters) => parameter(parameters, 'period') - 1,
  columns: (parameters) => [`sma_${parameter(parameters, 'period')}`],
  create: (all: readonly Parameters[], layout) =>
    new Sma(
      all.map((parameters) => parameter(parameters, 'period')),
      layout,
    ),
};
