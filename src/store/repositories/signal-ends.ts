import type { Timeframe } from '../../timeframe.js';
import type { Decimal } from '../changes.js';
import { appendEvents } from '../outbox.js';
import type { Queryable } from '../pool.js';
import type { SignalStatus, SignalType } from '../signal-records.js';
import type { ActivityOrigin } from '../user-records.js';
import { recordActivities } from './activities.js';
import { getSignal } from './signals.js';

/** How an active signal ends. */
export interface SignalEnd {
  readonly id: number;
  readonly status: Exclude<SignalStatus, 'active'>;
  readonly reason?: string;
  /** In quote currency; what is left out stays as it is. */
  readonly actualEntryPrice?: Decimal;
  readonly maxFavorableExcursion?: Decimal;
  readonly maxAdverseExcursion?: Decimal;
  readonly signalSuccessful?: boolean;
}

/** Names a signal before it has an id. */
export interface SignalKey {
  readonly aiModelId: number;
  readonly assetId: number;
  readonly timeframe: Timeframe;
  /** ms */
  readonly candleTime: number;
  readonly signalType: SignalType;
  /** Null: everybody's. */
  readonly userId: number | null;
}

/** How a signal ends that whoever ends it knows by its key only. */
export interface KeyedSignalEnd extends Omit<SignalEnd, 'id'> {
  readonly key: SignalKey;
}

/** How far the price has gone while a signal is active; prices in quote currency. */
export interface SignalExcursion {
  readonly key: SignalKey;
  readonly actualEntryPrice: Decimal | null;
  readonly maxFavorableExcursion: Decimal | null;
  readonly maxAdverseExcursion: Decimal | null;
}

interface EndedRow {
  readonly id: number;
  readonly user_id: number | null;
  readonly asset_id: number;
  readonly symbol: string;
  readonly timeframe: Timeframe;
  readonly signal_type: SignalType;
  readonly candle_time: number;
  readonly status: SignalStatus;
}

const ENDED = `s.id, s.user_id, s.asset_id, s.timeframe, s.signal_type, s.candle_time, s.status,
  (SELECT symbol FROM assets WHERE id = s.asset_id) AS symbol`;

/**
 * Ends signals that are active, and tells of each in the same transaction. One that is not active any more, or not
 * there, is passed over: each ends once, whoever tries. Gives the ids of those that were ended.
 *
 * @param connection in a transaction of the engine; it is to be rolled back if this rejects
 */
export async function endSignals(
  connection: Queryable,
  ends: readonly SignalEnd[],
): Promise<readonly number[]> {
  if (ends.length === 0) return [];
  const { rows } = await connection.query<EndedRow>(
    `WITH given AS MATERIALIZED (
       SELECT DISTINCT ON (id) * FROM jsonb_to_recordset($1::jsonb) AS g (id bigint, status signal_status,
         entry numeric, favorable numeric, adverse numeric, successful boolean, place integer)
       ORDER BY id, place
     ), held AS MATERIALIZED (
       SELECT id FROM ai_trading_signals WHERE id IN (SELECT id FROM given) AND status = 'active'
       ORDER BY id FOR NO KEY UPDATE
     )
     UPDATE ai_trading_signals s SET status = g.status,
       invalidated_at = CASE g.status WHEN 'invalidated' THEN now() END,
       actual_entry_price = coalesce(g.entry, s.actual_entry_price),
       max_favorable_excursion = coalesce(g.favorable, s.max_favorable_excursion),
       max_adverse_excursion = coalesce(g.adverse, s.max_adverse_excursion),
       signal_successful = coalesce(g.successful, s.signal_successful)
     FROM given g, held h WHERE g.id = s.id AND h.id = s.id RETURNING ${ENDED}`,
    [
      JSON.stringify(
        ends.map((end, place) => ({
          id: end.id,
          status: end.status,
          entry: digits(end.actualEntryPrice),
          favorable: digits(end.maxFavorableExcursion),
          adverse: digits(end.maxAdverseExcursion),
          successful: end.signalSuccessful,
          place,
        })),
      ),
    ],
  );
  const reasons = new Map(ends.toReversed().map(({ id, reason }) => [id, reason]));
  await tellEnds(connection, rows, reasons);
  return rows.map(({ id }) => id).toSorted((a, b) => a - b);
}

/**
 * Ends signals by their keys, as `endSignals` does. One that is not there is passed over. Gives how many were ended.
 *
 * @param connection in a transaction of the engine; it is to be rolled back if this rejects
 */
export async function endSignalsByKey(
  connection: Queryable,
  ends: readonly KeyedSignalEnd[],
): Promise<number> {
  if (ends.length === 0) return 0;
  const { rows } = await connection.query<{ id: number; place: number }>(
    `SELECT s.id, g.place FROM ${GIVEN_KEYS} JOIN ai_trading_signals s ON ${BY_KEY} WHERE s.status = 'active'
     ORDER BY g.place`,
    [JSON.stringify(ends.map(({ key }, place) => ({ ...key, place })))],
  );
  const known = rows.flatMap(({ id, place }) => {
    const end = ends[place];
    return end === undefined ? [] : [{ ...end, id }];
  });
  return (await endSignals(connection, known)).length;
}

/** Writes how far the price has gone of those that are active. Gives how many there are. */
export async function noteExcursions(
  connection: Queryable,
  excursions: readonly SignalExcursion[],
): Promise<number> {
  if (excursions.length === 0) return 0;
  const { rowCount } = await connection.query(
    `UPDATE ai_trading_signals s SET actual_entry_price = coalesce(g.entry, s.actual_entry_price),
       max_favorable_excursion = coalesce(g.favorable, s.max_favorable_excursion),
       max_adverse_excursion = coalesce(g.adverse, s.max_adverse_excursion)
     FROM ${GIVEN_KEYS} WHERE ${BY_KEY} AND s.status = 'active'`,
    [
      JSON.stringify(
        excursions.map((one) => ({
          ...one.key,
          entry: digits(one.actualEntryPrice ?? undefined),
          favorable: digits(one.maxFavorableExcursion ?? undefined),
          adverse: digits(one.maxAdverseExcursion ?? undefined),
        })),
      ),
    ],
  );
  return rowCount ?? 0;
}

/** Keys of the first parameter, and what is told with them, as `g`. */
const GIVEN_KEYS = `jsonb_to_recordset($1::jsonb) AS g ("aiModelId" integer, "assetId" integer, timeframe timeframe,
  "candleTime" float8, "signalType" signal_type, "userId" integer, place integer, entry numeric, favorable numeric,
  adverse numeric)`;
const BY_KEY = `s.ai_model_id = g."aiModelId" AND s.asset_id = g."assetId" AND s.timeframe = g.timeframe
  AND s.candle_time = to_timestamp(g."candleTime" / 1000) AND s.signal_type = g."signalType"
  AND s.user_id IS NOT DISTINCT FROM g."userId"`;

/** JSON would make NULL of what is no number; as text it reaches the CHECK, which refuses it. */
function digits(value: Decimal | undefined): string | null {
  return value === undefined ? null : String(value);
}

/**
 * Expires active signals of assets that are not served any more, so that nobody else ends them, whose time has been over
 * for an hour; at most `limit` of them, and tells of each in the same transaction. Those of simulated prices are left
 * alone: their time need not be ours. Gives their ids. Two servers that do so at once take different ones.
 *
 * @param servedIds rows in `assets` whose signals are followed
 * @param connection in a transaction of the engine; it is to be rolled back if this rejects
 */
export async function expireForgottenSignals(
  connection: Queryable,
  servedIds: readonly number[],
  limit = 1_000,
): Promise<readonly number[]> {
  const { rows } = await connection.query<EndedRow>(
    `UPDATE ai_trading_signals s SET status = 'expired' WHERE id IN (
       SELECT o.id FROM ai_trading_signals o JOIN assets a ON a.id = o.asset_id
       WHERE o.status = 'active' AND o.expires_at <= now() - interval '1 hour' AND o.asset_id <> ALL ($2::int[])
         AND a.data_source <> 'demo' AND a.data_source NOT LIKE '%-simulated'
       ORDER BY o.expires_at, o.id LIMIT $1 FOR NO KEY UPDATE OF o SKIP LOCKED
     ) RETURNING ${ENDED}`,
    [limit, servedIds],
  );
  await tellEnds(connection, rows, new Map());
  return rows.map(({ id }) => id).toSorted((a, b) => a - b);
}

/** `conflict`: it is not active any more. */
export type CancelSignal = 'cancelled' | 'not_found' | 'conflict';

/**
 * Cancels an active signal for an admin, writes down who did and why, and tells of it, in the caller's transaction.
 *
 * @param connection in a transaction of the admin, as its last work
 */
export async function cancelSignal(
  connection: Queryable,
  adminId: number,
  id: number,
  reason: string,
  origin: ActivityOrigin = {},
): Promise<CancelSignal> {
  const { rows } = await connection.query<EndedRow>(
    `UPDATE ai_trading_signals s SET status = 'cancelled' WHERE s.id = $1 AND s.status = 'active' RETURNING ${ENDED}`,
    [id],
  );
  if (rows.length === 0) return (await getSignal(connection, id)) === null ? 'not_found' : 'conflict';
  await recordActivities(connection, [
    {
      userId: adminId,
      activityType: 'admin_action',
      entityType: 'signal',
      entityId: id,
      action: 'cancel',
      details: { reason },
      ...origin,
    },
  ]);
  await tellEnds(connection, rows, new Map([[id, reason]]));
  return 'cancelled';
}

async function tellEnds(
  connection: Queryable,
  rows: readonly EndedRow[],
  reasons: ReadonlyMap<number, string | undefined>,
): Promise<void> {
  const events = rows
    .toSorted((a, b) => a.id - b.id)
    .flatMap(({ user_id: userId, ...signal }) => {
      const data = { ...signal, former_status: 'active', reason: reasons.get(signal.id) ?? null };
      return ['signals', `signals:${signal.symbol}`].map((channel) => ({ channel, userId, data }));
    });
  await appendEvents(connection, events);
}
