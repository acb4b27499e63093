import t from 'tap';
import type { FeedbackRecord, NewFeedback } from '../../../src/store/action-records.js';
import type { Connection } from '../../../src/store/pool.js';
import { createFeedback, listFeedback, respondToFeedback } from '../../../src/store/repositories/feedback.js';
import { openUserSite, readAll } from '../../support/user-site.js';

const { as, addUser } = await openUserSite(t);
const admin = await addUser('admin');

/** @throws Error if too much of the user waits */
async function create(connection: Connection, userId: number, said: NewFeedback): Promise<FeedbackRecord> {
  const made = await createFeedback(connection, userId, said, 1_000);
  if (made === null) throw new Error('it was not taken');
  return made;
}

t.test('users say what they have to say, and admins answer', async (t) => {
  const [ada, bob] = [await addUser(), await addUser()];
  const said = { feedbackType: 'bug_report', message: 'It stops.', contextData: { page: '/chart' } } as const;
  const feedback = await as(ada, (db) => create(db, ada, said));
  t.match(feedback, {
    ...said,
    userId: ada,
    status: 'new',
    priority: 'normal',
    reviewedBy: null,
    responseMessage: null,
    reviewedAt: null,
    respondedAt: null,
  });
  await t.rejects(
    as(bob, (db) => create(db, ada, said)),
    { code: '42501' },
  );
  t.same((await as(bob, (db) => listFeedback(db, {}))).items, []);
  t.same((await as(ada, (db) => listFeedback(db, {}))).items, [feedback]);
  t.same((await as(admin, (db) => listFeedback(db, { userId: ada }))).items, [feedback]);

  const respond = (by: number, response: object): ReturnType<typeof respondToFeedback> =>
    as(by, (db) => respondToFeedback(db, feedback.id, { reviewedBy: by, status: 'closed', ...response }));
  t.equal(await respond(bob, { responseMessage: 'No.' }), null);
  t.equal(await respond(ada, { responseMessage: 'No.' }), null, 'nobody answers themselves');
  t.match(await respond(admin, { status: 'in_review', priority: 'high' }), {
    status: 'in_review',
    priority: 'high',
    reviewedBy: admin,
    reviewedAt: Number,
    responseMessage: null,
    respondedAt: null,
  });
  t.match(await respond(admin, { status: 'addressed', responseMessage: 'It runs.' }), {
    priority: 'high',
    responseMessage: 'It runs.',
    respondedAt: Number,
  });
  t.match(await respond(admin, {}), { status: 'closed', responseMessage: 'It runs.', respondedAt: Number });
  t.equal(await respond(admin, { responseMessage: 'Again.' }), null, 'closed is closed');
  t.equal(
    await as(admin, (db) => respondToFeedback(db, 4_711, { reviewedBy: admin, status: 'closed' })),
    null,
  );
});

t.test('admins filter it, page by page', async (t) => {
  const ada = await addUser();
  const ids = await as(ada, async (db) => {
    const made: number[] = [];
    // In one transaction: of one time.
    for (let n = 0; n < 7; n++) {
      const feedback = { feedbackType: 'feature_request', message: `Wish ${n}` } as const;
      made.push((await create(db, ada, feedback)).id);
    }
    return made;
  });
  for (const limit of [1, 3, 7]) {
    const filter = { feedbackType: 'feature_request', status: 'new', priority: 'normal', limit } as const;
    const all = await as(admin, (db) =>
      readAll((cursor) => listFeedback(db, { ...filter, ...(cursor === undefined ? {} : { cursor }) })),
    );
    t.same(
      all.map(({ id }) => id),
      ids.toReversed(),
    );
  }
  t.same((await as(admin, (db) => listFeedback(db, { priority: 'low' }))).items, []);
});
