import { z } from 'zod';
import { ALERT_CONDITIONS, ALERT_TYPES } from '../alert-terms.js';
import { TIMEFRAMES } from '../timeframe.js';
import { document, numberOrNull, textOrNull, time } from './fields.js';

/* Events of users, as their channels tell of them. */

/** An alert has fired: an event of `alerts`. */
export const alertEvent = z.object({
  alert_id: z.int(),
  symbol: z.string(),
  alert_type: z.enum(ALERT_TYPES),
  condition: z.enum(ALERT_CONDITIONS),
  trigger_value: z.number().describe('what the user set'),
  timeframe: z.enum(TIMEFRAMES).nullable(),
  is_repeating: z.boolean().describe('false: it is switched off now'),
  notification_method: textOrNull,
  cause: z.enum(['trade', 'candle', 'volume', 'signal']).describe('what fired it'),
  value: z.number().describe('the price, multiple of the mean volume or confidence that fired it'),
  threshold: z.number().describe('the level that was reached'),
  previous: numberOrNull.describe('where the value came from'),
  direction: z.enum(['up', 'down']).nullable(),
  triggered_at: time.describe("the exchange's time, ms"),
  title: z.string(),
  message: z.string(),
});

/** A new notification: an event of `notifications`. */
export const notificationEventData = z.object({
  id: z.int(),
  notification_type: z.enum(['signal', 'alert', 'system', 'educational']),
  priority: z.enum(['low', 'normal', 'high', 'urgent']),
  title: z.string(),
  message: z.string(),
  status: z.enum(['unread', 'read', 'dismissed']),
  data: document.describe('what it is about; of an alert what `alerts` tells'),
});
