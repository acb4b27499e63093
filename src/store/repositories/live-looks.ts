import type { PortfolioAction, PositionAction, PositionStatus } from '../asset-analysis-records.js';
import type { Queryable } from '../pool.js';

type Reasons = Readonly<Record<string, string>>;

/** What the live state of a portfolio takes from its newest hourly analysis. Null: `missing` says why. */
export interface StoredLook {
  readonly portfolioId: number;
  /** ms */
  readonly analysisTime: number;
  readonly portfolioRiskScore: number | null;
  readonly diversificationScore: number | null;
  readonly concentrationRisk: number | null;
  readonly portfolioBeta: number | null;
  readonly portfolioVolatility: number | null;
  readonly sharpeRatio: number | null;
  readonly maxDrawdownPct: number | null;
  readonly rebalanceNeeded: boolean | null;
  readonly overallAction: PortfolioAction | null;
  /** By column. */
  readonly missing: Reasons | null;
}

/** What the live state of a holding takes from its newest hourly analysis. */
export interface StoredHoldingLook {
  readonly portfolioId: number;
  readonly portfolioAssetId: number;
  /** ms */
  readonly analysisTime: number;
  readonly positionStatus: PositionStatus | null;
  readonly recommendedAction: PositionAction | null;
  /** In the quote, as the other. */
  readonly suggestedSlPrice: number | null;
  readonly suggestedTpPrice: number | null;
  /** By column. */
  readonly missing: Reasons | null;
}

/** Gives the newest hourly analysis of each of some portfolios that has one. */
export async function newestLooks(
  database: Queryable,
  portfolioIds: readonly number[],
  dataSource: string,
): Promise<readonly StoredLook[]> {
  const { rows } = await database.query<StoredLook>(
    `SELECT a.portfolio_id AS "portfolioId", a.analysis_time AS "analysisTime",
       a.portfolio_risk_score::float8 AS "portfolioRiskScore", a.diversification_score::float8 AS "diversificationScore",
       a.concentration_risk::float8 AS "concentrationRisk", a.portfolio_beta::float8 AS "portfolioBeta",
       a.portfolio_volatility::float8 AS "portfolioVolatility", a.sharpe_ratio::float8 AS "sharpeRatio",
       a.max_drawdown_pct::float8 AS "maxDrawdownPct", a.rebalance_needed AS "rebalanceNeeded",
       a.overall_action AS "overallAction", a.analysis_data -> 'missing' AS missing
     FROM unnest($1::int[]) AS p (id)
     CROSS JOIN LATERAL (
       SELECT n.* FROM ai_portfolio_analysis n JOIN metrics_snapshot m ON m.id = n.metrics_snapshot_id
       WHERE n.portfolio_id = p.id AND n.timeframe = '1h' AND m.data_source = $2
       ORDER BY n.analysis_time DESC, n.id DESC LIMIT 1
     ) a`,
    [portfolioIds, dataSource],
  );
  return rows;
}

/** Gives the newest hourly analysis of each active holding of some portfolios that has one. */
export async function newestHoldingLooks(
  database: Queryable,
  portfolioIds: readonly number[],
  dataSource: string,
): Promise<readonly StoredHoldingLook[]> {
  const { rows } = await database.query<StoredHoldingLook>(
    `SELECT h.portfolio_id AS "portfolioId", a.portfolio_asset_id AS "portfolioAssetId",
       a.analysis_time AS "analysisTime", a.position_status AS "positionStatus",
       a.recommended_action AS "recommendedAction", a.suggested_sl_price::float8 AS "suggestedSlPrice",
       a.suggested_tp_price::float8 AS "suggestedTpPrice", a.analysis_data -> 'missing' AS missing
     FROM portfolio_assets h
     CROSS JOIN LATERAL (
       SELECT n.* FROM ai_portfolio_asset_analysis n JOIN metrics_snapshot m ON m.id = n.metrics_snapshot_id
       WHERE n.portfolio_asset_id = h.id AND n.timeframe = '1h' AND m.data_source = $2
       ORDER BY n.analysis_time DESC, n.id DESC LIMIT 1
     ) a
     WHERE h.portfolio_id = ANY ($1::int[]) AND h.is_active`,
    [portfolioIds, dataSource],
  );
  return rows;
}
