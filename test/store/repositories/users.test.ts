import t from 'tap';
import { transaction } from '../../../src/store/pool.js';
import {
  changePassword,
  claimLogin,
  consumeResetToken,
  consumeVerificationToken,
  createUser,
  findPasswordHash,
  findUser,
  listUsers,
  recordLogin,
  setResetToken,
  setVerificationToken,
  updateProfile,
  updateUser,
} from '../../../src/store/repositories/users.js';
import { createWatchlist } from '../../../src/store/repositories/watchlists.js';
import type { LoginAttempt } from '../../../src/store/user-records.js';
import { emailOf, openUserSite, PASSWORD_HASH, readAll, untilBlocked } from '../../support/user-site.js';

const { as, engine, owner, addUser } = await openUserSite(t);

const POLICY = { maxAttempts: 3, lockoutMs: 60_000 };
const NEW_HASH = '$scrypt$ln=17,r=8,p=1$c2FsdA$bmV1';
const TOKEN = 'a'.repeat(64);
const OTHER_TOKEN = 'b'.repeat(64);

t.test('makes a user once per address, in whatever case', async (t) => {
  const user = { email: 'Ada@example.com', passwordHash: PASSWORD_HASH };
  const made = await Promise.all([createUser(engine, user), createUser(engine, user)]);
  t.equal(made.filter((one) => one !== null).length, 1, 'of two at once one');
  t.equal(await createUser(engine, { ...user, email: 'ADA@EXAMPLE.COM' }), null);
  t.match(await findUser(engine, made.find((one) => one !== null)?.id ?? 0), {
    email: 'Ada@example.com',
    firstName: null,
    role: 'public',
    isActive: true,
    isVerified: false,
    preferences: {},
    timezone: 'UTC',
    language: 'en',
    subscriptionPlan: 'free',
    loginCount: 0,
    lastLogin: null,
  });
  t.equal(await findUser(engine, 4_711), null);
});

t.test('users change their own profile and nothing else', async (t) => {
  const [ada, bob] = [await addUser(), await addUser()];
  const changes = { firstName: 'Ada', bio: 'Counts.', preferences: { theme: 'dark' }, language: 'fr' };
  t.match(await as(ada, (db) => updateProfile(db, ada, changes)), changes);
  t.match(await as(ada, (db) => updateProfile(db, ada, { bio: null })), { firstName: 'Ada', bio: null });
  t.equal(await as(ada, (db) => updateProfile(db, bob, changes)), null, 'not another one');
  t.match(await as(bob, (db) => findUser(db, bob)), { firstName: null });
  const raised = { firstName: 'Bob', role: 'admin', isActive: false };
  t.match(await as(bob, (db) => updateProfile(db, bob, raised)), { firstName: 'Bob', role: 'public' });
  await t.rejects(
    as(bob, (db) => updateProfile(db, bob, {})),
    { name: 'RangeError' },
  );
});

t.test('locks an account after so many attempts, however many come at once', async (t) => {
  const ada = await addUser();
  const email = await emailOf(owner, ada);
  let claimed: readonly Promise<LoginAttempt | null>[] = [];
  await transaction(owner, async (db) => {
    await db.query('SELECT FROM users WHERE id = $1 FOR UPDATE', [ada]);
    claimed = Array.from({ length: 12 }, () => claimLogin(engine, email.toUpperCase(), POLICY));
    await untilBlocked(owner, 12);
  });
  const attempts = await Promise.all(claimed);
  t.equal(attempts.filter((attempt) => attempt?.lockedUntil === null).length, 3, 'three are heard');
  const locked = attempts.filter((attempt) => attempt?.lockedUntil !== null);
  t.equal(locked.length, 9);
  const until = locked[0]?.lockedUntil ?? 0;
  t.match(await claimLogin(engine, email, POLICY), { lockedUntil: until }, 'no attempt prolongs it');
  await owner.query(`UPDATE users SET lockout_expires = now() - interval '1 second' WHERE id = $1`, [ada]);
  for (let attempt = 0; attempt < 3; attempt++) {
    t.match(await claimLogin(engine, email, POLICY), {
      userId: ada,
      role: 'public',
      passwordHash: PASSWORD_HASH,
      lockedUntil: null,
    });
  }
  t.not((await claimLogin(engine, email, POLICY))?.lockedUntil, null, 'counted anew');
});

t.test('a right password takes count and lock back', async (t) => {
  const ada = await addUser();
  const email = await emailOf(owner, ada);
  for (let round = 0; round < 3; round++) {
    for (let attempt = 0; attempt < 3; attempt++) await claimLogin(engine, email, POLICY);
    t.ok(await recordLogin(engine, ada, PASSWORD_HASH));
  }
  t.match(await findUser(engine, ada), { loginCount: 3, lastLogin: Number });
  t.notOk(await recordLogin(engine, ada, NEW_HASH), 'a password that is none any more logs nobody in');
});

t.test('nobody logs in who is unknown, switched off or deleted', async (t) => {
  const [admin, off, deleted] = [await addUser('admin'), await addUser(), await addUser()];
  await as(admin, (db) => updateUser(db, off, { isActive: false }));
  await as(admin, (db) => updateUser(db, deleted, { isDeleted: true }));
  for (const [id, email] of [
    [off, await emailOf(owner, off)],
    [deleted, await emailOf(owner, deleted)],
    [4_711, 'nobody@example.com'],
  ] as const) {
    t.equal(await claimLogin(engine, email, POLICY), null);
    t.equal(await findUser(engine, id), null);
    t.notOk(await recordLogin(engine, id, PASSWORD_HASH));
    t.equal(await findPasswordHash(engine, id), null);
    t.equal(await setResetToken(engine, email, TOKEN, 60_000), null);
  }
  const again = await createUser(engine, {
    email: await emailOf(owner, deleted),
    passwordHash: PASSWORD_HASH,
  });
  t.equal(again, null, 'the address of a deleted user stays taken');
});

t.test('of two changes of a password at once one wins', async (t) => {
  const ada = await addUser();
  const won = await Promise.all([
    changePassword(engine, ada, PASSWORD_HASH, NEW_HASH),
    changePassword(engine, ada, PASSWORD_HASH, `${NEW_HASH}x`),
  ]);
  t.equal(won.filter(Boolean).length, 1);
  t.equal(await findPasswordHash(engine, ada), won[0] ? NEW_HASH : `${NEW_HASH}x`);
});

t.test('a reset token sets a password once, while its time runs', async (t) => {
  const ada = await addUser();
  const email = await emailOf(owner, ada);
  t.equal(await setResetToken(engine, email, OTHER_TOKEN, 60_000), ada);
  t.equal(await setResetToken(engine, email.toUpperCase(), TOKEN, 60_000), ada);
  t.equal(await consumeResetToken(engine, OTHER_TOKEN, NEW_HASH), null, 'the former one is void');
  for (let attempt = 0; attempt < 3; attempt++) await claimLogin(engine, email, POLICY);
  const used = await Promise.all([
    consumeResetToken(engine, TOKEN, NEW_HASH),
    consumeResetToken(engine, TOKEN, NEW_HASH),
  ]);
  t.same(used.toSorted(), [ada, null], 'of two at once one');
  t.match(await claimLogin(engine, email, POLICY), {
    passwordHash: NEW_HASH,
    lockedUntil: null,
  });
  await setResetToken(engine, email, TOKEN, -1);
  t.equal(await consumeResetToken(engine, TOKEN, NEW_HASH), null, 'its time is over');
  await setResetToken(engine, email, TOKEN, 60_000);
  await changePassword(engine, ada, NEW_HASH, PASSWORD_HASH);
  t.equal(await consumeResetToken(engine, TOKEN, NEW_HASH), null, 'a change of the password makes it void');
});

t.test('a verification token verifies once, while its time runs', async (t) => {
  const ada = await addUser();
  t.ok(await setVerificationToken(engine, ada, TOKEN, -1));
  t.equal(await consumeVerificationToken(engine, TOKEN), null, 'its time is over');
  t.ok(await setVerificationToken(engine, ada, TOKEN, 60_000));
  const used = await Promise.all([
    consumeVerificationToken(engine, TOKEN),
    consumeVerificationToken(engine, TOKEN),
  ]);
  t.same(used.toSorted(), [ada, null]);
  t.match(await findUser(engine, ada), { isVerified: true });
  t.notOk(await setVerificationToken(engine, ada, TOKEN, 60_000), 'verified already');
});

t.test('admins list users, page by page, with what they watch', async (t) => {
  // Apart from the users of other tests.
  const { as, owner, addUser } = await openUserSite(t);
  const admin = await addUser('admin');
  const ids = [admin];
  for (let n = 0; n < 6; n++) ids.push(await addUser());
  await owner.query('UPDATE users SET created_at = $1', [new Date(1_700_000_000_000)]);
  await as(ids[1] ?? 0, (db) => createWatchlist(db, ids[1] ?? 0, { name: 'Mine' }, 10));
  for (const limit of [1, 2, 3, 7]) {
    const all = await as(admin, (db) =>
      readAll((cursor) => listUsers(db, { limit, ...(cursor === undefined ? {} : { cursor }) })),
    );
    t.same(
      all.map(({ id }) => id),
      ids.toReversed(),
    );
  }
  t.match(await as(admin, (db) => listUsers(db, { q: 'USER2@' })), {
    items: [
      { id: ids[1], personalWatchlists: 1, watchedAssets: 0, predictionAccuracy: null, deletedAt: null },
    ],
  });
  t.equal((await as(admin, (db) => listUsers(db, { role: 'admin' }))).items.length, 1);
  t.equal((await as(admin, (db) => listUsers(db, { q: '%' }))).items.length, 0, 'no pattern');
  t.equal((await as(ids[1] ?? 0, (db) => listUsers(db, {}))).items.length, 1, 'others see themselves');
});

t.test('admins change other users; what they leave out stays', async (t) => {
  const [admin, ada] = [await addUser('admin'), await addUser()];
  const expiresAt = Date.UTC(2030, 0, 1);
  t.match(
    await as(admin, (db) =>
      updateUser(db, ada, { subscriptionPlan: 'pro', subscriptionExpiresAt: expiresAt, notes: 'Paid.' }),
    ),
    { subscriptionPlan: 'pro', subscriptionExpiresAt: expiresAt, role: 'public', isActive: true },
  );
  t.match(await as(admin, (db) => updateUser(db, ada, { isDeleted: true })), { isActive: false });
  t.ok((await as(admin, (db) => listUsers(db, { isDeleted: true }))).items.some(({ id }) => id === ada));
  t.match(await as(admin, (db) => updateUser(db, ada, { isDeleted: false, isActive: true })), {
    isActive: true,
    subscriptionExpiresAt: expiresAt,
  });
  t.equal(await as(admin, (db) => updateUser(db, 4_711, { notes: null })), null);
  await t.rejects(
    as(ada, (db) => updateUser(db, ada, { role: 'admin' })),
    { code: '42501' },
  );
  await t.rejects(
    as(ada, (db) => updateUser(db, admin, { isActive: false })),
    { code: '42501' },
  );
  await t.rejects(
    as(admin, (db) => updateUser(db, ada, {})),
    { name: 'RangeError' },
  );
});
