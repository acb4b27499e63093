import type { Analysis } from '../../engine/analysis/analysis.js';
import { type MarketScores, scoring } from '../../engine/analysis/watchlists/scores.js';
import { timeframeIndex } from '../../timeframe.js';

/** How long scores hold, ms. */
const FRESH_MS = 2_000;
const DAY = timeframeIndex('1d');

/** The newest scores of all assets, with the candles that form, made in pieces while somebody wants them. */
export class LiveScores {
  readonly #analysis: Pick<Analysis, 'liveFrames' | 'contexts' | 'version'>;
  #newest: MarketScores | null = null;
  #madeAt = Number.NEGATIVE_INFINITY;
  #work: { readonly steps: ReturnType<typeof scoring>; readonly version: number } | null = null;

  constructor(analysis: Pick<Analysis, 'liveFrames' | 'contexts' | 'version'>) {
    this.#analysis = analysis;
  }

  /** Null: none are known yet. */
  get newest(): MarketScores | null {
    return this.#newest;
  }

  /**
   * Does the next piece, some assets; false: the scores are fresh, or it is to be tried again later. What was begun before a candle closed is thrown away,
   * since it would hold that candle twice: as it formed, and as it closed.
   *
   * @param now any clock that does not go back, ms
   */
  step(now: number): boolean {
    const { version } = this.#analysis;
    if (this.#work !== null && this.#work.version !== version) {
      // While history is loaded candles come all the time: whoever calls has other things to do meanwhile.
      this.#work = null;
      return false;
    }
    if (this.#work === null) {
      if (now - this.#madeAt < FRESH_MS) return false;
      const frame = this.#analysis.liveFrames()(DAY);
      if (Number.isNaN(frame.candleTime)) return false;
      this.#work = { steps: scoring(frame, this.#analysis.contexts), version };
    }
    const step = this.#work.steps.next();
    if (step.done !== true) return true;
    this.#newest = step.value;
    this.#madeAt = now;
    this.#work = null;
    return false;
  }
}
