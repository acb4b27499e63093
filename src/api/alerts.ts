import { z } from 'zod';
import { ALERT_CONDITIONS, ALERT_TYPES } from '../alert-terms.js';
import { TIMEFRAMES } from '../timeframe.js';
import {
  idParam,
  missing,
  numberOrNull,
  page,
  pageParams,
  symbolParam,
  textOrNull,
  time,
  timeframeParam,
  timeOrNull,
  timeParam,
} from './fields.js';
import { type MethodSpecs, method } from './method.js';
import { clearableText } from './user-fields.js';

const NOTIFICATION_METHODS = ['email', 'push', 'sms'] as const;

const alertRow = z.object({
  id: z.int(),
  asset_id: z.int(),
  symbol: z.string(),
  data_source: z.string().describe('whose prices; alerts of another source than this server serves wait'),
  alert_type: z.enum(ALERT_TYPES),
  condition: z.enum(ALERT_CONDITIONS),
  trigger_value: z
    .number()
    .describe('price_target: a price; volume_spike: times the mean; signal_generated: 0–1; or percent'),
  timeframe: z.enum(TIMEFRAMES).nullable(),
  is_repeating: z.boolean(),
  is_active: z.boolean(),
  is_triggered: z.boolean(),
  fired_count: z.int(),
  reference_price: numberOrNull.describe('what a percentage_change of a price counts from'),
  message: textOrNull,
  notification_method: z.enum(NOTIFICATION_METHODS).nullable(),
  triggered_at: timeOrNull,
  expires_at: timeOrNull,
  created_at: time,
  updated_at: time,
  missing,
});

const triggerValueParam = z
  .number()
  .describe(
    'price_target: a price, quote per base; volume_spike: times the mean volume of 20 candles; signal_generated: least ' +
      'confidence, 0–1; with condition percentage_change: percent',
  );
const expiresAtParam = timeParam.nullable().describe('ms since the epoch; null: never');
const settings = {
  timeframe: timeframeParam.nullable().optional().describe('of volume_spike only; 1h unless told'),
  is_repeating: z
    .boolean()
    .optional()
    .describe(
      'false: it fires once; true: at each crossing, and is told 20 times at once and then once in a minute',
    ),
  notification_method: z
    .enum(NOTIFICATION_METHODS)
    .nullable()
    .optional()
    .describe('kept with the alert; what fires comes on the channels alerts and notifications'),
  message: clearableText(500).optional(),
  expires_at: expiresAtParam.optional(),
};

export const ALERTS_METHODS = {
  'alerts.list': method({
    role: 'user',
    summary: 'Your alerts, the newest first',
    params: z.strictObject({
      symbol: symbolParam.optional(),
      is_active: z.boolean().optional(),
      ...pageParams,
    }),
    result: page(alertRow),
  }),
  'alerts.create': method({
    role: 'user',
    summary: 'Sets an alert; it fires when its level is crossed from now on',
    params: z.strictObject({
      symbol: symbolParam,
      alert_type: z.enum(ALERT_TYPES),
      condition: z.enum(ALERT_CONDITIONS),
      trigger_value: triggerValueParam,
      ...settings,
    }),
    result: alertRow,
    writes: true,
    errors: ['conflict'],
  }),
  'alerts.update': method({
    role: 'user',
    summary: 'Changes an alert; what is left out stays as it is',
    params: z.strictObject({
      id: idParam,
      symbol: symbolParam.optional(),
      alert_type: z.enum(ALERT_TYPES).optional(),
      condition: z.enum(ALERT_CONDITIONS).optional(),
      trigger_value: triggerValueParam.optional(),
      ...settings,
      is_active: z
        .boolean()
        .optional()
        .describe('true arms one anew that has fired or was switched off; it counts from the price of then'),
    }),
    result: alertRow,
    writes: true,
    errors: ['not_found'],
  }),
  'alerts.delete': method({
    role: 'user',
    summary: 'Deletes an alert',
    params: z.strictObject({ id: idParam }),
    result: z.object({ id: z.int(), deleted: z.literal(true) }),
    writes: true,
    errors: ['not_found'],
  }),
} as const satisfies MethodSpecs;
