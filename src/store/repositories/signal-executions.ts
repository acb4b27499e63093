import type {
  ExecutableSignal,
  ExecuteSignal,
  ExecutionRecord,
  NewExecution,
  OpenExecutions,
  RiskCheck,
} from '../action-records.js';
import { type KeyedRow, Keyset, type Page, type PageRequest } from '../keyset.js';
import type { Connection, Queryable } from '../pool.js';
import type { JsonObject } from '../user-records.js';
import { lockRisk } from './risk.js';
import { recordTrade } from './trades.js';

/** Of `signal_executions` e, its signal s and that one's `assets` a. */
const COLUMNS = `e.id, e.ai_trading_signal_id AS "signalId", a.symbol, s.signal_type AS "signalType",
  e.execution_price AS "executionPrice", e.position_size AS "positionSize",
  e.portfolio_percentage AS "portfolioPercentage", e.execution_type AS "executionType", e.status,
  e.execution_details AS "executionDetails", e.executed_at AS "executedAt"`;

const NEWEST = new Keyset('executions', 'DESC', [
  { sql: 'e.executed_at', type: 'time' },
  { sql: 'e.id', type: 'integer' },
]);

/**
 * Executes a signal for a user, once: a second time answers `conflict` unless the first was cancelled. The user's limits
 * are locked while `check` looks at them, so that two executions at once cannot both fit into what is left. With
 * `trade` the holding moves in the same transaction.
 *
 * @param connection in a transaction
 * @throws what `check` throws
 * @throws ExecutionTradeError if the trade cannot be: nothing of it may be committed then
 */
export async function executeSignal(
  connection: Connection,
  userId: number,
  request: NewExecution,
  check: RiskCheck,
): Promise<ExecuteSignal> {
  const risk = await lockRisk(connection, userId);
  const { rows: found } = await connection.query<
    ExecutableSignal & { isActive: boolean; isExecuted: boolean }
  >(
    `SELECT s.id, s.asset_id AS "assetId", a.symbol, s.signal_type AS "signalType", s.entry_price AS "entryPrice",
       s.stop_loss AS "stopLoss", s.target_price AS "targetPrice", s.risk_level AS "riskLevel",
       s.status = 'active' AND coalesce(s.expires_at > now(), true) AS "isActive",
       EXISTS (SELECT FROM signal_executions e
         WHERE e.user_id = $2 AND e.ai_trading_signal_id = s.id AND e.status <> 'cancelled') AS "isExecuted"
     FROM ai_trading_signals s JOIN assets a ON a.id = s.asset_id WHERE s.id = $1`,
    [request.signalId, userId],
  );
  const [row] = found;
  if (row === undefined) return { outcome: 'not_found' };
  const { isActive, isExecuted, ...signal } = row;
  // First: a request that is sent again is told that it was done, also when the signal is over by then.
  if (isExecuted) return { outcome: 'conflict' };
  if (!isActive) return { outcome: 'not_active' };
  const details = check(risk, signal, await openExecutions(connection, userId));
  const execution = await insertExecution(connection, userId, request, details);
  if (execution === undefined) return { outcome: 'conflict' };
  if (request.trade !== undefined) {
    const { outcome } = await recordTrade(connection, userId, {
      ...request.trade,
      actionSource: 'ai_signal',
      aiSignalId: request.signalId,
    });
    if (outcome !== 'recorded') throw new ExecutionTradeError(outcome);
  }
  return { outcome: 'executed', execution };
}

/** The trade of an execution cannot be, for the reason that `recordTrade` gives. */
export class ExecutionTradeError extends Error {
  override readonly name = 'ExecutionTradeError';
  constructor(readonly outcome: 'not_found' | 'closed' | 'insufficient' | 'not_applicable') {
    super(`the trade of the execution: ${outcome}`);
  }
}

/** Gives a user's executions, the newest first. */
export async function listExecutions(
  database: Queryable,
  userId: number,
  request: PageRequest,
): Promise<Page<ExecutionRecord>> {
  const values: unknown[] = [userId];
  const { rows } = await database.query<ExecutionRecord & KeyedRow>(
    `SELECT ${COLUMNS}, ${NEWEST.select} FROM signal_executions e
     JOIN ai_trading_signals s ON s.id = e.ai_trading_signal_id JOIN assets a ON a.id = s.asset_id
     WHERE e.user_id = $1 AND ${NEWEST.after(request, values)} ${NEWEST.orderAndLimit(request, values)}`,
    values,
  );
  return NEWEST.page(request, rows, ({ page_key, ...execution }) => execution);
}

/** Once the limits are locked: the statement sees what was executed before. */
async function openExecutions(connection: Connection, userId: number): Promise<OpenExecutions> {
  const { rows } = await connection.query<OpenExecutions>(
    `SELECT count(*) AS count, coalesce(sum((e.execution_details ->> 'risk_share')::float8), 0) AS "riskShare"
     FROM signal_executions e JOIN ai_trading_signals s ON s.id = e.ai_trading_signal_id
     WHERE e.user_id = $1 AND e.status <> 'cancelled' AND s.status = 'active' AND coalesce(s.expires_at > now(), true)`,
    [userId],
  );
  return rows[0] ?? { count: 0, riskShare: 0 };
}

async function insertExecution(
  connection: Connection,
  userId: number,
  request: NewExecution,
  details: JsonObject,
): Promise<ExecutionRecord | undefined> {
  const price = request.executionPrice ?? null;
  const { rows } = await connection.query<ExecutionRecord>(
    `WITH e AS (
       INSERT INTO signal_executions (user_id, ai_trading_signal_id, execution_price, position_size,
         portfolio_percentage, execution_type, status, execution_details)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
       ON CONFLICT (user_id, ai_trading_signal_id) WHERE status <> 'cancelled' DO NOTHING
       RETURNING *
     )
     SELECT ${COLUMNS} FROM e
     JOIN ai_trading_signals s ON s.id = e.ai_trading_signal_id JOIN assets a ON a.id = s.asset_id`,
    [
      userId,
      request.signalId,
      price,
      request.positionSize,
      request.portfolioPercentage ?? null,
      request.executionType,
      price === null ? 'pending' : 'filled',
      details,
    ],
  );
  return rows[0];
}
