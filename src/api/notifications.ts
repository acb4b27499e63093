import { z } from 'zod';
import { document, missing, page, pageParams, time, timeOrNull } from './fields.js';
import { type MethodSpecs, method } from './method.js';
import { bigIdParam } from './user-fields.js';

const NOTIFICATION_STATUSES = ['unread', 'read', 'dismissed'] as const;

const notificationRow = z.object({
  id: z.int(),
  notification_type: z.enum(['signal', 'alert', 'system', 'educational']),
  title: z.string(),
  message: z.string(),
  data: document.describe('what it is about'),
  status: z.enum(NOTIFICATION_STATUSES),
  priority: z.enum(['low', 'normal', 'high', 'urgent']),
  scheduled_for: time,
  read_at: timeOrNull,
  expires_at: timeOrNull,
  created_at: time,
  missing,
});

const one = {
  params: z.strictObject({ id: bigIdParam }),
  result: notificationRow,
  writes: true,
  errors: ['not_found'],
} as const;

export const NOTIFICATIONS_METHODS = {
  'notifications.list': method({
    role: 'user',
    summary: 'Your notifications, the newest first',
    params: z.strictObject({
      status: z.enum(NOTIFICATION_STATUSES).optional().describe('left out: all but the dismissed ones'),
      ...pageParams,
    }),
    result: page(notificationRow).extend({ unread: z.int().describe('how many are unread') }),
  }),
  'notifications.read': method({ role: 'user', summary: 'Marks a notification as read', ...one }),
  'notifications.dismiss': method({ role: 'user', summary: 'Dismisses a notification', ...one }),
} as const satisfies MethodSpecs;
