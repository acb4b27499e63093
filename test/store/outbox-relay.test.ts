import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { appendEvents, type OutboxEvent, type StoredEvent } from '../../src/store/outbox.js';
import { OutboxRelay, type OutboxRelayOptions } from '../../src/store/outbox-relay.js';
import { type Pool, transaction } from '../../src/store/pool.js';
import { createTestDatabase } from '../support/database.js';
import { silent } from '../support/folder.js';
import { insertValid } from '../support/schema-cases.js';
import { until } from '../support/until.js';
import { usersCase } from './schema/users.cases.js';

const database = await createTestDatabase();
t.teardown(() => database.drop());
const { pool } = database;
t.beforeEach(() => pool.query('TRUNCATE outbox, outbox_channels'));

type Publish = OutboxRelayOptions['publish'];

/** A relay that has begun, over connections of its own. */
async function relay(
  t: Test,
  publish: Publish,
  options: Partial<OutboxRelayOptions> = {},
): Promise<OutboxRelay> {
  const relay = new OutboxRelay({
    pool: await database.connect({ size: 2 }),
    logger: silent,
    publish,
    electMs: 20,
    retry: { baseMs: 5, maxMs: 50 },
    ...options,
  });
  t.teardown(() => relay.stop());
  relay.start();
  return relay;
}

function events(channel: string, from: number, to: number, userId: number | null = null): OutboxEvent[] {
  return Array.from({ length: to - from + 1 }, (_, i) => ({ channel, userId, data: from + i }));
}

function append(events: readonly OutboxEvent[]): Promise<unknown> {
  return transaction(pool, (connection) => appendEvents(connection, events));
}

async function waiting(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ n: number }>(
    'SELECT count(*) AS n FROM outbox WHERE published_at IS NULL',
  );
  return rows[0]?.n ?? 0;
}

const allPublished = (): Promise<void> =>
  until('every event is marked', async () => (await waiting(pool)) === 0);

/** Offsets of each channel as they came, each the first time only. */
function firstSeen(published: readonly StoredEvent[]): ReadonlyMap<string, number[]> {
  const seen = new Map<string, number[]>();
  for (const { channel, userId, offset } of published) {
    const key = `${channel} ${userId}`;
    const offsets = seen.get(key) ?? [];
    if (!offsets.includes(offset)) offsets.push(offset);
    seen.set(key, offsets);
  }
  return seen;
}

const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1);

t.test('publishes what was there before it began and what is committed later, in order', async (t) => {
  const user = await insertValid(pool, usersCase, 1);
  await append([...events('signals', 1, 7), ...events('alerts', 1, 3, user)]);
  const published: StoredEvent[] = [];
  const it = await relay(
    t,
    (event) => {
      published.push(event);
    },
    // Far beyond the test: only a notice of the database can wake it.
    { pollMs: 3_600_000, batchRows: 4 },
  );
  await allPublished();
  await append([...events('signals', 8, 9), ...events('alerts', 4, 4, user)]);
  await allPublished();
  t.same(
    firstSeen(published),
    new Map([
      ['signals null', upTo(9)],
      [`alerts ${user}`, upTo(4)],
    ]),
  );
  t.equal(published.length, 13, 'each once');
  const [first] = published;
  t.match(first, { channel: 'signals', userId: null, offset: 1, data: 1 });
  t.same(Object.keys(first ?? {}).sort(), ['channel', 'createdAt', 'data', 'epoch', 'offset', 'userId']);
  t.match(it.stats, { isLeader: true, published: 13, failed: 0, lastError: null });
});

t.test('one leads, and when its connection is cut off in a batch another goes on', async (t) => {
  const published: StoredEvent[] = [];
  const slowly = async (event: StoredEvent): Promise<void> => {
    await sleep(1);
    published.push(event);
  };
  const relays = [await relay(t, slowly), await relay(t, slowly), await relay(t, slowly)];
  const leads = (): number => relays.filter(({ stats }) => stats.isLeader).length;
  await until('one leads', () => leads() === 1);
  const channels = ['signals', 'signals:BTC/USDT', 'recommendations'];
  const appending = (async () => {
    for (let i = 0; i < 40; i++) {
      await append(channels.flatMap((channel) => events(channel, i * 5 + 1, i * 5 + 5)));
    }
  })();
  const cutOff = new Set<number>();
  for (let cuts = 0; cuts < 4; cuts++) {
    const before = published.length;
    await until(
      'some are published',
      () => published.length > before + 15,
      30_000,
      () => published.length,
    );
    // Between two leaders there is a moment without one.
    await until('a leader is cut off', async () => {
      const { rows } = await pool.query<{ pid: number }>(
        `SELECT pid, pg_terminate_backend(pid) FROM pg_locks
         WHERE locktype = 'advisory' AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
      );
      if (rows.length > 1) t.fail('two hold the lead');
      for (const { pid } of rows) cutOff.add(pid);
      return cutOff.size === cuts + 1;
    });
  }
  await appending;
  await allPublished();
  for (const channel of channels) {
    t.same(firstSeen(published).get(`${channel} null`), upTo(200), `${channel}: in order, none missing`);
  }
  t.ok(published.length > 600, 'those that were not marked yet came again');
  t.equal(leads(), 1);
});

t.test('an event that is refused keeps its channel waiting, not the others', async (t) => {
  await append([...events('broken', 1, 30), ...events('signals', 1, 5)]);
  const published: StoredEvent[] = [];
  let isMended = false;
  const it = await relay(
    t,
    async (event) => {
      if (event.channel === 'broken' && event.offset === 3 && !isMended) throw new Error('no room');
      published.push(event);
    },
    { batchRows: 10 },
  );
  await until('the other channel is through', () => firstSeen(published).get('signals null')?.length === 5);
  t.same(firstSeen(published).get('broken null'), [1, 2]);
  t.match(it.stats.lastError, 'broken: no room');
  isMended = true;
  await allPublished();
  t.same(firstSeen(published).get('broken null'), upTo(30));
  t.equal(published.length, 35, 'nothing twice');
  await until('all is well', () => it.stats.lastError === null);
});

t.test('a publication that never ends counts as failed and is tried again', async (t) => {
  await append(events('signals', 1, 2));
  let tries = 0;
  await relay(t, () => (tries++ === 0 ? new Promise(() => undefined) : undefined), { publishTimeoutMs: 20 });
  await allPublished();
  t.equal(tries, 3);
});

t.test('a stop does not wait for what never ends, and gives the lead away', async (t) => {
  await append(events('signals', 1, 2));
  let isAsked = false;
  const hanging = await relay(t, () => {
    isAsked = true;
    return new Promise(() => undefined);
  });
  await until('it is publishing', () => isAsked);
  await hanging.stop();
  t.match(hanging.stats, { isLeader: false, published: 0, pending: null });
  const published: StoredEvent[] = [];
  await relay(t, (event) => {
    published.push(event);
  });
  await allPublished();
  t.same(firstSeen(published).get('signals null'), [1, 2], 'what it did not finish is published by the next');
});

t.test('counts what waits', async (t) => {
  await append(events('signals', 1, 3));
  await pool.query(`UPDATE outbox SET created_at = now() - interval '1 minute'`);
  const it = await relay(t, () => Promise.reject(new Error('no')));
  await until('it has looked', () => it.stats.pending === 3);
  t.ok((it.stats.lagMs ?? 0) >= 60_000);
});
