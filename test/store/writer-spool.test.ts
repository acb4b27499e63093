import { readdirSync } from 'node:fs';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import t, { type Test } from 'tap';
import type { Lane } from '../../src/store/lanes/lane.js';
import type { Pool } from '../../src/store/pool.js';
import { encodeRecord, MAGIC } from '../../src/store/spool/records.js';
import { Spool } from '../../src/store/spool/spool.js';
import { StoreWriter, type StoreWriterOptions } from '../../src/store/writer.js';
import { candle, MINUTE, makeAssets, START, toDocument } from '../support/candles.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { makeTestFolder, silent } from '../support/folder.js';
import { makeModel, signal } from '../support/signals.js';
import { until } from '../support/until.js';

interface Site {
  readonly database: TestDatabase;
  /** As the server's own role. */
  readonly pool: Pool;
  readonly dir: string;
  readonly model: number;
  /** A writer with a spool in `dir`; closed at the end of the test. */
  start(options?: Partial<StoreWriterOptions> & { readonly maxBytes?: number }): Promise<StoreWriter>;
}

async function setUp(t: Test): Promise<Site> {
  const database = await createTestDatabase();
  const dir = await makeTestFolder('spool');
  const writers: StoreWriter[] = [];
  t.teardown(async () => {
    await Promise.all(writers.map((writer) => writer.close(100)));
    await database.drop();
    await rm(dir, { recursive: true, force: true });
  });
  await makeAssets(database.pool, 2);
  const pool = await database.connect({ role: 'cryptopredict_engine' });
  return {
    database,
    pool,
    dir,
    model: await makeModel(database.pool),
    async start({ maxBytes, ...options } = {}) {
      const spool = await Spool.open({
        dir,
        logger: silent,
        ...(maxBytes === undefined ? {} : { maxBytes }),
      });
      const retry = { baseMs: 5, maxMs: 50 };
      const writer = new StoreWriter({ pool, logger: silent, toDocument, spool, retry, ...options });
      writers.push(writer);
      return writer;
    },
  };
}

const away = (pool: Pool): Promise<unknown> => pool.query('ALTER TABLE price_data RENAME TO away');
const back = (pool: Pool): Promise<unknown> => pool.query('ALTER TABLE away RENAME TO price_data');

async function closes(pool: Pool): Promise<readonly [time: number, close: string][]> {
  const { rows } = await pool.query<{ time: number; close: string }>(
    'SELECT candle_time AS time, close_price AS close FROM price_data WHERE is_closed ORDER BY candle_time',
  );
  return rows.map(({ time, close }) => [(time - START) / MINUTE, close]);
}

async function signalsAndEvents(pool: Pool): Promise<readonly number[]> {
  const { rows } = await pool.query<{ signals: number; events: number; told: number; last: number }>(
    `SELECT (SELECT count(*) FROM ai_trading_signals)::int AS signals, count(*)::int AS events,
       count(DISTINCT data ->> 'id')::int AS told, coalesce(max("offset"), 0)::int AS last FROM outbox`,
  );
  const [row] = rows;
  return row === undefined ? [] : [row.signals, row.events, row.told, row.last];
}

t.test('what memory cannot hold waits on the disk, and is written in the order it came', async (t) => {
  const { database, dir, start } = await setUp(t);
  const writer = await start({ maxMemoryClosed: 500, maxBatchRows: 70 });
  await away(database.pool);
  const total = 6_000;
  for (let i = 0; i < total; i++) {
    writer.closed(candle({ time: START + i * MINUTE, close: 100.1 }));
    // The exchange corrects one in ten: the later row must be written later, wherever the two were.
    if (i >= 700 && i % 10 === 0)
      writer.closed(candle({ time: START + (i - 700) * MINUTE, close: 100.2, isValidated: true }));
    if (i % 500 === 0) await nextTurn();
  }
  const sent = total + 530;
  await until('most is on the disk', () => (writer.stats.lanes.closed?.queuedBytes ?? 0) < 500 * 200);
  t.match(writer.stats, { closedQueued: sent, closedWritten: 0, closedOverflowed: 0, isHealthy: false });
  t.ok((writer.stats.spool?.bytes ?? 0) > 5_000 * 100);
  await back(database.pool);
  await writer.flush();
  const corrected = (i: number): boolean => i < total - 700 && i % 10 === 0;
  t.same(
    await closes(database.pool),
    Array.from({ length: total }, (_, i) => [i, corrected(i) ? '100.2' : '100.1']),
  );
  t.match(writer.stats, { closedQueued: 0, isHealthy: true, spool: { bytes: 0, segments: 0 } });
  t.equal(await writer.close(), 0);
  t.same(await readdir(dir), [], 'no file is left');
});

t.test('what a stop finds unwritten is written by the next start', async (t) => {
  const { database, dir, start } = await setUp(t);
  const writer = await start();
  await away(database.pool);
  for (let i = 0; i < 1_500; i++) writer.closed(candle({ time: START + i * MINUTE, indicators: { RSI: i } }));
  await until('it was tried', () => writer.stats.retries > 0);
  t.equal(await writer.close(50), 0, 'nothing is lost');
  t.equal((await readdir(dir)).length, 1);
  const next = await start();
  t.ok(next.stats.closedQueued > 0, 'what waits on the disk counts');
  await back(database.pool);
  await next.flush();
  t.equal((await closes(database.pool)).length, 1_500);
  const { rows } = await database.pool.query(
    `SELECT count(*)::int AS n FROM price_data
     WHERE technical_indicators #>> '{values,RSI}' = (extract(epoch FROM candle_time) / 60 - $1)::int::text`,
    [START / MINUTE],
  );
  t.same(rows, [{ n: 1_500 }], 'each with its own values');
  await next.close();
  t.same(await readdir(dir), []);
});

t.test("what waited on the disk does not overwrite the exchange's newer candle", async (t) => {
  const { database, pool, start } = await setUp(t);
  const own = { isValidated: true, source: 'history' } as const;
  const then = Date.now() - 60_000;
  const writer = await start({ now: () => then });
  await away(database.pool);
  for (const [i, close] of [100.1, 100.2, 100.3, 100.4].entries()) {
    writer.closed(candle({ ...own, close, time: START + i * MINUTE }));
  }
  writer.closed(candle({ ...own, close: 100.5, time: START + 3 * MINUTE }));
  await until('it was tried', () => writer.stats.retries > 0);
  await writer.close(50);
  await until('its last try has failed', () => pool.idleCount === pool.totalCount);
  await back(database.pool);
  // Minute 0 was corrected since, by another server; minute 1 is only our own; minute 3 is a forming candle.
  const other = new StoreWriter({ pool: database.pool, logger: silent, toDocument });
  other.closed(candle({ ...own, close: 100.9 }));
  other.closed(candle({ close: 100.8, time: START + MINUTE }));
  other.forming(candle({ isClosed: false, close: 100.7, time: START + 3 * MINUTE }));
  await other.flush();
  await other.close();
  const next = await start();
  await next.flush();
  t.same(await closes(database.pool), [
    [0, '100.9'],
    [1, '100.2'],
    [2, '100.3'],
    [3, '100.5'],
  ]);
});

t.test('a signal is on the disk at the end of its turn, and written once with one event', async (t) => {
  const { database, dir, model, start } = await setUp(t);
  const blocker = await database.pool.connect();
  await blocker.query('BEGIN; LOCK TABLE ai_trading_signals IN ACCESS EXCLUSIVE MODE');
  const writer = await start();
  for (let i = 0; i < 3; i++) writer.signal(signal(model, { candleTime: START + i * MINUTE }));
  t.same(readdirSync(join(dir, '1')), ['lock'], 'no I/O in the turn itself');
  writer.signal(signal(model, { candleTime: START + 3 * MINUTE }));
  await nextTurn();
  const files = (await readdir(join(dir, '1'))).filter((name) => name !== 'lock');
  t.match(files, [/^signals\.\d+\.spool$/]);
  const copy = await readFile(join(dir, '1', files[0] ?? ''));
  await blocker.query('COMMIT');
  blocker.release();
  await writer.flush();
  t.same(await signalsAndEvents(database.pool), [4, 4, 4, 4]);
  t.match(writer.stats.lanes.signals, { queuedRows: 0, written: 4, spooledBytes: 0 });
  await writer.close();
  t.same(await readdir(dir), [], 'written is forgotten');

  // As after a crash between the commit and the removal of the file: all of it comes again, and one more.
  const again = await start();
  await again.close();
  const cut = await Spool.open({ dir, logger: silent });
  await writeFile(
    join(dir, '1', files[0] ?? ''),
    Buffer.concat([copy, encodeRecord({ at: 1, value: signal(model, { candleTime: START - MINUTE }) })]),
  );
  await cut.close();
  const next = await start();
  await next.flush();
  t.same(await signalsAndEvents(database.pool), [5, 5, 5, 5]);
  t.match(next.stats.lanes.signals, { written: 1, unchanged: 4 });
});

t.test('an event tells what was stored, on every channel of its signal', async (t) => {
  const { database, model, start } = await setUp(t);
  const writer = await start();
  const channels = ['signals', 'signals:BTC/USDT'];
  writer.signal(signal(model, { channels, entryPrice: 0.000000012345, marketContext: { regime: 'Bull' } }));
  writer.signal(signal(model, { channels, entryPrice: 5 }));
  await writer.flush();
  const { rows } = await database.pool.query(
    `SELECT o.channel, o.data ->> 'candle_time' AS time, o.data -> 'market_context' AS context,
       (o.data ->> 'entry_price')::numeric = s.entry_price AS same, s.entry_price::text AS price
     FROM outbox o JOIN ai_trading_signals s ON s.id = (o.data ->> 'id')::bigint ORDER BY o.channel`,
  );
  const told = { time: String(START), context: { regime: 'Bull' }, same: true, price: '0.000000012345' };
  t.same(rows, [
    { channel: 'signals', ...told },
    { channel: 'signals:BTC/USDT', ...told },
  ]);
  t.match(writer.stats.lanes.signals, { written: 1, unchanged: 1 }, 'the first of a key counts');
});

t.test('users have signals of one key each, beside everybody', async (t) => {
  const { database, model, start } = await setUp(t);
  const { rows: users } = await database.pool.query<{ id: number }>(
    `INSERT INTO users (email, password_hash) VALUES ('a@example.com', '$x$y'), ('b@example.com', '$x$y') RETURNING id`,
  );
  const writer = await start();
  const owners = [null, ...users.map(({ id }) => id)];
  for (const userId of [...owners, ...owners]) writer.signal(signal(model, { userId }));
  await writer.flush();
  const { rows } = await database.pool.query(
    `SELECT s.user_id AS signal, o.user_id AS event
     FROM ai_trading_signals s JOIN outbox o ON (o.data ->> 'id')::bigint = s.id ORDER BY s.user_id NULLS FIRST`,
  );
  t.same(
    rows,
    owners.map((id) => ({ signal: id, event: id })),
  );
});

t.test('a signal waits for no candle', async (t) => {
  const { database, model, start } = await setUp(t);
  const writer = await start();
  const blocker = await database.pool.connect();
  await blocker.query('BEGIN; LOCK TABLE price_data IN ACCESS EXCLUSIVE MODE');
  for (let i = 0; i < 2_000; i++) writer.closed(candle({ time: START + i * MINUTE }));
  writer.signal(signal(model));
  await until('the signal is written', () => writer.stats.lanes.signals?.written === 1);
  t.equal(writer.stats.closedWritten, 0);
  await blocker.query('COMMIT');
  blocker.release();
});

t.test('a row that is refused is kept for a human, and the others are written', async (t) => {
  const { database, dir, model, start } = await setUp(t);
  const writer = await start();
  for (let i = 0; i < 20; i++) writer.signal(signal(model, { candleTime: START + i * MINUTE }));
  writer.signal(signal(model, { confidenceScore: Number.NaN, candleTime: START + 20 * MINUTE }));
  writer.signal(signal(model + 1, { candleTime: START + 21 * MINUTE }));
  writer.signal(signal(model, { entryPrice: Number.POSITIVE_INFINITY, candleTime: START + 22 * MINUTE }));
  writer.closed(candle({ assetId: 9_999 }));
  await writer.flush();
  t.same(await signalsAndEvents(database.pool), [20, 20, 20, 20]);
  t.match(writer.stats, {
    rejected: 4,
    isHealthy: true,
    lanes: { signals: { refused: 3 }, closed: { refused: 1 } },
  });
  await writer.close();
  const lines = (await readFile(join(dir, 'refused.ndjson'), 'utf8')).trim().split('\n');
  t.equal(lines.length, 4);
  t.match(JSON.parse(lines.find((line) => line.includes('fk_ai_trading')) ?? '{}'), { lane: 'signals' });
});

t.test('what is on the disk and is no row is refused, and the rows around it are written', async (t) => {
  const { database, dir, start } = await setUp(t);
  const [good, bad] = [candle(), { assetId: 'one' }];
  await (await Spool.open({ dir, logger: silent })).close();
  const made = await Spool.open({ dir, logger: silent });
  const rows = [good, bad, candle({ time: START + MINUTE })];
  await writeFile(
    join(dir, '1', 'closed.00000001.spool'),
    Buffer.concat([MAGIC, ...rows.map((value) => encodeRecord({ at: 1, value }))]),
  );
  await made.close();
  const writer = await start();
  await writer.flush();
  t.equal((await closes(database.pool)).length, 2);
  t.match(writer.stats, { rejected: 1, closedQueued: 0, spool: { bytes: 0 } });
});

t.test('when the disk takes no more, memory holds on, and says so', async (t) => {
  const { database, model, start } = await setUp(t);
  const overflowed: number[] = [];
  const writer = await start({
    maxBytes: 20_000,
    maxMemoryClosed: 50,
    maxQueuedClosed: 2_000,
    onOverflow: ({ time }) => overflowed.push((time - START) / MINUTE),
  });
  await away(database.pool);
  await database.pool.query('ALTER TABLE ai_trading_signals RENAME TO no_signals');
  for (let i = 0; i < 3_000; i++) {
    writer.closed(candle({ time: START + i * MINUTE }));
    writer.signal(signal(model, { candleTime: START + i * MINUTE }));
  }
  await until('both were tried', () => writer.stats.lanes.signals !== undefined && writer.stats.retries > 3);
  t.match(writer.stats.lanes, { signals: { queuedRows: 3_000, overflowed: 0 } });
  t.equal(overflowed.length, 1_000, 'only candles, which history brings back');
  t.equal(writer.stats.closedOverflowed, 1_000);
  await back(database.pool);
  await database.pool.query('ALTER TABLE no_signals RENAME TO ai_trading_signals');
  await writer.flush();
  t.same(await signalsAndEvents(database.pool), [3_000, 3_000, 3_000, 3_000]);
  t.same(
    (await closes(database.pool)).map(([i]) => i),
    Array.from({ length: 2_000 }, (_, i) => i),
  );
});

/** A lane that writes down what it was given, when `gate` lets it. */
function recordingLane(
  different: Partial<Lane<number>>,
  written: string[],
  gate: () => Promise<void>,
): Lane<number> {
  const lane: Lane<number> = {
    name: 'recorded',
    kind: 'lossless',
    priority: 4,
    isUrgent: false,
    maxBatchRows: 10,
    maxAgeMs: 0,
    maxMemoryRows: 1_000,
    maxStuckRows: 1_000,
    rowBytes: () => 8,
    async write(_, { rows }) {
      await gate();
      written.push(`${lane.name} ${rows.join()}`);
      return { written: rows.length, unchanged: 0, refusals: [] };
    },
    revive: Number,
    ...different,
  };
  return lane;
}

t.test('before each batch the lane that matters most is chosen', async (t) => {
  const { start } = await setUp(t);
  const writer = await start();
  const written: string[] = [];
  let open: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const logs = writer.addLane(
    recordingLane({ name: 'logs', kind: 'droppable', priority: 6 }, written, () => gate),
  );
  const metrics = writer.addLane(recordingLane({ name: 'metrics' }, written, () => gate));
  for (let i = 0; i < 15; i++) logs(i);
  await nextTurn();
  await nextTurn();
  for (let i = 0; i < 12; i++) metrics(i);
  open();
  await writer.flush();
  t.same(written, [
    'logs 0,1,2,3,4,5,6,7,8,9',
    'metrics 0,1,2,3,4,5,6,7,8,9',
    'metrics 10,11',
    'logs 10,11,12,13,14',
  ]);
});

t.test('a lane that fails does not hold the others up, and loses nothing', async (t) => {
  const { start } = await setUp(t);
  const writer = await start();
  const written: string[] = [];
  let isAway = true;
  const gate = (): Promise<void> => (isAway ? Promise.reject(new Error('no such table')) : Promise.resolve());
  const metrics = writer.addLane(recordingLane({ name: 'metrics', priority: 2 }, written, gate));
  for (let i = 0; i < 3; i++) metrics(i);
  await until('it fails', () => !writer.stats.isHealthy);
  writer.closed(candle());
  await until('candles are written', () => writer.stats.closedWritten === 1);
  t.match(writer.stats, { isHealthy: false, lastError: 'no such table' });
  isAway = false;
  await writer.flush();
  t.same(written, ['metrics 0,1,2']);
  t.ok(writer.stats.isHealthy);
});

t.test('of rows that may be dropped the oldest go when there is no room, and are counted', async (t) => {
  const { start } = await setUp(t);
  const writer = await start();
  const written: string[] = [];
  const lane = recordingLane({ kind: 'droppable', maxMemoryRows: 4, maxAgeMs: 3_600_000 }, written, () =>
    Promise.resolve(),
  );
  const push = writer.addLane(lane);
  for (let i = 0; i < 10; i++) push(i);
  t.match(writer.stats.lanes.recorded, { queuedRows: 4, dropped: 6, queuedBytes: 32 });
  await nextTurn();
  t.same(written, [], 'they wait for their age');
  await writer.flush();
  t.same(written, ['recorded 6,7,8,9']);
});

t.test('rows of a lane gather until they are enough or old', async (t) => {
  const { start } = await setUp(t);
  const writer = await start();
  const written: string[] = [];
  const push = writer.addLane(
    recordingLane({ maxBatchRows: 3, maxAgeMs: 300 }, written, () => Promise.resolve()),
  );
  for (let i = 0; i < 4; i++) push(i);
  await until('the full batch is written', () => written.length > 0);
  t.same(written, ['recorded 0,1,2'], 'without waiting');
  await until('the rest is written', () => written.length > 1);
  t.same(written, ['recorded 0,1,2', 'recorded 3']);
});
