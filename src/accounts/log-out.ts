import { RequestError } from '../errors.js';
import { revokeAllSessions, revokeSession } from '../store/repositories/sessions.js';
import type { User } from '../ws/caller.js';
import type { Origin } from '../ws/sign-in.js';
import { type AccountParts, inTransaction, note } from './account-parts.js';

/** Ends the caller's own log-in; as `SignIn.logout` says. */
export async function logOut(parts: AccountParts, user: User, origin: Origin): Promise<void> {
  const hasEnded = await inTransaction(parts, (connection) =>
    revokeSession(connection, user.id, user.sessionId),
  );
  if (hasEnded) noteEnd(parts, user, 'logout', 'succeeded', 1, origin);
}

/** Ends other log-ins of a user; as `SignIn.revoke` says. */
export async function revoke(
  parts: AccountParts,
  user: User,
  sessionId: number | 'others',
  origin: Origin,
): Promise<number> {
  const ended = await inTransaction(parts, async (connection) => {
    if (sessionId === 'others') return revokeAllSessions(connection, user.id, user.sessionId);
    return (await revokeSession(connection, user.id, sessionId)) ? 1 : null;
  });
  if (ended === null) throw new RequestError('not_found', `id: you have no session ${sessionId}`, 'id');
  if (ended > 0) noteEnd(parts, user, 'session', 'revoked', ended, origin);
  return ended;
}

function noteEnd(
  parts: AccountParts,
  { id, sessionId }: User,
  activityType: string,
  action: string,
  ended: number,
  origin: Origin,
): void {
  note(parts, { userId: id, sessionId, activityType, action, details: { ended } }, origin);
  parts.revocations.tell(id);
}
