import type { Queryable } from '../pool.js';
import type { SubscriptionPlan, UserRole } from '../user-records.js';

/** What a user's dashboard shows of the user. */
export interface UserFacts {
  readonly id: number;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly role: UserRole;
  readonly isVerified: boolean;
  readonly subscriptionPlan: SubscriptionPlan;
  readonly timezone: string;
  readonly language: string;
  /** Notifications that are shown and unread. */
  readonly unread: number;
}

/** Gives what dashboards show of some users, those that may log in. */
export async function userFacts(
  database: Queryable,
  userIds: readonly number[],
): Promise<readonly UserFacts[]> {
  const { rows } = await database.query<UserFacts>(
    `SELECT u.id, u.first_name AS "firstName", u.last_name AS "lastName", u.role, u.is_verified AS "isVerified",
       u.subscription_plan AS "subscriptionPlan", u.timezone, u.language,
       (SELECT count(*) FROM notifications n WHERE n.user_id = u.id AND n.status = 'unread'
         AND n.scheduled_for <= now() AND (n.expires_at IS NULL OR n.expires_at > now()))::int AS unread
     FROM users u WHERE u.id = ANY ($1::int[]) AND u.is_active AND u.deleted_at IS NULL`,
    [userIds],
  );
  return rows;
}

/** Gives how many models of the engine are switched on. */
export async function countActiveModels(database: Queryable): Promise<number> {
  const { rows } = await database.query<{ active: number }>(
    `SELECT count(*)::int AS active FROM ai_models WHERE is_active`,
  );
  return rows[0]?.active ?? 0;
}
