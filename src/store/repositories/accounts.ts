import type { Connection, Queryable } from '../pool.js';
import type { SessionUser, UserRole } from '../user-records.js';

/** A user by the address, for who knows that there may be one. */
export interface AccountRecord {
  readonly id: number;
  /** As it was registered. */
  readonly email: string;
  readonly role: UserRole;
  readonly isVerified: boolean;
}

/** A number that nothing else locks. */
const ADMIN_LOCK = 771_204_118;

/** Gives the user of an address, also one who is switched off, but for deleted ones; null: there is none. */
export async function findAccount(database: Queryable, email: string): Promise<AccountRecord | null> {
  const { rows } = await database.query<AccountRecord>(
    `SELECT id, email, role, is_verified AS "isVerified" FROM users
     WHERE lower(email) = lower($1) AND deleted_at IS NULL`,
    [email],
  );
  return rows[0] ?? null;
}

/** Gives the address of the user whose reset token this is, by its hash; null: none, or its time is over. */
export async function findResetEmail(database: Queryable, tokenHash: string): Promise<string | null> {
  const { rows } = await database.query<{ email: string }>(
    `SELECT email FROM users
     WHERE reset_password_token = $1 AND reset_password_expires > now() AND is_active AND deleted_at IS NULL`,
    [tokenHash],
  );
  return rows[0]?.email ?? null;
}

/** Whether there is an admin who may log in. */
export async function hasAdmin(database: Queryable): Promise<boolean> {
  const { rowCount } = await database.query(
    `SELECT FROM users WHERE role = 'admin' AND is_active AND deleted_at IS NULL LIMIT 1`,
  );
  return rowCount === 1;
}

/**
 * Lets one transaction at a time make the first admin; then `hasAdmin` says the truth until its end.
 *
 * @param connection in a transaction
 */
export async function lockFirstAdmin(connection: Connection): Promise<void> {
  await connection.query('SELECT pg_advisory_xact_lock($1)', [ADMIN_LOCK]);
}

/** Gives a user a role, and says with `isVerified` that the address is theirs. The server's and the operator's own. */
export async function setRole(
  database: Queryable,
  userId: number,
  role: UserRole,
  isVerified: boolean,
): Promise<void> {
  await database.query('UPDATE users SET role = $2, is_verified = is_verified OR $3 WHERE id = $1', [
    userId,
    role,
    isVerified,
  ]);
}

/**
 * Puts another hash of the same password in the place of the one that was checked.
 *
 * @param connection in the transaction of `recordLogin`
 */
export async function renewPasswordHash(
  connection: Connection,
  userId: number,
  checkedHash: string,
  newHash: string,
): Promise<void> {
  await connection.query('UPDATE users SET password_hash = $3 WHERE id = $1 AND password_hash = $2', [
    userId,
    checkedHash,
    newHash,
  ]);
}

/**
 * Gives those of some sessions whose log-in still holds, each with the id that was asked for and the end of the newest
 * tokens of its log-in: a refresh begins another session of the same log-in.
 */
export async function findHolding(
  database: Queryable,
  sessionIds: readonly number[],
): Promise<readonly SessionUser[]> {
  if (sessionIds.length === 0) return [];
  const { rows } = await database.query<SessionUser>(
    `SELECT s.id AS "sessionId", u.id AS "userId", u.role, u.is_verified AS "isVerified", n.expires_at AS "expiresAt"
     FROM user_sessions s
     JOIN user_sessions n ON n.family_id = s.family_id AND n.is_active AND n.expires_at > now()
     JOIN users u ON u.id = s.user_id
     WHERE s.id = ANY($1::bigint[]) AND u.is_active AND u.deleted_at IS NULL`,
    [sessionIds],
  );
  return rows;
}

/** Gives what the sessions of one log-in share, by the id of any of them; null: there is no such session. */
export async function findFamily(database: Queryable, sessionId: number): Promise<string | null> {
  const { rows } = await database.query<{ familyId: string }>(
    'SELECT family_id AS "familyId" FROM user_sessions WHERE id = $1',
    [sessionId],
  );
  return rows[0]?.familyId ?? null;
}
