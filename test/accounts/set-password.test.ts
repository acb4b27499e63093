import t from 'tap';
import { newToken } from '../../src/accounts/tokens.js';
import type { User } from '../../src/ws/caller.js';
import type { LoggedIn } from '../../src/ws/sign-in.js';
import { type AccountSite, accountSites, EMAIL, ORIGIN, PASSWORD } from '../support/account-site.js';

const open = await accountSites(t);

const NEXT = 'staple battery horse';
const NONE = { code: 'invalid_params', field: 'token' };

async function present(site: AccountSite, loggedIn: LoggedIn): Promise<User> {
  const user = await site.who(loggedIn);
  if (user === null) throw new Error('not logged in');
  return user;
}

t.test('the answer to who has forgotten the password is the same, the mail goes to the owner', async (t) => {
  const site = await open(t);
  await site.join();
  const before = (await site.mails()).length;
  t.equal(await site.signIn.requestPasswordReset('nobody@example.org', ORIGIN), undefined);
  t.equal(await site.signIn.requestPasswordReset(EMAIL.toUpperCase(), ORIGIN), undefined);
  t.match((await site.mails()).slice(before), [{ to: EMAIL, subject: 'Set a new password' }]);
  t.ok(site.done().includes('password reset_requested'));
  await site.owner.query('UPDATE users SET is_active = false');
  await site.signIn.requestPasswordReset(EMAIL, ORIGIN);
  t.equal((await site.mails()).length, before + 1, 'who is switched off gets none');
});

t.test('a code sets a new password once, lifts a lock and ends all log-ins', async (t) => {
  const site = await open(t);
  const joined = await site.join();
  for (let n = 0; n < 3; n++) {
    await t.rejects(site.signIn.login({ email: EMAIL, password: 'wrong one here' }, ORIGIN));
  }
  await site.signIn.requestPasswordReset(EMAIL, ORIGIN);
  const code = await site.codeTo(EMAIL);
  for (const other of ['', newToken(), joined.accessToken]) {
    const { done } = site.parts.passwords.stats;
    await t.rejects(site.signIn.resetPassword(other, NEXT, ORIGIN), NONE);
    t.equal(site.parts.passwords.stats.done, done, 'nothing is hashed for who has no code');
  }
  await t.rejects(site.signIn.resetPassword(code, EMAIL, ORIGIN), {
    code: 'invalid_params',
    field: 'password',
  });
  t.ok(await site.who(joined));
  await site.signIn.resetPassword(code, NEXT, ORIGIN);
  t.equal(await site.who(joined), null);
  t.same(site.revoked, [joined.user.id]);
  t.ok(site.done().includes('password reset'));
  await t.rejects(site.signIn.resetPassword(code, PASSWORD, ORIGIN), NONE);
  await t.rejects(site.signIn.login({ email: EMAIL, password: PASSWORD }, ORIGIN));
  await site.signIn.login({ email: EMAIL, password: NEXT }, ORIGIN);
});

t.test('a code holds for an hour; of two uses at once one counts', async (t) => {
  const site = await open(t);
  await site.join();
  await site.signIn.requestPasswordReset(EMAIL, ORIGIN);
  const { rows } = await site
    .mails()
    .then(() =>
      site.owner.query<{ minutes: number }>(
        `SELECT extract(epoch FROM reset_password_expires - now())::float8 / 60 AS minutes FROM users`,
      ),
    );
  t.equal(Math.round(rows[0]?.minutes ?? 0), 60);
  const code = await site.codeTo(EMAIL);
  const uses = [`${NEXT} 1`, `${NEXT} 2`].map((password) =>
    site.signIn.resetPassword(code, password, ORIGIN),
  );
  const outcomes = await Promise.allSettled(uses);
  t.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
  await site.signIn.requestPasswordReset(EMAIL, ORIGIN);
  const late = await site.codeTo(EMAIL);
  await site.owner.query(`UPDATE users SET reset_password_expires = now() - interval '1 s'`);
  await t.rejects(site.signIn.resetPassword(late, NEXT, ORIGIN), NONE);
});

t.test('who knows the password changes it, and all other log-ins end', async (t) => {
  const site = await open(t);
  const first = await site.join();
  const second = await site.signIn.login({ email: EMAIL, password: PASSWORD }, ORIGIN);
  await site.signIn.requestPasswordReset(EMAIL, ORIGIN);
  const code = await site.codeTo(EMAIL);
  const user = await present(site, second);
  await t.rejects(site.signIn.changePassword(user, 'not the one', NEXT, ORIGIN), {
    ...{ code: 'invalid_params', field: 'current_password', message: 'current_password: it is wrong' },
  });
  await t.rejects(site.signIn.changePassword(user, PASSWORD, 'short', ORIGIN), {
    code: 'invalid_params',
    field: 'new_password',
  });
  t.ok(await site.who(first));
  t.equal(await site.signIn.changePassword(user, PASSWORD, NEXT, ORIGIN), 1);
  t.equal(await site.who(first), null);
  t.ok(await site.who(second));
  t.same(site.revoked, [user.id]);
  t.same(site.done().slice(-2), ['password change_failed', 'password changed']);
  await t.rejects(site.signIn.resetPassword(code, PASSWORD, ORIGIN), NONE, 'a code from before is void');
  await site.signIn.login({ email: EMAIL, password: NEXT }, ORIGIN);
});

t.test('who has stolen a session does not find the password by trying, from many addresses', async (t) => {
  const { AddressLimiter } = await import('../../src/accounts/address-limiter.js');
  const site = await open(t, {}, { attempts: new AddressLimiter({ perMinute: 8, now: () => 0 }) });
  const user = await present(site, await site.join());
  const tries = Array.from({ length: 9 }, (_, n) =>
    site.signIn.changePassword(user, `guess number ${n}`, NEXT, { address: `192.0.2.${n + 9}`, agent: null }),
  );
  const codes = (await Promise.allSettled(tries)).map((outcome) =>
    outcome.status === 'rejected' ? outcome.reason.code : 'changed',
  );
  t.same(codes, [...Array(8).fill('invalid_params'), 'rate_limited']);
});
