import { z } from 'zod';
import {
  document,
  idParam,
  numberOrNull,
  page,
  pageParams,
  textOrNull,
  time,
  timeOrNull,
  timeParam,
} from './fields.js';
import { type MethodSpecs, method } from './method.js';

/** The database takes no other address. */
export const emailParam = z
  .string()
  .max(255)
  .regex(/^[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}$/, 'not an e-mail address');
/** What is allowed besides the policy says; longer ones are not even read. */
export const passwordParam = z.string().min(1).max(1_024);
export const newPasswordParam = passwordParam.describe(
  '10 to 128 characters, neither the e-mail address nor a common password',
);

/** A line or a text of a person. The database refuses U+0000. */
export function personalText(max: number) {
  return z
    .string()
    .min(1)
    .max(max)
    .refine((text) => !text.includes('\0'), 'U+0000 is not allowed');
}

export const nameParam = personalText(50).nullable();
export const timezoneParam = z
  .string()
  .regex(/^[A-Za-z0-9_+/-]{1,64}$/, 'not a time zone such as Europe/Berlin')
  .refine(isTimezone, 'not a time zone such as Europe/Berlin')
  .describe('IANA name, e.g. Europe/Berlin');
export const languageParam = z
  .string()
  .regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$/, 'not a language tag such as en or pt-BR')
  .describe('language tag, e.g. en or pt-BR');

const MAX_PREFERENCES = 16_384;
const preferencesParam = z
  .record(z.string().min(1).max(100), z.unknown())
  .refine(
    (value) => JSON.stringify(value).length <= MAX_PREFERENCES,
    `longer than ${MAX_PREFERENCES} characters of JSON`,
  )
  .refine((value) => !JSON.stringify(value).includes('\\u0000'), 'U+0000 is not allowed')
  .describe('any JSON object of the client’s own; replaces the one before');

const ROLES = ['admin', 'public', 'guest'] as const;
const PLANS = ['free', 'basic', 'pro', 'enterprise'] as const;

/** A user as the user sees it. */
export const profile = z.object({
  id: z.int(),
  email: z.string(),
  first_name: textOrNull,
  last_name: textOrNull,
  role: z.enum(ROLES).describe('guest has the rights of public'),
  is_active: z.boolean(),
  is_verified: z.boolean().describe('the e-mail address is known to be theirs'),
  preferences: document,
  timezone: z.string(),
  language: z.string(),
  bio: textOrNull,
  profile_picture_url: textOrNull,
  subscription_plan: z.enum(PLANS),
  subscription_expires_at: timeOrNull.describe('ms since the epoch; null: does not end'),
  login_count: z.int(),
  last_login: timeOrNull.describe('ms since the epoch; null: never'),
  created_at: time,
});

/** A user as admins see it. */
const overview = profile.extend({
  deleted_at: timeOrNull.describe('ms since the epoch; null: is not deleted'),
  personal_watchlists_count: z.int(),
  total_assets_count: z.int().describe('assets in them, each list’s for itself'),
  avg_prediction_accuracy: numberOrNull.describe(
    'percent, mean of the user’s predictions whose time has come; null: there are none',
  ),
});

const someChange = 'nothing to change: give at least one field';

export const USERS_METHODS = {
  'users.profile': method({
    role: 'user',
    summary: 'The caller’s own account',
    params: z.strictObject({}),
    result: profile,
  }),
  'users.updateProfile': method({
    role: 'user',
    summary: 'Changes the caller’s own account; what is left out stays as it is, null clears',
    params: z
      .strictObject({
        first_name: nameParam.optional(),
        last_name: nameParam.optional(),
        timezone: timezoneParam.optional(),
        language: languageParam.optional(),
        preferences: preferencesParam.optional(),
        bio: personalText(2_000).nullable().optional(),
        profile_picture_url: z
          .string()
          .max(2_048)
          .regex(/^https?:\/\/\S+$/, 'not an http:// or https:// address')
          .refine((text) => !text.includes('\0'), 'U+0000 is not allowed')
          .nullable()
          .optional(),
      })
      .refine((changes) => Object.values(changes).some((value) => value !== undefined), someChange),
    result: profile,
    writes: true,
  }),
  'users.changePassword': method({
    role: 'user',
    summary: 'Changes the caller’s password and ends all other log-ins',
    params: z.strictObject({ current_password: passwordParam, new_password: newPasswordParam }),
    result: z.object({ sessions_ended: z.int() }),
    writes: true,
  }),
  'users.list': method({
    role: 'admin',
    summary: 'Users, the newest first',
    params: z.strictObject({
      role: z.enum(ROLES).optional(),
      is_active: z.boolean().optional(),
      is_deleted: z.boolean().default(false).describe('true: those who were deleted, and no others'),
      q: personalText(100).optional().describe('part of address or name, in any case'),
      ...pageParams,
    }),
    result: page(overview),
  }),
  'users.update': method({
    role: 'admin',
    summary:
      'Changes a user, never the admin’s own account; who is switched off or deleted has no session from then on',
    params: z
      .strictObject({
        id: idParam,
        role: z.enum(ROLES).optional(),
        is_active: z.boolean().optional(),
        is_verified: z.boolean().optional(),
        is_deleted: z
          .boolean()
          .optional()
          .describe('true: nobody logs in and the address stays taken; false: back, switched off'),
        subscription_plan: z.enum(PLANS).optional(),
        subscription_expires_at: timeParam.nullable().optional(),
        notes: personalText(10_000).nullable().optional().describe('shown to no user'),
      })
      .refine(
        (changes) => Object.values(changes).filter((value) => value !== undefined).length > 1,
        someChange,
      ),
    result: profile,
    writes: true,
    errors: ['not_found'],
  }),
} as const satisfies MethodSpecs;

/** Whether the clocks of this process know a time zone. */
function isTimezone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
