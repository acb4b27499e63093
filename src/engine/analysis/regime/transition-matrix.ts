import { REGIMES, type Regime } from '../contexts.js';

const SIZE = REGIMES.length;
/** Pseudo-counts per row, spread evenly over the regimes: additive smoothing (Laplace; Perks 1947 for one a row). */
const PRIOR = 1;
/** Candles that must have followed a regime before its row says anything. */
export const LEAST_FOLLOWED = 30;

/** How often which regime followed which, from one closed candle to the next. Never changed: `counted` gives another. */
export class TransitionMatrix {
  readonly #counts: Float64Array;

  constructor(counts: Float64Array = new Float64Array(SIZE * SIZE)) {
    this.#counts = counts;
  }

  /** Gives the matrix with one more step. */
  counted(from: Regime, to: Regime): TransitionMatrix {
    const counts = this.#counts.slice();
    const cell = REGIMES.indexOf(from) * SIZE + REGIMES.indexOf(to);
    counts[cell] = (counts[cell] as number) + 1;
    return new TransitionMatrix(counts);
  }

  count(from: Regime, to: Regime): number {
    return this.#counts[REGIMES.indexOf(from) * SIZE + REGIMES.indexOf(to)] as number;
  }

  /** Steps that began in this regime. */
  followed(from: Regime): number {
    return REGIMES.reduce((sum, to) => sum + this.count(from, to), 0);
  }

  /** Chances of the regime of the next candle, in the order of `REGIMES`; they add up to 1. */
  row(from: Regime): readonly number[] {
    const all = this.followed(from) + PRIOR;
    return REGIMES.map((to) => (this.count(from, to) + PRIOR / SIZE) / all);
  }

  /** Chances of the regime `steps` candles later (Chapman–Kolmogorov), in the order of `REGIMES`. */
  forecast(from: Regime, steps: number): readonly number[] {
    const rows = REGIMES.map((regime) => this.row(regime));
    let chances: readonly number[] = REGIMES.map((regime) => (regime === from ? 1 : 0));
    for (let i = 0; i < steps; i++) {
      const before = chances;
      const next = REGIMES.map((_, to) =>
        before.reduce((sum, chance, at) => sum + chance * ((rows[at] as readonly number[])[to] as number), 0),
      );
      const all = next.reduce((sum, value) => sum + value, 0);
      chances = next.map((value) => value / all);
    }
    return chances;
  }
}
