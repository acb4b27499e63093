import type { Logger } from '../logger.js';
import type { Pool } from '../store/pool.js';
import { findHolding } from '../store/repositories/accounts.js';
import { findSession } from '../store/repositories/sessions.js';
import type { SessionUser } from '../store/user-records.js';
import type { User } from '../ws/caller.js';
import type { Accounts } from '../ws/ports.js';
import { answered } from './answered.js';
import type { Revocations } from './revocations.js';
import { isToken, tokenHash } from './tokens.js';

/**
 * Says who is who, by one indexed query each time: what was revoked a moment ago is nobody's. While the database is away
 * both refuse with a RequestError `unavailable`.
 *
 * @param pool of the role `cryptopredict_engine`
 */
export function createAccounts(pool: Pool, revocations: Revocations, logger: Logger): Accounts {
  return {
    async authenticate(token) {
      if (!isToken(token)) return null;
      const found = await answered(logger, findSession(pool, tokenHash(token)));
      return found === null ? null : userOf(found);
    },
    async holding(sessionIds) {
      const found = await answered(logger, findHolding(pool, sessionIds));
      return new Map(found.map((session) => [session.sessionId, userOf(session)]));
    },
    onRevoked: (listener) => revocations.add(listener),
  };
}

/** The role `guest` of the database's users is that of `public`: who has logged in is no guest. */
function userOf({ sessionId, userId, role, isVerified, expiresAt }: SessionUser): User {
  return { id: userId, sessionId, role: role === 'admin' ? 'admin' : 'public', isVerified, expiresAt };
}
