import t from 'tap';
import { listActivities, recordActivities } from '../../../src/store/repositories/activities.js';
import { openUserSite, readAll } from '../../support/user-site.js';

t.test('keeps what users did, for admins to read by user, type and days', async (t) => {
  const { as, engine, owner, addUser } = await openUserSite(t);
  const [admin, ada, bob] = [await addUser('admin'), await addUser(), await addUser()];
  await recordActivities(engine, []);
  await recordActivities(engine, [
    {
      userId: ada,
      activityType: 'login',
      action: 'login',
      details: { browser: `"Ly'nx"\\` },
      ipAddress: '192.0.2.1',
      userAgent: 'Lynx/2',
    },
    { userId: bob, activityType: 'login', action: 'login' },
    {
      userId: null,
      activityType: 'request',
      entityType: 'asset',
      entityId: 7,
      action: 'view',
      details: null,
    },
  ]);
  t.match(await as(admin, (db) => listActivities(db, { userId: ada })), {
    items: [
      {
        userId: ada,
        sessionId: null,
        activityType: 'login',
        entityType: null,
        action: 'login',
        details: { browser: `"Ly'nx"\\` },
        ipAddress: '192.0.2.1',
        userAgent: 'Lynx/2',
        createdAt: Number,
      },
    ],
  });
  t.equal((await as(admin, (db) => listActivities(db, { activityType: 'login' }))).items.length, 2);
  t.equal(
    (await as(admin, (db) => listActivities(db, { activityType: 'login', userId: bob }))).items.length,
    1,
  );
  await owner.query(`UPDATE user_activities SET created_at = now() - interval '8 days' WHERE user_id = $1`, [
    bob,
  ]);
  t.equal((await as(admin, (db) => listActivities(db, { days: 7 }))).items.length, 2);
  t.same(
    (await as(ada, (db) => listActivities(db, {}))).items.map(({ userId }) => userId),
    [ada],
    'others see their own',
  );
  t.same((await as(null, (db) => listActivities(db, {}))).items, []);
});

t.test('pages of equal times repeat and lose none', async (t) => {
  const { engine, addUser } = await openUserSite(t);
  const ada = await addUser();
  const one = { userId: ada, activityType: 'request', action: 'view' };
  await recordActivities(
    engine,
    Array.from({ length: 10 }, () => one),
  );
  for (const limit of [1, 3, 5, 10]) {
    const all = await readAll((cursor) =>
      listActivities(engine, { limit, ...(cursor === undefined ? {} : { cursor }) }),
    );
    t.equal(new Set(all.map(({ id }) => id)).size, 10);
    t.equal(all.length, 10);
  }
});
