import type { z } from 'zod';
import type { AUTH_METHODS } from '../../api/auth.js';
import { findFamily } from '../../store/repositories/accounts.js';
import { listSessions } from '../../store/repositories/sessions.js';
import { userOf } from '../caller.js';
import type { LoggedIn } from '../sign-in.js';
import { signInOf, usersOf } from './account-ports.js';
import { ask } from './analyses.js';
import type { Handlers } from './handler.js';
import { profileOf } from './users.js';

type Session = z.input<(typeof AUTH_METHODS)['auth.login']['result']>;

const DONE = { done: true } as const;

export const authHandlers: Handlers<typeof AUTH_METHODS> = {
  'auth.register': async (params, context) => {
    const { first_name, last_name, timezone, language } = params;
    const loggedIn = await signInOf(context).register(
      {
        ...credentialsOf(params),
        ...(first_name === undefined ? {} : { firstName: first_name }),
        ...(last_name === undefined ? {} : { lastName: last_name }),
        ...(timezone === undefined ? {} : { timezone }),
        ...(language === undefined ? {} : { language }),
      },
      context.caller,
    );
    if (loggedIn === null) return { verification_required: true };
    return { verification_required: false, ...sessionOf(loggedIn) };
  },

  'auth.login': async (params, context) =>
    sessionOf(await signInOf(context).login(credentialsOf(params), context.caller)),

  'auth.refresh': async ({ refresh_token }, context) =>
    sessionOf(await signInOf(context).refresh(refresh_token, context.caller)),

  'auth.logout': async (_params, context) => {
    await signInOf(context).logout(userOf(context), context.caller);
    return DONE;
  },

  'auth.sessions': async ({ limit, cursor }, context) => {
    const { id, sessionId } = userOf(context);
    const { current, sessions } = await ask(
      usersOf(context).as(id, async (connection) => ({
        // A connection may have logged in with a session that has been refreshed since.
        current: await findFamily(connection, sessionId),
        sessions: await listSessions(connection, id, { limit, ...(cursor === undefined ? {} : { cursor }) }),
      })),
    );
    return {
      items: sessions.items.map((session) => ({
        id: session.id,
        is_current: session.familyId === current,
        device_info: session.deviceInfo,
        ip_address: session.ipAddress,
        last_used_at: session.lastUsedAt,
        expires_at: session.expiresAt,
        refresh_expires_at: session.refreshExpiresAt,
        created_at: session.createdAt,
      })),
      next_cursor: sessions.nextCursor,
    };
  },

  'auth.revoke': async ({ id }, context) => ({
    sessions_ended: await signInOf(context).revoke(userOf(context), id ?? 'others', context.caller),
  }),

  'auth.verifyEmail': async ({ token }, context) => {
    await signInOf(context).verifyEmail(token, context.caller);
    return DONE;
  },

  'auth.resendVerification': async (_params, context) => {
    await signInOf(context).resendVerification(userOf(context), context.caller);
    return DONE;
  },

  'auth.requestPasswordReset': async ({ email }, context) => {
    await signInOf(context).requestPasswordReset(email, context.caller);
    return DONE;
  },

  'auth.resetPassword': async ({ token, password }, context) => {
    await signInOf(context).resetPassword(token, password, context.caller);
    return DONE;
  },

  'auth.claimAdmin': async ({ token, ...params }, context) =>
    sessionOf(await signInOf(context).claimAdmin(token, credentialsOf(params), context.caller)),
};

interface CredentialParams {
  readonly email: string;
  readonly password: string;
  readonly device_info?: Readonly<Record<string, string | undefined>> | undefined;
}

function credentialsOf({ email, password, device_info }: CredentialParams) {
  if (device_info === undefined) return { email, password };
  const given = Object.entries(device_info).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return { email, password, deviceInfo: Object.fromEntries(given) };
}

function sessionOf({ accessToken, refreshToken, session, user }: LoggedIn): Session {
  return {
    access_token: accessToken,
    refresh_token: refreshToken,
    token_type: 'bearer',
    expires_at: session.expiresAt,
    // Only sessions of other programs have none; ours end with their refresh token.
    refresh_expires_at: session.refreshExpiresAt ?? session.expiresAt,
    user: profileOf(user),
  };
}
