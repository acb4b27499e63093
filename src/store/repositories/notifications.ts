import type { NewNotification, NotificationFilter, NotificationRecord } from '../action-records.js';
import { type KeyedRow, Keyset, type Page } from '../keyset.js';
import { appendEvents, type OutboxEvent } from '../outbox.js';
import type { Connection, Queryable } from '../pool.js';

const COLUMNS = `n.id, n.user_id AS "userId", n.notification_type AS "notificationType", n.title, n.message, n.data,
  n.status, n.priority, n.scheduled_for AS "scheduledFor", n.read_at AS "readAt", n.expires_at AS "expiresAt",
  n.created_at AS "createdAt"`;

/** Neither of the future nor of the past. */
const SHOWN = 'n.scheduled_for <= now() AND (n.expires_at IS NULL OR n.expires_at > now())';

const NEWEST = new Keyset('notifications', 'DESC', [
  { sql: 'n.created_at', type: 'time' },
  { sql: 'n.id', type: 'integer' },
]);

/**
 * Writes notifications and tells their users, in the caller's transaction. Gives those that are new.
 *
 * @param connection in a transaction, as its last work: the users' channels are locked until it ends
 */
export async function sendNotifications(
  connection: Connection,
  notifications: readonly NewNotification[],
): Promise<readonly NotificationRecord[]> {
  const sent = await insertNotifications(connection, notifications);
  await appendEvents(connection, sent.map(notificationEvent));
  return sent;
}

/** Gives what the user's channel `notifications` tells of one, for who appends other events with it. */
export function notificationEvent(notification: NotificationRecord): OutboxEvent {
  const { id, userId, notificationType, priority, title, message, status, data } = notification;
  return {
    channel: 'notifications',
    userId,
    data: { id, notification_type: notificationType, priority, title, message, status, data },
  };
}

/**
 * Writes notifications, in one statement. Gives those that are new, in their order: one whose key the user has already
 * had is not written again.
 */
export async function insertNotifications(
  database: Queryable,
  notifications: readonly NewNotification[],
): Promise<readonly NotificationRecord[]> {
  if (notifications.length === 0) return [];
  const { rows } = await database.query<NotificationRecord>(
    `INSERT INTO notifications AS n (user_id, notification_type, title, message, data, priority, dedup_key)
     SELECT user_id, notification_type, title, message, data, priority, dedup_key
     FROM unnest($1::int[], $2::notification_type[], $3::text[], $4::text[], $5::jsonb[],
       $6::notification_priority[], $7::text[]) WITH ORDINALITY
       AS g (user_id, notification_type, title, message, data, priority, dedup_key, place)
     ORDER BY place
     ON CONFLICT (user_id, dedup_key) DO NOTHING
     RETURNING ${COLUMNS}`,
    [
      notifications.map((n) => n.userId),
      notifications.map((n) => n.notificationType),
      notifications.map((n) => n.title),
      notifications.map((n) => n.message),
      notifications.map((n) => JSON.stringify(n.data ?? {})),
      notifications.map((n) => n.priority ?? 'normal'),
      notifications.map((n) => n.dedupKey ?? null),
    ],
  );
  return rows.toSorted((a, b) => a.id - b.id);
}

/** Gives a user's notifications, the newest first; without a status all but the dismissed ones. */
export async function listNotifications(
  database: Queryable,
  userId: number,
  filter: NotificationFilter,
): Promise<Page<NotificationRecord>> {
  const values: unknown[] = [userId];
  if (filter.status !== undefined) values.push(filter.status);
  const { rows } = await database.query<NotificationRecord & KeyedRow>(
    `SELECT ${COLUMNS}, ${NEWEST.select} FROM notifications n
     WHERE n.user_id = $1 AND ${filter.status === undefined ? `n.status <> 'dismissed'` : 'n.status = $2'} AND ${SHOWN}
       AND ${NEWEST.after(filter, values)} ${NEWEST.orderAndLimit(filter, values)}`,
    values,
  );
  return NEWEST.page(filter, rows, ({ page_key, ...notification }) => notification);
}

/** Gives how many of a user's notifications are unread. */
export async function countUnread(database: Queryable, userId: number): Promise<number> {
  const { rows } = await database.query<{ unread: number }>(
    `SELECT count(*) AS unread FROM notifications n WHERE n.user_id = $1 AND n.status = 'unread' AND ${SHOWN}`,
    [userId],
  );
  return rows[0]?.unread ?? 0;
}

/** Marks one of a user's notifications as read, once; a dismissed one stays so. Null: there is none, or another's. */
export async function readNotification(
  database: Queryable,
  userId: number,
  id: number,
): Promise<NotificationRecord | null> {
  const { rows } = await database.query<NotificationRecord>(
    `UPDATE notifications n SET read_at = coalesce(n.read_at, now()),
       status = CASE n.status WHEN 'unread' THEN 'read' ELSE n.status END
     WHERE n.user_id = $1 AND n.id = $2 RETURNING ${COLUMNS}`,
    [userId, id],
  );
  return rows[0] ?? null;
}

/** Dismisses one of a user's notifications. Null: there is none, or it is another user's. */
export async function dismissNotification(
  database: Queryable,
  userId: number,
  id: number,
): Promise<NotificationRecord | null> {
  const { rows } = await database.query<NotificationRecord>(
    `UPDATE notifications n SET status = 'dismissed' WHERE n.user_id = $1 AND n.id = $2 RETURNING ${COLUMNS}`,
    [userId, id],
  );
  return rows[0] ?? null;
}
