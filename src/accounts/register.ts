import { RequestError } from '../errors.js';
import { findAccount, hasAdmin, lockFirstAdmin, setRole } from '../store/repositories/accounts.js';
import { createUser } from '../store/repositories/users.js';
import type { NewUser } from '../store/user-records.js';
import type { Credentials, LoggedIn, Origin, Registration } from '../ws/sign-in.js';
import { type AccountParts, beginSession, COST, inTransaction, note } from './account-parts.js';
import { checkNewPassword } from './password-policy.js';
import { mailVerification } from './verify-email.js';

/** Makes an account; as `SignIn.register` says. */
export async function register(
  parts: AccountParts,
  account: Registration,
  origin: Origin,
): Promise<LoggedIn | null> {
  const { settings, passwords, attempts } = parts;
  if (!settings.isOpen) {
    throw new RequestError('forbidden', 'registration is closed here: an admin makes accounts');
  }
  const { email, password, deviceInfo, ...profile } = account;
  attempts.take(origin.address, COST.mailing);
  checkNewPassword(password, email, 'password');
  const user: NewUser = { ...profile, email, passwordHash: await passwords.hash(password) };
  if (settings.mustVerify) {
    // Whether there is such an account is said to the address alone, and not by the time that an answer takes either.
    parts.background.run('register', () => registerUnseen(parts, user, origin));
    return null;
  }
  const loggedIn = await inTransaction(parts, async (connection) => {
    const made = await createUser(connection, user);
    return made === null ? null : beginSession(parts, connection, made.id, deviceInfo, origin);
  });
  if (loggedIn === null) {
    throw new RequestError('conflict', 'email: the address has an account: see auth.login', 'email');
  }
  noteRegistered(parts, loggedIn.user.id, loggedIn.session.id, origin);
  mailVerification(parts, loggedIn.user.id, email);
  return loggedIn;
}

async function registerUnseen(parts: AccountParts, user: NewUser, origin: Origin): Promise<void> {
  const { pool, mailings, queue, mails } = parts;
  const made = await createUser(pool, user);
  if (made !== null) {
    noteRegistered(parts, made.id, null, origin);
    mailVerification(parts, made.id, made.email);
    return;
  }
  const owner = await findAccount(pool, user.email);
  // Deleted: the address stays taken, and nobody is told.
  if (owner === null) return;
  if (!owner.isVerified) mailVerification(parts, owner.id, owner.email);
  else if (mailings.tryTake(owner.email.toLowerCase()) === 0) queue.send(mails.taken(owner.email));
}

function noteRegistered(parts: AccountParts, userId: number, sessionId: number | null, origin: Origin): void {
  note(parts, { userId, sessionId, activityType: 'register', action: 'created' }, origin);
}

/** Makes the first admin; as `SignIn.claimAdmin` says. */
export async function claimAdmin(
  parts: AccountParts,
  token: string,
  { email, password, deviceInfo }: Credentials,
  origin: Origin,
): Promise<LoggedIn> {
  const { attempts, claim, passwords } = parts;
  attempts.take(origin.address, COST.mailing);
  if (!claim.matches(token)) throw notTheToken();
  checkNewPassword(password, email, 'password');
  const passwordHash = await passwords.hash(password);
  const outcome = await inTransaction(parts, async (connection) => {
    await lockFirstAdmin(connection);
    if (await hasAdmin(connection)) return 'late';
    const made = await createUser(connection, { email, passwordHash });
    if (made === null) return 'taken';
    await setRole(connection, made.id, 'admin', true);
    return beginSession(parts, connection, made.id, deviceInfo, origin);
  });
  if (outcome === 'taken') {
    throw new RequestError(
      'conflict',
      'email: the address has an account; `cryptopredict user role` makes it an admin',
      'email',
    );
  }
  claim.close();
  if (outcome === 'late' || outcome === null) throw notTheToken();
  const { user, session } = outcome;
  note(
    parts,
    { userId: user.id, sessionId: session.id, activityType: 'register', action: 'admin_claimed' },
    origin,
  );
  return outcome;
}

function notTheToken(): RequestError {
  return new RequestError(
    'forbidden',
    'token: not that of the running server, or there is an admin already',
    'token',
  );
}
