import { RequestError } from '../errors.js';
import { renewPasswordHash } from '../store/repositories/accounts.js';
import { sendNotifications } from '../store/repositories/notifications.js';
import { rotateSession } from '../store/repositories/sessions.js';
import { claimLogin, findUser, recordLogin } from '../store/repositories/users.js';
import type { LoginAttempt } from '../store/user-records.js';
import type { Credentials, LoggedIn, Origin } from '../ws/sign-in.js';
import {
  type AccountParts,
  beginSession,
  COST,
  inTransaction,
  makeTokens,
  note,
  present,
} from './account-parts.js';
import { isToken, tokenHash } from './tokens.js';
import { mailVerification } from './verify-email.js';

/** Logs in by address and password; as `SignIn.login` says. */
export async function logIn(
  parts: AccountParts,
  credentials: Credentials,
  origin: Origin,
): Promise<LoggedIn> {
  const { passwords, settings, pool, attempts } = parts;
  const { email, password, deviceInfo } = credentials;
  attempts.take(origin.address, COST.attempt);
  // An attempt that nobody looks at must not count.
  passwords.expectRoom();
  const attempt = await claimLogin(pool, email, settings.lockout);
  const isHeard = attempt !== null && attempt.lockedUntil === null;
  const checked = await passwords.check(password, isHeard ? attempt.passwordHash : null);
  if (!isHeard || !checked.isRight) throw refused(parts, attempt, origin);
  if (settings.mustVerify && !attempt.isVerified) {
    mailVerification(parts, attempt.userId, email);
    throw new RequestError(
      'forbidden',
      'the e-mail address is to be verified first, see auth.verifyEmail: another mail is under way',
    );
  }
  const newHash = checked.isOutdated ? await hashIfRoom(parts, password) : null;
  const loggedIn = await inTransaction(parts, async (connection) => {
    // Changed or switched off while the password was checked: as if it were wrong.
    if (!(await recordLogin(connection, attempt.userId, attempt.passwordHash))) return null;
    if (newHash !== null) {
      await renewPasswordHash(connection, attempt.userId, attempt.passwordHash, newHash);
    }
    return beginSession(parts, connection, attempt.userId, deviceInfo, origin);
  });
  if (loggedIn === null) throw refused(parts, attempt, origin);
  const { user, session } = loggedIn;
  note(parts, { userId: user.id, sessionId: session.id, activityType: 'login', action: 'succeeded' }, origin);
  return loggedIn;
}

/**
 * Notes an attempt that failed, and gives its refusal: the same for a wrong password, an unknown address and a locked
 * account, so that nobody learns which addresses have one.
 */
function refused(parts: AccountParts, attempt: LoginAttempt | null, origin: Origin): RequestError {
  const { maxAttempts, lockoutMs } = parts.settings.lockout;
  const isLocked = attempt !== null && attempt.lockedUntil !== null;
  const reason = attempt === null ? 'unknown_address' : isLocked ? 'locked' : 'wrong_password';
  note(
    parts,
    { userId: attempt?.userId ?? null, activityType: 'login', action: 'failed', details: { reason } },
    origin,
  );
  return new RequestError(
    'unauthenticated',
    `e-mail address or password is wrong; after ${maxAttempts} failures an account is locked for ${Math.ceil(lockoutMs / 60_000)} min`,
  );
}

/** A hash that is made stronger at leisure: when many log in, another time. */
async function hashIfRoom({ passwords }: AccountParts, password: string): Promise<string | null> {
  try {
    return await passwords.hash(password);
  } catch (error) {
    if (error instanceof RequestError) return null;
    throw error;
  }
}

/** Takes a refresh token for new tokens; as `SignIn.refresh` says. */
export async function refresh(parts: AccountParts, token: string, origin: Origin): Promise<LoggedIn> {
  parts.attempts.take(origin.address, COST.attempt);
  if (!isToken(token)) throw notRefreshed();
  const { pair, ...tokens } = makeTokens(parts.settings);
  const { rotation, user } = await inTransaction(parts, async (connection) => {
    const outcome = await rotateSession(connection, tokenHash(token), pair);
    if (outcome.outcome === 'reused') {
      await sendNotifications(connection, [
        {
          userId: outcome.userId,
          notificationType: 'system',
          priority: 'urgent',
          title: 'A log-in was ended',
          message:
            'A refresh token was used a second time, so somebody may have a copy of it. That log-in was ended; if you do not know why, change your password.',
          data: { reason: 'refresh_token_reused' },
        },
      ]);
    }
    return {
      rotation: outcome,
      user: outcome.outcome === 'rotated' ? await findUser(connection, outcome.session.userId) : null,
    };
  });
  if (rotation.outcome === 'reused') {
    const { userId } = rotation;
    note(parts, { userId, activityType: 'session', action: 'token_reused' }, origin);
    parts.revocations.tell(userId);
  }
  if (rotation.outcome !== 'rotated') throw notRefreshed();
  return { ...tokens, session: rotation.session, user: present(user) };
}

function notRefreshed(): RequestError {
  return new RequestError(
    'unauthenticated',
    'the refresh token is none, or its log-in has ended: see auth.login',
  );
}
