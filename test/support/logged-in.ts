import { createHash, randomUUID } from 'node:crypto';
import { transaction } from '../../src/store/pool.js';
import { createSession } from '../../src/store/repositories/sessions.js';
import type { MethodContext } from '../../src/ws/methods/registry.js';
import type { UserSite } from './user-site.js';

/** Somebody who has logged in. */
export interface LoggedIn {
  readonly id: number;
  /** For `ask` and `refusal`. */
  readonly me: Partial<MethodContext>;
}

/** Makes a user with a session. */
export async function logIn(
  site: Pick<UserSite, 'addUser' | 'engine'>,
  role: 'public' | 'admin' = 'public',
): Promise<LoggedIn> {
  const id = await site.addUser(role);
  const token = (): string => createHash('sha256').update(randomUUID()).digest('hex');
  const session = await transaction(site.engine, (connection) =>
    createSession(connection, {
      ...{ userId: id, sessionTokenHash: token(), refreshTokenHash: token() },
      ...{ sessionTtlMs: 3_600_000, refreshTtlMs: 7_200_000 },
    }),
  );
  if (session === null) throw new Error(`user ${id} has no session`);
  const { id: sessionId, expiresAt } = session;
  const user = { id, sessionId, role, isVerified: true, expiresAt };
  return { id, me: { caller: { user, address: '10.1.2.3', agent: 'test/1' } } };
}
