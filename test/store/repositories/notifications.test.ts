import t from 'tap';
import {
  countUnread,
  dismissNotification,
  insertNotifications,
  listNotifications,
  readNotification,
  sendNotifications,
} from '../../../src/store/repositories/notifications.js';
import { openUserSite, readAll } from '../../support/user-site.js';

const { engine, owner, as, inEngine, addUser } = await openUserSite(t);

function notification(userId: number, title = 'Told'): Parameters<typeof insertNotifications>[1][number] {
  return { userId, notificationType: 'system', title, message: 'So it is.' };
}

t.test('tells a user of a thing once, and the channel with it', async (t) => {
  const [ada, bob] = [await addUser(), await addUser()];
  const full = {
    ...notification(ada),
    data: { symbol: 'X' },
    priority: 'urgent',
    dedupKey: 'thing:1',
  } as const;
  t.same(await inEngine((db) => sendNotifications(db, [])), []);
  const sent = await inEngine((db) =>
    sendNotifications(db, [
      full,
      full,
      { ...full, userId: bob },
      notification(ada, 'a'),
      notification(ada, 'b'),
    ]),
  );
  t.same(
    sent.map(({ userId, title }) => [userId, title]),
    [
      [ada, 'Told'],
      [bob, 'Told'],
      [ada, 'a'],
      [ada, 'b'],
    ],
  );
  t.match(sent[0], {
    notificationType: 'system',
    message: 'So it is.',
    data: { symbol: 'X' },
    status: 'unread',
    priority: 'urgent',
    readAt: null,
    expiresAt: Number,
  });
  t.same(await inEngine((db) => sendNotifications(db, [full])), []);
  const { rows } = await owner.query(
    `SELECT data FROM outbox WHERE channel = 'notifications' AND user_id = $1 ORDER BY "offset"`,
    [ada],
  );
  t.match(rows, [
    {
      data: {
        id: sent[0]?.id,
        notification_type: 'system',
        priority: 'urgent',
        title: 'Told',
        message: 'So it is.',
        status: 'unread',
        data: { symbol: 'X' },
      },
    },
    { data: { title: 'a' } },
    { data: { title: 'b' } },
  ]);
});

t.test('a notification is read, dismissed, and of nobody else', async (t) => {
  const [ada, bob] = [await addUser(), await addUser()];
  const [one, two] = await insertNotifications(engine, [notification(ada), notification(ada)]);
  const [first, second] = [one?.id ?? 0, two?.id ?? 0];
  t.equal(await as(ada, (db) => countUnread(db, ada)), 2);
  t.equal(await as(bob, (db) => countUnread(db, ada)), 0);
  for (const change of [readNotification, dismissNotification]) {
    t.equal(await as(bob, (db) => change(db, bob, first)), null);
    t.equal(await change(owner, bob, first), null, 'the query says it too');
    t.equal(await as(ada, (db) => change(db, ada, 4_711)), null);
  }
  const read = await as(ada, (db) => readNotification(db, ada, first));
  t.match(read, { status: 'read', readAt: Number });
  t.match(await as(ada, (db) => readNotification(db, ada, first)), { readAt: read?.readAt }, 'once');
  t.equal(await as(ada, (db) => countUnread(db, ada)), 1);
  t.match(await as(ada, (db) => dismissNotification(db, ada, second)), { status: 'dismissed', readAt: null });
  t.match(await as(ada, (db) => readNotification(db, ada, second)), { status: 'dismissed' }, 'it stays so');
  const ids = async (status?: 'unread' | 'read' | 'dismissed'): Promise<readonly number[]> =>
    (await as(ada, (db) => listNotifications(db, ada, status === undefined ? {} : { status }))).items.map(
      ({ id }) => id,
    );
  t.same(await ids(), [first]);
  t.same(await ids('dismissed'), [second]);
  t.same(await ids('unread'), []);
});

t.test('shows none before its time and none after it', async (t) => {
  const ada = await addUser();
  const [one, two] = await insertNotifications(engine, [notification(ada), notification(ada)]);
  await owner.query(`UPDATE notifications SET scheduled_for = now() + interval '1 hour' WHERE id = $1`, [
    one?.id,
  ]);
  await owner.query(`UPDATE notifications SET expires_at = now() WHERE id = $1`, [two?.id]);
  t.same((await as(ada, (db) => listNotifications(db, ada, {}))).items, []);
  t.equal(await as(ada, (db) => countUnread(db, ada)), 0);
});

t.test('pages of equal times repeat and lose none', async (t) => {
  const ada = await addUser();
  const sent = await insertNotifications(
    engine,
    Array.from({ length: 9 }, () => notification(ada)),
  );
  for (const limit of [1, 2, 4, 9]) {
    const all = await as(ada, (db) =>
      readAll((cursor) => listNotifications(db, ada, { limit, ...(cursor === undefined ? {} : { cursor }) })),
    );
    t.same(
      all.map(({ id }) => id),
      sent.map(({ id }) => id).toReversed(),
    );
  }
});
