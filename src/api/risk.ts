import { z } from 'zod';
import { document, missing, time, timeOrNull } from './fields.js';
import { type MethodSpecs, method } from './method.js';

export const RISK_LEVELS = ['low', 'medium', 'high', 'extreme'] as const;

/** Rules that `signals.execute` holds to; a rule that nobody enforces is not taken. */
const riskRules = z.strictObject({
  max_open_executions: z
    .int()
    .min(0)
    .max(1_000)
    .optional()
    .describe('executions whose signals are active, at most'),
  max_risk_level: z.enum(RISK_LEVELS).optional().describe('signals of a higher risk level are refused'),
  allow_automatic: z.boolean().optional().describe('false: execution_type automatic is refused'),
});

const riskRow = z.object({
  max_position_size: z.number().describe('USD; of one execution at most'),
  max_portfolio_risk: z
    .number()
    .describe(
      'share of the portfolio, 0.02 = 2 %, that all executions of active signals lose at their stops',
    ),
  risk_rules: document,
  current_exposure: document.nullable(),
  risk_metrics: document.nullable(),
  last_calculated: timeOrNull,
  updated_at: time,
  missing,
});

export const RISK_METHODS = {
  'risk.get': method({
    role: 'user',
    summary: 'Your limits of risk',
    params: z.strictObject({}),
    result: riskRow,
  }),
  'risk.update': method({
    role: 'user',
    summary: 'Changes your limits of risk; what is left out stays as it is',
    params: z.strictObject({
      max_position_size: z.number().min(0).max(1e15).optional().describe('USD'),
      max_portfolio_risk: z.number().min(0).max(1).optional().describe('share of the portfolio, 0.02 = 2 %'),
      risk_rules: riskRules.optional().describe('all rules; what is left out of them is no rule'),
    }),
    result: riskRow,
    writes: true,
  }),
} as const satisfies MethodSpecs;
