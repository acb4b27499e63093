import type { RECOMMENDATIONS_METHODS } from '../../api/recommendations.js';
import { RequestError } from '../../errors.js';
import type { Connection } from '../../store/pool.js';
import { recordActivities } from '../../store/repositories/activities.js';
import { recommendationItem } from '../../store/repositories/recommendation-item.js';
import {
  listRecommendations,
  listReviewQueue,
  type Review,
  rateRecommendation,
  reviewRecommendation,
} from '../../store/repositories/recommendations.js';
import { getWatchlist } from '../../store/repositories/watchlists.js';
import type { Handlers } from './handler.js';
import { actor, asCaller, given } from './user-rows.js';

const DECISIONS = { approve: 'approved', reject: 'rejected' } as const;

export const recommendationHandlers: Handlers<typeof RECOMMENDATIONS_METHODS> = {
  'recommendations.list': ({ status, limit, cursor }, context) =>
    asCaller(context, async (connection) => {
      const page = await listRecommendations(connection, { limit, ...given({ status, cursor }) });
      return { items: page.items.map(recommendationItem), next_cursor: page.nextCursor };
    }),

  'recommendations.queue': ({ priority, days, limit, cursor }, context) =>
    asCaller(context, async (connection) => {
      const page = await listReviewQueue(connection, { limit, ...given({ priority, days, cursor }) });
      return { items: page.items.map(recommendationItem), next_cursor: page.nextCursor };
    }),

  'recommendations.review': ({ id, decision, review_notes: reviewNotes, target }, context) =>
    asCaller(context, async (connection, user) => {
      await checkTarget(connection, user.id, target);
      // First: what is told of it is the transaction's last work. A refusal takes it back.
      await recordActivities(connection, [
        {
          ...{ userId: user.id, activityType: 'admin_action', entityType: 'recommendation', entityId: id },
          ...{ action: decision, details: { review_notes: reviewNotes, ...given({ target }) } },
          ...actor(context),
        },
      ]);
      const reviewed = await reviewRecommendation(connection, {
        ...{ id, decision: DECISIONS[decision], reviewedBy: user.id, reviewNotes },
        ...given({ target }),
      });
      if (reviewed.outcome !== 'reviewed') {
        if (reviewed.outcome === 'not_found') throw noRecommendation(id);
        const message = `recommendation ${id} is decided already, or its time is over`;
        throw new RequestError('conflict', message, 'id');
      }
      return recommendationItem(reviewed.recommendation);
    }),

  'recommendations.feedback': ({ id, user_rating: userRating, user_feedback: userFeedback }, context) =>
    asCaller(context, async (connection, user) => {
      const rating = { id, userRating, ...given({ userFeedback }) };
      const row = await rateRecommendation(connection, user.id, rating);
      if (row === null) throw noRecommendation(id);
      return recommendationItem(row);
    }),
};

/** @throws RequestError for a watchlist that is no default one */
async function checkTarget(
  connection: Connection,
  userId: number,
  target: Review['target'] | undefined,
): Promise<void> {
  if (target?.type !== 'watchlist') return;
  const list = target.id > 2_147_483_647 ? null : await getWatchlist(connection, userId, target.id);
  if (list?.userId === null) return;
  throw new RequestError(
    'invalid_params',
    `target.id: there is no default watchlist ${target.id}`,
    'target.id',
  );
}

function noRecommendation(id: number): RequestError {
  return new RequestError('not_found', `there is no recommendation ${id}`, 'id');
}
