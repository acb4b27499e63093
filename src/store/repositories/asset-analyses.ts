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

/** The score that an asset had at the end of a day. */
export interface DailyScore {
  readonly assetId: number;
  /** End of the day, ms. */
  readonly time: number;
  readonly side: 'long' | 'short';
  readonly score: number;
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

/** Gives the newest analysis of a watchlist, of one period or of any; null: there is none that the user may see. */
export async function newestWatchlistAnalysis(
  database: Queryable,
  watchlistId: number,
  dataSource: string,
  timeframe: string | null = null,
): Promise<WatchlistAnalysis | null> {
  const { rows } = await database.query<WatchlistAnalysis>(
    `SELECT ${WATCHLIST_ANALYSES.select('a')}
     FROM ai_watchlist_analysis a JOIN metrics_snapshot m ON m.id = a.metrics_snapshot_id
     WHERE a.watchlist_id = $1 AND m.data_source = $2
       AND ($3::analysis_period IS NULL OR a.timeframe = $3) ORDER BY a.analysis_time DESC, a.id DESC LIMIT 1`,
    [watchlistId, dataSource, timeframe],
  );
  return rows[0] ?? null;
}

/** Gives the newest analysis of a portfolio, of one period or of any; null: there is none that the user may see. */
export async function newestPortfolioAnalysis(
  database: Queryable,
  portfolioId: number,
  dataSource: string,
  timeframe: string | null = null,
): Promise<PortfolioAnalysis | null> {
  const { rows } = await database.query<PortfolioAnalysis>(
    `SELECT ${PORTFOLIO_ANALYSES.select('a')}
     FROM ai_portfolio_analysis a JOIN metrics_snapshot m ON m.id = a.metrics_snapshot_id
     WHERE a.portfolio_id = $1 AND m.data_source = $2
       AND ($3::analysis_period IS NULL OR a.timeframe = $3) ORDER BY a.analysis_time DESC, a.id DESC LIMIT 1`,
    [portfolioId, dataSource, timeframe],
  );
  return rows[0] ?? null;
}

/**
 * Gives the newest analysis, of one timeframe or of any, of each active holding of a portfolio that has one, by ascending id
 * of the holding.
 */
export async function newestHoldingAnalyses(
  database: Queryable,
  portfolioId: number,
  dataSource: string,
  timeframe: string | null = null,
): Promise<readonly HoldingAnalysis[]> {
  const { rows } = await database.query<HoldingAnalysis>(
    `SELECT ${HOLDING_ANALYSES.select('a')} FROM portfolio_assets h
     CROSS JOIN LATERAL (
       SELECT n.* FROM ai_portfolio_asset_analysis n JOIN metrics_snapshot m ON m.id = n.metrics_snapshot_id
       WHERE n.portfolio_asset_id = h.id AND m.data_source = $2
       AND ($3::timeframe IS NULL OR n.timeframe = $3)
       ORDER BY n.analysis_time DESC, n.id DESC LIMIT 1
     ) a
     WHERE h.portfolio_id = $1 AND h.is_active ORDER BY h.id`,
    [portfolioId, dataSource, timeframe],
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

/**
 * Gives the scores that the daily analyses of the default watchlists have kept, of their assets and of the `candidates`
 * that are in none, oldest first. An asset in several lists has the score of the first of them.
 *
 * @param days of how many days, up to the newest one
 */
export async function dailyScores(
  database: Queryable,
  dataSource: string,
  days: number,
): Promise<readonly DailyScore[]> {
  const { rows } = await database.query<DailyScore>(
    `WITH daily AS MATERIALIZED (
       SELECT w.sort_order, w.id, a.analysis_time, a.asset_scores, a.analysis_data -> 'candidates' AS candidates
       FROM watchlists w
       JOIN ai_watchlist_analysis a ON a.watchlist_id = w.id AND a.timeframe = '1d'
       JOIN metrics_snapshot m ON m.id = a.metrics_snapshot_id AND m.data_source = $1
       WHERE w.user_id IS NULL
     ), recent AS (
       SELECT * FROM daily WHERE analysis_time > (SELECT max(analysis_time) FROM daily) - $2::int * interval '1 day'
     ), entries AS (
       SELECT 0 AS place, r.sort_order, r.id, r.analysis_time, e.*
       FROM recent r, jsonb_to_recordset(r.asset_scores) AS e (asset_id integer, position_type text, score float8)
       UNION ALL
       SELECT 1, r.sort_order, r.id, r.analysis_time, e.asset_id, 'long', e.score
       FROM recent r, jsonb_to_recordset(r.candidates) AS e (asset_id integer, score float8)
     )
     SELECT DISTINCT ON (analysis_time, asset_id) asset_id AS "assetId", analysis_time AS "time",
       position_type AS side, score
     FROM entries WHERE score IS NOT NULL AND asset_id IS NOT NULL AND position_type IN ('long', 'short')
     ORDER BY analysis_time, asset_id, place, sort_order, id`,
    [dataSource, days],
  );
  return rows;
}
