import type {
  ActiveAlert,
  AlertFilter,
  AlertPatch,
  AlertRecord,
  CreateAlert,
  NewAlert,
} from '../alert-records.js';
import { type KeyedRow, Keyset, type Page } from '../keyset.js';
import { lockOwner } from '../owner-lock.js';
import type { Connection, Queryable } from '../pool.js';
import type { LiveSource } from './live-rows.js';

/** Ms since the epoch, also of years that a `Date` does not reach. */
const EXPIRES_AT = 'floor(extract(epoch FROM s.expires_at) * 1000)::float8 AS "expiresAt"';

/** Of `signal_alerts` s and its `assets` a. */
const COLUMNS = `s.id, s.asset_id AS "assetId", a.symbol, a.data_source AS "dataSource", s.alert_type AS "alertType",
  s.condition, s.trigger_value AS "triggerValue", s.timeframe, s.is_repeating AS "isRepeating",
  s.is_active AS "isActive", s.is_triggered AS "isTriggered", s.fired_count AS "firedCount",
  s.reference_price AS "referencePrice", s.message, s.notification_method AS "notificationMethod",
  s.triggered_at AS "triggeredAt", ${EXPIRES_AT}, s.created_at AS "createdAt", s.updated_at AS "updatedAt"`;

const NEWEST = new Keyset('alerts', 'DESC', [{ sql: 's.id', type: 'integer' }]);

/** Gives a user's alerts, the newest first. */
export async function listAlerts(
  database: Queryable,
  userId: number,
  filter: AlertFilter,
): Promise<Page<AlertRecord>> {
  const values: unknown[] = [userId, filter.assetId ?? null, filter.isActive ?? null];
  const { rows } = await database.query<AlertRecord & KeyedRow>(
    `SELECT ${COLUMNS}, ${NEWEST.select} FROM signal_alerts s JOIN assets a ON a.id = s.asset_id
     WHERE s.user_id = $1 AND ($2::int IS NULL OR s.asset_id = $2) AND ($3::boolean IS NULL OR s.is_active = $3)
       AND ${NEWEST.after(filter, values)} ${NEWEST.orderAndLimit(filter, values)}`,
    values,
  );
  return NEWEST.page(filter, rows, ({ page_key, ...alert }) => alert);
}

/** Gives an alert; null: the user has none of this id. */
export async function getAlert(database: Queryable, userId: number, id: number): Promise<AlertRecord | null> {
  const { rows } = await database.query<AlertRecord>(
    `SELECT ${COLUMNS} FROM signal_alerts s JOIN assets a ON a.id = s.asset_id WHERE s.user_id = $1 AND s.id = $2`,
    [userId, id],
  );
  return rows[0] ?? null;
}

/**
 * Sets an alert of a user, who may have `maxAlerts`: the engine holds all of them in memory.
 *
 * @param connection in a transaction
 * @throws the database's refusal (SQLSTATE 23514, 23503) of what no alert can be
 */
export async function createAlert(
  connection: Connection,
  userId: number,
  alert: NewAlert,
  maxAlerts: number,
): Promise<CreateAlert> {
  await lockOwner(connection, 'alerts', userId);
  const { rows: counted } = await connection.query<{ alerts: number }>(
    'SELECT count(*) AS alerts FROM signal_alerts WHERE user_id = $1',
    [userId],
  );
  if ((counted[0]?.alerts ?? 0) >= maxAlerts) return { outcome: 'full' };
  const { rows } = await connection.query<AlertRecord>(
    `WITH s AS (
       INSERT INTO signal_alerts (user_id, asset_id, alert_type, condition, trigger_value, timeframe, is_repeating,
         message, notification_method, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, to_timestamp($10::float8 / 1000))
       RETURNING *
     )
     SELECT ${COLUMNS} FROM s JOIN assets a ON a.id = s.asset_id`,
    [userId, ...valuesOf(alert)],
  );
  const [created] = rows;
  if (created === undefined) throw new Error('an alert was inserted and not returned');
  return { outcome: 'created', alert: created };
}

/**
 * Gives an alert that is to be changed in the same transaction: nobody else changes it meanwhile. Null: the user has none
 * of this id.
 *
 * @param connection in a transaction
 */
export async function holdAlert(
  connection: Connection,
  userId: number,
  id: number,
): Promise<AlertRecord | null> {
  const { rowCount } = await connection.query(
    'SELECT FROM signal_alerts WHERE user_id = $1 AND id = $2 FOR UPDATE',
    [userId, id],
  );
  return rowCount === 0 ? null : getAlert(connection, userId, id);
}

/**
 * Changes an alert and gives it; null: the user has none of this id. One that has fired, or was switched off, is armed
 * anew by `isActive: true`, and counts from the price of then. An alert that watches something else than before begins to
 * count anew too.
 *
 * @param connection in a transaction
 * @throws the database's refusal, as `createAlert`
 */
export async function updateAlert(
  connection: Connection,
  userId: number,
  id: number,
  patch: AlertPatch,
): Promise<AlertRecord | null> {
  const before = await holdAlert(connection, userId, id);
  if (before === null) return null;
  const after = { ...before, ...definedOf(patch) };
  const isArmed = patch.isActive === true && !before.isActive;
  const isOther = (['assetId', 'alertType', 'condition'] as const).some(
    (field) => after[field] !== before[field],
  );
  await connection.query(
    `UPDATE signal_alerts SET asset_id = $3, alert_type = $4, condition = $5, trigger_value = $6, timeframe = $7,
       is_repeating = $8, message = $9, notification_method = $10, expires_at = to_timestamp($11::float8 / 1000),
       is_active = $12, is_triggered = is_triggered AND NOT $13,
       reference_price = CASE WHEN $13 OR $14 THEN NULL ELSE reference_price END
     WHERE user_id = $1 AND id = $2`,
    [userId, id, ...valuesOf(after), after.isActive, isArmed, isOther],
  );
  return getAlert(connection, userId, id);
}

/** Says whether there was one. */
export async function deleteAlert(database: Queryable, userId: number, id: number): Promise<boolean> {
  const { rowCount } = await database.query('DELETE FROM signal_alerts WHERE user_id = $1 AND id = $2', [
    userId,
    id,
  ]);
  return rowCount === 1;
}

/** What a user sets, in the order of the statements. */
function valuesOf(alert: NewAlert): readonly unknown[] {
  const { assetId, alertType, condition, triggerValue, timeframe = null, isRepeating = false } = alert;
  const { message = null, notificationMethod = null, expiresAt = null } = alert;
  return [
    ...[assetId, alertType, condition, triggerValue, timeframe, isRepeating],
    ...[message, notificationMethod, expiresAt],
  ];
}

/** Leaves out what is undefined: it is not to change. */
function definedOf(patch: AlertPatch): Partial<AlertRecord> {
  return Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined));
}

/** Numbers come as text, which never overflows. */
interface ActiveRow extends Omit<ActiveAlert, 'triggerValue' | 'referencePrice'> {
  readonly triggerValue: string;
  readonly referencePrice: string | null;
}

const READ_ACTIVE = `SELECT id, asset_id AS "assetId", alert_type AS "alertType", condition,
    trigger_value AS "triggerValue", timeframe, is_repeating AS "isRepeating", reference_price AS "referencePrice",
    ${EXPIRES_AT}
  FROM signal_alerts s
  WHERE is_active AND (is_repeating OR NOT is_triggered)`;

/** The alerts of all users that can fire, for the engine. */
export const ACTIVE_ALERT_ROWS: LiveSource<number, ActiveAlert> = {
  table: 'signal_alerts',
  keyOf: ({ id }) => id,
  byKeys: (connection, ids) => readActive(connection, 'AND id = ANY($1::int[])', [ids]),
  page: (connection, after, limit) =>
    readActive(connection, 'AND id > $1 ORDER BY id LIMIT $2', [after ?? 0, limit]),
};

/** Gives the alerts of one asset that can fire, by ascending id. */
export function readActiveAlertsOf(
  connection: Queryable,
  assetId: number,
  after: number,
  limit: number,
): Promise<readonly ActiveAlert[]> {
  return readActive(connection, 'AND id > $1 AND asset_id = $3 ORDER BY id LIMIT $2', [
    after,
    limit,
    assetId,
  ]);
}

async function readActive(
  connection: Queryable,
  which: string,
  values: unknown[],
): Promise<readonly ActiveAlert[]> {
  const { rows } = await connection.query<ActiveRow>(`${READ_ACTIVE} ${which}`, values);
  return rows.map((row) => ({
    ...row,
    triggerValue: Number(row.triggerValue),
    referencePrice: row.referencePrice === null ? null : Number(row.referencePrice),
  }));
}
