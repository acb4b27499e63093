import type { RecommendationRow } from '../signal-records.js';

/** Gives a recommendation as lists answer it, and as the channel `recommendations` tells of it. Times in ms. */
export function recommendationItem(row: RecommendationRow) {
  const payload = row.recommendationPayload ?? null;
  const item = {
    id: row.id,
    user_id: row.userId,
    asset_id: typeof payload?.asset_id === 'number' ? payload.asset_id : null,
    symbol: typeof payload?.symbol === 'string' ? payload.symbol : null,
    suggestion_type: typeof payload?.action === 'string' ? payload.action : null,
    recommendation_type: row.recommendationType,
    title: row.recommendationTitle,
    summary: row.recommendationSummary,
    target_entity_type: row.targetEntityType,
    target_entity_id: row.targetEntityId,
    confidence_score: row.confidenceScore,
    ai_layer: row.aiLayer,
    ai_reasoning: payload === null ? null : { ...payload },
    status: row.status,
    priority: row.priorityLevel,
    user_rating: row.userRating,
    user_feedback: row.userFeedback,
    outcome_result: row.outcomeResult === null ? null : { ...row.outcomeResult },
    reviewed_by: row.reviewedBy,
    review_notes: row.reviewNotes,
    reviewed_at: row.reviewedAt,
    implemented_at: row.implementedAt,
    suggested_at: row.createdAt,
    expires_at: row.expiresAt,
  };
  const missing = Object.fromEntries(
    Object.entries(item).flatMap(([field, value]) =>
      value === null ? [[field, REASONS[field] ?? 'it has none']] : [],
    ),
  );
  return { ...item, missing };
}

/** Why fields of it can be null. */
const REASONS: Readonly<Record<string, string>> = {
  user_id: 'it is for the admins',
  asset_id: 'it is about no single asset',
  symbol: 'it is about no single asset',
  suggestion_type: 'it does not say what is to be done',
  confidence_score: 'whoever made it gave none',
  ai_reasoning: 'whoever made it gave none',
  user_rating: 'it was not rated',
  user_feedback: 'nothing was said of it',
  outcome_result: 'what became of it was not measured yet',
  reviewed_by: 'nobody has decided on it, or that admin is gone',
  review_notes: 'nobody has written any',
  reviewed_at: 'nobody has decided on it',
  implemented_at: 'it was not carried out',
  expires_at: 'it does not expire',
};
