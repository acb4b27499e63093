import t, { type Test } from 'tap';
import { bulkLoad } from '../../src/store/bulk-load.js';
import type { UpsertOptions, UpsertResult } from '../../src/store/candle-upsert.js';
import { ensurePartitions } from '../../src/store/partitions.js';
import type { Connection } from '../../src/store/pool.js';
import type { CandleRecord } from '../../src/store/records.js';
import { CandleRepository } from '../../src/store/repositories/candles.js';
import { candle, fromDocument, MINUTE, makeAssets, START, toDocument } from '../support/candles.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

const STRICT: UpsertOptions = {
  toDocument,
  computedAtMs: 0,
  onRejected: (_, error) => {
    throw error;
  },
};

/** A database that counts the statements which only the slower way makes. */
async function setUp(t: Test): Promise<{
  database: TestDatabase;
  candles: CandleRepository;
  upserts: () => number;
}> {
  const database = await createTestDatabase();
  t.teardown(() => database.drop());
  await makeAssets(database.pool, 2);
  await ensurePartitions(database.pool, START, START + 1);
  const query = database.pool.query.bind(database.pool) as (...args: unknown[]) => unknown;
  let count = 0;
  Object.assign(database.pool, {
    query: (...args: unknown[]) => {
      if (typeof args[0] === 'string' && args[0].includes('INSERT INTO price_data')) count += 1;
      return query(...args);
    },
  });
  return {
    database,
    candles: new CandleRepository(database.pool, { toDocument, fromDocument }),
    upserts: () => count,
  };
}

/** Believable values that are no round numbers, and every column that may be null. */
const SERIES = Array.from({ length: 1_000 }, (_, i) =>
  candle({
    time: START + i * MINUTE,
    high: 101.25 + i / 7,
    volume: i % 5 === 0 ? 0 : 1e-7 * i,
    tradeCount: i % 3 === 0 ? null : i,
    vwap: i % 4 === 0 ? null : 100.4 + 1 / (i + 1),
    isValidated: i % 2 === 0,
    source: i % 2 === 0 ? 'history' : 'built',
    coverage: (i % 10) / 10,
    indicators: i % 2 === 0 ? null : { RSI: i / 3, 'a "quoted\\" name\tor two\n': -i },
  }),
);
const ALL = { assetId: 1, timeframe: '1m', limit: 10_000, withIndicators: true } as const;

t.test('copies what an empty range takes, every column as it is', async (t) => {
  const { database, candles, upserts } = await setUp(t);
  // Of another asset, of another timeframe, before and behind: none is in the way.
  const others = [
    candle({ assetId: 2 }),
    candle({ timeframe: '5m' }),
    candle({ time: START - MINUTE }),
    candle({ time: START + 1_000 * MINUTE }),
  ];
  await bulkLoad(database.pool, others, STRICT);
  t.same(await bulkLoad(database.pool, SERIES, STRICT), { written: 1_000, unchanged: 0, rejected: 0 });
  t.equal(upserts(), 0);
  const read = await candles.latestClosed({ ...ALL, from: START, to: START + 1_000 * MINUTE });
  t.same(read, SERIES);
});

t.test('a range that has candles is written by the rules of the upsert', async (t) => {
  const { database, candles, upserts } = await setUp(t);
  const own = candle({ time: START + 500 * MINUTE, close: 99.9, isValidated: true });
  await bulkLoad(database.pool, [own], STRICT);
  t.equal(upserts(), 0);
  const records = SERIES.map((record) => ({ ...record, isValidated: false }));
  t.same(await bulkLoad(database.pool, records, STRICT), { written: 999, unchanged: 1, rejected: 0 });
  t.equal(upserts(), 1);
  t.equal(
    (await candles.latestClosed({ ...ALL, from: own.time, limit: 1, to: own.time + 1 }))[0]?.close,
    99.9,
  );
  t.same(await bulkLoad(database.pool, records, STRICT), { written: 0, unchanged: 1_000, rejected: 0 });
});

/** Begins to load while another holds a row of the range back, and gives both once the first waits for it. */
async function loadBehindAnother(
  database: TestDatabase,
  pool = database.pool,
): Promise<{
  readonly loading: Promise<UpsertResult>;
  readonly other: Connection;
  /** Process of the connection that waits. */
  readonly pid: number;
}> {
  const other = await database.pool.connect();
  // Not committed yet: the range looks empty, and the copy waits for the end of this.
  await other.query('BEGIN');
  await other.query(
    `INSERT INTO price_data (asset_id, timeframe, candle_time, open_price, high_price, low_price, close_price, is_closed, source)
     VALUES (1, '1m', to_timestamp($1::float8 / 1000), 1, 1, 1, 1, true, 'built')`,
    [START + 700 * MINUTE],
  );
  const loading = bulkLoad(pool, SERIES, STRICT);
  loading.catch(() => undefined);
  for (;;) {
    const { rows } = await database.pool.query<{ pid: number }>(
      `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    if (rows[0] !== undefined) return { loading, other, pid: rows[0].pid };
  }
}

t.test('a row that is written meanwhile by another keeps nobody out', async (t) => {
  const { database, upserts } = await setUp(t);
  const { loading, other } = await loadBehindAnother(database);
  await other.query('COMMIT');
  other.release();
  t.same(await loading, { written: 1_000, unchanged: 0, rejected: 0 });
  t.equal(upserts(), 1);
  const { rows } = await database.pool.query('SELECT count(*)::int AS n FROM price_data');
  t.same(rows, [{ n: 1_000 }]);
});

for (const [what, bad] of [
  ['a value', { open: Number.NaN }],
  ['a candle that is none', { high: 1 }],
  ['a time', { time: Number.NaN }],
  ['a time that no calendar has', { time: 1e20 }],
  ['an unknown asset', { assetId: 77 }],
  ['a document', { indicators: { RSI: 1 } }],
] as const) {
  t.test(`${what} that is refused stops no other row`, async (t) => {
    const { database } = await setUp(t);
    const rejected: CandleRecord[] = [];
    const record = candle({ time: START + 5_000 * MINUTE, ...bad });
    const result = await bulkLoad(database.pool, [...SERIES.slice(0, 99), record], {
      computedAtMs: 0,
      toDocument: (flat, computedAtMs) => {
        if (flat.RSI === 1 && what === 'a document') throw new Error('no document');
        return toDocument(flat, computedAtMs);
      },
      onRejected: (refused) => rejected.push(refused),
    });
    t.same(
      rejected,
      what === 'a document' ? [SERIES[3], record].filter((r) => r?.indicators?.RSI === 1) : [record],
    );
    t.same(result, { written: 100 - rejected.length, unchanged: 0, rejected: rejected.length });
    const { rows } = await database.pool.query('SELECT 1 AS works');
    t.same(rows, [{ works: 1 }]);
  });
}

t.test('rejects when the connection is lost, and may be called again', async (t) => {
  const { database } = await setUp(t);
  const { loading, other, pid } = await loadBehindAnother(database);
  await database.pool.query('SELECT pg_terminate_backend($1)', [pid]);
  await t.rejects(loading, { code: '57P01' });
  await other.query('ROLLBACK');
  other.release();
  t.same(await bulkLoad(database.pool, SERIES, STRICT), { written: 1_000, unchanged: 0, rejected: 0 });
  const { rows } = await database.pool.query('SELECT count(*)::int AS n FROM price_data');
  t.same(rows, [{ n: 1_000 }]);
});

t.test('a database that does not answer is given up after the time that the pool allows', async (t) => {
  const { database } = await setUp(t);
  const impatient = await database.connect({ queryTimeoutMs: 2_000 });
  const { loading, other } = await loadBehindAnother(database, impatient);
  await t.rejects(loading, { message: 'Query read timeout' });
  await other.query('ROLLBACK');
  other.release();
  t.match(await bulkLoad(impatient, SERIES, STRICT), { rejected: 0 });
  const { rows } = await database.pool.query('SELECT count(*)::int AS n FROM price_data');
  t.same(rows, [{ n: 1_000 }]);
});
