import type { AccountParts } from '../accounts/account-parts.js';
import { createAccounts } from '../accounts/accounts.js';
import { AddressLimiter } from '../accounts/address-limiter.js';
import { AdminClaim } from '../accounts/admin-claim.js';
import { BackgroundWork } from '../accounts/background-work.js';
import { MailQueue, type MailStatus } from '../accounts/mail-queue.js';
import { logSender, smtpSender } from '../accounts/mail-senders.js';
import { Mails } from '../accounts/mails.js';
import { Passwords } from '../accounts/passwords.js';
import { Revocations } from '../accounts/revocations.js';
import { createSignIn } from '../accounts/sign-in.js';
import { type Config, isOpenToOthers } from '../config.js';
import type { Logger } from '../logger.js';
import type { Metrics } from '../metrics.js';
import { logLane } from '../store/lanes/table-lanes.js';
import type { Pool } from '../store/pool.js';
import { hasAdmin } from '../store/repositories/accounts.js';
import { recordActivities } from '../store/repositories/activities.js';
import type { NewActivity } from '../store/user-records.js';
import type { StoreWriter } from '../store/writer.js';
import type { Accounts } from '../ws/ports.js';
import type { SignIn } from '../ws/sign-in.js';
import type { Stopper } from './stopper.js';

/** Mails to one address: three at once, six in an hour. */
const MAILINGS = { perMinute: 0.1, burst: 3 } as const;
const MAIL_STOP_MS = 500;

/** The accounts of a running server. */
export interface ServerAccounts {
  readonly ports: { readonly accounts: Accounts; readonly signIn: SignIn };
  /** By which the first admin is made, to be shown once; null: there is an admin. */
  readonly adminToken: string | null;
  mail(): MailStatus;
  /** How many passwords were looked at, wait, and were refused since too many waited. */
  passwords(): Passwords['stats'];
}

/** Opens the accounts, and registers what they count. @throws what the database throws */
export async function openAccounts(
  config: Config,
  what: {
    readonly pool: Pool;
    readonly writer: Pick<StoreWriter, 'addLane'>;
    readonly logger: Logger;
    readonly metrics: Metrics;
  },
  stopper: Stopper,
): Promise<ServerAccounts> {
  const { pool, writer } = what;
  const logger = what.logger.child({ component: 'accounts' });
  const { smtpUrl, mailFrom } = config;
  const isOpen = isOpenToOthers(config);
  if (smtpUrl === undefined && isOpen) {
    logger.warn('no mail server (--smtp-url): nobody can verify an address or reset a password by mail');
  }
  const sender = smtpUrl === undefined ? logSender(logger, isOpen) : smtpSender(smtpUrl, mailFrom);
  const queue = new MailQueue({ sender, logger });
  const background = new BackgroundWork(logger);
  const revocations = new Revocations(logger);
  const claim = new AdminClaim();
  const passwords = new Passwords();
  const activities = logLane<NewActivity>('user_activities', async (connection, rows) => {
    await recordActivities(connection, rows);
    return rows.length;
  });
  const parts: AccountParts = {
    ...{ pool, passwords, queue, background, revocations, claim, logger },
    settings: {
      isOpen: config.registration === 'open',
      mustVerify: config.emailVerification === 'required',
      sessionTtlMs: config.sessionMinutes * 60_000,
      refreshTtlMs: config.refreshDays * 86_400_000,
      lockout: { maxAttempts: config.loginAttempts, lockoutMs: config.lockoutMinutes * 60_000 },
    },
    attempts: new AddressLimiter({ perMinute: config.authPerMinute }),
    mailings: new AddressLimiter(MAILINGS),
    mails: new Mails(config.accountUrl ?? null),
    record: writer.addLane(activities),
  };
  await stopper.add(
    'mail',
    async () => {
      await background.settled();
      await queue.stop();
    },
    MAIL_STOP_MS,
  );
  const opened: ServerAccounts = {
    ports: { accounts: createAccounts(pool, revocations, logger), signIn: createSignIn(parts) },
    adminToken: (await hasAdmin(pool)) ? null : claim.open(),
    mail: () => queue.status,
    passwords: () => passwords.stats,
  };
  bindAccounts(what.metrics, opened);
  return opened;
}

/** Registers what accounts count. */
function bindAccounts(metrics: Metrics, { mail, passwords }: ServerAccounts): void {
  metrics.counter({
    name: 'cryptopredict_mails_total',
    help: 'Mails by what became of them',
    labels: ['outcome'],
    read: () => [
      { labels: { outcome: 'sent' }, value: mail().sent },
      { labels: { outcome: 'failed' }, value: mail().failed },
    ],
  });
  metrics.gauge({
    name: 'cryptopredict_mails_queued',
    help: 'Mails that wait or are under way',
    read: () => mail().queued,
  });
  metrics.counter({
    name: 'cryptopredict_passwords_total',
    help: 'Passwords that were hashed or checked, and those refused since too many waited',
    labels: ['outcome'],
    read: () => [
      { labels: { outcome: 'done' }, value: passwords().done },
      { labels: { outcome: 'refused' }, value: passwords().refused },
    ],
  });
  metrics.gauge({
    name: 'cryptopredict_passwords_waiting',
    help: 'Passwords that wait to be hashed or checked',
    read: () => passwords().waiting,
  });
}
