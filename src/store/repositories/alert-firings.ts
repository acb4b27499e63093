import type { AlertCondition, AlertType } from '../../alert-terms.js';
import { bucketStart, type Timeframe } from '../../timeframe.js';
import { alertMessage } from '../alert-message.js';
import type {
  AlertEvent,
  ExpiredAlert,
  FiredAlert,
  NotificationMethod,
  PlacedAlert,
} from '../alert-records.js';
import { appendEvents, type OutboxEvent } from '../outbox.js';
import type { Connection } from '../pool.js';

/** An alert as it stands in the database, locked until the transaction ends. */
interface LockedAlert {
  readonly id: number;
  readonly userId: number;
  readonly isUserActive: boolean;
  readonly assetId: number;
  readonly symbol: string;
  readonly alertType: AlertType;
  readonly condition: AlertCondition;
  /** Decimal text as stored. */
  readonly triggerValue: string;
  readonly timeframe: Timeframe | null;
  readonly isRepeating: boolean;
  readonly isActive: boolean;
  readonly isTriggered: boolean;
  readonly triggeredAt: number | null;
  readonly message: string | null;
  readonly notificationMethod: NotificationMethod | null;
}

/** A firing that is told, and to whom. */
interface Telling {
  readonly fired: FiredAlert;
  readonly alert: LockedAlert;
  readonly dedupKey: string;
  readonly title: string;
  readonly message: string;
  /** As its user's clients see it. */
  readonly data: Readonly<Record<string, unknown>>;
}

/**
 * Writes what the engine has told of alerts, in the caller's transaction: the alerts' rows, and for each firing a
 * notification and the events of the user's channels `alerts` and `notifications`. Gives how many events changed
 * something.
 *
 * **Once.** The same events may come any number of times, and a restarted engine may tell a crossing again that it saw
 * before: an alert that fires once does so until its user arms it anew; a repeating one fires once for a cause, a time
 * and a value, and what a candle tells counts only if it has not fired since that candle began.
 *
 * **The user's will prevails.** A firing of an alert that its user has meanwhile deleted or switched off, or that waits
 * for something else by now, is dropped; other words and ways to be told are taken as they are now. An alert whose time
 * has been prolonged does not expire.
 */
export async function writeAlertEvents(
  connection: Connection,
  events: readonly AlertEvent[],
): Promise<number> {
  const alerts = await lock(
    connection,
    events.map(({ alertId }) => alertId),
  );
  const told = await insertNotifications(connection, tellingsOf(events.filter(isFired), alerts));
  await markFired(connection, told);
  const placed = await place(connection, events.filter(isPlaced));
  const expired = await expire(connection, events.filter(isExpired));
  // Last: it locks the users' channels until the transaction ends.
  if (told.length > 0) await appendEvents(connection, told.flatMap(outboxEvents));
  return told.length + placed + expired;
}

const isFired = (event: AlertEvent): event is FiredAlert => event.kind === 'fired';
const isPlaced = (event: AlertEvent): event is PlacedAlert => event.kind === 'placed';
const isExpired = (event: AlertEvent): event is ExpiredAlert => event.kind === 'expired';

/** Locks the user before the alert, as whoever deletes a user does. */
async function lock(
  connection: Connection,
  ids: readonly number[],
): Promise<ReadonlyMap<number, LockedAlert>> {
  const { rows } = await connection.query<LockedAlert>(
    `SELECT a.id, a.user_id AS "userId", u.is_active AS "isUserActive", a.asset_id AS "assetId", s.symbol,
       a.alert_type AS "alertType", a.condition, a.trigger_value AS "triggerValue", a.timeframe,
       a.is_repeating AS "isRepeating", a.is_active AS "isActive", a.is_triggered AS "isTriggered",
       a.triggered_at AS "triggeredAt", a.message, a.notification_method AS "notificationMethod"
     FROM signal_alerts a JOIN users u ON u.id = a.user_id JOIN assets s ON s.id = a.asset_id
     WHERE a.id = ANY($1::int[])
     ORDER BY a.user_id, a.id
     FOR KEY SHARE OF u FOR NO KEY UPDATE OF a`,
    [ids],
  );
  return new Map(rows.map((row) => [row.id, row]));
}

function tellingsOf(
  events: readonly FiredAlert[],
  alerts: ReadonlyMap<number, LockedAlert>,
): readonly Telling[] {
  /** Those that fire once and have done so in this batch. */
  const done = new Set<number>();
  const tellings: Telling[] = [];
  for (const fired of events) {
    const alert = alerts.get(fired.alertId);
    if (alert === undefined || done.has(alert.id) || !isDue(fired, alert)) continue;
    if (!alert.isRepeating) done.add(alert.id);
    tellings.push(tellingOf(fired, alert));
  }
  return tellings;
}

/** Says whether the alert, as it stands now, is to fire because of this. */
function isDue(fired: FiredAlert, alert: LockedAlert): boolean {
  const isMeant =
    alert.assetId === fired.assetId &&
    alert.alertType === fired.alertType &&
    alert.condition === fired.condition &&
    Number(alert.triggerValue) === fired.triggerValue &&
    (alert.timeframe === null || alert.timeframe === fired.timeframe) &&
    alert.isRepeating === fired.isRepeating;
  if (!isMeant || !alert.isActive || !alert.isUserActive) return false;
  if (!alert.isRepeating) return !alert.isTriggered;
  return alert.triggeredAt === null || alert.triggeredAt < candleStart(fired);
}

/**
 * Gives the start of the candle that fired an alert, ms; Infinity: none did. A restart takes candles in again whose
 * trades have fired it already.
 */
function candleStart({ cause, time, timeframe }: FiredAlert): number {
  if (cause === 'candle') return bucketStart('1m', time);
  return cause === 'volume' ? bucketStart(timeframe ?? '1h', time) : Number.POSITIVE_INFINITY;
}

function tellingOf(fired: FiredAlert, alert: LockedAlert): Telling {
  const { symbol, id, alertType, condition, isRepeating, notificationMethod } = alert;
  const { timeframe, cause, value, threshold, previous, direction, time } = fired;
  return {
    ...{ fired, alert },
    dedupKey: `alert:${id}:${cause}:${time}:${value}`,
    ...alertMessage(fired, alert),
    data: {
      ...{ alert_id: id, symbol, alert_type: alertType, condition, trigger_value: fired.triggerValue },
      ...{ timeframe, is_repeating: isRepeating, notification_method: notificationMethod },
      ...{ cause, value, threshold, previous, direction, triggered_at: time },
    },
  };
}

/** Gives the tellings that are new. */
async function insertNotifications(
  connection: Connection,
  tellings: readonly Telling[],
): Promise<readonly (Telling & { readonly notificationId: number })[]> {
  if (tellings.length === 0) return [];
  const { rows } = await connection.query<{ id: number; user_id: number; dedup_key: string }>(
    `INSERT INTO notifications (user_id, notification_type, priority, title, message, data, dedup_key, sent_at)
     SELECT user_id, 'alert', 'high', title, message, data, dedup_key, now()
     FROM unnest($1::int[], $2::text[], $3::text[], $4::jsonb[], $5::text[])
       WITH ORDINALITY AS n (user_id, title, message, data, dedup_key, place)
     ORDER BY place
     ON CONFLICT (user_id, dedup_key) DO NOTHING
     RETURNING id, user_id, dedup_key`,
    [
      tellings.map(({ alert }) => alert.userId),
      tellings.map(({ title }) => title),
      tellings.map(({ message }) => message),
      tellings.map(({ data }) => JSON.stringify(data)),
      tellings.map(({ dedupKey }) => dedupKey),
    ],
  );
  const ids = new Map(rows.map((row) => [row.dedup_key, row.id]));
  return tellings.flatMap((telling) => {
    const notificationId = ids.get(telling.dedupKey);
    // The same twice in a batch is told once.
    ids.delete(telling.dedupKey);
    return notificationId === undefined ? [] : [{ ...telling, notificationId }];
  });
}

async function markFired(connection: Connection, told: readonly Telling[]): Promise<void> {
  if (told.length === 0) return;
  await connection.query(
    `UPDATE signal_alerts a SET
       is_triggered = true,
       is_active = a.is_repeating,
       fired_count = a.fired_count + f.times,
       triggered_at = greatest(a.triggered_at, to_timestamp(f.time / 1000)),
       last_checked = greatest(a.last_checked, to_timestamp(f.time / 1000)),
       reference_price = coalesce(f.reference, a.reference_price)
     FROM (
       SELECT id, count(*)::int AS times, max(time) AS time,
         (array_agg(reference ORDER BY place DESC) FILTER (WHERE reference IS NOT NULL))[1] AS reference
       FROM unnest($1::int[], $2::float8[], $3::numeric[]) WITH ORDINALITY AS t (id, time, reference, place)
       GROUP BY id
     ) AS f
     WHERE a.id = f.id`,
    [
      told.map(({ alert }) => alert.id),
      told.map(({ fired }) => fired.time),
      told.map(({ fired }) => fired.nextReference),
    ],
  );
}

function outboxEvents(telling: Telling & { readonly notificationId: number }): readonly OutboxEvent[] {
  const { alert, data, title, message, notificationId } = telling;
  const notification = { id: notificationId, notification_type: 'alert', priority: 'high', title, message };
  return [
    { channel: 'alerts', userId: alert.userId, data: { ...data, title, message } },
    { channel: 'notifications', userId: alert.userId, data: { ...notification, status: 'unread', data } },
  ];
}

async function place(connection: Connection, placed: readonly PlacedAlert[]): Promise<number> {
  if (placed.length === 0) return 0;
  const { rowCount } = await connection.query(
    `UPDATE signal_alerts a SET reference_price = p.reference
     FROM unnest($1::int[], $2::numeric[]) AS p (id, reference)
     WHERE a.id = p.id AND a.reference_price IS NULL
       AND a.alert_type = 'price_target' AND a.condition = 'percentage_change'`,
    [placed.map(({ alertId }) => alertId), placed.map(({ reference }) => reference)],
  );
  return rowCount ?? 0;
}

async function expire(connection: Connection, expired: readonly ExpiredAlert[]): Promise<number> {
  if (expired.length === 0) return 0;
  // The engine knows whole ms.
  const { rowCount } = await connection.query(
    `UPDATE signal_alerts a SET is_active = false
     FROM unnest($1::int[], $2::float8[]) AS e (id, expires_ms)
     WHERE a.id = e.id AND a.is_active AND a.expires_at < to_timestamp((e.expires_ms + 1) / 1000)`,
    [expired.map(({ alertId }) => alertId), expired.map(({ expiresAt }) => expiresAt)],
  );
  return rowCount ?? 0;
}
