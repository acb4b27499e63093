import { z } from 'zod';
import { document, missing, numberOrNull, page, pageParams, textOrNull, time } from './fields.js';
import { type MethodSpecs, method } from './method.js';
import { amountParam, bigIdParam, priceParam, textParam } from './user-fields.js';

const executionRow = z.object({
  id: z.int(),
  signal_id: z.int(),
  symbol: z.string(),
  signal_type: z.enum(['long', 'short']),
  execution_price: numberOrNull.describe('quote currency'),
  position_size: numberOrNull.describe('base units'),
  portfolio_percentage: numberOrNull.describe('percent'),
  execution_type: z.enum(['manual', 'automatic']),
  status: z.enum(['pending', 'filled', 'partially_filled', 'cancelled']),
  execution_details: document.describe('what the limits were held against'),
  executed_at: time,
  missing,
});

/** What users do with signals, and admins. */
export const SIGNAL_ACTION_METHODS = {
  'signals.execute': method({
    role: 'user',
    summary: 'Writes down that you follow a signal, within your limits of risk; no order is sent anywhere',
    params: z.strictObject({
      id: bigIdParam,
      position_size: amountParam,
      portfolio_percentage: z
        .number()
        .min(0.000_001)
        .max(100)
        .optional()
        .describe('percent of your portfolio that the position is; needed where its value is not known'),
      execution_type: z.enum(['manual', 'automatic']),
      risk_confirmation: z.boolean().describe('must be true: you know what it may cost you'),
      execution_price: priceParam
        .optional()
        .describe('what it was filled at, quote currency; left out: it is pending'),
    }),
    result: executionRow,
    writes: true,
    errors: ['not_found', 'conflict'],
  }),
  'signals.executions': method({
    role: 'user',
    summary: 'Your executions of signals, the newest first',
    params: z.strictObject(pageParams),
    result: page(executionRow),
  }),
  'signals.cancel': method({
    role: 'admin',
    summary: 'Ends an active signal for everybody, with a reason that they are told',
    params: z.strictObject({ id: bigIdParam, reason: textParam(500) }),
    result: z.object({
      id: z.int(),
      symbol: z.string(),
      status: z.literal('cancelled'),
      former_status: z.literal('active'),
      reason: textOrNull,
    }),
    writes: true,
    errors: ['not_found', 'conflict'],
  }),
} as const satisfies MethodSpecs;
