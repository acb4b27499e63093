import { z } from 'zod';
import { type Command, option } from './option.js';
import { choice, integer, url, yesOrNo } from './option-values.js';

const SERVE: readonly Command[] = ['serve'];

/** The options of accounts and mail, in the order of `--help`. */
export const ACCOUNT_OPTIONS = {
  registration: option({
    placeholder: 'who',
    help: 'whether anybody may make an account, or admins only (cryptopredict user add)',
    default: 'open',
    ...choice(['open', 'closed']),
    commands: SERVE,
  }),
  emailVerification: option({
    placeholder: 'when',
    help: 'required: nobody logs in before the e-mail address is verified; needs --smtp-url unless the server listens on loopback alone',
    default: 'optional',
    ...choice(['optional', 'required']),
    commands: SERVE,
  }),
  sessionMinutes: option({
    placeholder: 'n',
    help: 'how long an access token holds',
    default: '60',
    ...integer(1, 1_440),
    commands: SERVE,
  }),
  refreshDays: option({
    placeholder: 'n',
    help: 'how long a refresh token holds; each refresh gives another one',
    default: '30',
    ...integer(1, 365),
    commands: SERVE,
  }),
  loginAttempts: option({
    placeholder: 'n',
    help: 'failed attempts to log in after which an account is locked',
    default: '5',
    ...integer(1, 1_000),
    commands: SERVE,
  }),
  lockoutMinutes: option({
    placeholder: 'n',
    help: 'how long an account is locked after too many failed attempts',
    default: '15',
    ...integer(1, 1_440),
    commands: SERVE,
  }),
  authPerMinute: option({
    placeholder: 'n',
    help: 'attempts to log in, refresh or use a token that one address (of IPv6 a /64) has in a minute; what sends mail counts as four',
    default: '30',
    ...integer(1, 1_000_000),
    commands: SERVE,
  }),
  smtpUrl: option({
    placeholder: 'url',
    help: 'mail server; without one mails are written to the log, on loopback with their codes',
    env: 'SMTP_URL',
    ...url(['smtp', 'smtps']),
    commands: ['serve', 'doctor'],
  }),
  mailFrom: option({
    placeholder: 'sender',
    help: 'whom mails come from',
    default: 'CryptoPredict <no-reply@localhost>',
    allowed: 'an e-mail address, or a name and one in angle brackets, e.g. "Crypto <crypto@example.org>"',
    schema: z.string().regex(/^([^\s@<>]+@[^\s@<>]+|[^<>\r\n]+<[^\s@<>]+@[^\s@<>]+>)$/),
    commands: SERVE,
  }),
  accountUrl: option({
    placeholder: 'url',
    help: 'page of yours that mails link to, with #action=verify&token=… or #action=reset&token=…; without one mails hold the code alone',
    ...url(['http', 'https']),
    commands: ['serve', 'user'],
  }),
  generate: option({
    placeholder: 'yes|no',
    help: 'makes a password and prints it, instead of reading one',
    default: 'no',
    ...yesOrNo,
    commands: ['user'],
  }),
} as const;

/** Those without a value unless one is given. */
export type OptionalAccountOption = 'smtpUrl' | 'accountUrl';
