import { type KeyedRow, Keyset, type Page } from '../keyset.js';
import type { Queryable } from '../pool.js';
import type { ActivityFilter, ActivityRecord, NewActivity } from '../user-records.js';

const COLUMNS = `a.id, a.user_id AS "userId", a.session_id AS "sessionId", a.activity_type AS "activityType",
  a.entity_type AS "entityType", a.entity_id AS "entityId", a.action, a.details, a.ip_address AS "ipAddress",
  a.user_agent AS "userAgent", a.created_at AS "createdAt"`;

const NEWEST = new Keyset('activities', 'DESC', [
  { sql: 'a.created_at', type: 'time' },
  { sql: 'a.id', type: 'integer' },
]);

/** Writes what users did, in one statement. */
export async function recordActivities(
  database: Queryable,
  activities: readonly NewActivity[],
): Promise<void> {
  if (activities.length === 0) return;
  await database.query(
    `INSERT INTO user_activities (user_id, session_id, activity_type, entity_type, entity_id, action, details,
       ip_address, user_agent)
     SELECT * FROM unnest($1::int[], $2::bigint[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::jsonb[],
       $8::inet[], $9::text[])`,
    [
      activities.map((a) => a.userId),
      activities.map((a) => a.sessionId ?? null),
      activities.map((a) => a.activityType),
      activities.map((a) => a.entityType ?? null),
      activities.map((a) => a.entityId ?? null),
      activities.map((a) => a.action),
      activities.map((a) =>
        a.details === undefined || a.details === null ? null : JSON.stringify(a.details),
      ),
      activities.map((a) => a.ipAddress ?? null),
      activities.map((a) => a.userAgent ?? null),
    ],
  );
}

/** Gives what users did, the newest first. */
export async function listActivities(
  database: Queryable,
  filter: ActivityFilter,
): Promise<Page<ActivityRecord>> {
  const values: unknown[] = [];
  const where: string[] = [];
  // Only the conditions that are asked for, so that the planner takes the index of each.
  const add = (condition: (place: string) => string, value: unknown): void => {
    if (value === undefined) return;
    values.push(value);
    where.push(condition(`$${values.length}`));
  };
  add((place) => `a.user_id = ${place}`, filter.userId);
  add((place) => `a.activity_type = ${place}`, filter.activityType);
  add((place) => `a.created_at >= now() - ${place}::float8 * interval '1 day'`, filter.days);
  where.push(NEWEST.after(filter, values));
  const { rows } = await database.query<ActivityRecord & KeyedRow>(
    `SELECT ${COLUMNS}, ${NEWEST.select} FROM user_activities a
     WHERE ${where.join(' AND ')} ${NEWEST.orderAndLimit(filter, values)}`,
    values,
  );
  return NEWEST.page(filter, rows, ({ page_key, ...activity }) => activity);
}
