import { RequestError } from '../errors.js';
import { findAccount, findResetEmail } from '../store/repositories/accounts.js';
import { revokeAllSessions } from '../store/repositories/sessions.js';
import {
  changePassword as change,
  consumeResetToken,
  findPasswordHash,
  findUser,
  setResetToken,
} from '../store/repositories/users.js';
import type { User } from '../ws/caller.js';
import type { Origin } from '../ws/sign-in.js';
import {
  type AccountParts,
  COST,
  HOUR_MS,
  inTransaction,
  note,
  present,
  RESET_HOURS,
} from './account-parts.js';
import { checkNewPassword } from './password-policy.js';
import { isToken, newToken, tokenHash } from './tokens.js';

/** Sends a mail with a reset token, if there is such a user; as `SignIn.requestPasswordReset` says. */
export async function requestPasswordReset(
  parts: AccountParts,
  email: string,
  origin: Origin,
): Promise<void> {
  const { attempts, mailings, background, queue, mails, pool } = parts;
  attempts.take(origin.address, COST.mailing);
  if (mailings.tryTake(email.toLowerCase()) > 0) return;
  background.run('password reset', async () => {
    const account = await findAccount(pool, email);
    if (account === null) return;
    const token = newToken();
    const userId = await setResetToken(pool, email, tokenHash(token), RESET_HOURS * HOUR_MS);
    if (userId === null) return;
    note(parts, { userId, activityType: 'password', action: 'reset_requested' }, origin);
    // To the address as it was registered, whatever the one who asks has typed.
    queue.send(mails.reset(account.email, token, RESET_HOURS));
  });
}

/** Sets the password by a token; as `SignIn.resetPassword` says. */
export async function resetPassword(
  parts: AccountParts,
  token: string,
  password: string,
  origin: Origin,
): Promise<void> {
  const { attempts, pool, passwords } = parts;
  attempts.take(origin.address, COST.attempt);
  // Nobody makes us hash who has no token.
  const email = isToken(token) ? await findResetEmail(pool, tokenHash(token)) : null;
  if (email === null) throw notAResetToken();
  checkNewPassword(password, email, 'password');
  const newHash = await passwords.hash(password);
  const userId = await inTransaction(parts, async (connection) => {
    const reset = await consumeResetToken(connection, tokenHash(token), newHash);
    if (reset !== null) await revokeAllSessions(connection, reset, null);
    return reset;
  });
  if (userId === null) throw notAResetToken();
  note(parts, { userId, activityType: 'password', action: 'reset' }, origin);
  parts.revocations.tell(userId);
}

function notAResetToken(): RequestError {
  return new RequestError(
    'invalid_params',
    'token: none that resets a password, or used, or its time is over: see auth.requestPasswordReset',
    'token',
  );
}

/** Changes the password of who knows it; as `SignIn.changePassword` says. */
export async function changePassword(
  parts: AccountParts,
  user: User,
  current: string,
  next: string,
  origin: Origin,
): Promise<number> {
  const { attempts, pool, passwords } = parts;
  attempts.take(origin.address, COST.attempt);
  // Who has stolen a session must not find the password by it, from however many addresses.
  attempts.take(`user ${user.id}`, COST.attempt);
  const { email } = present(await findUser(pool, user.id));
  checkNewPassword(next, email, 'new_password');
  const hash = await findPasswordHash(pool, user.id);
  const { isRight } = await passwords.check(current, hash);
  if (hash === null || !isRight) {
    note(
      parts,
      { userId: user.id, sessionId: user.sessionId, activityType: 'password', action: 'change_failed' },
      origin,
    );
    throw wrongPassword();
  }
  const newHash = await passwords.hash(next);
  const ended = await inTransaction(parts, async (connection) => {
    if (!(await change(connection, user.id, hash, newHash))) return null;
    return revokeAllSessions(connection, user.id, user.sessionId);
  });
  if (ended === null) throw wrongPassword();
  note(
    parts,
    { userId: user.id, sessionId: user.sessionId, activityType: 'password', action: 'changed' },
    origin,
  );
  parts.revocations.tell(user.id);
  return ended;
}

function wrongPassword(): RequestError {
  return new RequestError('invalid_params', 'current_password: it is wrong', 'current_password');
}
