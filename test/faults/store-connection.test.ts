import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { createPool, type Pool } from '../../src/store/pool.js';
import { Spool } from '../../src/store/spool/spool.js';
import { StoreWriter } from '../../src/store/writer.js';
import { openAnswerThief } from '../support/answer-thief.js';
import { makeAssets, toDocument } from '../support/candles.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { makeTestFolder, silent } from '../support/folder.js';
import { makeModel } from '../support/signals.js';
import { assertExactlyOnce, LOAD_ASSETS, writeMinute } from '../support/store-load.js';
import { openTcpGate } from '../support/tcp-gate.js';
import { until } from '../support/until.js';

interface Site {
  readonly database: TestDatabase;
  readonly model: number;
  /** A writer that reaches the database by `url`; a connection without an answer hangs for half a second. */
  start(url: string): Promise<StoreWriter>;
}

async function setUp(t: Test): Promise<Site> {
  const database = await createTestDatabase();
  const dir = await makeTestFolder('connection');
  const started: { writer: StoreWriter; pool: Pool }[] = [];
  t.teardown(async () => {
    for (const { writer, pool } of started) {
      await writer.close(100);
      await pool.end();
    }
    await database.drop();
    await rm(dir, { recursive: true, force: true });
  });
  await makeAssets(database.pool, LOAD_ASSETS);
  return {
    database,
    model: await makeModel(database.pool),
    async start(url) {
      const pool = createPool({ url, logger: silent, role: 'cryptopredict_engine', queryTimeoutMs: 500 });
      const spool = await Spool.open({ dir, logger: silent });
      const retry = { baseMs: 5, maxMs: 50 };
      const writer = new StoreWriter({ pool, logger: silent, toDocument, spool, retry, formingWriteMs: 50 });
      started.push({ writer, pool });
      return writer;
    },
  };
}

t.test('a connection that hangs is given up, and what it carried is written once', async (t) => {
  const { database, model, start } = await setUp(t);
  const gate = await openTcpGate(database.url);
  t.teardown(() => gate.close());
  const writer = await start(gate.url);
  let minutes = 0;
  const timer = setInterval(() => writeMinute(writer, model, minutes++), 10);
  t.teardown(() => clearInterval(timer));
  await until('writes are under way', () => writer.stats.closedWritten > 1_000);
  gate.silence();
  await until('both ways are given up', () => writer.stats.retries >= 2);
  t.notOk(writer.stats.isHealthy);
  gate.open();
  await until('it is healthy again', () => writer.stats.isHealthy);
  clearInterval(timer);
  await writer.flush();
  await assertExactlyOnce(t, database.pool, minutes);
});

t.test('when the answer to a write is lost, the write is made again and doubles nothing', async (t) => {
  const { database, model, start } = await setUp(t);
  const thief = await openAnswerThief(database.url);
  t.teardown(() => thief.close());
  const writer = await start(thief.url);
  let minutes = 0;
  for (let round = 1; round <= 12; round++) {
    // In turn: a batch of candles, and the COMMIT of signals and their events.
    thief.steal(round % 2 === 0 ? 'INTO price_data' : 'COMMIT');
    for (let i = 0; i < 10; i++) writeMinute(writer, model, minutes++);
    await writer.flush();
    t.equal(thief.stolen, round, 'the answer was lost');
    await sleep(1);
  }
  t.ok(writer.stats.retries >= 12);
  t.ok(
    writer.stats.closedUnchanged > 0 && (writer.stats.lanes.signals?.unchanged ?? 0) > 0,
    'some came twice',
  );
  await assertExactlyOnce(t, database.pool, minutes);
});
