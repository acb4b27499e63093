import { TIMEFRAMES, timeframeIndex } from '../../timeframe.js';
import type { Contexts, SectorState } from './contexts.js';
import type { Frame } from './frame.js';
import type { FrameMoment } from './frame-clock.js';
import type { AnalysisMarket } from './market.js';
import type { MetricsModel } from './metrics/metrics-model.js';
import type { MetricsSnapshot } from './metrics/snapshot.js';
import type { PortfolioFrame } from './portfolios/portfolio-frame.js';
import type { PortfolioModel } from './portfolios/portfolio-model.js';
import type { AnalysisPeriod } from './portfolios/rows.js';
import type { RegimeAnalysis } from './regime/analysis.js';
import type { RegimeModel } from './regime/regime-model.js';
import type { SectorModel } from './sectors/sector-model.js';
import type { SectorClose } from './sectors/sector-rows.js';
import { scoring } from './watchlists/scores.js';
import type { ActiveSignals } from './watchlists/signal-reader.js';
import type { TierRecommendation } from './watchlists/tier-advice.js';
import type { TierAdvisor } from './watchlists/tier-advisor.js';
import type { WatchlistAnalysis } from './watchlists/watchlist-analysis.js';
import type { WatchlistModel } from './watchlists/watchlist-model.js';

/** What one look at the whole market gave, at the close of a timeframe. */
export interface FrameResult {
  readonly moment: FrameMoment;
  /** Null: there is none; `MetricsModel.absence` said why. */
  readonly metrics: MetricsSnapshot | null;
  /** Of 1h and longer. */
  readonly regime: RegimeAnalysis | null;
  /** Null: no sector has a coin that is served. */
  readonly sectors: SectorClose | null;
  /** Of 1h, 4h and 1d, once all history is there, as the two that follow. */
  readonly watchlists: readonly WatchlistAnalysis[];
  readonly portfolios: readonly PortfolioFrame[];
  /** Of the default lists, for the admins; once a day. */
  readonly tiers: readonly TierRecommendation[];
}

/** What a look advances and asks. */
export interface LookedLayers {
  readonly market: AnalysisMarket;
  readonly metrics: MetricsModel;
  readonly regimes: RegimeModel;
  readonly sectors: SectorModel;
  readonly watchlists: WatchlistModel;
  readonly tiers: TierAdvisor;
  readonly portfolios: PortfolioModel;
  readonly contexts: Contexts;
  readonly activeSignals: ActiveSignals;
}

export interface LookOptions {
  readonly layers: LookedLayers;
  /** Where an asset comes from, by its row in `assets`. */
  readonly dataSourceOf: (assetId: number) => string | undefined;
  /** False: not all assets have their history yet, so lists, portfolios and tiers are left out. */
  readonly isSettled: boolean;
}

const DAY = timeframeIndex('1d');

/** Periods of lists and portfolios that end with a timeframe. */
const PERIODS: readonly (readonly AnalysisPeriod[])[] = TIMEFRAMES.map((timeframe) =>
  timeframe === '1h' || timeframe === '4h' ? [timeframe] : timeframe === '1d' ? ['1d', '7d', '30d'] : [],
);

/**
 * Looks at the market at a close, from the whole to its parts, so that each layer reads those above it. Yields after each
 * piece, some ms at most.
 */
export function* lookAt(
  frame: Frame,
  moment: FrameMoment,
  { layers, dataSourceOf, isSettled }: LookOptions,
): Generator<undefined, FrameResult, void> {
  const { timeframe, time } = frame;
  const { contexts, activeSignals, regimes } = layers;
  const metrics = layers.metrics.closed(frame);
  yield;
  // History of the reference market may have brought its regime up to this close already.
  const isFollowed = (regimes.newest(timeframe)?.time ?? Number.NEGATIVE_INFINITY) >= time;
  const regime = isFollowed ? null : regimes.closed(frame, metrics, sectorsBefore(layers, time));
  yield;
  const sectors = yield* lookAtSectors(frame, layers);
  yield;
  const periods = isSettled ? (PERIODS[timeframe] ?? []) : [];
  const watchlists: WatchlistAnalysis[] = [];
  const portfolios: PortfolioFrame[] = [];
  let tiers: readonly TierRecommendation[] = [];
  if (periods.length > 0) {
    const scores = yield* scoring(frame, contexts);
    for (const { id } of layers.watchlists.lists) {
      const row = layers.watchlists.analyse(scores, id, activeSignals);
      if (row !== null) watchlists.push(row);
      yield;
    }
    tiers = layers.tiers.decide(scores, layers.watchlists.lists, dataSourceOf);
    for (const id of layers.portfolios.portfolioIds) {
      for (const period of periods) {
        const found = layers.portfolios.analyse(id, frame, contexts, period, activeSignals);
        if (found !== null) portfolios.push(found);
        yield;
      }
    }
  }
  return { moment, metrics, regime, sectors, watchlists, portfolios, tiers };
}

function* lookAtSectors(
  frame: Frame,
  { sectors, regimes }: LookedLayers,
): Generator<undefined, SectorClose | null, void> {
  if ((PERIODS[frame.timeframe] ?? []).length > 0) {
    return yield* sectors.closing(frame, regimes.newest(DAY));
  }
  return { frames: [], history: sectors.advance(frame), figures: [] };
}

function sectorsBefore({ market, sectors }: LookedLayers, time: number): readonly SectorState[] {
  return market.sectors.flatMap(({ id }) => sectors.before(id, time) ?? []);
}
