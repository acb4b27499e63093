import t, { type Test } from 'tap';
import { archiveMonths } from '../../../src/store/partitions.js';
import type { CandleQuery, CandleRecord } from '../../../src/store/records.js';
import { CandleRepository } from '../../../src/store/repositories/candles.js';
import { StoreWriter } from '../../../src/store/writer.js';
import { candle, fromDocument, MINUTE, makeAssets, START, toDocument } from '../../support/candles.js';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';
import { silent } from '../../support/folder.js';

const STRICT = {
  computedAtMs: 0,
  onRejected: (_: CandleRecord, error: Error) => {
    throw error;
  },
};

async function setUp(t: Test): Promise<{ database: TestDatabase; candles: CandleRepository }> {
  const database = await createTestDatabase();
  t.teardown(() => database.drop());
  await makeAssets(database.pool, 2);
  return { database, candles: new CandleRepository(database.pool, { toDocument, fromDocument }) };
}

t.test('gives the newest closed candles of a range, oldest first, as they were written', async (t) => {
  const { candles } = await setUp(t);
  const records = Array.from({ length: 10 }, (_, i) =>
    candle({ time: START + i * MINUTE, volume: i / 7, indicators: { RSI: i } }),
  );
  await candles.bulkUpsert(
    [...records, candle({ assetId: 2 }), candle({ timeframe: '5m' }), candle({ timeframe: '1M' })],
    STRICT,
  );
  const query = { assetId: 1, timeframe: '1m', limit: 100, withIndicators: true } as const;
  t.same(await candles.latestClosed(query), records);
  t.same(await candles.latestClosed({ ...query, limit: 3 }), records.slice(-3));
  t.same(
    await candles.latestClosed({ ...query, from: START + MINUTE, to: START + 4 * MINUTE }),
    records.slice(1, 4),
  );
  t.same(await candles.latestClosed({ ...query, to: START + 5 * MINUTE, limit: 2 }), records.slice(3, 5));
  t.same(await candles.latestClosed({ ...query, from: START + 8 * MINUTE }), records.slice(8));
  t.same(await candles.latestClosed({ ...query, from: START + 10 * MINUTE }), []);
  t.equal((await candles.latestClosed({ assetId: 1, timeframe: '1m', limit: 1 }))[0]?.indicators, null);
  t.same(await candles.closedTimes(1, '1m', START + MINUTE, START + 3 * MINUTE), [
    START + MINUTE,
    START + 2 * MINUTE,
  ]);
});

t.test('an archived month is read as if it were not, over the edge too', async (t) => {
  const { database, candles } = await setUp(t);
  const april = Date.UTC(2024, 3, 1);
  const HOUR = 60 * MINUTE;
  const times = Array.from({ length: 40 }, (_, i) => april + (i - 20) * HOUR);
  await candles.bulkUpsert(
    [...times.map((time) => candle({ timeframe: '1h', time })), candle({ timeframe: '1d', time: april })],
    STRICT,
  );
  // Far older than the others, so that rows are missing between.
  await candles.bulkUpsert([candle({ timeframe: '1h', time: Date.UTC(2023, 0, 1) })], STRICT);
  const all = [Date.UTC(2023, 0, 1), ...times];
  const query = { assetId: 1, timeframe: '1h', limit: 100 } as const;
  const read = async (change: Partial<CandleQuery>): Promise<number[]> =>
    (await candles.latestClosed({ ...query, ...change })).map(({ time }) => time);
  const check = async (): Promise<void> => {
    t.same(await read({}), all);
    t.same(await read({ limit: 25 }), times.slice(-25));
    t.same(await read({ to: april + HOUR, limit: 3 }), times.slice(18, 21));
    t.same(
      await read({ to: april - 5 * HOUR, limit: 15 }),
      times.slice(0, 15),
      'no further back than needed',
    );
    t.same(await read({ to: april - 5 * HOUR, limit: 16 }), all.slice(0, 16), 'behind a hole');
    t.same(await read({ from: april - 2 * HOUR, to: april + HOUR }), times.slice(18, 21));
    t.same(await read({ from: 0, limit: 21 }), times.slice(-21));
    t.same(await candles.closedTimes(1, '1h', april - HOUR, april + HOUR), times.slice(19, 21));
  };
  await check();
  const { months } = await archiveMonths(database.pool, april);
  t.same(months, ['price_data_archive_2023_01', 'price_data_archive_2024_03']);
  await check();
});

t.test('forming rows left by an earlier run are not seen', async (t) => {
  const { database, candles } = await setUp(t);
  const writer = new StoreWriter({ pool: database.pool, logger: silent, toDocument });
  writer.closed(candle());
  writer.forming(candle({ time: START + MINUTE, isClosed: false }));
  await writer.close();
  t.equal((await database.pool.query('SELECT FROM price_data')).rowCount, 2);
  const query = { assetId: 1, timeframe: '1m', limit: 10 } as const;
  t.same(await candles.latestClosed(query), [candle()]);
  t.equal((await candles.latestClosedExact(query)).length, 1);
  t.same(await candles.closedTimes(1, '1m', 0, START * 2), [START]);
});

t.test('exact candles have every digit that is stored', async (t) => {
  const { database, candles } = await setUp(t);
  await candles.bulkUpsert([candle()], STRICT);
  await database.pool.query(
    `UPDATE price_data SET high_price = 123456789.123456789012345678, low_price = 0.0000000012340`,
  );
  const [exact] = await candles.latestClosedExact({ assetId: 1, timeframe: '1m', limit: 1 });
  t.match(exact, {
    open: '100.5',
    high: '123456789.123456789012345678',
    low: '0.0000000012340',
    volume: '12.345',
    record: { low: 0.000000001234 },
  });
});

t.test('a bulk load makes its partitions, but none for the few rows of days, weeks and months', async (t) => {
  const { database, candles } = await setUp(t);
  const old = Date.UTC(2019, 5, 1);
  await candles.bulkUpsert(
    [
      candle({ timeframe: '1h', time: START }),
      candle({ timeframe: '4h', time: Date.UTC(2023, 11, 31, 20) }),
      candle({ timeframe: '1d', time: old }),
      candle({ timeframe: '1w', time: Date.UTC(2019, 5, 3) }),
      candle({ timeframe: '1M', time: old }),
    ],
    STRICT,
  );
  const { rows } = await database.pool.query(
    `SELECT timeframe, tableoid::regclass::text AS home FROM price_data ORDER BY candle_time, timeframe`,
  );
  t.same(rows, [
    { timeframe: '1d', home: 'price_data_default' },
    { timeframe: '1M', home: 'price_data_default' },
    { timeframe: '1w', home: 'price_data_default' },
    { timeframe: '4h', home: 'price_data_2023_12' },
    { timeframe: '1h', home: 'price_data_2024_03' },
  ]);
  const found = await candles.latestClosed({ assetId: 1, timeframe: '1d', limit: 5 });
  t.same(found, [candle({ timeframe: '1d', time: old })]);
});

t.test('a bulk load of many pages is written once, told as it goes, and may be repeated', async (t) => {
  const { database, candles } = await setUp(t);
  const records = Array.from({ length: 2_500 }, (_, i) => candle({ time: START + i * MINUTE }));
  const progress: number[] = [];
  t.same(await candles.bulkUpsert(records, { ...STRICT, onProgress: (done) => progress.push(done) }), {
    written: 2_500,
    unchanged: 0,
    rejected: 0,
  });
  t.same(progress, [2_000, 2_500]);
  t.same(await candles.bulkUpsert(records, STRICT), { written: 0, unchanged: 2_500, rejected: 0 });
  t.equal((await database.pool.query('SELECT FROM price_data')).rowCount, 2_500);
});

t.test(
  'a key that comes twice in a bulk load has the later value; refused rows are handed back',
  async (t) => {
    const { candles } = await setUp(t);
    const rejected: CandleRecord[] = [];
    const bad = candle({ time: START + MINUTE, low: 1_000 });
    t.same(
      await candles.bulkUpsert([candle(), bad, candle({ close: 100.2 })], {
        computedAtMs: 0,
        onRejected: (record) => rejected.push(record),
      }),
      { written: 2, unchanged: 0, rejected: 1 },
    );
    t.same(rejected, [bad]);
    t.same(await candles.latestClosed({ assetId: 1, timeframe: '1m', limit: 5 }), [candle({ close: 100.2 })]);
  },
);
