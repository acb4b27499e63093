import t from 'tap';
import {
  expireRecommendations,
  getRecommendation,
  implementRecommendation,
  insertRecommendations,
  listRecommendations,
  listReviewQueue,
  rateRecommendation,
  reviewRecommendation,
} from '../../../src/store/repositories/recommendations.js';
import { openUserSite, readAll } from '../../support/user-site.js';

const { owner, as, inEngine, addUser } = await openUserSite(t);
const [admin, second, ada, bob] = [
  await addUser('admin'),
  await addUser('admin'),
  await addUser(),
  await addUser(),
];
const ADD = { recommendationType: 'add', targetEntityType: 'watchlist', targetEntityId: 1 } as const;

type Given = Parameters<typeof insertRecommendations>[1][number];

async function make(different: Partial<Given> = {}): Promise<number> {
  const [row] = await inEngine((db) => insertRecommendations(db, [{ ...ADD, ...different }]));
  return row?.id ?? 0;
}

async function events(): Promise<readonly unknown[]> {
  const { rows } = await owner.query<{ data: unknown }>(
    `SELECT data FROM outbox WHERE channel = 'recommendations' ORDER BY "offset"`,
  );
  return rows.map(({ data }) => data);
}

t.test('the queue is the most urgent first, page by page', async (t) => {
  t.same(await as(admin, (db) => listReviewQueue(db, {})), { items: [], nextCursor: null });
  const ids = [];
  for (const priorityLevel of ['low', 'urgent', 'medium', 'urgent', 'low'] as const)
    ids.push(await make({ priorityLevel }));
  await make({ expiresAt: Date.now() - 1 });
  const [low, urgent, medium, urgentToo, lowToo] = ids;
  for (const limit of [1, 2, 5]) {
    const all = await as(admin, (db) =>
      readAll((cursor) => listReviewQueue(db, { limit, ...(cursor === undefined ? {} : { cursor }) })),
    );
    t.same(
      all.map(({ id }) => id),
      [urgent, urgentToo, medium, low, lowToo],
    );
  }
  const lows = await as(admin, (db) => listReviewQueue(db, { priority: 'low', days: 1 }));
  t.same(
    lows.items.map(({ id }) => id),
    [low, lowToo],
  );
  t.same((await as(ada, (db) => listReviewQueue(db, {}))).items, [], 'no admin');
});

t.test('what has its key already is not recommended again', async (t) => {
  const before = (await events()).length;
  const id = await make({ dedupKey: 'add:1' });
  t.ok(id > 0);
  t.same(await inEngine((db) => insertRecommendations(db, [{ ...ADD, dedupKey: 'add:1' }])), []);
  t.equal((await events()).length, before + 1);
  t.match((await events()).at(-1), { id, status: 'pending', priority: 'medium' });
});

t.test('a recommendation is reviewed once, whoever is first, and that is told', async (t) => {
  const id = await make();
  const before = (await events()).length;
  const review = (reviewedBy: number) =>
    ({ id, decision: 'approved', reviewedBy, reviewNotes: 'good' }) as const;
  const found = await Promise.all(
    [admin, second].map((user) => as(user, (db) => reviewRecommendation(db, review(user)))),
  );
  t.same(found.map(({ outcome }) => outcome).toSorted(), ['conflict', 'reviewed']);
  t.equal((await events()).length, before + 1);
  const missing = { ...review(admin), id: 4_711 };
  t.match(await as(admin, (db) => reviewRecommendation(db, missing)), { outcome: 'not_found' });
  const over = await make({ expiresAt: Date.now() - 1 });
  const late = { ...review(admin), id: over };
  t.match(await as(admin, (db) => reviewRecommendation(db, late)), { outcome: 'conflict' });
  const moved = await make();
  t.match(
    await as(admin, (db) =>
      reviewRecommendation(db, {
        ...{ id: moved, decision: 'rejected', reviewedBy: admin, reviewNotes: '' },
        target: { type: 'asset', id: 7 },
      }),
    ),
    {
      outcome: 'reviewed',
      recommendation: { status: 'rejected', reviewedBy: admin, targetEntityType: 'asset', targetEntityId: 7 },
    },
  );
  t.equal(await as(admin, (db) => implementRecommendation(db, moved)), false, 'it was rejected');
  t.equal(await as(admin, (db) => implementRecommendation(db, id)), true);
  t.equal(await as(admin, (db) => implementRecommendation(db, id)), false, 'once');
  t.match(await as(admin, (db) => getRecommendation(db, id)), { status: 'implemented', targetEntityId: 1 });
});

t.test('users rate what was recommended to them, and decide nothing', async (t) => {
  const id = await make({ userId: ada, expiresAt: Date.now() + 3_600_000 });
  t.match(await as(ada, (db) => rateRecommendation(db, ada, { id, userRating: 4, userFeedback: 'fine' })), {
    ...{ id, userRating: 4, userFeedback: 'fine', status: 'pending' },
  });
  t.match(await as(ada, (db) => rateRecommendation(db, ada, { id, userRating: 5 })), {
    userFeedback: 'fine',
  });
  t.equal(await as(bob, (db) => rateRecommendation(db, bob, { id, userRating: 1 })), null);
  t.equal(await rateRecommendation(owner, bob, { id, userRating: 1 }), null, 'the query says it too');
  await t.rejects(
    as(ada, (db) => rateRecommendation(db, ada, { id, userRating: 6 })),
    /chk_recommendations_user_rating/,
  );
  await t.rejects(
    as(ada, (db) => reviewRecommendation(db, { id, decision: 'approved', reviewedBy: ada, reviewNotes: '' })),
    { code: '42501' },
  );
  const own = await as(ada, (db) => listRecommendations(db, { userId: ada }));
  t.same(
    own.items.map((item) => item.id),
    [id],
  );
  t.same((await as(bob, (db) => listRecommendations(db, {}))).items, []);
  const pending = await as(admin, (db) => listRecommendations(db, { status: 'pending', limit: 1 }));
  t.match(pending, { items: [{ id }], nextCursor: String });
});

t.test('expires what waits beyond its time, once', async (t) => {
  const { rows } = await owner.query<{ id: number }>(
    `SELECT id FROM recommendations WHERE status = 'pending' AND expires_at < now() ORDER BY id`,
  );
  t.ok(rows.length > 0);
  const expired = await Promise.all([1, 2].map(() => inEngine((db) => expireRecommendations(db))));
  t.same(
    expired.flat().toSorted((a, b) => a - b),
    rows.map(({ id }) => id),
  );
  t.match((await events()).at(-1), { status: 'expired' });
});
