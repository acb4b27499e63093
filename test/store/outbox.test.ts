import t from 'tap';
import { readDatabaseId } from '../../src/store/database-id.js';
import {
  appendEvents,
  ensureChannels,
  findPosition,
  type OutboxEvent,
  type Position,
  position,
  pruneOutbox,
  recover,
} from '../../src/store/outbox.js';
import { type Pool, transaction } from '../../src/store/pool.js';
import { createTestDatabase } from '../support/database.js';
import { insertValid } from '../support/schema-cases.js';
import { usersCase } from './schema/users.cases.js';

function append(pool: Pool, events: readonly OutboxEvent[]): ReturnType<typeof appendEvents> {
  return transaction(pool, (connection) => appendEvents(connection, events));
}

function signals(...data: unknown[]): OutboxEvent[] {
  return data.map((value) => ({ channel: 'signals', userId: null, data: value }));
}

async function publishAll(pool: Pool, agoHours = 0): Promise<void> {
  await pool.query(
    `UPDATE outbox SET published_at = now() - $1 * interval '1 hour' WHERE published_at IS NULL`,
    [agoHours],
  );
}

const database = await createTestDatabase();
t.teardown(() => database.drop());
const { pool } = database;
t.beforeEach(() => pool.query('TRUNCATE outbox, outbox_channels'));

t.test('events of many channels get the next offsets of each, in their order', async (t) => {
  const user = await insertValid(pool, usersCase, 1);
  t.same(await append(pool, []), []);
  const mixed = [
    ...signals('a'),
    { channel: 'alerts', userId: user, data: { b: 1 } },
    ...signals('c', null),
    { channel: 'alerts', userId: null, data: ['d'] },
  ];
  const places = await append(pool, mixed);
  t.same(
    places.map(({ channel, offset }) => [channel, offset]),
    [
      ['signals', 1],
      ['alerts', 1],
      ['signals', 2],
      ['signals', 3],
      ['alerts', 1],
    ],
  );
  t.equal(new Set(places.map(({ epoch }) => epoch)).size, 3, 'an epoch each, the user’s channel its own');
  const [next] = await append(pool, signals('e'));
  t.match(next, { offset: 4, epoch: places[0]?.epoch });

  const epoch = places[0]?.epoch ?? '';
  const recovery = await recover(pool, 'signals', null, { epoch, offset: 1 }, 10);
  t.match(recovery, { recovered: true });
  t.same(
    recovery.recovered && recovery.events.map(({ offset, data }) => [offset, data]),
    [
      [2, 'c'],
      [3, null],
      [4, 'e'],
    ],
    'what was written comes back as it was',
  );
  t.match(await recover(pool, 'alerts', user, await begun('alerts', user), 10), {
    recovered: true,
    events: [{ channel: 'alerts', userId: user, offset: 1, data: { b: 1 } }],
  });
});

async function begun(channel: string, userId: number | null): Promise<Position> {
  return { epoch: (await position(pool, channel, userId)).epoch, offset: 0 };
}

t.test('a channel has a position before its first event, and it is recovered from', async (t) => {
  const places = await Promise.all([1, 2, 3].map(() => position(pool, 'signals', null)));
  t.equal(new Set(places.map(({ epoch }) => epoch)).size, 1, 'whoever asks first');
  t.equal(places[0]?.offset, 0);
  const [place = { epoch: '', offset: -1 }] = places;
  t.same(await recover(pool, 'signals', null, place, 10), { recovered: true, events: [] });
  await append(pool, signals(1, 2));
  t.match(await recover(pool, 'signals', null, place, 10), {
    recovered: true,
    events: [{ offset: 1 }, { offset: 2 }],
  });
  t.same(await position(pool, 'signals', null), { epoch: place.epoch, offset: 2 });
});

t.test('recovery is all or nothing, and says why it is nothing', async (t) => {
  const from = await begun('signals', null);
  await append(pool, signals(1, 2, 3, 4));
  const at = (offset: number, limit = 10, epoch = from.epoch) =>
    recover(pool, 'signals', null, { epoch, offset }, limit);
  t.same(await at(0, 3), { recovered: false, reason: 'too_many', kept: 1 });
  t.match(await at(1, 3), { recovered: true }, 'behind which all can be had');
  t.match(await at(0, 4), { recovered: true });
  t.same(await at(5), { recovered: false, reason: 'ahead' });
  t.same(await at(4), { recovered: true, events: [] });
  t.same(await at(1, 10, 'other'), { recovered: false, reason: 'epoch' });
  t.same(await recover(pool, 'unheard', null, from, 10), { recovered: false, reason: 'epoch' });

  await publishAll(pool, 25);
  await append(pool, signals(5, 6));
  t.equal(await pruneOutbox(pool, { chunkRows: 3 }), 4, 'in chunks');
  t.match(await at(4), { recovered: true, events: [{ offset: 5 }, { offset: 6 }] });
  t.same(await at(3), { recovered: false, reason: 'pruned', kept: 4 });
  await publishAll(pool, 25);
  await pruneOutbox(pool);
  t.same(await at(4), { recovered: false, reason: 'pruned', kept: 6 }, 'also when none is left');
  t.same(await at(6), { recovered: true, events: [] });
});

t.test('what is not published, or not for 24 hours, is not pruned', async (t) => {
  const from = await begun('signals', null);
  await append(pool, signals(1));
  await publishAll(pool, 23.9);
  await pool.query(`UPDATE outbox SET created_at = now() - interval '9 days'`);
  await append(pool, signals(2));
  t.equal(await pruneOutbox(pool), 0);
  t.match(await recover(pool, 'signals', null, from, 10), { recovered: true });
});

t.test('a transaction that is rolled back leaves no hole', async (t) => {
  const from = await begun('signals', null);
  await append(pool, signals(1));
  await t.rejects(
    transaction(pool, async (connection) => {
      await appendEvents(connection, signals('lost', 'lost'));
      throw new Error('rolled back');
    }),
    { message: 'rolled back' },
  );
  await append(pool, signals(2));
  t.match(await recover(pool, 'signals', null, from, 10), {
    recovered: true,
    events: [
      { offset: 1, data: 1 },
      { offset: 2, data: 2 },
    ],
  });
});

t.test('many writers at once: no hole, no deadlock, and nothing appears behind a reader', async (t) => {
  const channels = ['signals', 'signals:BTC/USDT', 'candles'];
  const many = await database.connect({ size: 12 });
  let isWriting = true;
  const writers = Array.from({ length: 10 }, (_, writer) =>
    (async () => {
      for (let i = 0; i < 30; i++) {
        // Each in another order, some rolled back.
        const events = [0, 1, 2, 0].map((shift) => ({
          channel: channels[(writer + i + shift) % 3] ?? '',
          userId: null,
          data: { writer, i },
        }));
        await transaction(many, async (connection) => {
          await appendEvents(connection, events);
          if (i % 5 === 0) throw new Error('rolled back');
        }).catch((error: Error) => t.equal(error.message, 'rolled back'));
      }
    })(),
  );
  const read: number[] = [];
  const reader = (async () => {
    let last = false;
    for (let from = await begun('signals', null); !last; ) {
      last = !isWriting;
      const recovery = await recover(pool, 'signals', null, from, 10_000);
      if (!recovery.recovered) throw new Error(recovery.reason);
      read.push(...recovery.events.map(({ offset }) => offset));
      from = recovery.events.at(-1) ?? from;
    }
  })();
  await Promise.all(writers);
  isWriting = false;
  await reader;
  t.same(
    read,
    Array.from(read, (_, index) => index + 1),
    'a reader who goes on from the newest misses none',
  );
  const { rows } = await pool.query<{ events: number; gapless: boolean; ordered: boolean }>(
    `SELECT count(*) AS events, max("offset") = count(*) AND count(DISTINCT "offset") = count(*) AS gapless,
       array_agg("offset" ORDER BY id) = array_agg("offset" ORDER BY "offset") AS ordered
     FROM outbox GROUP BY channel`,
  );
  t.equal(rows.length, 3);
  t.ok(
    rows.every(({ gapless, ordered }) => gapless && ordered),
    'ids and offsets go up together',
  );
  t.equal(
    rows.reduce((sum, { events }) => sum + events, 0),
    10 * 24 * 4,
  );
});

t.test('a restored database begins new epochs, and forgets no event that waits', async (t) => {
  const from = await begun('signals', null);
  await append(pool, signals(1, 2));
  await publishAll(pool);
  await append(pool, signals(3, 4));
  await position(pool, 'quiet', null);
  const name = await readDatabaseId(pool);
  await pool.query('SELECT renew_outbox_epochs()');
  t.not(await readDatabaseId(pool), name, 'what waits on a disk for the former one does not get in');
  t.same(await recover(pool, 'signals', null, { ...from, offset: 2 }, 10), {
    recovered: false,
    reason: 'epoch',
  });
  const renewed = await position(pool, 'signals', null);
  t.not(renewed.epoch, from.epoch);
  t.equal(renewed.offset, 2);
  t.match(await recover(pool, 'signals', null, { ...renewed, offset: 0 }, 10), {
    recovered: true,
    events: [
      { offset: 1, data: 3 },
      { offset: 2, data: 4 },
    ],
  });
  t.equal((await position(pool, 'quiet', null)).offset, 0);
  t.match(await append(pool, signals(5)), [{ epoch: renewed.epoch, offset: 3 }]);
});

t.test('a user who is deleted takes their events along', async (t) => {
  const user = await insertValid(pool, usersCase, 2);
  await append(pool, [{ channel: 'alerts', userId: user, data: 1 }, ...signals(1)]);
  await pool.query('DELETE FROM users WHERE id = $1', [user]);
  t.same((await pool.query('SELECT channel FROM outbox')).rows, [{ channel: 'signals' }]);
  t.same((await pool.query('SELECT channel FROM outbox_channels')).rows, [{ channel: 'signals' }]);
});

t.test('channels get their places before anything is told on them, and keep them', async (t) => {
  t.equal(await findPosition(pool, 'signals', null), null);
  await ensureChannels(pool, ['signals', 'signals:A/B', 'signals']);
  const place = await findPosition(pool, 'signals', null);
  t.match(place, { epoch: /^[0-9a-f]{32}$/, offset: 0 });
  await append(pool, signals('a'));
  await ensureChannels(pool, ['signals', 'recommendations']);
  t.same(await findPosition(pool, 'signals', null), { epoch: place?.epoch, offset: 1 });
  t.equal((await findPosition(pool, 'recommendations', null))?.offset, 0);
});
