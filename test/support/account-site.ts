import type { Test } from 'tap';
import type { AccountParts, AccountSettings } from '../../src/accounts/account-parts.js';
import { createAccounts } from '../../src/accounts/accounts.js';
import { AddressLimiter } from '../../src/accounts/address-limiter.js';
import { AdminClaim } from '../../src/accounts/admin-claim.js';
import { BackgroundWork } from '../../src/accounts/background-work.js';
import { type Mail, MailQueue } from '../../src/accounts/mail-queue.js';
import { Mails } from '../../src/accounts/mails.js';
import { Passwords } from '../../src/accounts/passwords.js';
import { Revocations } from '../../src/accounts/revocations.js';
import { createSignIn } from '../../src/accounts/sign-in.js';
import type { NewActivity } from '../../src/store/user-records.js';
import type { User } from '../../src/ws/caller.js';
import type { Accounts } from '../../src/ws/ports.js';
import type { LoggedIn, Origin, SignIn } from '../../src/ws/sign-in.js';
import { type LogLine, recordingLogger } from './recording-logger.js';
import { openUserSite, type UserSite } from './user-site.js';

/** Hashes in no time. */
export const CHEAP = { ln: 4, r: 8, p: 1 } as const;
export const ORIGIN: Origin = { address: '192.0.2.1', agent: 'a test' };
export const EMAIL = 'someone@example.org';
export const PASSWORD = 'correct horse battery';

/** Accounts over a real database, with mails and activities where a test sees them. */
export interface AccountSite extends UserSite {
  readonly signIn: SignIn;
  readonly accounts: Accounts;
  readonly parts: AccountParts;
  /** Mails that were sent so far; the background work that makes them is waited for. */
  mails(): Promise<readonly Mail[]>;
  /** Gives the code in the newest mail to an address. */
  codeTo(email: string): Promise<string>;
  readonly activities: readonly NewActivity[];
  /** `type action` of the activities so far. */
  done(): readonly string[];
  /** Whose sessions were said to be over. */
  readonly revoked: readonly number[];
  readonly log: readonly LogLine[];
  /** Registers and logs in. */
  join(email?: string): Promise<LoggedIn>;
  /** Gives who a token speaks for. */
  who(loggedIn: LoggedIn): Promise<User | null>;
}

const HOUR_MS = 3_600_000;

/** Opens a site, with other settings and parts than the usual ones, until the end of the test. */
export type OpenAccounts = (
  t: Test,
  settings?: Partial<AccountSettings>,
  more?: Partial<AccountParts>,
) => Promise<AccountSite>;

/** Opens a site on a database of its own. */
export const openAccountSite: OpenAccounts = async (t, ...how) => openOn(await openUserSite(t), t, ...how);

/** Gives what opens sites one after the other on one database, each without users. */
export async function accountSites(t: Test): Promise<OpenAccounts> {
  const site = await openUserSite(t);
  return async (t, ...how) => {
    await site.owner.query('TRUNCATE users, outbox, outbox_channels RESTART IDENTITY CASCADE');
    return openOn(site, t, ...how);
  };
}

async function openOn(
  site: UserSite,
  t: Test,
  settings: Partial<AccountSettings> = {},
  more: Partial<AccountParts> = {},
): Promise<AccountSite> {
  const { logger, lines } = recordingLogger();
  const sent: Mail[] = [];
  const activities: NewActivity[] = [];
  const revoked: number[] = [];
  const send = async (mail: Mail): Promise<void> => {
    sent.push(mail);
  };
  const queue = new MailQueue({ sender: { name: 'test', send, close: () => undefined }, logger });
  t.teardown(() => queue.stop());
  const parts: AccountParts = {
    pool: site.engine,
    settings: {
      isOpen: true,
      mustVerify: false,
      sessionTtlMs: HOUR_MS,
      refreshTtlMs: 24 * HOUR_MS,
      lockout: { maxAttempts: 3, lockoutMs: HOUR_MS },
      ...settings,
    },
    passwords: new Passwords({ cost: CHEAP }),
    attempts: new AddressLimiter({ perMinute: 100_000 }),
    mailings: new AddressLimiter({ perMinute: 100_000 }),
    queue,
    mails: new Mails(null),
    background: new BackgroundWork(logger),
    revocations: new Revocations(logger),
    claim: new AdminClaim(),
    record: (activity) => activities.push(activity),
    logger,
    ...more,
  };
  parts.revocations.add((userId) => revoked.push(userId));
  const signIn = createSignIn(parts);
  const accounts = createAccounts(site.engine, parts.revocations, logger);
  const mails = async (): Promise<readonly Mail[]> => {
    await parts.background.settled();
    return sent;
  };
  return {
    ...site,
    ...{ signIn, accounts, parts, mails, activities, revoked, log: lines },
    async codeTo(email) {
      const newest = (await mails()).findLast(({ to }) => to === email);
      return /Your code is ([\w-]{43})$/m.exec(newest?.text ?? '')?.[1] ?? '';
    },
    done: () => activities.map(({ activityType, action }) => `${activityType} ${action}`),
    async join(email = EMAIL) {
      const loggedIn = await signIn.register({ email, password: PASSWORD }, ORIGIN);
      if (loggedIn === null) throw new Error(`${email} is to be verified first`);
      // So that the next mail is the newest.
      await parts.background.settled();
      return loggedIn;
    },
    who: (loggedIn) => accounts.authenticate(loggedIn.accessToken),
  };
}
