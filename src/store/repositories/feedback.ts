import type { FeedbackFilter, FeedbackRecord, FeedbackResponse, NewFeedback } from '../action-records.js';
import { type KeyedRow, Keyset, type Page } from '../keyset.js';
import { lockOwner } from '../owner-lock.js';
import type { Connection, Queryable } from '../pool.js';

const COLUMNS = `f.id, f.user_id AS "userId", f.feedback_type AS "feedbackType", f.message,
  f.context_data AS "contextData", f.status, f.priority, f.reviewed_by AS "reviewedBy",
  f.response_message AS "responseMessage", f.reviewed_at AS "reviewedAt", f.responded_at AS "respondedAt",
  f.created_at AS "createdAt"`;

const NEWEST = new Keyset('feedback', 'DESC', [
  { sql: 'f.created_at', type: 'time' },
  { sql: 'f.id', type: 'integer' },
]);

/**
 * Takes what a user has to say. Null: so much of what the user has said waits for an answer already.
 *
 * @param connection in a transaction
 */
export async function createFeedback(
  connection: Connection,
  userId: number,
  feedback: NewFeedback,
  maxOpen: number,
): Promise<FeedbackRecord | null> {
  await lockOwner(connection, 'feedback', userId);
  const { rows: counted } = await connection.query<{ open: number }>(
    `SELECT count(*)::int AS open FROM user_feedback WHERE user_id = $1 AND status IN ('new', 'in_review')`,
    [userId],
  );
  if ((counted[0]?.open ?? 0) >= maxOpen) return null;
  const { rows } = await connection.query<FeedbackRecord>(
    `INSERT INTO user_feedback AS f (user_id, feedback_type, message, context_data) VALUES ($1, $2, $3, $4)
     RETURNING ${COLUMNS}`,
    [userId, feedback.feedbackType, feedback.message, feedback.contextData ?? null],
  );
  const [created] = rows;
  if (created === undefined) throw new Error(`feedback of user ${userId} was not taken`);
  return created;
}

/** Gives feedback, the newest first: of all users to admins, of one with `userId`. */
export async function listFeedback(
  database: Queryable,
  filter: FeedbackFilter,
): Promise<Page<FeedbackRecord>> {
  const values: unknown[] = [
    filter.userId ?? null,
    filter.feedbackType ?? null,
    filter.status ?? null,
    filter.priority ?? null,
  ];
  const { rows } = await database.query<FeedbackRecord & KeyedRow>(
    `SELECT ${COLUMNS}, ${NEWEST.select} FROM user_feedback f
     WHERE ($1::int IS NULL OR f.user_id = $1)
       AND ($2::feedback_type IS NULL OR f.feedback_type = $2)
       AND ($3::feedback_status IS NULL OR f.status = $3)
       AND ($4::feedback_priority IS NULL OR f.priority = $4)
       AND ${NEWEST.after(filter, values)} ${NEWEST.orderAndLimit(filter, values)}`,
    values,
  );
  return NEWEST.page(filter, rows, ({ page_key, ...feedback }) => feedback);
}

/**
 * Takes feedback into review, or answers it. Null: there is none of that id, or it is closed. Without a message a former
 * answer stays.
 */
export async function respondToFeedback(
  database: Queryable,
  id: number,
  response: FeedbackResponse,
): Promise<FeedbackRecord | null> {
  const { rows } = await database.query<FeedbackRecord>(
    `UPDATE user_feedback f SET reviewed_by = $2, reviewed_at = now(), status = $3,
       priority = coalesce($4, f.priority), response_message = coalesce($5, f.response_message),
       responded_at = CASE WHEN $5::text IS NULL THEN f.responded_at ELSE now() END
     WHERE f.id = $1 AND f.status <> 'closed' RETURNING ${COLUMNS}`,
    [id, response.reviewedBy, response.status, response.priority ?? null, response.responseMessage ?? null],
  );
  return rows[0] ?? null;
}

/** Says whether there is feedback of an id that the user may see. */
export async function isFeedback(database: Queryable, id: number): Promise<boolean> {
  const { rowCount } = await database.query('SELECT FROM user_feedback WHERE id = $1', [id]);
  return rowCount === 1;
}
