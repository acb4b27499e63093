import t from 'tap';
import { newToken } from '../../src/accounts/tokens.js';
import { accountSites, EMAIL, ORIGIN } from '../support/account-site.js';

const open = await accountSites(t);

const NONE = { code: 'invalid_params', field: 'token' };

t.test('the code of the mail verifies the address, once', async (t) => {
  const site = await open(t);
  const joined = await site.join();
  const code = await site.codeTo(EMAIL);
  for (const other of ['', 'x', newToken(), joined.accessToken]) {
    await t.rejects(site.signIn.verifyEmail(other, ORIGIN), NONE);
  }
  t.match(await site.who(joined), { isVerified: false });
  await site.signIn.verifyEmail(code, ORIGIN);
  t.match(await site.who(joined), { isVerified: true });
  t.ok(site.done().includes('email verified'));
  t.same(site.revoked, [joined.user.id], 'connections of the user are looked at anew');
  await t.rejects(site.signIn.verifyEmail(code, ORIGIN), NONE);
});

t.test('another mail makes the code before void; an address that is verified needs none', async (t) => {
  const site = await open(t);
  const joined = await site.join();
  const user = await site.who(joined);
  if (user === null) throw new Error('not logged in');
  const first = await site.codeTo(EMAIL);
  await site.signIn.resendVerification(user, ORIGIN);
  const second = await site.codeTo(EMAIL);
  t.not(second, first);
  await t.rejects(site.signIn.verifyEmail(first, ORIGIN), NONE);
  await site.signIn.verifyEmail(second, ORIGIN);
  await t.rejects(site.signIn.resendVerification(user, ORIGIN), { code: 'conflict' });
});

t.test('a code holds for a day', async (t) => {
  const site = await open(t);
  await site.join();
  const code = await site.codeTo(EMAIL);
  const { rows } = await site.owner.query<{ hours: number }>(
    `SELECT extract(epoch FROM email_verification_expires - now())::float8 / 3600 AS hours FROM users`,
  );
  t.equal(Math.round(rows[0]?.hours ?? 0), 24);
  await site.owner.query(`UPDATE users SET email_verification_expires = now() - interval '1 s'`);
  await t.rejects(site.signIn.verifyEmail(code, ORIGIN), NONE);
});
