import {
  HOLDING_ANALYSES,
  type HoldingAnalysis,
  type NewHoldingAnalysis,
  type NewPortfolioAnalysis,
  type NewWatchlistAnalysis,
  PORTFOLIO_ANALYSES,
  type PortfolioAnalysis,
  WATCHLIST_ANALYSES,
  type WatchlistAnalysis,
} from '../asset-analysis-records.js';
import type { Queryable } from '../pool.js';

/** What the newest analysis of a default watchlist says of one of its assets. */
export interface AssetScore {
  readonly watchlistId: number;
  /** ms */
  readonly analysisTime: number;
  /** The asset's entry in `asset_scores`. */
  readonly entry: Readonly<Record<string, unknown>>;
}

/** Writes analyses; one that is there by model, snapshot, watchlist and period is written over. Gives their ids. */
export function upsertWatchlistAnalyses(
  database: Queryable,
  analyses: readonly NewWatchlistAnalysis[],
): Promise<readonly number[]> {
  return WATCHLIST_ANALYSES.upsert(database, analyses);
}

/** Writes analyses; one that is there by model, snapshot, portfolio and period is written over. Gives their ids. */
export function upsertPortfolioAnalyses(
  database: Queryable,
  analyses: readonly NewPortfolioAnalysis[],
): Promise<readonly number[]> {
  return PORTFOLIO_ANALYSES.upsert(database, analyses);
}

/** Writes analyses; one that is there by model, snapshot, holding and timeframe is written over. Gives their ids. */
export function upsertHoldingAnalyses(
  database: Queryable,
  analyses: readonly NewHoldingAnalysis[],
): Promise<readonly number[]> {
  return HOLDING_ANALYSES.upsert(database, analyses);
}

/** Gives the newest analysis of a watchlist; null: there is none that the user may see. */
export async function newestWatchlistAnalysis(
  database: Queryable,
  watchlistId: number,
  dataSource: string,
): Promise<WatchlistAnalysis | null> {
  const { rows } = await database.query<WatchlistAnalysis>(
    `SELECT ${WATCHLIST_ANALYSES.select('a')}
     FROM ai_watchlist_analysis a JOIN metrics_snapshot m ON m.id = a.metrics_snapshot_id
     WHERE a.watchlist_id = $1 AND m.data_source = $2 ORDER BY a.analysis_time DESC, a.id DESC LIMIT 1`,
    [watchlistId, dataSource],
  );
  return rows[0] ?? null;
}

/** Gives the newest analysis of a portfolio; null: there is none that the user may see. */
export async function newestPortfolioAnalysis(
  database: Queryable,
  portfolioId: number,
  dataSource: string,
): Promise<PortfolioAnalysis | null> {
  const { rows } = await database.query<PortfolioAnalysis>(
    `SELECT ${PORTFOLIO_ANALYSES.select('a')}
     FROM ai_portfolio_analysis a JOIN metrics_snapshot m ON m.id = a.metrics_snapshot_id
     WHERE a.portfolio_id = $1 AND m.data_source = $2 ORDER BY a.analysis_time DESC, a.id DESC LIMIT 1`,
    [portfolioId, dataSource],
  );
  return rows[0] ?? null;
}

/** Gives the newest analysis of each active holding of a portfolio that has one, by ascending id of the holding. */
export async function newestHoldingAnalyses(
  database: Queryable,
  portfolioId: number,
  dataSource: string,
): Promise<readonly HoldingAnalysis[]> {
  const { rows } = await database.query<HoldingAnalysis>(
    `SELECT ${HOLDING_ANALYSES.select('a')} FROM portfolio_assets h
     CROSS JOIN LATERAL (
       SELECT n.* FROM ai_portfolio_asset_analysis n JOIN metrics_snapshot m ON m.id = n.metrics_snapshot_id
       WHERE n.portfolio_asset_id = h.id AND m.data_source = $2
       ORDER BY n.analysis_time DESC, n.id DESC LIMIT 1
     ) a
     WHERE h.portfolio_id = $1 AND h.is_active ORDER BY h.id`,
    [portfolioId, dataSource],
  );
  return rows;
}

/**
 * Gives what the newest analysis of each default watchlist says of an asset, the newest first. Entries of
 * `asset_scores` are objects with `asset_id`; others are passed over.
 */
export async function assetScores(
  database: Queryable,
  assetId: number,
  dataSource: string,
): Promise<readonly AssetScore[]> {
  const { rows } = await database.query<AssetScore>(
    `SELECT a.watchlist_id AS "watchlistId", a.analysis_time AS "analysisTime", entry
     FROM watchlists w
     CROSS JOIN LATERAL (
       SELECT n.id, n.watchlist_id, n.analysis_time, n.asset_scores
       FROM ai_watchlist_analysis n JOIN metrics_snapshot m ON m.id = n.metrics_snapshot_id
       WHERE n.watchlist_id = w.id AND m.data_source = $2 ORDER BY n.analysis_time DESC, n.id DESC LIMIT 1
     ) a
     CROSS JOIN LATERAL jsonb_array_elements(a.asset_scores) AS entry
     WHERE w.user_id IS NULL AND entry -> 'asset_id' = to_jsonb($1::int)
     ORDER BY a.analysis_time DESC, a.id DESC`,
    [assetId, dataSource],
  );
  return rows;
}
