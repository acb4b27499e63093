import t from 'tap';
import { accountSites, EMAIL, ORIGIN, PASSWORD } from '../support/account-site.js';

const open = await accountSites(t);

t.test('a token speaks for its user, whose role and verification are those of now', async (t) => {
  const site = await open(t);
  const joined = await site.join();
  t.match(await site.who(joined), { id: joined.user.id, role: 'public', isVerified: false });
  await site.owner.query(`UPDATE users SET role = 'admin', is_verified = true`);
  t.match(await site.who(joined), { role: 'admin', isVerified: true });
  await site.owner.query(`UPDATE users SET role = 'guest'`);
  t.match(await site.who(joined), { role: 'public' }, 'who has logged in is no guest');
  for (const other of ['', 'x', joined.refreshToken, joined.accessToken.toLowerCase()]) {
    t.equal(await site.accounts.authenticate(other), null);
  }
});

t.test(
  'nobody is spoken for when the time is over, the user switched off, or the session revoked',
  async (t) => {
    const site = await open(t);
    const joined = await site.join();
    const ids = [joined.session.id];
    for (const [end, undo] of [
      [
        `UPDATE user_sessions SET expires_at = now() - interval '1 s'`,
        `UPDATE user_sessions SET expires_at = now() + interval '1 h'`,
      ],
      ['UPDATE users SET is_active = false', 'UPDATE users SET is_active = true'],
      ['UPDATE user_sessions SET is_active = false', 'UPDATE user_sessions SET is_active = true'],
    ] as const) {
      t.ok(await site.who(joined));
      t.equal((await site.accounts.holding(ids)).size, 1);
      await site.owner.query(end);
      t.equal(await site.who(joined), null, end);
      t.equal((await site.accounts.holding(ids)).size, 0, end);
      await site.owner.query(undo);
    }
  },
);

t.test('a connection holds over refreshes, and to the end of the newest tokens', async (t) => {
  const site = await open(t);
  const joined = await site.join();
  const other = await site.signIn.login({ email: EMAIL, password: PASSWORD }, ORIGIN);
  const second = await site.signIn.refresh(joined.refreshToken, ORIGIN);
  const third = await site.signIn.refresh(second.refreshToken, ORIGIN);
  const ids = [joined, second, third, other].map(({ session }) => session.id);
  const holding = await site.accounts.holding([...ids, 999_999]);
  t.same([...holding.keys()].toSorted(), ids.toSorted());
  t.match(holding.get(joined.session.id), {
    ...{ id: joined.user.id, sessionId: joined.session.id, role: 'public' },
    expiresAt: third.session.expiresAt,
  });
  const user = await site.who(third);
  if (user === null) throw new Error('not logged in');
  await site.signIn.logout(user, ORIGIN);
  t.same([...(await site.accounts.holding(ids)).keys()], [other.session.id]);
  t.same(await site.accounts.holding([]), new Map());
});

t.test(
  'who listens hears whose sessions are over, until it listens no more; one that fails harms no other',
  async (t) => {
    const site = await open(t);
    const heard: number[] = [];
    site.accounts.onRevoked(() => {
      throw new Error('a mistake');
    });
    const stop = site.accounts.onRevoked((userId) => heard.push(userId));
    site.parts.revocations.tell(7);
    t.same(heard, [7]);
    t.match(site.log.at(-1), { msg: 'a listener to revoked sessions failed' });
    stop();
    site.parts.revocations.tell(8);
    t.same(heard, [7]);
  },
);
