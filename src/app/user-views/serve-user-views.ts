import type { Broker } from '../../broker/broker.js';
import type { Publication } from '../../events.js';
import type { Logger } from '../../logger.js';
import type { Pool } from '../../store/pool.js';
import type { AnalysisView } from '../../ws/ports.js';
import type { Analyses } from '../analyses.js';
import type { LiveTables } from '../live-tables.js';
import type { Pipeline } from '../pipeline.js';
import type { Stopper } from '../stopper.js';
import { DashboardSource } from './dashboard-source.js';
import type { LiveScores } from './live-scores.js';
import { LiveUserViews } from './live-user-views.js';
import { PortfolioSource } from './portfolio-source.js';
import type { PriceFacts } from './seen-prices.js';
import { WatchlistSource } from './watchlist-source.js';

export interface ServeUserViewsOptions {
  readonly pipeline: Pick<Pipeline, 'engine' | 'served'>;
  readonly analyses: Pick<Analyses, 'analysis' | 'dataSource'>;
  readonly view: Pick<AnalysisView, 'regime' | 'metrics' | 'sectorAnalyses'>;
  readonly scores: LiveScores;
  readonly broker: Broker<Publication>;
  readonly tables: LiveTables;
  /** Of the engine's role. */
  readonly pool: Pool;
  readonly notReady: () => string | null;
  readonly logger: Logger;
  /** Our clock, ms since the epoch. */
  readonly now: () => number;
}

const STOP_MS = 300;

/** Begins to keep the live states of users up to date, while somebody watches; stopped with the rest. */
export async function serveUserViews(
  options: ServeUserViewsOptions,
  stopper: Stopper,
): Promise<LiveUserViews> {
  const { pipeline, analyses, view, scores, broker, tables, pool, notReady, logger, now } = options;
  const { engine, served } = pipeline;
  const { analysis, dataSource } = analyses;
  const facts = { time: 0, open24h: 0 as number | null, change24hPercent: 0 as number | null };
  const factsOf = (asset: number): PriceFacts | null => {
    const ticker = engine.ticker(asset);
    if (ticker === null) return null;
    facts.time = ticker.exchangeTime;
    facts.open24h = ticker.open24h;
    facts.change24hPercent = ticker.change24hPercent;
    return facts;
  };
  const { portfolios: model, market } = analysis;
  const views = new LiveUserViews({
    ...{ broker, model, tables, logger, now },
    portfolios: new PortfolioSource({ portfolios: model, market, tables, pool, dataSource, factsOf, logger }),
    watchlists: new WatchlistSource({ analysis, scores, tables, factsOf }),
    dashboards: new DashboardSource({
      ...{ view, pool, notReady, logger },
      isSimulated: served.some((asset) => asset.market.simulated),
      tradesTaken: () => served.reduce((sum, { asset }) => sum + engine.stats(asset).trades, 0),
      activeSignals: () => analysis.signals.live().length,
    }),
  });
  views.start();
  await stopper.add('live states of users', () => views.stop(), STOP_MS);
  return views;
}
