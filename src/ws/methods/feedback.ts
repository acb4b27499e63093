import type { z } from 'zod';
import type { FEEDBACK_METHODS } from '../../api/feedback.js';
import { RequestError } from '../../errors.js';
import type { FeedbackRecord } from '../../store/action-records.js';
import { recordActivities } from '../../store/repositories/activities.js';
import {
  createFeedback,
  isFeedback,
  listFeedback,
  respondToFeedback,
} from '../../store/repositories/feedback.js';
import { withMissing } from './analyses.js';
import type { Handlers } from './handler.js';
import { actor, asCaller, given } from './user-rows.js';

type Feedback = z.input<(typeof FEEDBACK_METHODS)['feedback.create']['result']>;

/** Of one user, at most, that nobody has answered. */
const MAX_OPEN = 20;

export const feedbackHandlers: Handlers<typeof FEEDBACK_METHODS> = {
  'feedback.create': ({ feedback_type: feedbackType, message, context_data: contextData }, context) =>
    asCaller(context, async (connection, user) => {
      const feedback = { feedbackType, message, ...given({ contextData }) };
      const record = await createFeedback(connection, user.id, feedback, MAX_OPEN);
      if (record !== null) return feedbackItem(record);
      throw new RequestError(
        'conflict',
        `${MAX_OPEN} of what you have said wait for an answer, the most allowed`,
      );
    }),

  'feedback.list': (
    { user_id: userId, feedback_type: feedbackType, status, priority, limit, cursor },
    context,
  ) =>
    asCaller(context, async (connection) => {
      const filter = { limit, ...given({ userId, feedbackType, status, priority, cursor }) };
      const page = await listFeedback(connection, filter);
      return { items: page.items.map(feedbackItem), next_cursor: page.nextCursor };
    }),

  'feedback.respond': ({ id, status, priority, response_message: responseMessage }, context) =>
    asCaller(context, async (connection, user) => {
      const response = { reviewedBy: user.id, status, ...given({ priority, responseMessage }) };
      const record = await respondToFeedback(connection, id, response);
      if (record === null) {
        if (!(await isFeedback(connection, id))) {
          throw new RequestError('not_found', `there is no feedback ${id}`, 'id');
        }
        throw new RequestError('conflict', `feedback ${id} is closed`, 'id');
      }
      await recordActivities(connection, [
        {
          ...{ userId: user.id, activityType: 'admin_action', entityType: 'feedback', entityId: id },
          ...{ action: 'respond', details: { status, priority: record.priority }, ...actor(context) },
        },
      ]);
      return feedbackItem(record);
    }),
};

function feedbackItem(record: FeedbackRecord): Feedback {
  return withMissing(
    {
      id: record.id,
      user_id: record.userId,
      feedback_type: record.feedbackType,
      message: record.message,
      context_data: record.contextData === null ? null : { ...record.contextData },
      status: record.status,
      priority: record.priority,
      reviewed_by: record.reviewedBy,
      response_message: record.responseMessage,
      reviewed_at: record.reviewedAt,
      responded_at: record.respondedAt,
      created_at: record.createdAt,
    },
    {
      context_data: 'none was given',
      reviewed_by: record.reviewedAt === null ? 'nobody has looked at it yet' : 'the admin is gone',
      response_message: 'nobody has answered yet',
      reviewed_at: 'nobody has looked at it yet',
      responded_at: 'nobody has answered yet',
    },
  );
}
