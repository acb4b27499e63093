import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { type DemoExchange, startDemoExchange } from '../../src/feeds/demo/exchange.js';
import { fromIndicatorDocument } from '../../src/indicator-document.js';
import { MINUTE_MS, TIMEFRAMES, type Timeframe } from '../../src/timeframe.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { storedCandles } from '../support/expected-candles.js';
import { makeTestFolder } from '../support/folder.js';
import { recordedMarkets, skipWithoutRecord } from '../support/recorded.js';
import { ServerProcess } from '../support/server-process.js';
import { playUntil, readMetric } from '../support/site.js';
import { until } from '../support/until.js';

/** Far enough into the record that more of it lies behind than is loaded. */
const SPAN = { from: Date.UTC(2025, 4, 6, 22, 30), to: Date.UTC(2025, 4, 7, 1, 30) };
/** So few that an EMA of 200 still remembers its seed: loaded again later, it would be another. */
const DEPTH = 330;
/** Minutes of the market at which the server is killed: mid-minute, and around midnight. */
const KILLS = [20, 91, 130];
/** Times real time: 20 minutes of the market a second. */
const SPEED = 1_200;
/** Half a second. */
const OFTEN = ['--checkpoint-minutes', '0.008'];
const NEVER = ['--checkpoint-minutes', '0'];

/** Where a server keeps what outlives it. */
interface Place {
  readonly database: TestDatabase;
  readonly dataDir: string;
}

/** What there is of checkpoints in the data folder. */
async function checkpointsIn({ dataDir }: Place): Promise<readonly string[]> {
  return (await readdir(dataDir)).filter((name) => name.startsWith('checkpoint'));
}

async function makePlace(t: Test): Promise<Place> {
  const database = await createTestDatabase();
  t.teardown(() => database.drop());
  const dataDir = await makeTestFolder('checkpoint');
  t.teardown(() => rm(dataDir, { recursive: true }));
  return { database, dataDir };
}

function makeDemo(t: Test): Promise<DemoExchange> {
  return startDemoExchange({
    source: { type: 'candles', files: recordedMarkets() },
    startAt: SPAN.from,
    paused: true,
  }).then((demo) => {
    t.teardown(() => demo.close());
    return demo;
  });
}

function start(t: Test, demo: DemoExchange, place: Place, more: readonly string[]): ServerProcess {
  const server = ServerProcess.spawn([
    'serve',
    ...['--port', '0', '--exchange', 'demo', '--exchange-url', `demo=${demo.url}`],
    ...['--database-url', place.database.url, '--data-dir', place.dataDir],
    ...['--history-depth', String(DEPTH), '--log-format', 'json', ...more],
  ]);
  t.teardown(() => server.end('SIGKILL'));
  return server;
}

interface Closed {
  readonly ms: number;
  /** Exact text. */
  readonly numbers: readonly string[];
  readonly indicators: Readonly<Record<string, number>>;
}

/** What the database says of the candles that closed in the span: every digit, and indicators to the last bit. */
async function closedIn(
  { database }: Place,
  symbol: string,
  timeframe: Timeframe,
): Promise<readonly Closed[]> {
  const rows = await storedCandles(database.pool, symbol, timeframe, SPAN);
  return rows.map(({ ms, numbers, indicators }) => ({
    ...{ ms, numbers },
    indicators: fromIndicatorDocument(indicators),
  }));
}

t.test(
  'killed again and again, a server goes on from its last checkpoint as if it had never stopped',
  skipWithoutRecord(),
  async (t) => {
    t.setTimeout(240_000);
    const demo = await makeDemo(t);
    const [steadyPlace, place, forgetfulPlace] = [await makePlace(t), await makePlace(t), await makePlace(t)];
    const steady = start(t, demo, steadyPlace, NEVER);
    let server = start(t, demo, place, OFTEN);
    let forgetful = start(t, demo, forgetfulPlace, NEVER);
    await Promise.all([steady.ready(), server.ready(), forgetful.ready()]);
    for (const minute of KILLS) {
      await playUntil(demo, SPAN.from + minute * MINUTE_MS, SPEED);
      if (minute === KILLS[0]) {
        // While the market stands still: on a slow machine the span would be over before this one is up again.
        await forgetful.end('SIGKILL');
        forgetful = start(t, demo, forgetfulPlace, NEVER);
        await forgetful.ready();
      }
      const url = server.url ?? '';
      await until(
        'a checkpoint is written',
        async () => (await readMetric(url, 'cryptopredict_checkpoint_written_total')) > 0,
      );
      demo.control({ action: 'play', speed: SPEED });
      await until('some minutes went by', () => demo.status().now > SPAN.from + (minute + 4) * MINUTE_MS);
      await server.end('SIGKILL');
      server = start(t, demo, place, OFTEN);
      await server.ready();
      t.equal(
        await readMetric(server.url ?? '', 'cryptopredict_checkpoint_restored_total'),
        Object.keys(recordedMarkets()).length,
        `killed at minute ${minute}: every symbol was restored`,
      );
    }
    await playUntil(demo, SPAN.to + 2 * MINUTE_MS, SPEED);
    for (const symbol of Object.keys(recordedMarkets())) {
      for (const timeframe of TIMEFRAMES) {
        const wanted = (SPAN.to - SPAN.from) / MINUTE_MS;
        await until(`${symbol} ${timeframe} is written`, async () => {
          const counts = await Promise.all(
            [steadyPlace, place, forgetfulPlace].map(
              async (one) => (await closedIn(one, symbol, timeframe)).length,
            ),
          );
          return counts.every((count) => (timeframe === '1m' ? count === wanted : count === counts[0]));
        });
        const [never, after, without] = await Promise.all(
          [steadyPlace, place, forgetfulPlace].map((one) => closedIn(one, symbol, timeframe)),
        );
        t.same(after, never, `${symbol} ${timeframe}: candles and indicators of the two are equal`);
        if (timeframe !== '1m') continue;
        const [steadyEma, otherEma] = [never, without].map((rows) => rows?.at(-1)?.indicators.ema_200);
        t.ok(steadyEma !== undefined && otherEma !== undefined, 'an EMA of 200 is among them');
        t.not(otherEma, steadyEma, 'and after a restart from history alone it is another');
      }
    }
    t.equal(await server.end('SIGINT'), 0, 'it stops cleanly');
  },
);

t.test('a clean stop leaves a checkpoint to the next start', skipWithoutRecord(), async (t) => {
  t.setTimeout(120_000);
  const demo = await makeDemo(t);
  const place = await makePlace(t);
  const path = join(place.dataDir, 'checkpoint');
  const symbols = Object.keys(recordedMarkets()).length;
  const first = start(t, demo, place, []);
  await first.ready();
  await playUntil(demo, SPAN.from + 3 * MINUTE_MS, SPEED);
  t.same(await checkpointsIn(place), [], 'nothing is written before its time');
  await until('history is stored', async () => {
    return (await readMetric(first.url ?? '', 'cryptopredict_store_history_pending')) === 0;
  });
  t.equal(await first.end('SIGTERM'), 0);
  t.same(await checkpointsIn(place), ['checkpoint']);

  /** Starts and stops a server; gives its log. */
  const run = async (where: Place, ...more: readonly string[]): Promise<string> => {
    const server = start(t, demo, where, more);
    await server.ready();
    await until(
      'it has said what became of it',
      () => /checkpoint/.test(server.stderr + server.stdout),
      5_000,
    );
    await server.end('SIGKILL');
    return server.stdout + server.stderr;
  };

  t.test('which restores every symbol, and says so', async (t) => {
    const log = await run(place);
    t.match(log, new RegExp(`"symbols":${symbols}[^\\n]*restored from the checkpoint`));
    t.notMatch(log, /"level":"?(40|50|warn|error)/);
  });

  t.test('which makes up for the minutes since', async (t) => {
    await playUntil(demo, SPAN.from + 9 * MINUTE_MS, SPEED);
    t.match(await run(place), /restored from the checkpoint/);
    const span = { from: SPAN.from, to: SPAN.from + 9 * MINUTE_MS };
    for (const symbol of Object.keys(recordedMarkets())) {
      const rows = await storedCandles(place.database.pool, symbol, '1m', span);
      t.equal(rows.length, 9, `${symbol}: each minute is there, once`);
      t.ok(
        rows.every(({ indicators }) => indicators !== null),
        `${symbol}: with its indicators`,
      );
    }
  });

  t.test('which other indicators do not take over: history is used', async (t) => {
    const log = await run(place, '--indicators', 'sma:7');
    t.match(log, /it was made with other indicators[^\n]*the checkpoint is not used: history is/);
  });

  t.test('which another database does not take over', async (t) => {
    const { database } = await makePlace(t);
    const log = await run({ ...place, database });
    t.match(log, /the database lacks its newest 1m candle[^\n]*the checkpoint is not used: history is/);
  });

  t.test('which a start without checkpoints leaves alone', async (t) => {
    const server = start(t, demo, place, NEVER);
    await server.ready();
    await server.end('SIGTERM');
    t.notMatch(server.stderr + server.stdout, /checkpoint/);
  });

  t.test('which is put aside when it is damaged', async (t) => {
    const bytes = await readFile(path);
    const middle = bytes.length >> 1;
    bytes[middle] = (bytes[middle] ?? 0) ^ 1;
    await writeFile(path, bytes);
    const log = await run(place);
    t.match(log, /its checksum is wrong[^\n]*the checkpoint is refused: history is used instead/);
    t.same(await checkpointsIn(place), ['checkpoint.refused']);
    t.same(await readFile(`${path}.refused`), bytes, 'as it was');
  });
});
