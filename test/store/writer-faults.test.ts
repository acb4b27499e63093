import { rm } from 'node:fs/promises';
import t from 'tap';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/store/embedded-postgres.js';
import { migrate } from '../../src/store/migrate.js';
import { createPool, type Pool, waitForDatabase } from '../../src/store/pool.js';
import { StoreWriter, type StoreWriterOptions } from '../../src/store/writer.js';
import { candle, MINUTE, makeAssets, START, toDocument } from '../support/candles.js';
import { createTestDatabase } from '../support/database.js';
import { until } from '../support/embedded.js';
import { makeTestFolder, silent } from '../support/folder.js';

const SOON = { baseMs: 5, maxMs: 50 };

function makeWriter(pool: Pool, options: Partial<StoreWriterOptions> = {}): StoreWriter {
  return new StoreWriter({ pool, logger: silent, toDocument, formingWriteMs: 50, retry: SOON, ...options });
}

async function counts(pool: Pool): Promise<{ rows: number; times: number }> {
  const { rows } = await pool.query<{ rows: number; times: number }>(
    'SELECT count(*)::int AS rows, count(DISTINCT candle_time)::int AS times FROM price_data WHERE is_closed',
  );
  return rows[0] ?? { rows: 0, times: 0 };
}

t.test(
  'Postgres killed under writes: every closed candle is there once, also after a new start',
  async (t) => {
    const dataDir = await makeTestFolder('killed');
    let server: EmbeddedPostgres | undefined;
    let pool: Pool | undefined;
    t.teardown(async () => {
      await pool?.end();
      await server?.stop();
      await rm(dataDir, { recursive: true, force: true });
    });
    server = await startEmbeddedPostgres({ dataDir, logger: silent });
    pool = createPool({ url: server.url, logger: silent, queryTimeoutMs: 5_000 });
    await migrate(pool);
    await makeAssets(pool, 2);
    const writer = makeWriter(pool, { maxBatchRows: 20 });
    let sent = 0;
    const feed = (): void => {
      for (let i = 0; i < 40; i++) writer.closed(candle({ time: START + sent++ * MINUTE }));
      writer.forming(candle({ assetId: 2, time: START + sent * MINUTE, isClosed: false }));
    };
    const timer = setInterval(feed, 2);
    t.teardown(() => clearInterval(timer));
    await until('writes are under way', () => writer.stats.closedWritten >= 200);
    process.kill(server.postgresPid, 'SIGKILL');
    await until('the writer noticed', () => !writer.stats.isHealthy);
    const { closedWritten } = writer.stats;
    await until('it goes on', () => writer.stats.closedWritten > closedWritten + 200);
    clearInterval(timer);
    t.ok(writer.stats.retries > 0);
    await writer.flush();

    t.equal(await writer.close(), 0);
    const acknowledged = await counts(pool);
    t.same(acknowledged, { rows: sent, times: sent });
    process.kill(server.hostPid, 'SIGKILL');
    await server.exited;
    await pool.end();
    server = await startEmbeddedPostgres({ dataDir, logger: silent });
    pool = createPool({ url: server.url, logger: silent });
    await waitForDatabase(pool, { logger: silent });
    t.same(await counts(pool), { rows: sent, times: sent });
  },
);

t.test('while the database is away closed candles wait, forming ones are dropped and counted', async (t) => {
  const database = await createTestDatabase();
  t.teardown(() => database.drop());
  await makeAssets(database.pool, 2);
  let now = START;
  const pool = await database.connect();
  const writer = makeWriter(pool, { now: () => now });
  t.teardown(() => writer.close());
  // As if it were away: no statement of the table can run, as after a restart half-way.
  await database.pool.query('ALTER TABLE price_data RENAME TO away');
  for (let i = 0; i < 700; i++) writer.closed(candle({ time: START + i * MINUTE }));
  writer.forming(candle({ assetId: 2, isClosed: false }));
  await until('some tries', () => writer.stats.retries >= 3);
  now += 1_234;
  t.match(writer.stats, { closedQueued: 700, oldestClosedAgeMs: 1_234, isHealthy: false, closedWritten: 0 });
  t.match(writer.stats.lastError, /price_data/);
  await database.pool.query('ALTER TABLE away RENAME TO price_data');
  await writer.flush();
  t.match(writer.stats, { closedQueued: 0, closedWritten: 700, isHealthy: true, lastError: null });
  t.same(await counts(database.pool), { rows: 700, times: 700 });
});

t.test('forming candles that fail are dropped: a newer one follows', async (t) => {
  const database = await createTestDatabase();
  t.teardown(() => database.drop());
  await makeAssets(database.pool);
  const writer = makeWriter(database.pool, { formingWriteMs: 10 });
  t.teardown(() => writer.close());
  await database.pool.query('ALTER TABLE price_data RENAME TO away');
  writer.forming(candle({ isClosed: false }));
  await until('it is dropped', () => writer.stats.formingDropped === 1);
  t.equal(writer.stats.formingQueued, 0);
  await database.pool.query('ALTER TABLE away RENAME TO price_data');
  writer.forming(candle({ isClosed: false, close: 100.2 }));
  await until('the newer is written', () => writer.stats.formingWritten === 1);
});

t.test('connections that are cut off in the midst lose and double nothing', async (t) => {
  const database = await createTestDatabase();
  t.teardown(() => database.drop());
  await makeAssets(database.pool);
  const pool = await database.connect();
  const writer = makeWriter(pool, { maxBatchRows: 50 });
  t.teardown(() => writer.close());
  const total = 4_000;
  let sent = 0;
  const timer = setInterval(() => {
    for (let i = 0; i < 100 && sent < total; i++) writer.closed(candle({ time: START + sent++ * MINUTE }));
  }, 1);
  t.teardown(() => clearInterval(timer));
  for (let cut = 1; cut <= 5; cut++) {
    await until('more is written', () => writer.stats.closedWritten >= cut * 500);
    await database.pool.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid() AND query ILIKE '%price_data%'`,
    );
  }
  await until('all is sent', () => sent === total);
  await writer.flush();
  t.same(await counts(database.pool), { rows: total, times: total });
});

t.test('a database that hangs does not hold up the end, and what is unwritten is told', async (t) => {
  const database = await createTestDatabase();
  t.teardown(() => database.drop());
  await makeAssets(database.pool);
  const blocker = await database.pool.connect();
  await blocker.query('BEGIN; LOCK TABLE price_data IN ACCESS EXCLUSIVE MODE');
  const pool = await database.connect();
  const writer = makeWriter(pool);
  for (let i = 0; i < 3; i++) writer.closed(candle({ time: START + i * MINUTE }));
  t.equal(await writer.close(200), 3);
  await blocker.query('COMMIT');
  blocker.release();
});
