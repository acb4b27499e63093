import type { Analysis } from '../../engine/analysis/analysis.js';
import { type MarketScores, scoring } from '../../engine/analysis/watchlists/scores.js';
import { timeframeIndex } from '../../timeframe.js';
import { Turns } from './turns.js';

/** How long scores hold, ms. */
const FRESH_MS = 2_000;
/** When scores are too old to be shown, ms: nobody wanted any meanwhile, or candles close all the time. */
const STALE_MS = 30_000;
/** How long it is waited for a moment in which no candle closes, ms; then they are made in one piece. */
const PATIENCE_MS = 500;
/** How long they may hold the event loop up in one turn, ms. */
const TURN_MS = 2;
const DAY = timeframeIndex('1d');

type Scored = Pick<Analysis, 'liveFrames' | 'contexts' | 'version'>;

interface Made {
  readonly scores: MarketScores;
  readonly version: number;
  readonly at: number;
}

/** The newest scores of all assets, with the candles that form, made in pieces while somebody wants them. */
export class LiveScores {
  readonly #analysis: Scored;
  readonly #turns = new Turns(TURN_MS);
  #made: Made | null = null;
  #work: { readonly steps: ReturnType<typeof scoring>; readonly version: number } | null = null;

  constructor(analysis: Scored) {
    this.#analysis = analysis;
  }

  /** Null: none are known yet. Their frame must not be read: candles may have closed since. */
  get newest(): MarketScores | null {
    return this.#made?.scores ?? null;
  }

  /**
   * Does the next piece, some assets; false: the scores are fresh, or it is to be tried again later. What was begun before a candle closed is thrown away,
   * since it would hold that candle twice: as it formed, and as it closed.
   *
   * @param now `performance.now()`, ms
   */
  step(now: number): boolean {
    if (this.#made !== null && now - this.#made.at >= STALE_MS) this.#made = null;
    if (this.#work === null && this.#made !== null && now - this.#made.at < FRESH_MS) return false;
    // While history is loaded candles come all the time: whoever calls has other things to do meanwhile.
    return this.#advance(now) === 'more';
  }

  /**
   * Has `work` done in a turn of its own with fresh scores, whose frame may be read as long as it works. Null: no price is
   * known yet. Rejects with what it throws.
   */
  async use<T>(work: (scores: MarketScores | null) => T): Promise<T> {
    const begun = performance.now();
    for (;;) {
      const done = await this.#turns.run(() => {
        const now = performance.now();
        let made = this.#held(now);
        while (made === null) {
          const outcome = this.#advance(now);
          if (outcome === 'none') return { value: work(null) };
          if (outcome === 'made') made = this.#made;
          else if (now - begun < PATIENCE_MS) return null;
        }
        return { value: work(made.scores) };
      });
      if (done !== null) return done.value;
    }
  }

  #held(now: number): Made | null {
    const made = this.#made;
    const isFresh = made !== null && made.version === this.#analysis.version && now - made.at < FRESH_MS;
    return isFresh ? made : null;
  }

  /** `lost`: a candle has closed since it was begun; `none`: no price is known yet. */
  #advance(now: number): 'more' | 'made' | 'lost' | 'none' {
    const { version } = this.#analysis;
    if (this.#work !== null && this.#work.version !== version) {
      this.#work = null;
      return 'lost';
    }
    if (this.#work === null) {
      const frame = this.#analysis.liveFrames()(DAY);
      if (Number.isNaN(frame.candleTime)) return 'none';
      this.#work = { steps: scoring(frame, this.#analysis.contexts), version };
    }
    const step = this.#work.steps.next();
    if (step.done !== true) return 'more';
    this.#made = { scores: step.value, version, at: now };
    this.#work = null;
    return 'made';
  }
}
