import { type ChangeColumns, setList } from '../changes.js';
import { lockOwner } from '../owner-lock.js';
import type { Connection, Queryable } from '../pool.js';
import type {
  NewPortfolioAsset,
  PortfolioAssetChanges,
  PortfolioAssetRecord,
  PortfolioRecord,
} from '../portfolio-records.js';

const COLUMNS = `p.id, p.user_id AS "userId", p.is_public AS "isPublic", p.created_at AS "createdAt",
  p.updated_at AS "updatedAt"`;

/** Of `portfolio_assets` pa and its `assets` a. */
export const HOLDING_COLUMNS = `pa.id, pa.portfolio_id AS "portfolioId", pa.asset_id AS "assetId", a.symbol, a.data_source AS "dataSource",
  a.quote_currency AS "quoteCurrency", pa.asset_type AS "assetType", pa.leverage_ratio AS "leverageRatio", pa.quantity,
  pa.entry_price AS "entryPrice", pa.exit_price AS "exitPrice", pa.trade_status AS "tradeStatus",
  pa.pnl_realized_usd AS "pnlRealizedUsd", pa.allocation_target_percent AS "allocationTargetPercent",
  pa.max_allocation_percent AS "maxAllocationPercent", pa.investment_thesis AS "investmentThesis",
  pa.investment_timeframe AS "investmentTimeframe", pa.risk_category AS "riskCategory",
  pa.stop_loss_price AS "stopLossPrice", pa.take_profit_price AS "takeProfitPrice", pa.notes,
  pa.sort_order AS "sortOrder", pa.created_at AS "createdAt", pa.updated_at AS "updatedAt"`;

const CHANGEABLE: ChangeColumns<PortfolioAssetChanges> = {
  leverageRatio: 'leverage_ratio',
  tradeStatus: 'trade_status',
  allocationTargetPercent: 'allocation_target_percent',
  maxAllocationPercent: 'max_allocation_percent',
  investmentThesis: 'investment_thesis',
  investmentTimeframe: 'investment_timeframe',
  riskCategory: 'risk_category',
  stopLossPrice: 'stop_loss_price',
  takeProfitPrice: 'take_profit_price',
  notes: 'notes',
  sortOrder: 'sort_order',
};

/** Gives a user's portfolio with all that is in it, in two queries. Null: the user has none yet. */
export async function getPortfolio(database: Queryable, userId: number): Promise<PortfolioRecord | null> {
  const { rows } = await database.query<Omit<PortfolioRecord, 'assets'>>(
    `SELECT ${COLUMNS} FROM portfolios p WHERE p.user_id = $1 AND p.is_active ORDER BY p.id LIMIT 1`,
    [userId],
  );
  const [portfolio] = rows;
  if (portfolio === undefined) return null;
  const { rows: assets } = await database.query<PortfolioAssetRecord>(
    `SELECT ${HOLDING_COLUMNS} FROM portfolio_assets pa JOIN assets a ON a.id = pa.asset_id
     WHERE pa.portfolio_id = $1 AND pa.is_active ORDER BY pa.sort_order, pa.id`,
    [portfolio.id],
  );
  return { ...portfolio, assets };
}

/**
 * Gives the id of a user's portfolio, which is made if there is none; two at once make one.
 *
 * @param connection in a transaction
 */
export async function ensurePortfolio(connection: Connection, userId: number): Promise<number> {
  await lockOwner(connection, 'portfolios', userId);
  const { rows } = await connection.query<{ id: number }>(
    `WITH had AS (SELECT id FROM portfolios WHERE user_id = $1 AND is_active ORDER BY id LIMIT 1),
       made AS (INSERT INTO portfolios (user_id) SELECT $1 WHERE NOT EXISTS (SELECT FROM had) RETURNING id)
     SELECT id FROM had UNION ALL SELECT id FROM made`,
    [userId],
  );
  const [portfolio] = rows;
  if (portfolio === undefined) throw new Error(`user ${userId} was given no portfolio`);
  return portfolio.id;
}

/** Puts a holding into a user's portfolio. Null: the portfolio is not the user's. */
export async function addPortfolioAsset(
  database: Queryable,
  userId: number,
  portfolioId: number,
  asset: NewPortfolioAsset,
): Promise<PortfolioAssetRecord | null> {
  const { rows } = await database.query<PortfolioAssetRecord>(
    `WITH pa AS (
       INSERT INTO portfolio_assets (portfolio_id, added_by, last_modified_by, asset_id, asset_type, quantity,
         entry_price, leverage_ratio, trade_status, allocation_target_percent, max_allocation_percent,
         investment_thesis, investment_timeframe, risk_category, stop_loss_price, take_profit_price, notes, sort_order)
       SELECT p.id, $1, $1, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17
       FROM portfolios p WHERE p.id = $2 AND p.user_id = $1 AND p.is_active
       RETURNING *
     )
     SELECT ${HOLDING_COLUMNS} FROM pa JOIN assets a ON a.id = pa.asset_id`,
    [
      userId,
      portfolioId,
      asset.assetId,
      asset.assetType,
      asset.quantity ?? 0,
      asset.entryPrice ?? null,
      asset.leverageRatio ?? 1,
      asset.tradeStatus ?? 'open',
      asset.allocationTargetPercent ?? null,
      asset.maxAllocationPercent ?? 10,
      asset.investmentThesis ?? null,
      asset.investmentTimeframe ?? null,
      asset.riskCategory ?? 'moderate',
      asset.stopLossPrice ?? null,
      asset.takeProfitPrice ?? null,
      asset.notes ?? null,
      asset.sortOrder ?? 0,
    ],
  );
  return rows[0] ?? null;
}

/**
 * Changes a holding of a user. Null: no such holding, or another user's. A status is given to an open one only.
 *
 * @throws RangeError without a change
 */
export async function updatePortfolioAsset(
  database: Queryable,
  userId: number,
  holdingId: number,
  changes: PortfolioAssetChanges,
): Promise<PortfolioAssetRecord | null> {
  const values: unknown[] = [userId, holdingId, changes.tradeStatus ?? null];
  const { rows } = await database.query<PortfolioAssetRecord>(
    `UPDATE portfolio_assets pa SET ${setList(CHANGEABLE, changes, values)}, last_modified_by = $1
     FROM portfolios p, assets a
     WHERE pa.id = $2 AND pa.is_active AND p.id = pa.portfolio_id AND p.user_id = $1 AND a.id = pa.asset_id
       AND ($3::text IS NULL OR pa.trade_status <> 'closed')
     RETURNING ${HOLDING_COLUMNS}`,
    values,
  );
  return rows[0] ?? null;
}
