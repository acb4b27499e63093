import type { Decimal } from '../changes.js';
import { type KeyedRow, Keyset, type Page } from '../keyset.js';
import { lockOwner } from '../owner-lock.js';
import type { Connection, Queryable } from '../pool.js';
import type {
  NewTrade,
  PortfolioAssetRecord,
  PortfolioAssetType,
  RecordTrade,
  TradeActionType,
  TradeFilter,
  TradeRecord,
} from '../portfolio-records.js';
import { HOLDING_COLUMNS } from './portfolios.js';

/** Of `trade_actions` t and the symbol of its holding's `assets` a. */
const COLUMNS = `t.id, t.portfolio_asset_id AS "portfolioAssetId", a.symbol, t.action_type AS "actionType",
  t.asset_price AS "assetPrice", t.quantity, t.fees_paid AS "feesPaid", t.pnl_realized_usd AS "pnlRealizedUsd",
  CASE WHEN t.pnl_realized_usd IS NULL THEN 'entry_price_unknown' END AS "pnlMissing",
  t.timeframe, t.emotion_state AS "emotionState", t.confidence_level AS "confidenceLevel",
  t.stress_level AS "stressLevel", t.market_sentiment AS "marketSentiment", t.volatility_level AS "volatilityLevel",
  t.volume_profile AS "volumeProfile", t.primary_setup AS "primarySetup",
  t.confirmation_signals AS "confirmationSignals", t.chart_pattern AS "chartPattern",
  t.analysis_snapshot AS "analysisSnapshot", t.stop_loss AS "stopLoss", t.take_profit AS "takeProfit",
  t.capital_amount AS "capitalAmount", t.risk_percent AS "riskPercent", t.reason, t.action_source AS "actionSource",
  t.ai_signal_id AS "aiSignalId", t.lesson_learned AS "lessonLearned", t.notes, t.client_id AS "clientId",
  t.created_at AS "createdAt"`;

const NEWEST = new Keyset('trades', 'DESC', [
  { sql: 't.created_at', type: 'time' },
  { sql: 't.id', type: 'integer' },
]);

/** What an action does to a holding. */
type Effect = 'more' | 'less' | 'all' | 'levels';

/** What opens a short position closes a long one; the actions named for it say so of either. */
const LONG: Readonly<Record<TradeActionType, Effect>> = {
  buy: 'more',
  entry: 'more',
  sell: 'less',
  partial_sell: 'less',
  partial_exit: 'less',
  full_exit: 'all',
  modify_sl: 'levels',
  modify_tp: 'levels',
};
const SHORT: Readonly<Record<TradeActionType, Effect | undefined>> = {
  ...LONG,
  buy: 'less',
  sell: 'more',
  partial_sell: undefined,
};

function effectOf(type: PortfolioAssetType, action: TradeActionType): Effect | undefined {
  return (type === 'Short Position' ? SHORT : LONG)[action];
}

/**
 * Writes a trade down and moves its holding by it: quantity, mean entry price, realized profit, stops; what is left
 * without quantity is closed. Of two at once the second begins where the first ended. The sums are the database's, with
 * every digit. What is sold with an entry price that is not known has no known profit, nor has its holding from then on:
 * null. Fees are taken from the profit when something is sold; whatever sells nothing realizes 0.
 *
 * @param connection in a transaction
 */
export async function recordTrade(
  connection: Connection,
  userId: number,
  trade: NewTrade,
): Promise<RecordTrade> {
  const { rows } = await connection.query<{ assetType: PortfolioAssetType; status: string; left: string }>(
    `SELECT pa.asset_type AS "assetType", pa.trade_status AS status, pa.quantity AS left
     FROM portfolio_assets pa JOIN portfolios p ON p.id = pa.portfolio_id
     WHERE pa.id = $2 AND p.user_id = $1 AND pa.is_active FOR NO KEY UPDATE OF pa`,
    [userId, trade.portfolioAssetId],
  );
  const [found] = rows;
  if (found === undefined) return { outcome: 'not_found' };
  if (found.status === 'closed') return { outcome: 'closed' };
  const effect = effectOf(found.assetType, trade.actionType);
  if (effect === undefined) return { outcome: 'not_applicable' };
  const quantity = effect === 'all' ? found.left : effect === 'levels' ? 0 : (trade.quantity ?? 0);
  const moved = await moveHolding(connection, userId, trade, effect, quantity);
  if (moved === null) return { outcome: 'insufficient' };
  const { pnl, ...holding } = moved;
  return { outcome: 'recorded', trade: await insertTrade(connection, trade, quantity, pnl), holding };
}

/** Closes a position: a trade of all that is left of it. As `recordTrade`. */
export function closePosition(
  connection: Connection,
  userId: number,
  trade: Omit<NewTrade, 'actionType' | 'quantity'>,
): Promise<RecordTrade> {
  return recordTrade(connection, userId, { ...trade, actionType: 'full_exit' });
}

/**
 * Gives the trade that a client has named so; null: there is none of the user. Until the end of the transaction no other
 * of the user looks for one: of two that record the same trade at once the second finds the first's.
 *
 * @param connection in a transaction
 */
export async function findTrade(
  connection: Connection,
  userId: number,
  clientId: string,
): Promise<TradeRecord | null> {
  await lockOwner(connection, 'portfolios', userId);
  const { rows } = await connection.query<TradeRecord>(
    `SELECT ${COLUMNS} FROM portfolios p JOIN portfolio_assets pa ON pa.portfolio_id = p.id
     JOIN trade_actions t ON t.portfolio_asset_id = pa.id JOIN assets a ON a.id = pa.asset_id
     WHERE p.user_id = $1 AND t.client_id = $2 ORDER BY t.id LIMIT 1`,
    [userId, clientId],
  );
  return rows[0] ?? null;
}

/** Gives a user's trades, the newest first. */
export async function listTrades(
  database: Queryable,
  userId: number,
  filter: TradeFilter,
): Promise<Page<TradeRecord>> {
  const values: unknown[] = [userId, filter.portfolioAssetId ?? null, filter.assetId ?? null];
  const { rows } = await database.query<TradeRecord & KeyedRow>(
    `SELECT ${COLUMNS}, ${NEWEST.select}
     FROM portfolios p JOIN portfolio_assets pa ON pa.portfolio_id = p.id
     JOIN trade_actions t ON t.portfolio_asset_id = pa.id JOIN assets a ON a.id = pa.asset_id
     WHERE p.user_id = $1 AND ($2::int IS NULL OR pa.id = $2) AND ($3::int IS NULL OR pa.asset_id = $3)
       AND ${NEWEST.after(filter, values)} ${NEWEST.orderAndLimit(filter, values)}`,
    values,
  );
  return NEWEST.page(filter, rows, ({ page_key, ...trade }) => trade);
}

/** Gives the holding after the trade and the profit of the trade in USD, null if it is not known. Null: there is not enough of it. */
async function moveHolding(
  connection: Connection,
  userId: number,
  trade: NewTrade,
  effect: Effect,
  quantity: Decimal,
): Promise<(PortfolioAssetRecord & { readonly pnl: string | null }) | null> {
  const isLess = effect === 'less' || effect === 'all';
  const { rows } = await connection.query<PortfolioAssetRecord & { pnl: string | null }>(
    `WITH trade AS (
       SELECT $3::numeric AS quantity, $4::numeric AS price, $5::numeric AS fees, $6::numeric AS usd_per_quote
     ), move AS (
       SELECT h.id, h.quantity + CASE WHEN $7 THEN -t.quantity ELSE t.quantity END AS left_over,
         CASE WHEN $7 OR t.quantity = 0 THEN h.entry_price
           WHEN h.quantity = 0 THEN t.price
           ELSE (h.entry_price * h.quantity + t.price * t.quantity) / (h.quantity + t.quantity) END AS entry_price,
         CASE WHEN $7 THEN round(
           ((t.price - h.entry_price) * t.quantity * CASE h.asset_type WHEN 'Short Position' THEN -1 ELSE 1 END
             - t.fees) * t.usd_per_quote, 2) ELSE 0 END AS pnl
       FROM portfolio_assets h CROSS JOIN trade t
       WHERE h.id = $2 AND (t.quantity > 0 OR $8)
     )
     UPDATE portfolio_assets pa SET quantity = m.left_over, entry_price = m.entry_price,
       pnl_realized_usd = pa.pnl_realized_usd + m.pnl, last_modified_by = $1,
       trade_status = CASE WHEN $7 AND m.left_over = 0 THEN 'closed' ELSE pa.trade_status END,
       exit_price = CASE WHEN $7 AND m.left_over = 0 THEN $4::numeric ELSE pa.exit_price END,
       stop_loss_price = CASE WHEN $9 THEN $10::numeric ELSE pa.stop_loss_price END,
       take_profit_price = CASE WHEN $11 THEN $12::numeric ELSE pa.take_profit_price END
     FROM move m, assets a
     WHERE pa.id = m.id AND m.left_over >= 0 AND a.id = pa.asset_id
     RETURNING ${HOLDING_COLUMNS}, m.pnl`,
    [
      userId,
      trade.portfolioAssetId,
      quantity,
      trade.assetPrice,
      trade.feesPaid ?? 0,
      trade.usdPerQuote,
      isLess,
      effect === 'levels',
      trade.actionType === 'modify_sl',
      trade.stopLoss ?? null,
      trade.actionType === 'modify_tp',
      trade.takeProfit ?? null,
    ],
  );
  return rows[0] ?? null;
}

async function insertTrade(
  connection: Connection,
  trade: NewTrade,
  quantity: Decimal,
  pnl: string | null,
): Promise<TradeRecord> {
  const { rows } = await connection.query<TradeRecord>(
    `WITH t AS (
       INSERT INTO trade_actions (portfolio_asset_id, action_type, asset_price, quantity, fees_paid, pnl_realized_usd,
         timeframe, emotion_state, confidence_level, stress_level, market_sentiment, volatility_level, volume_profile,
         primary_setup, confirmation_signals, chart_pattern, analysis_snapshot, stop_loss, take_profit, capital_amount,
         risk_percent, reason, action_source, ai_signal_id, lesson_learned, notes, client_id)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23,
         $24, $25, $26, $27)
       RETURNING *
     )
     SELECT ${COLUMNS} FROM t
     JOIN portfolio_assets pa ON pa.id = t.portfolio_asset_id JOIN assets a ON a.id = pa.asset_id`,
    [
      trade.portfolioAssetId,
      trade.actionType,
      trade.assetPrice,
      quantity,
      trade.feesPaid ?? 0,
      pnl,
      trade.timeframe,
      trade.emotionState ?? null,
      trade.confidenceLevel ?? null,
      trade.stressLevel ?? null,
      trade.marketSentiment ?? null,
      trade.volatilityLevel ?? null,
      trade.volumeProfile ?? null,
      trade.primarySetup ?? null,
      trade.confirmationSignals ?? null,
      trade.chartPattern ?? null,
      trade.analysisSnapshot ?? null,
      trade.stopLoss ?? null,
      trade.takeProfit ?? null,
      trade.capitalAmount ?? null,
      trade.riskPercent ?? null,
      trade.reason ?? null,
      trade.actionSource ?? 'manual',
      trade.aiSignalId ?? null,
      trade.lessonLearned ?? null,
      trade.notes ?? null,
      trade.clientId ?? null,
    ],
  );
  const [recorded] = rows;
  if (recorded === undefined) throw new Error(`trade of holding ${trade.portfolioAssetId} was not recorded`);
  return recorded;
}
