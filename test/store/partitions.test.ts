import t from 'tap';
import { upsertCandles } from '../../src/store/candle-upsert.js';
import {
  analyzeMonths,
  archiveMonths,
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
    database.pool.query(`${insert} (999999, '1m', 1, 1, 1, 1, ${time})`),
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

/** Gives every candle of both tables, all columns. */
async function everything(pool: Pool): Promise<unknown[]> {
  const { rows } = await pool.query('SELECT * FROM v_price_data_all ORDER BY timeframe, candle_time');
  return rows;
}

/** Gives the candles of each timeframe in a table. */
async function held(pool: Pool, table: string): Promise<Record<string, number>> {
  const { rows } = await pool.query<{ timeframe: string; n: number }>(
    `SELECT timeframe, count(*) AS n FROM ${table} GROUP BY 1 ORDER BY 1`,
  );
  return Object.fromEntries(rows.map(({ timeframe, n }) => [timeframe, n]));
}

const DAY = 1440 * MINUTE;

/** A candle a day of three timeframes, from the end of February to the beginning of April 2024. */
async function fillMonths(pool: Pool): Promise<void> {
  await ensurePartitions(pool, MARCH, APRIL + 1);
  const times = Array.from({ length: 36 }, (_, day) => MARCH + (day - 2) * DAY);
  await write(
    pool,
    (['1m', '1h', '1d'] as const).flatMap((timeframe) =>
      times.map((time) => candle({ timeframe, time, indicators: { RSI: 50 } })),
    ),
  );
}

t.test('an old month moves to the archive as it is, days stay, newer months too', async (t) => {
  const database = await createTestDatabase();
  t.teardown(() => database.drop());
  const { pool } = database;
  await makeAssets(pool);
  await fillMonths(pool);
  const before = await everything(pool);
  t.equal(before.length, 108);
  t.same(await archiveMonths(pool, APRIL + 20 * DAY), { months: ['price_data_archive_2024_03'], late: 4 });
  t.same(await everything(pool), before, 'every column as before, each candle once');
  t.same(await held(pool, 'price_data'), { '1m': 3, '1h': 3, '1d': 36 });
  t.same(await held(pool, 'price_data_archive'), { '1m': 33, '1h': 33 });
  t.same(await archiveMonths(pool, APRIL + 20 * DAY), { months: [], late: 0 }, 'nothing is left to do');
  t.same(await ensurePartitions(pool, MARCH, APRIL), [], 'an archived month is not made again');
  await t.rejects(archiveMonths(pool, Date.now() - 50 * DAY), { code: '22023' }, 'what is new stays');
});

t.test('a late candle of an archived month is there once', async (t) => {
  const database = await createTestDatabase();
  t.teardown(() => database.drop());
  const { pool } = database;
  await makeAssets(pool);
  await fillMonths(pool);
  await archiveMonths(pool, APRIL);
  const before = await everything(pool);
  await write(pool, [candle({ time: MARCH, close: 100.2 }), candle({ time: MARCH - DAY, close: 100.2 })]);
  t.same(await everything(pool), before, 'what is archived is final');
  await write(pool, [
    candle({ time: MARCH + MINUTE }),
    candle({ timeframe: '1d', time: MARCH, close: 100.2 }),
  ]);
  t.equal((await held(pool, 'price_data_default'))['1m'], 1, 'one that the archive lacks is kept');
  t.equal((await everything(pool)).length, before.length + 1);
  t.same(await archiveMonths(pool, APRIL), { months: [], late: 1 }, 'and follows the others');
  t.equal((await held(pool, 'price_data_default'))['1m'], undefined);
  t.equal((await everything(pool)).length, before.length + 1);
});

t.test(
  'months are archived while their candles are written: none is lost, none is there twice',
  async (t) => {
    const database = await createTestDatabase();
    t.teardown(() => database.drop());
    const { pool } = database;
    await makeAssets(pool);
    const months = monthsBetween(Date.UTC(2023, 0, 1), Date.UTC(2023, 6, 1));
    await ensureMonths(pool, months);
    const times = months.flatMap((month) => Array.from({ length: 40 }, (_, i) => month + i * MINUTE));
    const many = await database.connect({ size: 4 });
    const writing = Promise.all(
      [0, 1, 2, 3].map(async (writer) => {
        for (let round = 0; round < 3; round++) {
          for (let i = writer; i < times.length; i += 3) {
            await write(
              many,
              times.slice(i, i + 5).map((time) => candle({ time })),
            );
          }
        }
      }),
    );
    const archived = { months: 0, late: 0 };
    let isOver = false;
    void writing.finally(() => {
      isOver = true;
    });
    for (let last = false; !last; ) {
      last = isOver;
      const step = await archiveMonths(pool, APRIL);
      archived.months += step.months.length;
      archived.late += step.late;
    }
    await writing;
    t.equal(archived.months, 6);
    t.ok(archived.late > 0, 'some came late');
    const { rows } = await pool.query(
      'SELECT count(*) AS rows, count(DISTINCT candle_time) AS times FROM v_price_data_all',
    );
    t.same(rows, [{ rows: times.length, times: times.length }]);
    t.same(await held(pool, 'price_data'), {});
  },
);

t.test('who reads while months are archived sees every candle once', async (t) => {
  const database = await createTestDatabase();
  t.teardown(() => database.drop());
  const { pool } = database;
  await makeAssets(pool);
  const months = monthsBetween(Date.UTC(2023, 0, 1), Date.UTC(2024, 0, 1));
  await ensureMonths(pool, months);
  const times = months.flatMap((month) => Array.from({ length: 20 }, (_, i) => month + i * MINUTE));
  await write(pool, [
    ...times.map((time) => candle({ time })),
    ...months.map((time) => candle({ timeframe: '1d', time })),
  ]);
  const candles = new CandleRepository(await database.connect(), { toDocument, fromDocument });
  const archiving = archiveMonths(pool, APRIL);
  let isOver = false;
  void archiving.finally(() => {
    isOver = true;
  });
  let reads = 0;
  for (let last = false; !last; reads++) {
    last = isOver;
    const read = await candles.latestClosed({ assetId: 1, timeframe: '1m', from: 0, limit: 1000 });
    if (JSON.stringify(read.map(({ time }) => time)) !== JSON.stringify(times)) {
      t.fail(`read ${reads} saw ${read.length} of ${times.length}`);
    }
    const days = await candles.latestClosed({ assetId: 1, timeframe: '1d', from: 0, limit: 1000 });
    if (days.length !== months.length) t.fail(`read ${reads} saw ${days.length} days`);
  }
  t.equal((await archiving).months.length, 12);
  t.ok(reads > 1, 'it was read meanwhile');
});

t.test('who reads for long keeps nobody from writing, and the work is done when it ends', async (t) => {
  const database = await createTestDatabase();
  t.teardown(() => database.drop());
  const { pool } = database;
  await makeAssets(pool);
  await fillMonths(pool);
  const reader = await pool.connect();
  t.teardown(() => reader.release());
  await reader.query('BEGIN');
  await reader.query('SELECT FROM price_data');
  const impatient = { patienceMs: 0 };
  await t.rejects(archiveMonths(pool, APRIL, impatient), { code: '55P03' });
  await t.rejects(ensureMonths(pool, [Date.UTC(2024, 5, 1)], impatient), { code: '55P03' });
  const working = Promise.all([archiveMonths(pool, APRIL), ensureMonths(pool, [Date.UTC(2024, 5, 1)])]);
  await write(pool, [candle({ time: APRIL + MINUTE }), candle({ time: Date.UTC(2024, 5, 1) })]);
  await reader.query('COMMIT');
  t.match(await working, [{ months: ['price_data_archive_2024_03'] }, ['price_data_2024_06']]);
  t.equal((await everything(pool)).length, 110);

  await reader.query('BEGIN');
  await reader.query('SELECT FROM price_data');
  const stopped = new AbortController();
  stopped.abort();
  const options = { signal: stopped.signal };
  await t.rejects(
    ensureMonths(pool, [Date.UTC(2024, 8, 1)], options),
    { name: 'AbortError' },
    'a stop ends it',
  );
  t.same(await archiveMonths(pool, APRIL, options), { months: [], late: 0 });
  await reader.query('COMMIT');
});

t.test('a query for an archived window looks into the partitions it needs only', async (t) => {
  const database = await createTestDatabase();
  t.teardown(() => database.drop());
  const { pool } = database;
  await makeAssets(pool);
  await fillMonths(pool);
  await archiveMonths(pool, APRIL);
  await analyzeMonths(pool, MARCH, APRIL + 1);
  const queries: { text: string; values: unknown[] }[] = [];
  const listening = {
    query: (text: string, values: unknown[]) => {
      queries.push({ text, values });
      return pool.query(text, values);
    },
  } as unknown as Pool;
  const candles = new CandleRepository(listening, { toDocument, fromDocument });
  const from = MARCH + 2 * DAY;
  const query = { assetId: 1, timeframe: '1m', from, to: from + 3 * DAY, limit: 1000 } as const;
  t.same(
    (await candles.latestClosed(query)).map(({ time }) => time),
    [from, from + DAY, from + 2 * DAY],
  );
  const [sent] = queries;
  const { rows } = await pool.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${sent?.text}`, sent?.values);
  const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
  t.match(plan, 'price_data_archive_2024_03');
  t.notMatch(plan, 'price_data_archive_2024_02');
  t.notMatch(plan, 'price_data_2024_04');
});
