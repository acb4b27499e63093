import { readdir, rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/store/embedded-postgres.js';
import { migrate } from '../../src/store/migrate.js';
import { createPool, type Pool } from '../../src/store/pool.js';
import { Spool } from '../../src/store/spool/spool.js';
import { StoreWriter } from '../../src/store/writer.js';
import { makeAssets, toDocument } from '../support/candles.js';
import { query } from '../support/embedded.js';
import { makeTestFolder, silent } from '../support/folder.js';
import { makeModel } from '../support/signals.js';
import { assertExactlyOnce, LOAD_ASSETS, writeMinute } from '../support/store-load.js';
import { until } from '../support/until.js';

/** How long Postgres is away. The soak asks for 60. */
const OUTAGE_SECONDS = Number(process.env.STORE_OUTAGE_SECONDS || 5);
/** Minutes of the market per 10 ms: 4,000 candles and 20 signals a second. */
const EVERY_MS = 10;
const MAX_MEMORY_CLOSED = 5_000;

interface Site {
  readonly server: EmbeddedPostgres;
  /** As the server's own role, which hangs for a second at most. */
  readonly pool: Pool;
  readonly owner: Pool;
  readonly model: number;
  readonly spoolDir: string;
  start(): Promise<StoreWriter>;
}

async function setUp(t: Test): Promise<Site> {
  const folder = await makeTestFolder('outage');
  const spoolDir = `${folder}/spool`;
  const server = await startEmbeddedPostgres({ dataDir: `${folder}/data`, logger: silent });
  const owner = createPool({ url: server.url, logger: silent });
  const pool = createPool({
    url: server.url,
    logger: silent,
    role: 'cryptopredict_engine',
    queryTimeoutMs: 1_000,
  });
  const writers: StoreWriter[] = [];
  t.teardown(async () => {
    for (const writer of writers) await writer.close(100);
    await Promise.all([owner.end(), pool.end()]);
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });
  await migrate(owner);
  await makeAssets(owner, LOAD_ASSETS);
  const model = await makeModel(owner);
  return {
    ...{ server, pool, owner, model, spoolDir },
    async start() {
      const writer = new StoreWriter({
        ...{ pool, logger: silent, toDocument, formingWriteMs: 200, maxMemoryClosed: MAX_MEMORY_CLOSED },
        retry: { baseMs: 20, maxMs: 500 },
        spool: await Spool.open({ dir: spoolDir, logger: silent }),
      });
      writers.push(writer);
      return writer;
    },
  };
}

/** Hands minutes over at a steady rate until it is stopped; gives how many. */
function feed(writer: StoreWriter, model: number): { stop(): number } {
  let minutes = 0;
  const timer = setInterval(() => writeMinute(writer, model, minutes++), EVERY_MS);
  return {
    stop() {
      clearInterval(timer);
      return minutes;
    },
  };
}

/** Says whether anything that was queued in memory was ever beyond its bound by more than one batch for the disk. */
function watchMemory(writer: StoreWriter): { readonly most: () => number; stop(): void } {
  let most = 0;
  const rowBytes = 200 + 5 * 24;
  const timer = setInterval(() => {
    most = Math.max(most, (writer.stats.lanes.closed?.queuedBytes ?? 0) / rowBytes);
  }, 20);
  return { most: () => most, stop: () => clearInterval(timer) };
}

t.test(`Postgres killed under full load and away for ${OUTAGE_SECONDS} s`, async (t) => {
  t.setTimeout((OUTAGE_SECONDS + 120) * 1_000);
  const { server, owner, model, spoolDir, start } = await setUp(t);
  const writer = await start();
  const load = feed(writer, model);
  const memory = watchMemory(writer);
  t.teardown(() => load.stop());
  t.teardown(() => memory.stop());
  await until('writes are under way', () => writer.stats.closedWritten > 2_000);
  // Its host would start it again at once.
  process.kill(server.hostPid, 'SIGSTOP');
  process.kill(server.postgresPid, 'SIGKILL');
  try {
    await sleep(OUTAGE_SECONDS * 1_000);
    t.notOk(writer.stats.isHealthy);
    t.ok((writer.stats.spool?.bytes ?? 0) > 0, 'rows wait on the disk');
    t.equal(writer.stats.closedOverflowed, 0);
  } finally {
    process.kill(server.hostPid, 'SIGCONT');
  }
  await until('it goes on', () => writer.stats.isHealthy, 60_000);
  const minutes = load.stop();
  const queued = writer.stats.closedQueued;
  const began = performance.now();
  await writer.flush();
  t.comment(
    `${minutes * LOAD_ASSETS} candles, ${queued} of them waiting at the end of the outage, written in ${Math.round(performance.now() - began)} ms; ${Math.round(memory.most())} in memory at most`,
  );
  t.ok(memory.most() < 2 * MAX_MEMORY_CLOSED, 'memory was bounded');
  t.equal(await writer.close(), 0);
  t.same(await readdir(spoolDir), [], 'nothing is left on the disk');
  await assertExactlyOnce(t, owner, minutes);
});

t.test('backends that hang with a statement under way are given up, and nothing is doubled', async (t) => {
  t.setTimeout(120_000);
  const { server, owner, model, start } = await setUp(t);
  const writer = await start();
  const load = feed(writer, model);
  t.teardown(() => load.stop());
  await until('writes are under way', () => writer.stats.closedWritten > 2_000);
  const hung = await query(
    server.url,
    `SELECT pid FROM pg_stat_activity WHERE usename = 'cryptopredict' AND pid <> pg_backend_pid()
     AND (query ILIKE '%INTO price_data%' OR query ILIKE '%ai_trading_signals%' OR query ILIKE '%outbox%')`,
  );
  t.ok(hung.length > 0);
  for (const pid of hung) process.kill(Number(pid), 'SIGSTOP');
  try {
    const { retries } = writer.stats;
    await until('the writer gives them up', () => writer.stats.retries > retries);
  } finally {
    // They go on where they were, with statements that have been written anew meanwhile.
    for (const pid of hung) process.kill(Number(pid), 'SIGCONT');
  }
  const { closedWritten } = writer.stats;
  await until('it goes on', () => writer.stats.closedWritten > closedWritten + 1_000);
  const minutes = load.stop();
  await writer.flush();
  t.equal(await writer.close(), 0);
  await assertExactlyOnce(t, owner, minutes);
});
