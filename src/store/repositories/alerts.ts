import type { ActiveAlert, AlertFilter, AlertPatch, AlertRecord, NewAlert } from '../alert-records.js';
import { asUser } from '../as-user.js';
import type { Connection, Pool, Queryable } from '../pool.js';
import type { LiveSource } from './live-rows.js';

/** Rows of one list at most. */
const MAX_LIMIT = 500;

/** Ms since the epoch, also of years that a `Date` does not reach. */
const EXPIRES_AT = 'floor(extract(epoch FROM expires_at) * 1000)::float8 AS "expiresAt"';

const COLUMNS = `id, asset_id AS "assetId", alert_type AS "alertType", condition, trigger_value AS "triggerValue",
  timeframe, is_repeating AS "isRepeating", is_active AS "isActive", is_triggered AS "isTriggered",
  fired_count AS "firedCount", reference_price AS "referencePrice", message,
  notification_method AS "notificationMethod", triggered_at AS "triggeredAt", ${EXPIRES_AT},
  created_at AS "createdAt", updated_at AS "updatedAt"`;

/**
 * The alerts of a user, for that user: other users' rows are not there, whatever is asked for. The pool is the
 * gateway's.
 */
export class AlertRepository {
  readonly #pool: Pool;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  /** Gives alerts, the newest first; at most `limit`, and at most 500. */
  list(userId: number, filter: AlertFilter): Promise<readonly AlertRecord[]> {
    const { assetId = null, isActive = null, beforeId = null, limit } = filter;
    return asUser(this.#pool, userId, async (connection) => {
      const { rows } = await connection.query<AlertRecord>(
        `SELECT ${COLUMNS} FROM signal_alerts
         WHERE user_id = $1 AND ($2::int IS NULL OR asset_id = $2) AND ($3::boolean IS NULL OR is_active = $3)
           AND ($4::int IS NULL OR id < $4)
         ORDER BY id DESC LIMIT $5`,
        [userId, assetId, isActive, beforeId, Math.min(limit, MAX_LIMIT)],
      );
      return rows;
    });
  }

  /** Gives an alert; null: the user has none of this id. */
  get(userId: number, id: number): Promise<AlertRecord | null> {
    return asUser(this.#pool, userId, (connection) => find(connection, userId, id));
  }

  /** @throws the database's refusal (SQLSTATE 23514, 23503) of what no alert can be */
  create(userId: number, alert: NewAlert): Promise<AlertRecord> {
    return asUser(this.#pool, userId, async (connection) => {
      const { rows } = await connection.query<AlertRecord>(
        `INSERT INTO signal_alerts (user_id, asset_id, alert_type, condition, trigger_value, timeframe, is_repeating,
           message, notification_method, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, to_timestamp($10::float8 / 1000))
         RETURNING ${COLUMNS}`,
        [userId, ...valuesOf(alert)],
      );
      const [created] = rows;
      if (created === undefined) throw new Error('an alert was inserted and not returned');
      return created;
    });
  }

  /**
   * Changes an alert and gives it; null: the user has none of this id. One that has fired, or was switched off, is armed
   * anew by `isActive: true`, and counts from the price of then. An alert that watches something else than before
   * begins to count anew too.
   *
   * @throws the database's refusal, as `create`; nothing has changed then
   */
  update(userId: number, id: number, patch: AlertPatch): Promise<AlertRecord | null> {
    return asUser(this.#pool, userId, async (connection) => {
      const before = await find(connection, userId, id, 'FOR UPDATE');
      if (before === null) return null;
      const after = { ...before, ...definedOf(patch) };
      const isArmed = patch.isActive === true && !before.isActive;
      const isOther = (['assetId', 'alertType', 'condition'] as const).some(
        (field) => after[field] !== before[field],
      );
      const { rows } = await connection.query<AlertRecord>(
        `UPDATE signal_alerts SET asset_id = $3, alert_type = $4, condition = $5, trigger_value = $6, timeframe = $7,
           is_repeating = $8, message = $9, notification_method = $10, expires_at = to_timestamp($11::float8 / 1000),
           is_active = $12, is_triggered = is_triggered AND NOT $13,
           reference_price = CASE WHEN $13 OR $14 THEN NULL ELSE reference_price END
         WHERE user_id = $1 AND id = $2
         RETURNING ${COLUMNS}`,
        [userId, id, ...valuesOf(after), after.isActive, isArmed, isOther],
      );
      return rows[0] ?? null;
    });
  }

  /** Says whether there was one. */
  delete(userId: number, id: number): Promise<boolean> {
    return asUser(this.#pool, userId, async (connection) => {
      const { rowCount } = await connection.query(
        'DELETE FROM signal_alerts WHERE user_id = $1 AND id = $2',
        [userId, id],
      );
      return rowCount === 1;
    });
  }
}

async function find(
  connection: Connection,
  userId: number,
  id: number,
  lock: '' | 'FOR UPDATE' = '',
): Promise<AlertRecord | null> {
  const { rows } = await connection.query<AlertRecord>(
    `SELECT ${COLUMNS} FROM signal_alerts WHERE user_id = $1 AND id = $2 ${lock}`,
    [userId, id],
  );
  return rows[0] ?? null;
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
  FROM signal_alerts
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
