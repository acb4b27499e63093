import { z } from 'zod';
import { document, missing, numberOrNull, page, pageParams, textOrNull, time, timeOrNull } from './fields.js';
import { type MethodSpecs, method } from './method.js';
import { bigIdParam, textParam } from './user-fields.js';

const RECOMMENDATION_STATUSES = [
  'pending',
  'approved',
  'followed',
  'implemented',
  'ignored',
  'expired',
  'rejected',
] as const;
const RECOMMENDATION_PRIORITIES = ['low', 'medium', 'high', 'urgent'] as const;
const RECOMMENDATION_TARGETS = ['portfolio', 'watchlist', 'asset', 'user', 'strategy'] as const;

/** An entry of the review queue, as lists and the channel `recommendations` have it. */
export const recommendationRow = z.object({
  id: z.int(),
  user_id: z.int().nullable().describe('whom it is for; null: the admins, who review it'),
  asset_id: z.int().nullable(),
  symbol: textOrNull,
  suggestion_type: textOrNull.describe('what is to be done, e.g. add, promote, demote'),
  recommendation_type: z.enum([
    'entry',
    'exit',
    'risk_management',
    'rebalance',
    'allocation',
    'position_sizing',
    'learning',
    'add',
    'remove',
    'tier_change',
  ]),
  title: textOrNull,
  summary: textOrNull,
  target_entity_type: z.enum(RECOMMENDATION_TARGETS).nullable(),
  target_entity_id: z.int().nullable(),
  confidence_score: numberOrNull.describe('0–1'),
  ai_layer: z.int().nullable(),
  ai_reasoning: document.nullable().describe('what it stands on'),
  status: z.enum(RECOMMENDATION_STATUSES),
  priority: z.enum(RECOMMENDATION_PRIORITIES),
  user_rating: z.int().nullable().describe('1–5'),
  user_feedback: textOrNull,
  outcome_result: document.nullable(),
  reviewed_by: z.int().nullable(),
  review_notes: textOrNull,
  reviewed_at: timeOrNull,
  implemented_at: timeOrNull,
  suggested_at: time,
  expires_at: timeOrNull,
  missing,
});

export const RECOMMENDATIONS_METHODS = {
  'recommendations.list': method({
    role: 'admin',
    summary: 'All recommendations, the newest first',
    params: z.strictObject({ status: z.enum(RECOMMENDATION_STATUSES).optional(), ...pageParams }),
    result: page(recommendationRow),
  }),
  'recommendations.queue': method({
    role: 'admin',
    summary: 'What waits for a review, the most urgent first and the oldest of those',
    params: z.strictObject({
      priority: z.enum(RECOMMENDATION_PRIORITIES).optional(),
      days: z.int().min(1).max(365).optional().describe('only those of the last so many days'),
      ...pageParams,
    }),
    result: page(recommendationRow),
  }),
  'recommendations.review': method({
    role: 'admin',
    summary: 'Decides on a recommendation, once; what is approved is carried out within some seconds',
    params: z.strictObject({
      id: bigIdParam,
      decision: z.enum(['approve', 'reject']),
      review_notes: textParam(2_000),
      target: z
        .strictObject({ type: z.enum(RECOMMENDATION_TARGETS), id: bigIdParam })
        .optional()
        .describe('where it goes instead of what was recommended, e.g. another default watchlist'),
    }),
    result: recommendationRow,
    writes: true,
    errors: ['not_found', 'conflict'],
  }),
  'recommendations.feedback': method({
    role: 'user',
    summary: 'Rates what was recommended to you',
    params: z.strictObject({
      id: bigIdParam,
      user_rating: z.int().min(1).max(5),
      user_feedback: textParam(2_000).optional().describe('left out: what was said before stays'),
    }),
    result: recommendationRow,
    writes: true,
    errors: ['not_found'],
  }),
} as const satisfies MethodSpecs;
