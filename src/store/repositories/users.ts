import { type ChangeColumns, setList } from '../changes.js';
import { type KeyedRow, Keyset, type Page } from '../keyset.js';
import type { Queryable } from '../pool.js';
import type {
  LockoutPolicy,
  LoginAttempt,
  NewUser,
  ProfileChanges,
  UserChanges,
  UserFilter,
  UserOverview,
  UserRecord,
} from '../user-records.js';

const COLUMNS = `u.id, u.email, u.first_name AS "firstName", u.last_name AS "lastName", u.role,
  u.is_active AS "isActive", u.is_verified AS "isVerified", u.preferences, u.timezone, u.language, u.bio,
  u.profile_picture_url AS "profilePictureUrl", u.subscription_plan AS "subscriptionPlan",
  u.subscription_expires_at AS "subscriptionExpiresAt", u.login_count AS "loginCount", u.last_login AS "lastLogin",
  u.created_at AS "createdAt"`;

/** Who may log in; everybody else is as if there were none. */
const PRESENT = 'u.is_active AND u.deleted_at IS NULL';

const NEWEST = new Keyset('users', 'DESC', [
  { sql: 'u.created_at', type: 'time' },
  { sql: 'u.id', type: 'integer' },
]);

const PROFILE: ChangeColumns<ProfileChanges> = {
  firstName: 'first_name',
  lastName: 'last_name',
  timezone: 'timezone',
  language: 'language',
  preferences: 'preferences',
  bio: 'bio',
  profilePictureUrl: 'profile_picture_url',
};

/** Makes a user of the role `public`. Null: the address is taken, if only by a user who was deleted. */
export async function createUser(database: Queryable, user: NewUser): Promise<UserRecord | null> {
  const { rows } = await database.query<UserRecord>(
    `INSERT INTO users AS u (email, password_hash, first_name, last_name, timezone, language)
     SELECT $1, $2, $3, $4, $5, $6
     WHERE NOT EXISTS (SELECT FROM users WHERE lower(email) = lower($1)) -- what conflicts takes an id all the same
     ON CONFLICT ((lower(email))) DO NOTHING
     RETURNING ${COLUMNS}`,
    [
      user.email,
      user.passwordHash,
      user.firstName ?? null,
      user.lastName ?? null,
      user.timezone ?? 'UTC',
      user.language ?? 'en',
    ],
  );
  return rows[0] ?? null;
}

/** Gives an active user; null: none of that id. */
export async function findUser(database: Queryable, userId: number): Promise<UserRecord | null> {
  const { rows } = await database.query<UserRecord>(
    `SELECT ${COLUMNS} FROM users u WHERE u.id = $1 AND ${PRESENT}`,
    [userId],
  );
  return rows[0] ?? null;
}

/** Changes what users may change of themselves. Null: none of that id. @throws RangeError without a change */
export async function updateProfile(
  database: Queryable,
  userId: number,
  changes: ProfileChanges,
): Promise<UserRecord | null> {
  const values: unknown[] = [userId];
  const { rows } = await database.query<UserRecord>(
    `UPDATE users u SET ${setList(PROFILE, changes, values)} WHERE u.id = $1 AND ${PRESENT} RETURNING ${COLUMNS}`,
    values,
  );
  return rows[0] ?? null;
}

/**
 * Counts an attempt to log in and gives what is needed to check the password; null: nobody of that address may log in.
 * The attempt is counted before the password is looked at, so that no number of attempts at once gets round the limit;
 * `recordLogin` takes the count back. The last attempt locks the account and is itself still heard. Attempts while it
 * is locked change nothing, and the count starts anew when the time is over.
 */
export async function claimLogin(
  database: Queryable,
  email: string,
  policy: LockoutPolicy,
): Promise<LoginAttempt | null> {
  const { rows } = await database.query<LoginAttempt>(
    `WITH found AS (
       SELECT u.id, u.role, u.is_verified, u.password_hash,
         CASE WHEN u.lockout_expires > now() THEN u.lockout_expires END AS locked_until,
         CASE WHEN u.lockout_expires <= now() THEN 1 ELSE u.failed_login_attempts + 1 END AS attempts
       FROM users u WHERE lower(u.email) = lower($1) AND ${PRESENT}
       FOR NO KEY UPDATE -- whoever comes at the same moment counts on from here
     ), counted AS (
       UPDATE users u SET failed_login_attempts = f.attempts,
         lockout_expires = CASE WHEN f.attempts >= $2 THEN now() + $3::float8 * interval '1 millisecond' END
       FROM found f WHERE u.id = f.id AND f.locked_until IS NULL
     )
     SELECT id AS "userId", role, is_verified AS "isVerified", password_hash AS "passwordHash",
       locked_until AS "lockedUntil"
     FROM found`,
    [email, policy.maxAttempts, policy.lockoutMs],
  );
  return rows[0] ?? null;
}

/**
 * Notes that a password was right: count and lock are gone. False: it was changed, or the user switched off, since it
 * was read. Belongs in one transaction with `createSession`, so that a change of the password ends the new session too.
 */
export async function recordLogin(
  database: Queryable,
  userId: number,
  checkedHash: string,
): Promise<boolean> {
  const { rowCount } = await database.query(
    `UPDATE users u SET failed_login_attempts = 0, lockout_expires = NULL, last_login = now(),
       login_count = login_count + 1
     WHERE u.id = $1 AND u.password_hash = $2 AND ${PRESENT}`,
    [userId, checkedHash],
  );
  return rowCount === 1;
}

/** Gives the hash to check before a change of the password. */
export async function findPasswordHash(database: Queryable, userId: number): Promise<string | null> {
  const { rows } = await database.query<{ hash: string }>(
    `SELECT u.password_hash AS hash FROM users u WHERE u.id = $1 AND ${PRESENT}`,
    [userId],
  );
  return rows[0]?.hash ?? null;
}

/**
 * Puts a new hash in the place of the one that was checked; of two at once one wins. A reset that was asked for is void.
 * Belongs in one transaction with `revokeAllSessions`. False: the checked hash is not the user's any more.
 */
export async function changePassword(
  database: Queryable,
  userId: number,
  checkedHash: string,
  newHash: string,
): Promise<boolean> {
  const { rowCount } = await database.query(
    `UPDATE users u SET password_hash = $3, reset_password_token = NULL, reset_password_expires = NULL
     WHERE u.id = $1 AND u.password_hash = $2 AND ${PRESENT}`,
    [userId, checkedHash, newHash],
  );
  return rowCount === 1;
}

/** Sets a reset token, the former one is void. Gives the user's id; null: nobody of that address. */
export async function setResetToken(
  database: Queryable,
  email: string,
  tokenHash: string,
  ttlMs: number,
): Promise<number | null> {
  const { rows } = await database.query<{ id: number }>(
    `UPDATE users u SET reset_password_token = $2,
       reset_password_expires = now() + $3::float8 * interval '1 millisecond'
     WHERE lower(u.email) = lower($1) AND ${PRESENT} RETURNING u.id`,
    [email, tokenHash, ttlMs],
  );
  return rows[0]?.id ?? null;
}

/**
 * Uses up a reset token: sets the new password and lifts a lock. Gives the user's id, whose sessions are to be revoked in
 * the same transaction; null: no such token, or its time is over, or it was used.
 */
export async function consumeResetToken(
  database: Queryable,
  tokenHash: string,
  newHash: string,
): Promise<number | null> {
  const { rows } = await database.query<{ id: number }>(
    `UPDATE users u SET password_hash = $2, reset_password_token = NULL, reset_password_expires = NULL,
       failed_login_attempts = 0, lockout_expires = NULL
     WHERE u.reset_password_token = $1 AND u.reset_password_expires > now() AND ${PRESENT} RETURNING u.id`,
    [tokenHash, newHash],
  );
  return rows[0]?.id ?? null;
}

/** Sets a verification token, the former one is void. False: nobody of that id, or verified already. */
export async function setVerificationToken(
  database: Queryable,
  userId: number,
  tokenHash: string,
  ttlMs: number,
): Promise<boolean> {
  const { rowCount } = await database.query(
    `UPDATE users u SET email_verification_token = $2,
       email_verification_expires = now() + $3::float8 * interval '1 millisecond'
     WHERE u.id = $1 AND NOT u.is_verified AND ${PRESENT}`,
    [userId, tokenHash, ttlMs],
  );
  return rowCount === 1;
}

/** Uses up a verification token. Gives the user's id; null: no such token, or its time is over, or it was used. */
export async function consumeVerificationToken(
  database: Queryable,
  tokenHash: string,
): Promise<number | null> {
  const { rows } = await database.query<{ id: number }>(
    `UPDATE users u SET is_verified = true, email_verification_token = NULL, email_verification_expires = NULL
     WHERE u.email_verification_token = $1 AND u.email_verification_expires > now() AND ${PRESENT} RETURNING u.id`,
    [tokenHash],
  );
  return rows[0]?.id ?? null;
}

/** Gives users, the newest first, those who are switched off too. To admins, through the gateway's role. */
export async function listUsers(database: Queryable, filter: UserFilter): Promise<Page<UserOverview>> {
  const values: unknown[] = [
    filter.role ?? null,
    filter.isActive ?? null,
    filter.q ?? null,
    filter.isDeleted ?? false,
  ];
  const { rows } = await database.query<UserOverview & KeyedRow>(
    // The page first: the figures of a user are counted for those on it only.
    `SELECT page.*, f.personal_watchlists_count AS "personalWatchlists", f.total_assets_count AS "watchedAssets",
       f.avg_prediction_accuracy AS "predictionAccuracy"
     FROM (
       SELECT ${COLUMNS}, u.deleted_at AS "deletedAt", ${NEWEST.select} FROM users u
       WHERE ($1::user_role IS NULL OR u.role = $1)
         AND ($2::boolean IS NULL OR u.is_active = $2)
         AND ($3::text IS NULL OR position(lower($3) IN lower(concat_ws(' ', u.email, u.first_name, u.last_name))) > 0)
         AND (u.deleted_at IS NOT NULL) = $4
         AND ${NEWEST.after(filter, values)} ${NEWEST.orderAndLimit(filter, values)}
     ) page LEFT JOIN LATERAL user_figures(page.id) f ON true
     ORDER BY page."createdAt" DESC, page.id DESC`,
    values,
  );
  return NEWEST.page(filter, rows, ({ page_key, ...user }) => user);
}

/**
 * Changes what admins may change, of a user who was deleted too. Who is switched off or deleted has no session from
 * then on. Null: none of that id. As an admin, through the gateway's role.
 *
 * @throws RangeError without a change
 * @throws what the database throws (42501) to who is no admin, and to admins who would change themselves
 */
export async function updateUser(
  database: Queryable,
  userId: number,
  changes: UserChanges,
): Promise<UserRecord | null> {
  const { subscriptionExpiresAt: endsAt } = changes;
  const given: Readonly<Record<string, unknown>> = {
    role: changes.role,
    is_active: changes.isActive,
    is_verified: changes.isVerified,
    is_deleted: changes.isDeleted,
    subscription_plan: changes.subscriptionPlan,
    subscription_expires_at: typeof endsAt === 'number' ? new Date(endsAt).toISOString() : endsAt,
    notes: changes.notes,
  };
  if (Object.values(given).every((value) => value === undefined)) {
    throw new RangeError(`nothing to change: give one of ${Object.keys(given).join(', ')}`);
  }
  const { rows: updated } = await database.query<{ isThere: boolean }>(
    'SELECT update_user_as_admin($1, $2) AS "isThere"',
    // What is undefined is left out.
    [userId, JSON.stringify(given)],
  );
  if (updated[0]?.isThere !== true) return null;
  const { rows } = await database.query<UserRecord>(`SELECT ${COLUMNS} FROM users u WHERE u.id = $1`, [
    userId,
  ]);
  return rows[0] ?? null;
}
