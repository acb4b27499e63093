import { type Indicator, type IndicatorKind, type Parameters, parameter } from '../indicator.js';
import { CLOSE, type SlabLayout } from '../slab-layout.js';

/** Slots of state: sums in warm-up, then the averages. */
const FAST = 0;
const SLOW = 1;
const SIGNAL = 2;
const STATE = 3;

/**
 * Moving average convergence/divergence (G. Appel, 1979) as TA-Lib computes it: the difference of two EMAs that both
 * begin at candle `slow` − 1, the fast one seeded with the mean of the `fast` closes up to there; the signal line is
 * the EMA of that difference, seeded with the mean of its first `signal` values. All three are first shown together,
 * at candle `slow` + `signal` − 2.
 */
class Macd implements Indicator {
  readonly #fast: number;
  readonly #slow: number;
  readonly #signal: number;
  readonly #fastWeight: number;
  readonly #slowWeight: number;
  readonly #signalWeight: number;
  readonly #state: number;
  readonly #line: number;
  readonly #signalLine: number;
  readonly #histogram: number;

  constructor(fast: number, slow: number, signal: number, layout: SlabLayout) {
    this.#fast = fast;
    this.#slow = slow;
    this.#signal = signal;
    this.#fastWeight = 2 / (fast + 1);
    this.#slowWeight = 2 / (slow + 1);
    this.#signalWeight = 2 / (signal + 1);
    this.#state = layout.state(STATE);
    this.#line = layout.output();
    this.#signalLine = layout.output();
    this.#histogram = layout.output();
  }

  commit(slab: Float64Array, base: number, count: number): void {
    const close = slab[base + CLOSE] as number;
    const state = base + this.#state;
    const first = this.#slow - 1;
    if (count < first) {
      slab[state + SLOW] = (slab[state + SLOW] as number) + close;
      if (count >= this.#slow - this.#fast) slab[state + FAST] = (slab[state + FAST] as number) + close;
      return;
    }
    const fast = this.#fastWith(slab[state + FAST] as number, close, count);
    const slow = this.#slowWith(slab[state + SLOW] as number, close, count);
    slab[state + FAST] = fast;
    slab[state + SLOW] = slow;
    const line = fast - slow;
    const shown = first + this.#signal - 1;
    if (count < shown) {
      slab[state + SIGNAL] = (slab[state + SIGNAL] as number) + line;
      return;
    }
    const signal = this.#signalWith(slab[state + SIGNAL] as number, line, count === shown);
    slab[state + SIGNAL] = signal;
    slab[base + this.#line] = line;
    slab[base + this.#signalLine] = signal;
    slab[base + this.#histogram] = line - signal;
  }

  peek(slab: Float64Array, stride: number, counts: Int32Array): void {
    const shown = this.#slow + this.#signal - 2;
    for (let series = 0, base = 0; series < counts.length; series++, base += stride) {
      const count = counts[series] as number;
      // Outputs were NaN from the beginning, and a count never goes back.
      if (count < shown) continue;
      const close = slab[base + CLOSE] as number;
      const state = base + this.#state;
      const fast = this.#fastWith(slab[state + FAST] as number, close, count);
      const slow = this.#slowWith(slab[state + SLOW] as number, close, count);
      const line = fast - slow;
      const signal = this.#signalWith(slab[state + SIGNAL] as number, line, count === shown);
      slab[base + this.#line] = line;
      slab[base + this.#signalLine] = signal;
      slab[base + this.#histogram] = line - signal;
    }
  }

  #fastWith(state: number, close: number, count: number): number {
    return count === this.#slow - 1
      ? (state + close) / this.#fast
      : state + (close - state) * this.#fastWeight;
  }

  #slowWith(state: number, close: number, count: number): number {
    return count === this.#slow - 1
      ? (state + close) / this.#slow
      : state + (close - state) * this.#slowWeight;
  }

  #signalWith(state: number, line: number, isSeed: boolean): number {
    return isSeed ? (state + line) / this.#signal : state + (line - state) * this.#signalWeight;
  }
}

/** One object per parameter set; several sets are rare, so they are simply run one after the other. */
class Macds implements Indicator {
  readonly #all: readonly Macd[];

  constructor(all: readonly Macd[]) {
    this.#all = all;
  }

  commit(slab: Float64Array, base: number, count: number): void {
    for (const macd of this.#all) macd.commit(slab, base, count);
  }

  peek(slab: Float64Array, stride: number, counts: Int32Array): void {
    for (const macd of this.#all) macd.peek(slab, stride, counts);
  }
}

function suffix(parameters: Parameters): string {
  const [fast, slow, signal] = ['fast', 'slow', 'signal'].map((name) => parameter(parameters, name));
  return fast === 12 && slow === 26 && signal === 9 ? '' : `_${fast}_${slow}_${signal}`;
}

/** Configuration `{name: 'macd'}` (12, 26, 9) → `macd`, `macd_signal`, `macd_hist`; others add `_5_35_5`. */
export const macdKind: IndicatorKind = {
  name: 'macd',
  parameters: [
    { name: 'fast', default: 12, min: 2, max: 10_000, integer: true },
    { name: 'slow', default: 26, min: 3, max: 10_000, integer: true },
    { name: 'signal', default: 9, min: 2, max: 10_000, integer: true },
  ],
  check: (parameters) =>
    parameter(parameters, 'fast') < parameter(parameters, 'slow') ? null : 'fast must be less than slow',
  closesNeeded: () => 0,
  columns: (parameters) => ['macd', 'macd_signal', 'macd_hist'].map((name) => name + suffix(parameters)),
  create: (all, layout) =>
    new Macds(
      all.map(
        (parameters) =>
          new Macd(
            parameter(parameters, 'fast'),
            parameter(parameters, 'slow'),
            parameter(parameters, 'signal'),
            layout,
          ),
      ),
    ),
};
