import t, { type Test } from 'tap';
import type { Pool } from '../../src/store/pool.js';
import type { CandleRecord } from '../../src/store/records.js';
import { StoreWriter, type StoreWriterOptions } from '../../src/store/writer.js';
import { candle, MINUTE, makeAssets, START, toDocument } from '../support/candles.js';
import { createTestDatabase } from '../support/database.js';
import { until } from '../support/embedded.js';
import { silent } from '../support/folder.js';

/** A database with one asset and a writer whose forming candles are written by `flush` only. */
async function setUp(
  t: Test,
  options: Partial<StoreWriterOptions> = {},
): Promise<{ pool: Pool; writer: StoreWriter }> {
  const database = await createTestDatabase();
  const writer = new StoreWriter({
    pool: database.pool,
    logger: silent,
    toDocument,
    formingWriteMs: 3_600_000,
    ...options,
  });
  t.teardown(async () => {
    await writer.close();
    await database.drop();
  });
  await makeAssets(database.pool, 2);
  return { pool: database.pool, writer };
}

async function rowsOf(pool: Pool): Promise<Record<string, unknown>[]> {
  const { rows } = await pool.query(
    `SELECT asset_id AS asset, timeframe, candle_time AS time, close_price AS close, volume, trade_count AS trades,
       is_closed AS closed, is_validated AS validated, source, technical_indicators AS document, xmin::text AS version
     FROM price_data ORDER BY asset_id, timeframe, candle_time`,
  );
  return rows;
}

async function only(pool: Pool): Promise<Record<string, unknown>> {
  const rows = await rowsOf(pool);
  if (rows.length !== 1) throw new Error(`${rows.length} rows instead of one`);
  return rows[0] ?? {};
}

t.test('writes closed candles by itself, each once, with its document', async (t) => {
  const { pool, writer } = await setUp(t, { now: () => START });
  writer.closed(candle({ indicators: { RSI_14: 55.5 } }));
  writer.closed(candle({ time: START + MINUTE }));
  writer.closed(candle({ assetId: 2, timeframe: '1M', time: Date.UTC(2024, 2) }));
  await until('three rows', async () => (await rowsOf(pool)).length === 3);
  const [first, second] = await rowsOf(pool);
  t.match(first, {
    time: START,
    close: '100.1',
    volume: '12.345',
    trades: 17,
    closed: true,
    source: 'built',
  });
  t.same(first?.document, { values: { RSI_14: 55.5 }, computed_at: new Date(START).toISOString() });
  t.match(second, { time: START + MINUTE, document: null });
  await writer.flush();
  t.match(writer.stats, { closedQueued: 0, closedWritten: 3, oldestClosedAgeMs: 0, isHealthy: true });
});

t.test('what comes while a statement is in flight goes together into the next', async (t) => {
  const { pool, writer } = await setUp(t, { maxBatchRows: 500 });
  for (let i = 0; i < 1_200; i++) writer.closed(candle({ time: START + i * MINUTE }));
  await writer.flush();
  t.equal((await rowsOf(pool)).length, 1_200);
  t.equal(writer.stats.flushes, 3, 'three statements of at most 500 rows');
});

t.test('a forming candle never overwrites a closed one, in whichever order they come', async (t) => {
  const { pool, writer } = await setUp(t);
  writer.closed(candle({ close: 100.1 }));
  await writer.flush();
  writer.forming(candle({ isClosed: false, close: 100.9 }));
  await writer.flush();
  t.match(await only(pool), { close: '100.1', closed: true });

  writer.forming(candle({ time: START + MINUTE, isClosed: false, close: 100.3 }));
  writer.closed(candle({ time: START + MINUTE, close: 100.4 }));
  await writer.flush();
  t.match((await rowsOf(pool))[1], { close: '100.4', closed: true });
});

t.test('a closed candle takes the place of the forming one', async (t) => {
  const { pool, writer } = await setUp(t);
  writer.forming(candle({ isClosed: false, close: 100.9, indicators: { RSI: 1 } }));
  await writer.flush();
  t.match(await only(pool), { close: '100.9', closed: false });
  writer.closed(candle({ close: 100.1 }));
  await writer.flush();
  t.match(
    await only(pool),
    { close: '100.1', closed: true, document: null },
    'stale indicators went with it',
  );
});

t.test('of forming candles the newest per series is written, at the rate that was set', async (t) => {
  const { pool, writer } = await setUp(t, { formingWriteMs: 100 });
  for (let i = 0; i < 1_000; i++) writer.forming(candle({ isClosed: false, volume: i }));
  writer.forming(candle({ isClosed: false, volume: 7, timeframe: '5m' }));
  t.equal(writer.stats.formingQueued, 2);
  await until('both series', async () => (await rowsOf(pool)).length === 2);
  t.same(
    (await rowsOf(pool)).map(({ timeframe, volume }) => [timeframe, volume]),
    [
      ['1m', '999'],
      ['5m', '7'],
    ],
  );
  t.equal(writer.stats.formingWritten, 2);
});

t.test('an identical row is not written again', async (t) => {
  let now = START;
  const { pool, writer } = await setUp(t, { now: () => now });
  writer.closed(candle({ indicators: { RSI: 50 } }));
  await writer.flush();
  const { version } = await only(pool);
  now += 1_000;
  writer.closed(candle({ indicators: { RSI: 50 } }));
  await writer.flush();
  t.equal((await only(pool)).version, version, 'also when its indicators were computed later');
  t.match(writer.stats, { closedWritten: 1, closedUnchanged: 1 });
  writer.closed(candle({ indicators: { RSI: 51 } }));
  await writer.flush();
  t.not((await only(pool)).version, version, 'another value is written');
});

t.test("the exchange's own candle wins over ours, and stays", async (t) => {
  const { pool, writer } = await setUp(t);
  const own = { close: 100.2, isValidated: true, source: 'history', tradeCount: null, vwap: null } as const;
  writer.closed(candle({ indicators: { RSI: 50 } }));
  writer.closed(candle(own));
  await writer.flush();
  t.match(await only(pool), { close: '100.2', validated: true, trades: null, document: null }, 'it wins');
  writer.closed(candle({ close: 100.1 }));
  await writer.flush();
  t.match(await only(pool), { close: '100.2', validated: true }, 'ours does not come back');
  writer.closed(candle({ close: 100.2, indicators: { RSI: 51 } }));
  await writer.flush();
  t.match(
    await only(pool),
    { validated: true, source: 'history', trades: 17, document: { values: { RSI: 51 } } },
    'the same prices bring what only we know',
  );
  writer.closed(candle(own));
  await writer.flush();
  t.match(
    await only(pool),
    { trades: 17, document: { values: { RSI: 51 } } },
    'and a repeat takes nothing away',
  );
  writer.closed(candle({ ...own, close: 100.3 }));
  await writer.flush();
  t.match(await only(pool), { close: '100.3', document: null }, 'a correction by the exchange is taken');
});

t.test('a row that is refused is set aside with its error, and the others are written', async (t) => {
  const rejected: [unknown, Error][] = [];
  const { pool, writer } = await setUp(t, {
    onRejected: (record, error) => {
      rejected.push([record, error]);
      throw new Error('a listener that fails');
    },
    toDocument: (flat, at) => {
      if ('UNKNOWN' in flat) throw new Error('no such indicator');
      return toDocument(flat, at);
    },
  });
  const bad: Partial<CandleRecord>[] = [
    { high: 99.8 },
    { low: 101 },
    { open: 0 },
    { close: Number.NaN },
    { high: Number.POSITIVE_INFINITY },
    { volume: -1 },
    { volume: Number.NaN },
    { vwap: Number.NaN },
    { assetId: 99 },
    { assetId: 1.5 },
    { coverage: 1.01 },
    { coverage: Number.NaN },
    { tradeCount: -1 },
    { tradeCount: 2 ** 31 },
    { time: Number.NaN },
    { time: Number.POSITIVE_INFINITY },
    { indicators: { UNKNOWN: 1 } },
  ];
  const good = 50;
  for (let i = 0; i < good; i++) {
    const different = bad[i];
    if (different !== undefined) writer.closed(candle({ time: START + (good + i) * MINUTE, ...different }));
    writer.closed(candle({ time: START + i * MINUTE }));
  }
  await writer.flush();
  t.same(
    (await rowsOf(pool)).map(({ time }) => time),
    Array.from({ length: good }, (_, i) => START + i * MINUTE),
  );
  t.equal(rejected.length, bad.length);
  t.ok(rejected.every(([, error]) => error.message !== ''));
  t.match(writer.stats, { rejected: bad.length, closedWritten: good, closedQueued: 0, isHealthy: true });
});

t.test('beyond its room the writer says so, and keeps what came first', async (t) => {
  const overflowed: number[] = [];
  const { pool, writer } = await setUp(t, {
    maxQueuedClosed: 3,
    onOverflow: (record) => overflowed.push(record.time),
  });
  for (let i = 0; i < 5; i++) writer.closed(candle({ time: START + i * MINUTE }));
  t.same(overflowed, [START + 3 * MINUTE, START + 4 * MINUTE]);
  t.equal(writer.stats.closedOverflowed, 2);
  await writer.flush();
  t.equal((await rowsOf(pool)).length, 3);
});

t.test('the oldest forming series goes when there is no room for more', async (t) => {
  const { pool, writer } = await setUp(t, { maxForming: 2 });
  for (const timeframe of ['1m', '5m', '15m'] as const)
    writer.forming(candle({ timeframe, isClosed: false }));
  t.match(writer.stats, { formingQueued: 2, formingDropped: 1 });
  await writer.flush();
  t.same(
    (await rowsOf(pool)).map(({ timeframe }) => timeframe),
    ['5m', '15m'],
  );
});

t.test('closing writes everything, and takes nothing more', async (t) => {
  const { pool, writer } = await setUp(t);
  for (let i = 0; i < 700; i++) writer.closed(candle({ time: START + i * MINUTE }));
  writer.forming(candle({ assetId: 2, isClosed: false }));
  t.equal(await writer.close(), 0);
  t.equal((await rowsOf(pool)).length, 701);
  writer.closed(candle({ time: START - MINUTE }));
  writer.forming(candle({ time: START - MINUTE }));
  t.match(writer.stats, { closedOverflowed: 1, closedQueued: 0, formingQueued: 0 });
  t.equal(await writer.close(), 0, 'may be called again');
});

t.test('a flush waits for forming candles that are on their way, and for no newer closed ones', async (t) => {
  const { pool, writer } = await setUp(t);
  const blocker = await pool.connect();
  await blocker.query('BEGIN; LOCK TABLE price_data IN EXCLUSIVE MODE');
  writer.forming(candle({ isClosed: false }));
  let isDone = false;
  const flushed = writer.flush().then(() => {
    isDone = true;
  });
  await until('the write waits for the lock', async () => {
    const { rowCount } = await pool.query(`SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'
      AND datname = current_database()`);
    return rowCount === 1;
  });
  t.notOk(isDone);
  await blocker.query('COMMIT');
  blocker.release();
  await flushed;
  t.equal((await rowsOf(pool)).length, 1);

  // A stream that never pauses must not hold up who waits for what came before.
  let next = 0;
  const onRow = (): void => writer.closed(candle({ time: START + next++ * MINUTE }));
  const timer = setInterval(onRow, 1);
  t.teardown(() => clearInterval(timer));
  for (let i = 0; i < 20; i++) {
    onRow();
    const before = next;
    await writer.flush();
    t.ok(writer.stats.closedWritten + writer.stats.closedUnchanged >= before);
  }
});

t.test('a candle that comes in the moment a flush ends is written too', async (t) => {
  const { pool, writer } = await setUp(t);
  for (let i = 0; i < 15; i++) {
    writer.closed(candle({ time: START + 2 * i * MINUTE }));
    await writer.flush();
    writer.closed(candle({ time: START + (2 * i + 1) * MINUTE }));
    await until('it is written', () => writer.stats.closedQueued === 0);
  }
  t.equal((await rowsOf(pool)).length, 30);
});
