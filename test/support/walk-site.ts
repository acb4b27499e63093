import { randomUUID } from 'node:crypto';
import type { Test } from 'tap';
import { createAccounts } from '../../src/accounts/accounts.js';
import { AddressLimiter } from '../../src/accounts/address-limiter.js';
import { AdminClaim } from '../../src/accounts/admin-claim.js';
import { BackgroundWork } from '../../src/accounts/background-work.js';
import { MailQueue } from '../../src/accounts/mail-queue.js';
import { Mails } from '../../src/accounts/mails.js';
import { Passwords } from '../../src/accounts/passwords.js';
import { Revocations } from '../../src/accounts/revocations.js';
import { createSignIn } from '../../src/accounts/sign-in.js';
import type { Role } from '../../src/api/method.js';
import { MemoryBroker } from '../../src/broker/broker-memory.js';
import type { Publication } from '../../src/events.js';
import { createLogger } from '../../src/logger.js';
import type { Caller } from '../../src/ws/caller.js';
import type { MethodContext } from '../../src/ws/methods/registry.js';
import { startGateway } from '../../src/ws/server.js';
import { type Answer, type MethodSite, openMethodSite } from './method-site.js';
import { until } from './until.js';

export const PASSWORD = 'correct horse battery';
const FOREVER = 30 * 86_400_000;

/** Somebody who has logged in. */
export interface Person {
  readonly id: number;
  readonly email: string;
  readonly token: string;
  readonly refreshToken: string;
}

/** A gateway over a real database and real accounts, with a user and an admin. */
export interface WalkSite extends MethodSite {
  /** Where the gateway listens. */
  readonly port: number;
  readonly claim: AdminClaim;
  readonly people: Readonly<Record<'user' | 'admin', Person>>;
  /** Registers somebody new. */
  join(role: 'user' | 'admin'): Promise<Person>;
  /** Does something as the user or the admin, straight. */
  act(role: Role, method: string, params?: Answer): Promise<Answer>;
  /** Gives the token of the newest mail to an address, another than `known`; waits for it. */
  mailedToken(email: string, known?: string): Promise<string>;
}

/** Opens such a site until the end of the test. */
export async function openWalkSite(
  t: Test,
  views: Pick<MethodContext, 'status' | 'userViews'>,
): Promise<WalkSite> {
  const site = await openMethodSite(t);
  const logger = createLogger({ level: 'silent', format: 'json' });
  const mails: { to: string; text: string }[] = [];
  const queue = new MailQueue({
    sender: { name: 'test', send: async (mail) => void mails.push(mail), close: () => undefined },
    logger,
  });
  const background = new BackgroundWork(logger);
  const revocations = new Revocations(logger);
  const claim = new AdminClaim();
  const unbounded = () => new AddressLimiter({ perMinute: 1e6 });
  const signIn = createSignIn({
    pool: site.engine,
    settings: {
      ...{ isOpen: true, mustVerify: false, sessionTtlMs: FOREVER, refreshTtlMs: FOREVER },
      lockout: { maxAttempts: 1_000, lockoutMs: 1_000 },
    },
    // What a hash costs is nothing here.
    passwords: new Passwords({ cost: { ln: 4, r: 8, p: 1 } }),
    ...{ attempts: unbounded(), mailings: unbounded(), queue, background, revocations, claim, logger },
    mails: new Mails(null),
    record: () => undefined,
  });
  const ports = { accounts: createAccounts(site.engine, revocations, logger), signIn, ...views };
  const { caller: _, ...context } = { ...site.context, ...ports };
  const gateway = await startGateway(
    {
      ...{ host: '127.0.0.1', port: 0, transport: 'ws', originAllowList: [], webRoot: null, logger },
      limits: { maxMessagesPerSecond: 100_000, maxBytesPerSecond: 1e9 },
    },
    { ...context, metricsText: async () => '' },
    new MemoryBroker<Publication>(),
  );
  t.teardown(async () => {
    await gateway.close(0);
    await background.settled();
    await queue.stop();
  });
  const join = async (role: 'user' | 'admin'): Promise<Person> => {
    const email = `${randomUUID()}@example.com`;
    const origin = { address: '127.0.0.1', agent: null };
    const made = await signIn.register({ email, password: PASSWORD }, origin);
    if (made === null) throw new Error('an address has to be verified first');
    if (role === 'admin')
      await site.owner.query(`UPDATE users SET role = 'admin' WHERE id = $1`, [made.user.id]);
    return { id: made.user.id, email, token: made.accessToken, refreshToken: made.refreshToken };
  };
  const people = { user: await join('user'), admin: await join('admin') };
  const callerOf = async (role: Role): Promise<Caller> => ({
    user: role === 'guest' ? null : await ports.accounts.authenticate(people[role].token),
    ...{ address: '127.0.0.1', agent: null },
  });
  return {
    ...site,
    ...{ port: gateway.port, claim, people, join },
    act: async (role, method, params = {}) =>
      site.ask(method, params, { ...ports, caller: await callerOf(role) }),
    async mailedToken(email, known) {
      const find = () =>
        mails
          .filter(({ to }) => to === email)
          .map(({ text }) => /[\w-]{43}/.exec(text)?.[0])
          .findLast((token) => token !== undefined && token !== known);
      await until(`there is a mail to ${email}`, () => find() !== undefined);
      return find() ?? '';
    },
  };
}
