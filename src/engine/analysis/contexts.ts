import type { Timeframe } from '../../timeframe.js';

export const REGIMES = ['Bull', 'Bear', 'Sideways', 'Transition', 'Accumulation', 'Distribution'] as const;
export type Regime = (typeof REGIMES)[number];

/** What other layers read of the market's regime. */
export interface RegimeState {
  readonly timeframe: Timeframe;
  /** End of the candle at whose close it was found, ms. */
  readonly time: number;
  readonly regime: Regime;
  /** 0–1. */
  readonly confidence: number;
  /** 0–1. */
  readonly strength: number;
  /** End of the candle since which it has been so, ms. */
  readonly since: number;
  /** Chance that the next candle brings another one, 0–1; null: too little history. */
  readonly transitionProbability: number | null;
  /** 0–1: low below 0.3, high above 0.7. */
  readonly volatility: number;
  /** 0.1–5: by how much to multiply the usual risk. */
  readonly riskFactor: number;
}

/** What other layers read of a sector. */
export interface SectorState {
  readonly sectorId: number;
  readonly name: string;
  /** End of the candle at whose close it was found, ms. */
  readonly time: number;
  /** 1 is the best; null: nothing to rank by. */
  readonly rank: number | null;
  /** 0–1, 0.5 being the market's. */
  readonly relativeStrength: number | null;
  /** Percent; null: history is too short. */
  readonly performance24h: number | null;
  readonly performance7d: number | null;
  readonly outlook: 'Bullish' | 'Bearish' | 'Neutral' | null;
  /** 0–1. */
  readonly inflow: number | null;
  readonly outflow: number | null;
}

/**
 * What layers 1 and 2 found, as of closes **before** a moment. Strictly before: what closes at the same moment may
 * close earlier or later on the wire, and a signal must not depend on it.
 */
export interface Contexts {
  /** Newest regime of a timeframe whose candle ended before `time`, ms; null: none yet. */
  regimeBefore(timeframe: number, time: number): RegimeState | null;
  sectorBefore(sectorId: number, time: number): SectorState | null;
}

/** A moment's state and the one before it: enough to look strictly before the newest close. */
export class Newest<State extends { readonly time: number }> {
  #newest: State | null = null;
  #former: State | null = null;

  /** @throws RangeError if it is not newer */
  set(state: State): void {
    if (this.#newest !== null && !(state.time > this.#newest.time)) {
      throw new RangeError(`a state of ${state.time} does not follow one of ${this.#newest.time}`);
    }
    this.#former = this.#newest;
    this.#newest = state;
  }

  get newest(): State | null {
    return this.#newest;
  }

  before(time: number): State | null {
    if (this.#newest !== null && this.#newest.time < time) return this.#newest;
    return this.#former !== null && this.#former.time < time ? this.#former : null;
  }
}
