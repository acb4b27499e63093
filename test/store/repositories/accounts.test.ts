import t from 'tap';
import { transaction } from '../../../src/store/pool.js';
import {
  findAccount,
  findFamily,
  findHolding,
  findResetEmail,
  hasAdmin,
  lockFirstAdmin,
  renewPasswordHash,
  setRole,
} from '../../../src/store/repositories/accounts.js';
import { createSession } from '../../../src/store/repositories/sessions.js';
import { setResetToken } from '../../../src/store/repositories/users.js';
import { openUserSite, PASSWORD_HASH, untilBlocked } from '../../support/user-site.js';

const hash = (digit: string): string => digit.repeat(64);

t.test(
  'an account is found by its address in any case, switched off or not, but for deleted ones',
  async (t) => {
    const { engine, owner, addUser } = await openUserSite(t);
    const id = await addUser();
    const found = { id, email: 'user1@example.com', role: 'public', isVerified: false };
    t.same(await findAccount(engine, 'USER1@example.com'), found);
    await owner.query('UPDATE users SET is_active = false');
    t.same(await findAccount(engine, 'user1@example.com'), found);
    await owner.query('UPDATE users SET deleted_at = now()');
    t.equal(await findAccount(engine, 'user1@example.com'), null);
  },
);

t.test('the address of a reset token is known as long as the token holds', async (t) => {
  const { engine, owner, addUser } = await openUserSite(t);
  await addUser();
  await setResetToken(engine, 'user1@example.com', hash('a'), 60_000);
  t.equal(await findResetEmail(engine, hash('a')), 'user1@example.com');
  t.equal(await findResetEmail(engine, hash('b')), null);
  await owner.query(`UPDATE users SET reset_password_expires = now()`);
  t.equal(await findResetEmail(engine, hash('a')), null);
});

t.test('an admin who may log in is one; roles are set, and a verified address stays so', async (t) => {
  const { engine, owner, addUser } = await openUserSite(t);
  const id = await addUser();
  t.notOk(await hasAdmin(engine));
  await setRole(engine, id, 'admin', true);
  t.ok(await hasAdmin(engine));
  await setRole(engine, id, 'admin', false);
  t.match(await findAccount(engine, 'user1@example.com'), { role: 'admin', isVerified: true });
  await owner.query('UPDATE users SET is_active = false');
  t.notOk(await hasAdmin(engine));
});

t.test('the first admin is made by one transaction at a time', async (t) => {
  const { engine, owner } = await openUserSite(t);
  let second: Promise<void> | null = null;
  await transaction(engine, async (connection) => {
    await lockFirstAdmin(connection);
    second = transaction(engine, lockFirstAdmin);
    await untilBlocked(owner, 1);
  });
  await second;
});

t.test('a hash is renewed if it is still the one that was checked', async (t) => {
  const { owner, addUser, inEngine } = await openUserSite(t);
  const id = await addUser();
  const renewed = '$scrypt$ln=18,r=8,p=1$c2FsdA$aGFzaA';
  await inEngine((connection) => renewPasswordHash(connection, id, '$scrypt$other', renewed));
  const stored = async () => (await owner.query('SELECT password_hash AS hash FROM users')).rows[0].hash;
  t.equal(await stored(), PASSWORD_HASH);
  await inEngine((connection) => renewPasswordHash(connection, id, PASSWORD_HASH, renewed));
  t.equal(await stored(), renewed);
});

t.test(
  'sessions are told by their log-in; a user sees the families of their own sessions only',
  async (t) => {
    const { engine, as, addUser, inEngine } = await openUserSite(t);
    const [one, two] = [await addUser(), await addUser()];
    const begin = (userId: number, digit: string) =>
      inEngine((connection) =>
        createSession(connection, {
          ...{ userId, sessionTokenHash: hash(digit), refreshTokenHash: hash(`${Number(digit) + 1}`) },
          ...{ sessionTtlMs: 60_000, refreshTtlMs: 60_000 },
        }),
      );
    const [mine, theirs] = [await begin(one, '1'), await begin(two, '3')];
    const ids = [mine?.id ?? 0, theirs?.id ?? 0];
    t.match(await findHolding(engine, ids), [
      { sessionId: ids[0], userId: one, role: 'public', isVerified: false, expiresAt: mine?.expiresAt },
      { sessionId: ids[1], userId: two },
    ]);
    t.same(await findHolding(engine, []), []);
    t.equal(await as(one, (connection) => findFamily(connection, ids[0] ?? 0)), mine?.familyId);
    t.equal(await as(one, (connection) => findFamily(connection, ids[1] ?? 0)), null);
  },
);
