import { TIMEFRAMES, type Timeframe, timeframeIndex } from '../../../timeframe.js';
import { Newest, REGIMES, type Regime, type RegimeState, type SectorState } from '../contexts.js';
import { type Frame, isCurrent } from '../frame.js';
import { Gaps } from '../gaps.js';
import type { AnalysisAsset } from '../market.js';
import type { Structure } from '../structure/structure.js';
import type { Json, RegimeAnalysis, RegimeMetrics } from './analysis.js';
import { CandleWindow } from './candle-window.js';
import { type Component, componentsOf } from './components.js';
import { followCycle } from './cycle.js';
import { statisticsOf, transitionProbability } from './durations.js';
import { type Features, LEAST_RETURNS, readFeatures } from './features.js';
import { makeAnalysis } from './make-analysis.js';
import { evidenceOf, probabilitiesOf } from './probabilities.js';
import { confidenceOf, riskFactorOf, strengthOf } from './scene.js';
import { cycleOf, follow, type Track } from './track.js';
import { LEAST_FOLLOWED } from './transition-matrix.js';

/** The coin whose market stands for all. */
const REFERENCE = 'BTC';
/** Shorter candles have no regime. */
export const SHORTEST_REGIME = timeframeIndex('1h');
/** Swings without which there is no structure. */
const LEAST_SWINGS = 4;

/** What a frame shows, before anything is kept. */
interface View {
  readonly asset: AnalysisAsset;
  readonly features: Features;
  readonly components: readonly Component[];
  readonly track: Track;
  readonly structure: Structure | null;
}

interface Line {
  readonly newest: Newest<RegimeState>;
  track: Track | null;
  /** End of the newest candle that was followed, ms. */
  time: number;
  volatility: number;
}

/**
 * The regime of the market, by timeframe, from the reference market's candles, their structure, the breadth of the market
 * and its sentiment. Advanced by closed frames in order; everything that it keeps is a function of them.
 */
export class RegimeModel {
  readonly #lines = new Map<number, Line>();
  readonly #window = new CandleWindow();

  /**
   * Follows a closed frame of 1h or longer and gives its analysis.
   *
   * @param metrics of the same frame; null: not known, as for history
   * @param sectors as of before the frame; null: not known
   * @returns null: the frame is shorter, BTC is not served in dollars or has not closed the candle, or fewer than 30
   *   candles are known
   * @throws RangeError if the frame is not newer than the one before
   */
  closed(
    frame: Frame,
    metrics: RegimeMetrics | null,
    sectors: readonly SectorState[] | null = null,
  ): RegimeAnalysis | null {
    const view = this.#view(frame, metrics);
    if (view === null) return null;
    this.#keep(frame, view);
    return this.#analyse(frame, view, metrics, sectors);
  }

  /** Follows a closed frame as `closed` does, without making its analysis: for history. */
  follow(frame: Frame, metrics: RegimeMetrics | null = null): void {
    const view = this.#view(frame, metrics);
    if (view !== null) this.#keep(frame, view);
  }

  /** Gives the analysis of a forming frame as if it closed now, and keeps nothing of it. */
  live(
    frame: Frame,
    metrics: RegimeMetrics | null,
    sectors: readonly SectorState[] | null = null,
  ): RegimeAnalysis | null {
    const view = this.#view(frame, metrics);
    return view === null ? null : this.#analyse(frame, view, metrics, sectors);
  }

  /** State at the newest close of a timeframe, by its index; null: none yet. */
  newest(timeframe: number): RegimeState | null {
    return this.#lines.get(timeframe)?.newest.newest ?? null;
  }

  /** State at the newest close before `time`, ms, strictly; of the two newest closes only. */
  before(timeframe: number, time: number): RegimeState | null {
    return this.#lines.get(timeframe)?.newest.before(time) ?? null;
  }

  /**
   * Gives the chances of each regime `horizon` candles from now, by the empirical transition matrix; they add up to 1.
   *
   * @param horizon 1–1000, a whole number
   * @returns null: fewer than 30 candles have followed the present regime
   */
  forecast(timeframe: number, horizon: number): Readonly<Record<Regime, number>> | null {
    const track = this.#lines.get(timeframe)?.track ?? null;
    if (track === null || track.matrix.followed(track.regime) < LEAST_FOLLOWED) return null;
    const chances = track.matrix.forecast(track.regime, horizon);
    return Object.fromEntries(REGIMES.map((regime, i) => [regime, chances[i]])) as Record<Regime, number>;
  }

  /** Gives what history says of the regimes of a timeframe: matrix, spells and the present one; null: none yet. */
  statistics(timeframe: number): Json | null {
    const line = this.#lines.get(timeframe);
    const track = line?.track ?? null;
    const name = TIMEFRAMES[timeframe];
    if (line === undefined || track === null || name === undefined) return null;
    const days = track.isBeginningKnown ? Math.floor((line.time - track.since) / 86_400_000) : null;
    return {
      ...statisticsOf(name, track, line.volatility, days),
      regime: track.regime,
      since: track.since,
      counts: Object.fromEntries(
        REGIMES.map((from) => [
          from,
          Object.fromEntries(REGIMES.map((to) => [to, track.matrix.count(from, to)])),
        ]),
      ),
      spells: track.spells,
    };
  }

  #view(frame: Frame, metrics: RegimeMetrics | null): View | null {
    const { timeframe } = frame;
    if (timeframe < SHORTEST_REGIME) return null;
    const asset = frame.market.reference(REFERENCE);
    if (asset === undefined || !isCurrent(frame, asset.asset)) return null;
    this.#window.read(frame.series, asset.asset, timeframe);
    if (this.#window.count <= LEAST_RETURNS) return null;
    const found = frame.structures.of(asset.asset, timeframe);
    const structure = found !== null && found.swings().length >= LEAST_SWINGS ? found : null;
    const features = readFeatures(frame, asset.asset, this.#window, structure);
    const known = this.#lines.get(timeframe)?.track ?? null;
    const cycle = followCycle(cycleOf(known), features.close, features.deviation);
    const components = componentsOf(features, cycle.score, {
      breadth: metrics?.cryptoMarketBreadth ?? null,
      sentiment: frame.external.value('fear_greed_index', frame.time),
    });
    const probabilities = probabilitiesOf(evidenceOf(features, components));
    const track = follow(known, {
      time: frame.time,
      close: features.close,
      cycle,
      probabilities,
      volatility: features.volatility,
    });
    return { asset, features, components, track, structure };
  }

  #keep(frame: Frame, { features, components, track }: View): void {
    const { timeframe, time } = frame;
    const line = this.#lines.get(timeframe) ?? {
      newest: new Newest<RegimeState>(),
      track: null,
      time: 0,
      volatility: Number.NaN,
    };
    const confidence = confidenceOf(track, REGIMES);
    line.newest.set({
      timeframe: TIMEFRAMES[timeframe] as Timeframe,
      time,
      regime: track.regime,
      confidence,
      strength: strengthOf(features, components),
      since: track.since,
      transitionProbability: transitionProbability(track),
      volatility: features.volatilityRank,
      riskFactor: riskFactorOf({ features, track }, confidence),
    });
    line.track = track;
    line.time = time;
    line.volatility = features.volatility;
    this.#lines.set(timeframe, line);
  }

  #analyse(
    frame: Frame,
    view: View,
    metrics: RegimeMetrics | null,
    sectors: readonly SectorState[] | null,
  ): RegimeAnalysis {
    const others: RegimeState[] = [];
    for (let timeframe = SHORTEST_REGIME; timeframe < TIMEFRAMES.length; timeframe++) {
      const state = timeframe === frame.timeframe ? null : this.before(timeframe, frame.time);
      if (state !== null) others.push(state);
    }
    return makeAnalysis({
      ...view,
      frame,
      timeframe: TIMEFRAMES[frame.timeframe] as Timeframe,
      window: this.#window,
      metrics,
      sectors,
      others,
      gaps: new Gaps(),
    });
  }
}
