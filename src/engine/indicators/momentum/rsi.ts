import { type Indicator, type IndicatorKind, type Parameters, parameter } from '../indicator.js';
import { CLOSE, type SlabLayout } from '../slab-layout.js';

/** Slots of state per period: the sums of gains and losses in warm-up, then Wilder's averages of them. */
const GAIN = 0;
const LOSS = 1;
const STATE = 2;

/**
 * Below this the averages are no longer decayed by candles without change. Their ratio would stay the same in exact
 * arithmetic, but fall apart in denormal doubles; and no price's change is so small that it would count.
 */
const SMALLEST_AVERAGE = 1e-290;

function rsiOf(gain: number, loss: number): number {
  const both = gain + loss;
  return both === 0 ? 0 : (100 * gain) / both;
}

/**
 * Relative strength index: J. W. Wilder, New Concepts in Technical Trading Systems, 1978; first at candle `period`.
 * Seed: mean gain and mean loss of the first `period` changes; then each average = (average · (period − 1) + new) /
 * period. 100 · gain / (gain + loss), and 0 where both are zero: TA-Lib's rule.
 */
class Rsi implements Indicator {
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
    if (count === 0) return;
    const change =
      (slab[base + CLOSE] as number) - (slab[base + this.#closes + ((count - 1) & this.#mask)] as number);
    const up = Math.max(change, 0);
    const down = Math.max(-change, 0);
    for (let i = 0; i < this.#periods.length; i++) {
      const period = this.#periods[i] as number;
      const state = base + (this.#states[i] as number);
      const gain = slab[state + GAIN] as number;
      const loss = slab[state + LOSS] as number;
      const output = base + (this.#outputs[i] as number);
      if (count > period && change === 0 && gain + loss < SMALLEST_AVERAGE) {
        slab[output] = rsiOf(gain, loss);
        continue;
      }
      const kept = count > period ? period - 1 : 1;
      const nextGain = gain * kept + up;
      const nextLoss = loss * kept + down;
      const divisor = count >= period ? period : 1;
      slab[state + GAIN] = nextGain / divisor;
      slab[state + LOSS] = nextLoss / divisor;
      if (count >= period) slab[output] = rsiOf(nextGain, nextLoss);
    }
  }

  peek(slab: Float64Array, stride: number, counts: Int32Array): void {
    const closes = this.#closes;
    const mask = this.#mask;
    for (let i = 0; i < this.#periods.length; i++) {
      const period = this.#periods[i] as number;
      const output = this.#outputs[i] as number;
      let state = this.#states[i] as number;
      for (let series = 0, base = 0; series < counts.length; series++, base += stride, state += stride) {
        const count = counts[series] as number;
        // Outputs were NaN from the beginning, and a count never goes back.
        if (count < period) continue;
        const change =
          (slab[base + CLOSE] as number) - (slab[base + closes + ((count - 1) & mask)] as number);
        const gain = slab[state + GAIN] as number;
        const loss = slab[state + LOSS] as number;
        const kept = count > period ? period - 1 : 1;
        slab[base + output] =
          change === 0 && count > period && gain + loss < SMALLEST_AVERAGE
            ? rsiOf(gain, loss)
            : rsiOf(gain * kept + Math.max(change, 0), loss * kept + Math.max(-change, 0));
      }
    }
  }
}

/** Configuration `{name: 'rsi', period: 14}` → column `rsi_14`. */
export const rsiKind: IndicatorKind = {
  name: 'rsi',
  parameters: [{ name: 'period', default: 14, min: 2, max: 10_000, integer: true }],
  closesNeeded: () => 1,
  columns: (parameters) => [`rsi_${parameter(parameters, 'period')}`],
  create: (all: readonly Parameters[], layout) =>
    new Rsi(
      all.map((parameters) => parameter(parameters, 'period')),
      layout,
    ),
};
