import { z } from 'zod';
import { document, page, pageParams, textOrNull, time, timeOrNull } from './fields.js';
import { type MethodSpecs, method } from './method.js';
import {
  emailParam,
  languageParam,
  nameParam,
  newPasswordParam,
  passwordParam,
  personalText,
  profile,
  timezoneParam,
} from './users.js';

const tokenParam = z.string().min(1).max(200);

const deviceParam = z
  .strictObject({
    name: personalText(100).optional(),
    platform: personalText(100).optional(),
    app: personalText(100).optional(),
    version: personalText(100).optional(),
  })
  .describe('shown in auth.sessions: name, platform, app, version');

/** What a client needs of a session that has begun. */
const session = {
  access_token: z.string().describe('for op auth, or Authorization: Bearer'),
  refresh_token: z.string().describe('for auth.refresh, once'),
  token_type: z.literal('bearer'),
  expires_at: time.describe('end of access_token, ms since the epoch'),
  refresh_expires_at: time.describe('end of refresh_token, ms since the epoch'),
  user: profile,
};
const loggedIn = z.object(session);
const done = z.object({ done: z.literal(true) });

const credentials = { email: emailParam, password: passwordParam, device_info: deviceParam.optional() };

export const AUTH_METHODS = {
  'auth.register': method({
    role: 'guest',
    summary:
      'Makes an account and logs in, or sends a mail to verify the address first, as the server is configured',
    params: z.strictObject({
      ...credentials,
      password: newPasswordParam,
      first_name: nameParam.optional(),
      last_name: nameParam.optional(),
      timezone: timezoneParam.optional(),
      language: languageParam.optional(),
    }),
    result: z.union([
      z.object({ verification_required: z.literal(false), ...session }),
      z.object({
        verification_required: z
          .literal(true)
          .describe('a mail is under way, to the owner of the address if it has an account already'),
      }),
    ]),
    writes: true,
    errors: ['conflict', 'forbidden'],
  }),
  'auth.login': method({
    role: 'guest',
    summary: 'Logs in; the same refusal for a wrong password, an unknown address and a locked account',
    params: z.strictObject(credentials),
    result: loggedIn,
    writes: true,
    errors: ['forbidden'],
  }),
  'auth.refresh': method({
    role: 'guest',
    summary: 'Takes a refresh token for new tokens; one that comes a second time ends its log-in',
    params: z.strictObject({ refresh_token: tokenParam }),
    result: loggedIn,
    writes: true,
  }),
  'auth.logout': method({
    role: 'user',
    summary: 'Ends the caller’s log-in',
    params: z.strictObject({}),
    result: done,
    writes: true,
  }),
  'auth.sessions': method({
    role: 'user',
    summary: 'The caller’s log-ins that hold, the newest tokens first',
    params: z.strictObject(pageParams),
    result: page(
      z.object({
        id: z.int(),
        is_current: z.boolean().describe('the one that asks'),
        device_info: document.nullable(),
        ip_address: textOrNull.describe('where the log-in came from'),
        last_used_at: time,
        expires_at: time,
        refresh_expires_at: timeOrNull,
        created_at: time.describe('of its newest tokens, ms since the epoch'),
      }),
    ),
  }),
  'auth.revoke': method({
    role: 'user',
    summary: 'Ends one of the caller’s log-ins by its id, or all but the one that asks',
    params: z
      .strictObject({ id: z.int().min(1).optional(), all: z.literal(true).optional() })
      .refine(({ id, all }) => (id === undefined) !== (all === undefined), 'give either id or all: true'),
    result: z.object({ sessions_ended: z.int() }),
    writes: true,
    errors: ['not_found'],
  }),
  'auth.verifyEmail': method({
    role: 'guest',
    summary: 'Verifies an e-mail address by the token that came there',
    params: z.strictObject({ token: tokenParam }),
    result: done,
    writes: true,
  }),
  'auth.resendVerification': method({
    role: 'user',
    summary: 'Sends the mail to verify the caller’s address again; the token before is void',
    params: z.strictObject({}),
    result: done,
    writes: true,
    errors: ['conflict'],
  }),
  'auth.requestPasswordReset': method({
    role: 'guest',
    summary:
      'Sends a mail with a token to set a new password, if the address has an account; the answer is the same',
    params: z.strictObject({ email: emailParam }),
    result: done,
    writes: true,
  }),
  'auth.resetPassword': method({
    role: 'guest',
    summary: 'Sets a new password by the token of a mail, and ends all log-ins',
    params: z.strictObject({ token: tokenParam, password: newPasswordParam }),
    result: done,
    writes: true,
  }),
  'auth.claimAdmin': method({
    role: 'guest',
    summary: 'Makes the first admin, by the token that a server without one prints at its start',
    params: z.strictObject({ token: tokenParam, ...credentials, password: newPasswordParam }),
    result: loggedIn,
    writes: true,
    errors: ['conflict', 'forbidden'],
  }),
} as const satisfies MethodSpecs;
