import { Conditions } from '../conditions.js';
import { type KeyedRow, Keyset, type Page, type PageRequest } from '../keyset.js';
import { appendEvents, type OutboxEvent } from '../outbox.js';
import type { Queryable } from '../pool.js';
import {
  type NewRecommendation,
  RECOMMENDATIONS,
  type RecommendationPriority,
  type RecommendationRow,
  type RecommendationStatus,
  type RecommendationTarget,
} from '../signal-records.js';
import { recommendationItem } from './recommendation-item.js';

export interface RecommendationFilter extends PageRequest {
  readonly status?: RecommendationStatus;
  /** Only those for this user. */
  readonly userId?: number;
}

export interface QueueFilter extends PageRequest {
  readonly priority?: RecommendationPriority;
  /** Only those of the last so many days. */
  readonly days?: number;
}

export interface Review {
  readonly id: number;
  readonly decision: 'approved' | 'rejected';
  /** Admin who decides. */
  readonly reviewedBy: number;
  readonly reviewNotes: string;
  /** Where it goes instead of what was recommended, e.g. another watchlist. */
  readonly target?: { readonly type: RecommendationTarget; readonly id: number };
}

/** `conflict`: it is decided already, or its time is over. */
export type ReviewRecommendation =
  | { readonly outcome: 'reviewed'; readonly recommendation: RecommendationRow }
  | { readonly outcome: 'not_found' | 'conflict' };

const SELECT = RECOMMENDATIONS.select('r');

const NEWEST = new Keyset('recommendations', 'DESC', [
  { sql: 'r.created_at', type: 'time' },
  { sql: 'r.id', type: 'integer' },
]);

/** The most urgent first, then the oldest: one direction, for the comparison with a cursor. */
const QUEUE = new Keyset('recommendation_queue', 'ASC', [
  { sql: '(-array_position(enum_range(NULL::recommendation_priority), r.priority_level))', type: 'integer' },
  { sql: 'r.created_at', type: 'time' },
  { sql: 'r.id', type: 'integer' },
]);

const WAITS = `r.status = 'pending' AND coalesce(r.expires_at > now(), true)`;

/**
 * Writes recommendations and tells the admins of those that are new, which it gives: one whose key is there is passed
 * over.
 *
 * @param connection in a transaction of the engine, as its last work
 */
export async function insertRecommendations(
  connection: Queryable,
  recommendations: readonly NewRecommendation[],
): Promise<readonly RecommendationRow[]> {
  const written = await RECOMMENDATIONS.insert(connection, recommendations, '(dedup_key)');
  await tell(connection, written);
  return written;
}

/** Gives recommendations that the user may see, the newest first. */
export async function listRecommendations(
  database: Queryable,
  filter: RecommendationFilter,
): Promise<Page<RecommendationRow>> {
  const where = new Conditions()
    .add(filter.status, (place) => `r.status = ${place}`)
    .add(filter.userId, (place) => `r.user_id = ${place}`);
  const { rows } = await database.query<RecommendationRow & KeyedRow>(
    `SELECT ${SELECT}, ${NEWEST.select} FROM recommendations r
     WHERE ${where.sql(NEWEST.after(filter, where.values))} ${NEWEST.orderAndLimit(filter, where.values)}`,
    where.values,
  );
  return NEWEST.page(filter, rows, ({ page_key, ...recommendation }) => recommendation);
}

/** Gives what waits for a review, the most urgent first and the oldest of those. */
export async function listReviewQueue(
  database: Queryable,
  filter: QueueFilter,
): Promise<Page<RecommendationRow>> {
  const where = new Conditions()
    .add(filter.priority, (place) => `r.priority_level = ${place}`)
    .add(filter.days, (place) => `r.created_at >= now() - ${place}::float8 * interval '1 day'`);
  const { rows } = await database.query<RecommendationRow & KeyedRow>(
    `SELECT ${SELECT}, ${QUEUE.select} FROM recommendations r
     WHERE ${where.sql(WAITS, QUEUE.after(filter, where.values))} ${QUEUE.orderAndLimit(filter, where.values)}`,
    where.values,
  );
  return QUEUE.page(filter, rows, ({ page_key, ...recommendation }) => recommendation);
}

/** Gives a recommendation; null: there is none that the user may see. */
export async function getRecommendation(database: Queryable, id: number): Promise<RecommendationRow | null> {
  const { rows } = await database.query<RecommendationRow>(
    `SELECT ${SELECT} FROM recommendations r WHERE r.id = $1`,
    [id],
  );
  return rows[0] ?? null;
}

/**
 * Decides on a recommendation that waits, once, whoever else decides, and tells the admins of it. A user's vote is
 * `rateRecommendation`.
 *
 * @param connection in a transaction of the admin, as its last work
 */
export async function reviewRecommendation(
  connection: Queryable,
  review: Review,
): Promise<ReviewRecommendation> {
  const { rows } = await connection.query<RecommendationRow>(
    `UPDATE recommendations r SET status = $2, reviewed_by = $3, review_notes = $4, reviewed_at = now(),
       target_entity_type = coalesce($5, r.target_entity_type),
       target_entity_id = CASE WHEN $5 IS NULL THEN r.target_entity_id ELSE $6::bigint END
     WHERE r.id = $1 AND ${WAITS} RETURNING ${SELECT}`,
    [
      review.id,
      review.decision,
      review.reviewedBy,
      review.reviewNotes,
      review.target?.type ?? null,
      review.target?.id ?? null,
    ],
  );
  const [recommendation] = rows;
  if (recommendation === undefined) {
    return { outcome: (await getRecommendation(connection, review.id)) === null ? 'not_found' : 'conflict' };
  }
  await tell(connection, rows);
  return { outcome: 'reviewed', recommendation };
}

/**
 * Marks an approved recommendation as done, once, and tells the admins of it. False: it is not approved, or done.
 *
 * @param connection in a transaction of an admin or the engine, as its last work
 */
export async function implementRecommendation(connection: Queryable, id: number): Promise<boolean> {
  const { rows } = await connection.query<RecommendationRow>(
    `UPDATE recommendations r SET status = 'implemented', implemented_at = now()
     WHERE r.id = $1 AND r.status = 'approved' RETURNING ${SELECT}`,
    [id],
  );
  await tell(connection, rows);
  return rows.length === 1;
}

/**
 * Expires what waits beyond its time, and tells the admins of it. Gives the ids.
 *
 * @param connection in a transaction of the engine, as its last work
 */
export async function expireRecommendations(
  connection: Queryable,
  limit = 1_000,
): Promise<readonly number[]> {
  const { rows } = await connection.query<RecommendationRow>(
    `UPDATE recommendations r SET status = 'expired' WHERE r.id IN (
       SELECT id FROM recommendations WHERE status = 'pending' AND expires_at <= now()
       ORDER BY id LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED
     ) RETURNING ${SELECT}`,
    [limit],
  );
  await tell(connection, rows);
  return rows.map(({ id }) => id).toSorted((a, b) => a - b);
}

/**
 * Takes back the approval of what cannot be carried out, once, says why behind the admin's notes, and tells the admins.
 * False: it is not approved any more.
 *
 * @param connection in a transaction of the engine, as its last work
 */
export async function refuseRecommendation(
  connection: Queryable,
  id: number,
  reason: string,
): Promise<boolean> {
  const { rows } = await connection.query<RecommendationRow>(
    `UPDATE recommendations r SET status = 'rejected',
       review_notes = right(concat_ws(E'\n', nullif(review_notes, ''), 'Not carried out: ' || $2::text), 2000)
     WHERE r.id = $1 AND r.status = 'approved' RETURNING ${SELECT}`,
    [id, reason],
  );
  await tell(connection, rows);
  return rows.length === 1;
}

/** Takes what a user thinks of a recommendation made to them; null: there is none of that id, or it is another's. */
export async function rateRecommendation(
  database: Queryable,
  userId: number,
  rating: { readonly id: number; readonly userRating: number; readonly userFeedback?: string },
): Promise<RecommendationRow | null> {
  const { rows } = await database.query<RecommendationRow>(
    `UPDATE recommendations r SET user_rating = $3, user_feedback = coalesce($4, r.user_feedback)
     WHERE r.id = $1 AND r.user_id = $2 RETURNING ${SELECT}`,
    [rating.id, userId, rating.userRating, rating.userFeedback ?? null],
  );
  return rows[0] ?? null;
}

async function tell(connection: Queryable, rows: readonly RecommendationRow[]): Promise<void> {
  await appendEvents(connection, rows.toSorted((a, b) => a.id - b.id).map(recommendationEvent));
}

/** Gives what the channel `recommendations` tells of one. */
export function recommendationEvent(row: RecommendationRow): OutboxEvent {
  return {
    channel: 'recommendations',
    userId: null,
    data: recommendationItem(row),
  };
}
