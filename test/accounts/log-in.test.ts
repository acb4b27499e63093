import t from 'tap';
import { AddressLimiter } from '../../src/accounts/address-limiter.js';
import { Passwords } from '../../src/accounts/passwords.js';
import { createSignIn } from '../../src/accounts/sign-in.js';
import { recordActivities } from '../../src/store/repositories/activities.js';
import { listNotifications } from '../../src/store/repositories/notifications.js';
import { accountSites, CHEAP, EMAIL, ORIGIN, openAccountSite, PASSWORD } from '../support/account-site.js';

const open = await accountSites(t);

const REFUSED = {
  code: 'unauthenticated',
  message: 'e-mail address or password is wrong; after 3 failures an account is locked for 60 min',
};
const right = { email: EMAIL, password: PASSWORD };
const wrong = { email: EMAIL, password: 'wrong horse battery' };

t.test('who knows the password logs in, by the address in any case', async (t) => {
  const site = await open(t);
  const joined = await site.join();
  const { accessToken, refreshToken, session, user } = await site.signIn.login(
    { email: EMAIL.toUpperCase(), password: PASSWORD, deviceInfo: { name: 'phone' } },
    { address: '::ffff:192.0.2.9', agent: null },
  );
  t.not(accessToken, refreshToken);
  t.match(session, { deviceInfo: { name: 'phone' }, ipAddress: '::ffff:192.0.2.9', userId: joined.user.id });
  t.match(user, { id: joined.user.id, email: EMAIL, loginCount: 1 });
  t.match(await site.who({ ...joined, accessToken }), {
    ...{ id: user.id, sessionId: session.id, role: 'public', isVerified: false },
    expiresAt: session.expiresAt,
  });
  t.ok(await site.who(joined), 'the log-in before stays');
});

t.test('the same refusal after the same work: unknown address, wrong password, locked account', async (t) => {
  const site = await open(t);
  await site.join();
  const work = async (credentials: typeof right): Promise<number> => {
    const before = site.parts.passwords.stats.done;
    await t.rejects(site.signIn.login(credentials, ORIGIN), REFUSED);
    return site.parts.passwords.stats.done - before;
  };
  t.equal(await work({ ...right, email: 'nobody@example.org' }), 1);
  for (let n = 0; n < 3; n++) t.equal(await work(wrong), 1);
  t.equal(await work(right), 1, 'locked: the right password is none');
  const reasons = site.activities.flatMap(({ action, details }) => (action === 'failed' ? details : []));
  t.same(
    reasons,
    ['unknown_address', 'wrong_password', 'wrong_password', 'wrong_password', 'locked'].map((reason) => ({
      reason,
    })),
  );
});

t.test('a lock ends with its time, and a success takes the count back', async (t) => {
  const site = await open(t);
  await site.join();
  for (let n = 0; n < 2; n++) await t.rejects(site.signIn.login(wrong, ORIGIN), REFUSED);
  await site.signIn.login(right, ORIGIN);
  for (let n = 0; n < 3; n++) await t.rejects(site.signIn.login(wrong, ORIGIN), REFUSED);
  await t.rejects(site.signIn.login(right, ORIGIN), REFUSED);
  await site.owner.query(`UPDATE users SET lockout_expires = now() - interval '1 s'`);
  await site.signIn.login(right, ORIGIN);
});

t.test('an address with too many attempts is refused before anything is looked at', async (t) => {
  const site = await open(t, {}, { attempts: new AddressLimiter({ perMinute: 5 }) });
  await site.join();
  await t.rejects(site.signIn.login(wrong, ORIGIN), REFUSED);
  const { done } = site.parts.passwords.stats;
  const attempts: readonly (() => Promise<unknown>)[] = [
    () => site.signIn.login(right, ORIGIN),
    () => site.signIn.register({ ...right, email: 'other@example.org' }, ORIGIN),
    () => site.signIn.refresh('x', ORIGIN),
    () => site.signIn.verifyEmail('x', ORIGIN),
    () => site.signIn.requestPasswordReset(EMAIL, ORIGIN),
    () => site.signIn.resetPassword('x', PASSWORD, ORIGIN),
    () => site.signIn.claimAdmin('x', right, ORIGIN),
  ];
  for (const attempt of attempts) await t.rejects(attempt(), { code: 'rate_limited' });
  t.equal(site.parts.passwords.stats.done, done, 'nothing was hashed');
  t.same(site.done(), ['register created', 'login failed']);
  await site.signIn.login(right, { ...ORIGIN, address: '192.0.2.2' });
});

t.test('while too many passwords are checked nobody is counted as having failed', async (t) => {
  const passwords = new Passwords({ cost: CHEAP, concurrency: 1, maxWaiting: 0 });
  const site = await open(t, {}, { passwords });
  await site.join();
  const busy = passwords.hash('another');
  for (let n = 0; n < 5; n++) await t.rejects(site.signIn.login(right, ORIGIN), { code: 'rate_limited' });
  await busy;
  await site.signIn.login(right, ORIGIN);
});

t.test('a hash of less work than now is made anew at a log-in', async (t) => {
  const passwords = new Passwords({ cost: { ...CHEAP, ln: 5 } });
  const site = await open(t);
  await site.join();
  const later = createSignIn({ ...site.parts, passwords });
  await later.login(right, ORIGIN);
  const { rows } = await site.owner.query<{ hash: string }>('SELECT password_hash AS hash FROM users');
  t.match(rows[0]?.hash ?? '', /^\$scrypt\$ln=5,/);
  await later.login(right, ORIGIN);
});

t.test('who is switched off does not log in, nor goes on', async (t) => {
  const site = await open(t);
  const joined = await site.join();
  await site.owner.query('UPDATE users SET is_active = false');
  await t.rejects(site.signIn.login(right, ORIGIN), REFUSED);
  await t.rejects(site.signIn.refresh(joined.refreshToken, ORIGIN), { code: 'unauthenticated' });
  t.equal(await site.who(joined), null);
});

t.test(
  'a refresh token gives new tokens, once; the second time its log-in ends and its owner hears of it',
  async (t) => {
    const site = await open(t);
    const joined = await site.join();
    const other = await site.signIn.login(right, ORIGIN);
    const next = await site.signIn.refresh(joined.refreshToken, ORIGIN);
    t.equal(await site.who(joined), null, 'the old tokens are void');
    t.ok(await site.who(next));
    t.same(site.revoked, []);

    const { user } = joined;
    await t.rejects(site.signIn.refresh(joined.refreshToken, ORIGIN), { code: 'unauthenticated' });
    t.equal(await site.who(next), null);
    await t.rejects(site.signIn.refresh(next.refreshToken, ORIGIN), { code: 'unauthenticated' });
    t.ok(await site.who(other), 'another log-in goes on');
    t.ok(site.revoked.includes(user.id));
    t.ok(site.done().includes('session token_reused'));
    const { items } = await site.as(user.id, (connection) => listNotifications(connection, user.id, {}));
    t.match(items, [
      { notificationType: 'system', priority: 'urgent', data: { reason: 'refresh_token_reused' } },
    ]);
    const { rowCount } = await site.owner.query(
      `SELECT FROM outbox WHERE channel = 'notifications' AND user_id = $1`,
      [user.id],
    );
    t.equal(rowCount, items.length, 'on the user’s channel too');
  },
);

t.test('of many who refresh with one token at once one wins, and the log-in ends for all', async (t) => {
  const site = await open(t);
  const joined = await site.join();
  const outcomes = await Promise.allSettled(
    Array.from({ length: 8 }, () => site.signIn.refresh(joined.refreshToken, ORIGIN)),
  );
  const won = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  t.equal(won.length, 1);
  for (const loggedIn of won) t.equal(await site.who(loggedIn), null);
});

t.test('no password and no token is in the log, in activities, in refusals or in the database', async (t) => {
  const site = await open(t, {}, {});
  const joined = await site.join();
  const next = await site.signIn.refresh(joined.refreshToken, ORIGIN);
  const secrets = [PASSWORD, wrong.password, joined.accessToken, joined.refreshToken, next.accessToken];
  const outcomes = await Promise.allSettled([
    site.signIn.login(wrong, ORIGIN),
    site.signIn.register(right, ORIGIN),
    site.signIn.refresh(joined.refreshToken, ORIGIN),
    site.signIn.resetPassword(joined.accessToken, PASSWORD, ORIGIN),
    site.signIn.verifyEmail(joined.accessToken, ORIGIN),
    site.signIn.claimAdmin(joined.accessToken, right, ORIGIN),
  ]);
  const refusals = outcomes.map((outcome) =>
    outcome.status === 'rejected'
      ? { ...outcome.reason, message: outcome.reason.message, stack: outcome.reason.stack }
      : 'taken',
  );
  t.notOk(refusals.includes('taken'));
  await site.mails();
  await recordActivities(site.engine, site.activities);
  const { rows: tables } = await site.owner.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'`,
  );
  const stored: unknown[] = [];
  for (const { name } of tables) stored.push(...(await site.owner.query(`SELECT * FROM "${name}"`)).rows);
  const seen = JSON.stringify({ log: site.log, activities: site.activities, refusals, stored });
  for (const secret of secrets) t.notOk(seen.includes(secret), secret);
  t.ok(stored.length > 20);
});

t.test('an address that is none, or an endless name, is no reason to lose an activity', async (t) => {
  const site = await open(t);
  await site.join();
  for (const address of ['', 'proxy', 'fe80::1%eth0', '::ffff:10.0.0.1', '2001:db8::1']) {
    await site.signIn.login(right, { address, agent: `\0${'x'.repeat(2_000)}` });
  }
  await recordActivities(site.engine, site.activities);
  const { rows } = await site.owner.query(
    `SELECT ip_address::text AS address, length(user_agent) AS length FROM user_activities
     WHERE activity_type = 'login' ORDER BY id`,
  );
  t.same(
    rows,
    [null, null, 'fe80::1/128', '::ffff:10.0.0.1/128', '2001:db8::1/128'].map((address) => ({
      address,
      length: 1_000,
    })),
  );
});

t.test('when the database is away it is said so, and the reason is in the log only', async (t) => {
  const site = await openAccountSite(t);
  const joined = await site.join();
  await site.mails();
  await site.engine.end();
  await t.rejects(site.signIn.login(right, ORIGIN), {
    code: 'unavailable',
    message: 'accounts are not available: try again in some seconds',
  });
  await t.rejects(site.signIn.refresh(joined.refreshToken, ORIGIN), { code: 'unavailable' });
  await t.rejects(site.who(joined), { code: 'unavailable' });
  await t.rejects(site.accounts.holding([joined.session.id]), { code: 'unavailable' });
  t.match(site.log.at(-1), { level: 50, msg: 'the database did not answer' });
});
