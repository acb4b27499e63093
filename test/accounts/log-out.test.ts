import t from 'tap';
import type { User } from '../../src/ws/caller.js';
import type { LoggedIn } from '../../src/ws/sign-in.js';
import { type AccountSite, accountSites, EMAIL, ORIGIN, PASSWORD } from '../support/account-site.js';

const open = await accountSites(t);

async function logIn(site: AccountSite): Promise<{ loggedIn: LoggedIn; user: User }> {
  const loggedIn = await site.signIn.login({ email: EMAIL, password: PASSWORD }, ORIGIN);
  const user = await site.who(loggedIn);
  if (user === null) throw new Error('not logged in');
  return { loggedIn, user };
}

t.test('who logs out has ended this log-in and no other', async (t) => {
  const site = await open(t);
  await site.join();
  const first = await logIn(site);
  const second = await logIn(site);
  await site.signIn.logout(first.user, ORIGIN);
  t.equal(await site.who(first.loggedIn), null);
  await t.rejects(site.signIn.refresh(first.loggedIn.refreshToken, ORIGIN), { code: 'unauthenticated' });
  t.ok(await site.who(second.loggedIn));
  t.same(site.revoked, [first.user.id]);
  t.equal(site.done().at(-1), 'logout succeeded');
  await site.signIn.logout(first.user, ORIGIN);
  t.equal(site.done().at(-1), 'logout succeeded', 'again is nothing');
  t.equal(site.revoked.length, 1);
});

t.test('one log-in is ended by its id, others all at once, those of others never', async (t) => {
  const site = await open(t);
  await site.join();
  const [one, two, three] = [await logIn(site), await logIn(site), await logIn(site)];
  const stranger = await site.join('stranger@example.org');
  t.equal(await site.signIn.revoke(one.user, two.user.sessionId, ORIGIN), 1);
  t.equal(await site.who(two.loggedIn), null);
  for (const id of [two.user.sessionId, stranger.session.id, 999_999]) {
    await t.rejects(site.signIn.revoke(one.user, id, ORIGIN), { code: 'not_found', field: 'id' });
  }
  t.ok(await site.who(stranger));
  t.equal(await site.signIn.revoke(one.user, 'others', ORIGIN), 2, 'the first one too, of the registration');
  t.equal(await site.who(three.loggedIn), null);
  t.ok(await site.who(one.loggedIn));
  t.equal(await site.signIn.revoke(one.user, 'others', ORIGIN), 0);
  t.same(site.done().filter((what) => what === 'session revoked').length, 2);
});
