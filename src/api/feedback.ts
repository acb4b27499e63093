import { z } from 'zod';
import { document, idParam, missing, page, pageParams, textOrNull, time, timeOrNull } from './fields.js';
import { type MethodSpecs, method } from './method.js';
import { objectParam, textParam } from './user-fields.js';

const FEEDBACK_TYPES = ['bug_report', 'feature_request', 'general_comment'] as const;
const FEEDBACK_STATUSES = ['new', 'in_review', 'addressed', 'closed'] as const;
const FEEDBACK_PRIORITIES = ['low', 'normal', 'high'] as const;

const feedbackRow = z.object({
  id: z.int(),
  user_id: z.int(),
  feedback_type: z.enum(FEEDBACK_TYPES),
  message: z.string(),
  context_data: document.nullable(),
  status: z.enum(FEEDBACK_STATUSES),
  priority: z.enum(FEEDBACK_PRIORITIES),
  reviewed_by: z.int().nullable(),
  response_message: textOrNull,
  reviewed_at: timeOrNull,
  responded_at: timeOrNull,
  created_at: time,
  missing,
});

export const FEEDBACK_METHODS = {
  'feedback.create': method({
    role: 'user',
    summary: 'Tells the admins what you think',
    params: z.strictObject({
      feedback_type: z.enum(FEEDBACK_TYPES),
      message: textParam(10_000),
      context_data: objectParam.optional(),
    }),
    result: feedbackRow,
    writes: true,
    errors: ['conflict'],
  }),
  'feedback.list': method({
    role: 'admin',
    summary: 'Feedback of all users, the newest first',
    params: z.strictObject({
      user_id: idParam.optional(),
      feedback_type: z.enum(FEEDBACK_TYPES).optional(),
      status: z.enum(FEEDBACK_STATUSES).optional(),
      priority: z.enum(FEEDBACK_PRIORITIES).optional(),
      ...pageParams,
    }),
    result: page(feedbackRow),
  }),
  'feedback.respond': method({
    role: 'admin',
    summary: 'Takes feedback into review, or answers it',
    params: z.strictObject({
      id: idParam,
      status: z.enum(['in_review', 'addressed', 'closed']),
      priority: z.enum(FEEDBACK_PRIORITIES).optional(),
      response_message: textParam(10_000).optional().describe('left out: a former answer stays'),
    }),
    result: feedbackRow,
    writes: true,
    errors: ['not_found', 'conflict'],
  }),
} as const satisfies MethodSpecs;
