import { type KeyedRow, Keyset, type Page, type PageRequest } from '../keyset.js';
import type { Connection, Queryable } from '../pool.js';
import type { NewSession, Rotation, SessionRecord, SessionUser, TokenPair } from '../user-records.js';

const COLUMNS = `s.id, s.user_id AS "userId", s.family_id AS "familyId", s.device_info AS "deviceInfo",
  s.ip_address AS "ipAddress", s.expires_at AS "expiresAt", s.refresh_expires_at AS "refreshExpiresAt",
  s.last_used_at AS "lastUsedAt", s.created_at AS "createdAt"`;

const NEWEST = new Keyset('sessions', 'DESC', [{ sql: 's.id', type: 'integer' }]);

/** Written at most so often per session: a token is looked up with every connection and request. */
const USE_RESOLUTION = `interval '1 minute'`;

const AFTER = (place: string): string => `now() + ${place}::float8 * interval '1 millisecond'`;

/**
 * Begins a session. Null: no such user, or switched off, or deleted.
 *
 * @param connection in a transaction; that of `recordLogin`
 */
export async function createSession(
  connection: Connection,
  session: NewSession,
): Promise<SessionRecord | null> {
  if (!(await lockUser(connection, session.userId))) return null;
  const { rows } = await connection.query<SessionRecord>(
    `INSERT INTO user_sessions AS s (user_id, device_info, ip_address, session_token, refresh_token, expires_at,
       refresh_expires_at)
     SELECT u.id, $2, $3, $4, $5, ${AFTER('$6')}, ${AFTER('$7')}
     FROM users u WHERE u.id = $1 AND u.is_active AND u.deleted_at IS NULL
     RETURNING ${COLUMNS}`,
    [session.userId, session.deviceInfo ?? null, session.ipAddress ?? null, ...tokenValues(session)],
  );
  return rows[0] ?? null;
}

/** Gives who a session token speaks for, by its hash; null: nobody, or not any more. */
export async function findSession(
  database: Queryable,
  sessionTokenHash: string,
): Promise<SessionUser | null> {
  const { rows } = await database.query<SessionUser>(
    `WITH used AS (
       UPDATE user_sessions SET last_used_at = now()
       WHERE session_token = $1 AND is_active AND last_used_at < now() - ${USE_RESOLUTION}
     )
     SELECT s.id AS "sessionId", u.id AS "userId", u.role, u.is_verified AS "isVerified",
       s.expires_at AS "expiresAt"
     FROM user_sessions s JOIN users u ON u.id = s.user_id
     WHERE s.session_token = $1 AND s.is_active AND s.expires_at > now() AND u.is_active AND u.deleted_at IS NULL`,
    [sessionTokenHash],
  );
  return rows[0] ?? null;
}

/**
 * Takes a refresh token, by its hash, for a new pair of tokens. Of two at once one wins. A token that was taken before
 * is in the hands of a second one, and nobody knows which of the two is the owner: all pairs of its log-in end.
 *
 * @param connection in a transaction, to be committed in any case: also what `reused` revoked must stay
 */
export async function rotateSession(
  connection: Connection,
  refreshTokenHash: string,
  next: TokenPair,
): Promise<Rotation> {
  const { rows } = await connection.query<{ userId: number; familyId: string }>(
    `SELECT user_id AS "userId", family_id AS "familyId" FROM user_sessions WHERE refresh_token = $1`,
    [refreshTokenHash],
  );
  const [owner] = rows;
  if (owner === undefined || !(await lockUser(connection, owner.userId))) return { outcome: 'unknown' };
  const { rows: begun } = await connection.query<SessionRecord>(
    `WITH ended AS (
       UPDATE user_sessions o SET is_active = false, rotated_at = now()
       FROM users u
       WHERE o.refresh_token = $1 AND o.is_active AND o.refresh_expires_at > now()
         AND u.id = o.user_id AND u.is_active AND u.deleted_at IS NULL
       RETURNING o.user_id, o.family_id, o.device_info, o.ip_address
     )
     INSERT INTO user_sessions AS s (user_id, family_id, device_info, ip_address, session_token, refresh_token,
       expires_at, refresh_expires_at)
     SELECT e.user_id, e.family_id, e.device_info, e.ip_address, $2, $3, ${AFTER('$4')}, ${AFTER('$5')} FROM ended e
     RETURNING ${COLUMNS}`,
    [refreshTokenHash, ...tokenValues(next)],
  );
  const [session] = begun;
  if (session !== undefined) return { outcome: 'rotated', session };
  const { rowCount } = await connection.query(
    `UPDATE user_sessions SET is_active = false, revoked_at = now()
     WHERE family_id = $2 AND revoked_at IS NULL
       AND EXISTS (SELECT FROM user_sessions o WHERE o.refresh_token = $1 AND o.rotated_at IS NOT NULL)`,
    [refreshTokenHash, owner.familyId],
  );
  return rowCount === 0 ? { outcome: 'unknown' } : { outcome: 'reused', userId: owner.userId };
}

/** Gives the log-ins of a user that still hold, the newest tokens first. */
export async function listSessions(
  database: Queryable,
  userId: number,
  request: PageRequest,
): Promise<Page<SessionRecord>> {
  const values: unknown[] = [userId];
  const { rows } = await database.query<SessionRecord & KeyedRow>(
    `SELECT ${COLUMNS}, ${NEWEST.select} FROM user_sessions s
     WHERE s.user_id = $1 AND s.is_active AND coalesce(s.refresh_expires_at, s.expires_at) > now()
       AND ${NEWEST.after(request, values)} ${NEWEST.orderAndLimit(request, values)}`,
    values,
  );
  return NEWEST.page(request, rows, ({ page_key, ...session }) => session);
}

/**
 * Ends a log-in, by the id of any of its sessions: the one that was listed may have been rotated since. False: it has
 * none that holds, or is another user's.
 *
 * @param connection in a transaction
 */
export async function revokeSession(
  connection: Connection,
  userId: number,
  sessionId: number,
): Promise<boolean> {
  await lockUser(connection, userId);
  const { rowCount } = await connection.query(
    `UPDATE user_sessions SET is_active = false, revoked_at = now()
     WHERE user_id = $1 AND is_active
       AND family_id = (SELECT family_id FROM user_sessions WHERE id = $2 AND user_id = $1)`,
    [userId, sessionId],
  );
  return rowCount !== 0;
}

/**
 * Ends all log-ins of a user, but for that of one session. Gives their number.
 *
 * @param connection in a transaction
 * @param exceptSessionId null: none is spared
 */
export async function revokeAllSessions(
  connection: Connection,
  userId: number,
  exceptSessionId: number | null,
): Promise<number> {
  await lockUser(connection, userId);
  const { rowCount } = await connection.query(
    `UPDATE user_sessions SET is_active = false, revoked_at = now()
     WHERE user_id = $1 AND is_active
       AND family_id IS DISTINCT FROM (SELECT family_id FROM user_sessions WHERE id = $2 AND user_id = $1)`,
    [userId, exceptSessionId],
  );
  return rowCount ?? 0;
}

/**
 * Lets one transaction at a time begin, rotate or revoke sessions of a user: a revocation sees a session that a
 * rotation has just begun, and no session begins behind it. False: no such user.
 */
async function lockUser(connection: Connection, userId: number): Promise<boolean> {
  const { rowCount } = await connection.query('SELECT FROM users WHERE id = $1 FOR NO KEY UPDATE', [userId]);
  return rowCount === 1;
}

function tokenValues(pair: TokenPair): readonly unknown[] {
  return [pair.sessionTokenHash, pair.refreshTokenHash, pair.sessionTtlMs, pair.refreshTtlMs];
}
