import type { z } from 'zod';
import type { NOTIFICATIONS_METHODS } from '../../api/notifications.js';
import { RequestError } from '../../errors.js';
import type { NotificationRecord } from '../../store/action-records.js';
import {
  countUnread,
  dismissNotification,
  listNotifications,
  readNotification,
} from '../../store/repositories/notifications.js';
import { withMissing } from './analyses.js';
import type { Handlers } from './handler.js';
import { asCaller, given } from './user-rows.js';

type Notification = z.input<(typeof NOTIFICATIONS_METHODS)['notifications.read']['result']>;

export const notificationHandlers: Handlers<typeof NOTIFICATIONS_METHODS> = {
  'notifications.list': ({ status, limit, cursor }, context) =>
    asCaller(context, async (connection, user) => {
      const page = await listNotifications(connection, user.id, { limit, ...given({ status, cursor }) });
      return {
        items: page.items.map(notificationItem),
        next_cursor: page.nextCursor,
        unread: await countUnread(connection, user.id),
      };
    }),

  'notifications.read': ({ id }, context) =>
    asCaller(context, async (connection, user) =>
      notificationItem(found(id, await readNotification(connection, user.id, id))),
    ),

  'notifications.dismiss': ({ id }, context) =>
    asCaller(context, async (connection, user) =>
      notificationItem(found(id, await dismissNotification(connection, user.id, id))),
    ),
};

function found(id: number, record: NotificationRecord | null): NotificationRecord {
  if (record !== null) return record;
  throw new RequestError('not_found', `you have no notification ${id}`, 'id');
}

function notificationItem(record: NotificationRecord): Notification {
  return withMissing(
    {
      id: record.id,
      notification_type: record.notificationType,
      title: record.title,
      message: record.message,
      data: { ...record.data },
      status: record.status,
      priority: record.priority,
      scheduled_for: record.scheduledFor,
      read_at: record.readAt,
      expires_at: record.expiresAt,
      created_at: record.createdAt,
    },
    { read_at: 'it was not read', expires_at: 'it does not expire' },
  );
}
