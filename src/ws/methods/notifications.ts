import type { NOTIFICATIONS_METHODS } from '../../api/notifications.js';
import type { Handlers } from './handler.js';

export const notificationHandlers: Handlers<typeof NOTIFICATIONS_METHODS> = {};
