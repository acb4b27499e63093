import type { SignIn } from '../ws/sign-in.js';
import { type AccountParts, note } from './account-parts.js';
import { answered } from './answered.js';
import { logIn, refresh } from './log-in.js';
import { logOut, revoke } from './log-out.js';
import { claimAdmin, register } from './register.js';
import { changePassword, requestPasswordReset, resetPassword } from './set-password.js';
import { resendVerification, verifyEmail } from './verify-email.js';

/** Gives how users log in and out, made of its parts. */
export function createSignIn(parts: AccountParts): SignIn {
  const run = <T>(work: Promise<T>): Promise<T> => answered(parts.logger, work);
  return {
    register: (account, origin) => run(register(parts, account, origin)),
    login: (credentials, origin) => run(logIn(parts, credentials, origin)),
    refresh: (token, origin) => run(refresh(parts, token, origin)),
    logout: (user, origin) => run(logOut(parts, user, origin)),
    revoke: (user, sessionId, origin) => run(revoke(parts, user, sessionId, origin)),
    verifyEmail: (token, origin) => run(verifyEmail(parts, token, origin)),
    resendVerification: (user, origin) => run(resendVerification(parts, user, origin)),
    requestPasswordReset: (email, origin) => run(requestPasswordReset(parts, email, origin)),
    resetPassword: (token, password, origin) => run(resetPassword(parts, token, password, origin)),
    changePassword: (user, current, next, origin) => run(changePassword(parts, user, current, next, origin)),
    claimAdmin: (token, credentials, origin) => run(claimAdmin(parts, token, credentials, origin)),
    changedByAdmin(admin, userId, changes, origin) {
      note(
        parts,
        {
          ...{
            userId: admin.id,
            sessionId: admin.sessionId,
            activityType: 'admin_action',
            action: 'update_user',
          },
          ...{ entityType: 'user', entityId: userId, details: { changes } },
        },
        origin,
      );
      parts.revocations.tell(userId);
    },
  };
}
