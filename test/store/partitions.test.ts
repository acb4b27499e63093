import t from 'tap';
import { upsertCandles } from '../../src/store/candle-upsert.js';
import {
  ensureMonths,
  ensurePartitions,
  ensurePartitionsAhead,
  monthsBetween,
  partitionName,
} from '../../src/store/partitions.js';
import type { Pool } from '../../src/store/pool.js';
import type { CandleRecord } from '../../src/store/records.js';
import { CandleRepository } from '../../src/store/repositories/candles.js';
import { candle, fromDocument, MINUTE, makeAssets, toDocument } from '../support/candles.js';
import { createTestDatabase } from '../support/database.js';

/** Writes rows as `CandleWriter` does: without making partitions. */
async function write(pool: Pool, records: readonly CandleRecord[]): Promise<void> {
  await upsertCandles(pool, records, {
    toDocument,
    computedAtMs: 0,
    onRejected: (_, error) => t.fail(error.message),
  });
}

/** Gives where each candle lies, by time. */
async function homes(pool: Pool): Promise<{ home: string; time: number }[]> {
  const { rows } = await pool.query<{ home: string; time: number }>(
    `SELECT tableoid::regclass::text AS home, candle_time AS time FROM price_data ORDER BY candle_time`,
  );
  return rows;
}

const MARCH = Date.UTC(2024, 2, 1);
const APRIL = Date.UTC(2024, 3, 1);

t.test('months of a range, its end exclusive', (t) => {
  t.same(monthsBetween(MARCH, APRIL), [MARCH]);
  t.same(monthsBetween(MARCH, APRIL + 1), [MARCH, APRIL]);
  t.same(monthsBetween(MARCH - 1, MARCH), [Date.UTC(2024, 1, 1)]);
  t.same(monthsBetween(Date.UTC(2023, 11, 31, 23, 59), Date.UTC(2024, 0, 1, 0, 1)), [
    Date.UTC(2023, 11, 1),
    Date.UTC(2024, 0, 1),
  ]);
  t.same(monthsBetween(MARCH, MARCH), []);
  t.equal(partitionName(MARCH), 'price_data_2024_03');
  t.equal(partitionName(MARCH - 1), 'price_data_2024_02');
  t.end();
});

t.test('a candle without a partition finds a home, and moves when its month gets one', async (t) => {
  const database = await createTestDatabase();
  t.teardown(() => database.drop());
  await makeAssets(database.pool);
  const times = [MARCH - MINUTE, MARCH, APRIL - MINUTE, APRIL];
  await write(
    database.pool,
    times.map((time) => candle({ time, indicators: { RSI: 50 } })),
  );
  t.same(
    (await homes(database.pool)).map(({ home }) => home),
    Array(4).fill('price_data_default'),
  );
  const before = (await database.pool.query('SELECT * FROM price_data ORDER BY candle_time')).rows;
  t.same(await ensurePartitions(database.pool, MARCH, APRIL), ['price_data_2024_03']);
  t.same(await homes(database.pool), [
    { home: 'price_data_default', time: MARCH - MINUTE },
    { home: 'price_data_2024_03', time: MARCH },
    { home: 'price_data_2024_03', time: APRIL - MINUTE },
    { home: 'price_data_default', time: APRIL },
  ]);
  const after = (await database.pool.query('SELECT * FROM price_data ORDER BY candle_time')).rows;
  t.same(after, before, 'every column as before, ids too');

  await write(
    database.pool,
    times.map((time) => candle({ time, close: 100.2 })),
  );
  t.equal((await homes(database.pool)).length, 4, 'a later write finds the row in its new home');
});

t.test('a partition has every promise of the table', async (t) => {
  const database = await createTestDatabase();
  t.teardown(() => database.drop());
  await makeAssets(database.pool);
  await ensurePartitions(database.pool, MARCH, APRIL);
  await write(database.pool, [candle({ time: MARCH })]);
  const insert = `INSERT INTO price_data (asset_id, timeframe, open_price, high_price, low_price, close_price,
    candle_time, is_closed, source) VALUES`;
  const time = `'2024-03-01T00:00:00Z', true, 'stream'`;
  await t.rejects(
    database.pool.query(`${insert} (1, '1m', 1, 1, 1, 1, ${time})`),
    { code: '23505' },
    'unique',
  );
  await t.rejects(
    database.pool.query(`${insert} (1, '1h', 1, 1, 2, 1, ${time})`),
    { code: '23514' },
    'checked',
  );
  await t.rejects(
    database.pool.query(`${insert} (9, '1m', 1, 1, 1, 1, ${time})`),
    { code: '23503' },
    'referring',
  );
  const { rows } = await database.pool.query(
    `UPDATE price_data SET volume = 1, updated_at = '2000-01-01' RETURNING updated_at > '2020-01-01' AS touched`,
  );
  t.same(rows, [{ touched: true }], 'updated_at is kept');
});

t.test('what is there already is not made again, and several makers do not meet', async (t) => {
  const database = await createTestDatabase();
  t.teardown(() => database.drop());
  const pools = [database.pool, await database.connect(), await database.connect()];
  const now = Date.UTC(2024, 10, 30, 23, 59);
  const made = await Promise.all(pools.map((pool) => ensurePartitionsAhead(pool, now)));
  const names = ['price_data_2024_11', 'price_data_2024_12', 'price_data_2025_01'];
  t.same(made.flat().sort(), names, 'each by one of them');
  t.same(await ensurePartitionsAhead(database.pool, now), []);
  t.same(await ensureMonths(database.pool, []), []);
});

t.test('a writer is not disturbed while partitions are made under it', async (t) => {
  const database = await createTestDatabase();
  t.teardown(() => database.drop());
  await makeAssets(database.pool);
  const writing = (async () => {
    for (let i = 0; i < 60; i++) {
      await write(database.pool, [candle({ time: MARCH + (i % 30) * MINUTE * 1440 + i * MINUTE })]);
    }
  })();
  const made = await ensurePartitions(database.pool, Date.UTC(2024, 0, 1), Date.UTC(2024, 6, 1));
  await writing;
  t.equal(made.length, 6);
  const { rows } = await database.pool.query('SELECT count(*)::int AS n FROM price_data');
  t.same(rows, [{ n: 60 }]);
  t.same((await database.pool.query('SELECT FROM price_data_default')).rowCount, 0);
});

t.test('a query for a month looks into the partitions it needs only', async (t) => {
  const database = await createTestDatabase();
  t.teardown(() => database.drop());
  await makeAssets(database.pool);
  const repository = new CandleRepository(database.pool, { toDocument, fromDocument });
  await repository.bulkUpsert([candle({ time: MARCH }), candle({ time: APRIL })], {
    computedAtMs: 0,
    onRejected: (_, error) => t.fail(error.message),
  });
  const { rows } = await database.pool.query<{ 'QUERY PLAN': string }>(
    `EXPLAIN SELECT FROM price_data WHERE asset_id = 1 AND timeframe = '1m' AND candle_time >= '2024-03-05Z'
     AND candle_time < '2024-03-06Z'`,
  );
  const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
  t.match(plan, 'price_data_2024_03');
  t.notMatch(plan, 'price_data_2024_04');
});
