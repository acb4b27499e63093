import type { MarketRegime } from '../market-records.js';
import type { Queryable } from '../pool.js';

/** What the trades of a holding say of it. */
export interface HoldingFacts {
  readonly portfolioId: number;
  /** Of `portfolio_assets`. */
  readonly holdingId: number;
  /** Currency of its prices and fees; null: not known. */
  readonly quoteCurrency: string | null;
  /** Sum of the fees of its trades, in the quote; below zero: rebates. */
  readonly feesPaid: number;
  /** Time of the trade that opened it, ms; null: it was held before its first trade, or has none. */
  readonly openedAt: number | null;
  /** Daily regime at that time; null: none is stored of the two days before. */
  readonly regimeAtEntry: MarketRegime | null;
}

/**
 * Gives what trades say of the holdings of portfolios, closed and inactive ones too, by ascending id.
 *
 * @param portfolioIds null: of all
 * @param dataSource of the snapshots whose regime it is
 */
export async function holdingFacts(
  database: Queryable,
  portfolioIds: readonly number[] | null,
  dataSource: string,
): Promise<readonly HoldingFacts[]> {
  const { rows } = await database.query<HoldingFacts>(
    `SELECT h.*, r.current_regime AS "regimeAtEntry"
     FROM (
       SELECT pa.portfolio_id AS "portfolioId", pa.id AS "holdingId", a.quote_currency AS "quoteCurrency",
         coalesce(sum(t.fees_paid), 0)::float8 AS "feesPaid",
         -- What trades do not account for was there before them.
         CASE WHEN pa.quantity = coalesce(sum(CASE
             WHEN t.action_type = 'entry' THEN t.quantity
             WHEN t.action_type = CASE pa.asset_type WHEN 'Short Position' THEN 'sell' ELSE 'buy' END::trade_action_type
               THEN t.quantity
             ELSE -t.quantity END), 0)
           THEN min(t.created_at) FILTER (WHERE t.quantity > 0) END AS "openedAt"
       FROM portfolio_assets pa JOIN assets a ON a.id = pa.asset_id
       LEFT JOIN trade_actions t ON t.portfolio_asset_id = pa.id
       WHERE $1::int[] IS NULL OR pa.portfolio_id = ANY ($1)
       GROUP BY pa.id, a.quote_currency
     ) h
     LEFT JOIN LATERAL (
       SELECT r.current_regime FROM ai_regime_analysis r JOIN metrics_snapshot m ON m.id = r.metrics_snapshot_id
       WHERE m.data_source = $2 AND r.analysis_timeframe = '1d' AND r.data_source <> 'backtest'
         AND r.analysis_time <= h."openedAt" AND r.analysis_time > h."openedAt" - interval '2 days'
       ORDER BY r.analysis_time DESC, r.id DESC LIMIT 1
     ) r ON true
     ORDER BY h."holdingId"`,
    [portfolioIds, dataSource],
  );
  return rows;
}
