import { RequestError } from '../errors.js';
import { consumeVerificationToken, findUser, setVerificationToken } from '../store/repositories/users.js';
import type { User } from '../ws/caller.js';
import type { Origin } from '../ws/sign-in.js';
import { type AccountParts, COST, HOUR_MS, note, present, VERIFY_HOURS } from './account-parts.js';
import { isToken, newToken, tokenHash } from './tokens.js';

/** Sends a mail with a token that verifies the address, in the background, if not too many went there lately. */
export function mailVerification(parts: AccountParts, userId: number, email: string): void {
  const { mailings, background, queue, mails, pool } = parts;
  if (mailings.tryTake(email.toLowerCase()) > 0) return;
  background.run('verification', async () => {
    const token = newToken();
    if (await setVerificationToken(pool, userId, tokenHash(token), VERIFY_HOURS * HOUR_MS)) {
      queue.send(mails.verification(email, token, VERIFY_HOURS));
    }
  });
}

/** Verifies an address by a token that came there; as `SignIn.verifyEmail` says. */
export async function verifyEmail(parts: AccountParts, token: string, origin: Origin): Promise<void> {
  parts.attempts.take(origin.address, COST.attempt);
  const userId = isToken(token) ? await consumeVerificationToken(parts.pool, tokenHash(token)) : null;
  if (userId === null) {
    throw new RequestError(
      'invalid_params',
      'token: none that verifies an address, or used, or its time is over: see auth.resendVerification',
      'token',
    );
  }
  note(parts, { userId, activityType: 'email', action: 'verified' }, origin);
  parts.revocations.tell(userId);
}

/** Sends the mail again; as `SignIn.resendVerification` says. */
export async function resendVerification(parts: AccountParts, user: User, origin: Origin): Promise<void> {
  parts.attempts.take(origin.address, COST.mailing);
  const { email, isVerified } = present(await findUser(parts.pool, user.id));
  if (isVerified) throw new RequestError('conflict', 'the e-mail address is verified already');
  mailVerification(parts, user.id, email);
}
