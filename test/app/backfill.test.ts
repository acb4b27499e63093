import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import t, { type Test } from 'tap';
import { startDemoExchange } from '../../src/feeds/demo/exchange.js';
import { bucketEnd } from '../../src/timeframe.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { ServerProcess } from '../support/server-process.js';
import { until } from '../support/until.js';

/** Where the exchange's clock stands: all before it is history. */
const NOW = Date.UTC(2026, 0, 15, 14, 30);

interface Site {
  readonly database: TestDatabase;
  /** Questions about candles that the exchange was asked: `BTCUSDT 1m 1767225600000`. */
  readonly asked: string[];
  /** ms that every answer about candles waits from now on. */
  slow: number;
  /** Before it the exchange keeps no candles of a day, ms. */
  daysSince: number;
  start(...args: string[]): ServerProcess;
  run(...args: string[]): Promise<{ stdout: string; stderr: string; code: number | null }>;
}

async function setUp(t: Test): Promise<Site> {
  const demo = await startDemoExchange({ startAt: NOW, paused: true });
  t.teardown(() => demo.close());
  const database = await createTestDatabase();
  t.teardown(() => database.drop());
  const asked: string[] = [];
  const proxy = createServer((request, response) => {
    void (async () => {
      const url = new URL(request.url ?? '/', demo.url);
      if (url.pathname === '/api/v3/klines') {
        const { searchParams: search } = url;
        asked.push(`${search.get('symbol')} ${search.get('interval')} ${search.get('startTime')}`);
        if (search.get('interval') === '1d') {
          search.set('startTime', String(Math.max(Number(search.get('startTime')), site.daysSince)));
        }
        await new Promise((resolve) => setTimeout(resolve, site.slow));
      }
      const answer = await fetch(url);
      response.writeHead(answer.status, { 'Content-Type': 'application/json', 'X-Simulated': 'true' });
      response.end(await answer.text());
      // A question of a child that was killed may still wait here when the test has closed the exchange.
    })().catch(() => response.destroy());
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  t.teardown(() => {
    proxy.closeAllConnections();
    proxy.close();
  });
  const origin = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const start = (...args: string[]): ServerProcess => {
    const child = ServerProcess.spawn(
      ['backfill', '--log-format', 'json', '--exchange', 'demo', '--exchange-url', `demo=${origin}`, ...args],
      { DATABASE_URL: database.url },
    );
    t.teardown(() => child.end('SIGKILL'));
    return child;
  };
  const site: Site = {
    database,
    asked,
    slow: 0,
    daysSince: 0,
    start,
    async run(...args) {
      const child = start(...args);
      const { code } = await child.ended(60_000);
      return { stdout: child.stdout, stderr: child.stderr, code };
    },
  };
  return site;
}

/** Gives the closed candles per series that are stored: how many, first, last. */
async function stored({ database }: Site): Promise<Record<string, readonly [number, string, string]>> {
  const { rows } = await database.pool.query<{ name: string; n: number; first: string; last: string }>(
    `SELECT a.symbol || ' ' || timeframe AS name, count(*)::int AS n, min(candle_time)::text AS first,
       max(candle_time)::text AS last
     FROM price_data p JOIN assets a ON a.id = p.asset_id
     WHERE is_closed AND is_validated AND source = 'simulated' AND technical_indicators IS NULL GROUP BY 1`,
  );
  return Object.fromEntries(rows.map(({ name, n, first, last }) => [name, [n, first, last] as const]));
}

const DAYS = ['--symbols', 'BTC/USDT,ETH/USDT', '--from', '2025-12-30', '--to', '2026-01-03T00:10'];
const MINUTES = 4 * 1_440 + 10;

t.test('all whole candles of a range are stored, across months, and only once', async (t) => {
  const site = await setUp(t);
  const first = await site.run(...DAYS, '--timeframes', '1m,1h,1d,1w');
  t.equal(first.code, 0, first.stderr);
  const both = (timeframe: string, n: number, from: string, last: string) =>
    ['BTC/USDT', 'ETH/USDT'].map((symbol) => [`${symbol} ${timeframe}`, [n, from, last]]);
  const wanted = Object.fromEntries([
    ...both('1m', MINUTES, '2025-12-30 00:00:00+00', '2026-01-03 00:09:00+00'),
    ...both('1h', 96, '2025-12-30 00:00:00+00', '2026-01-02 23:00:00+00'),
    ...both('1d', 4, '2025-12-30 00:00:00+00', '2026-01-02 00:00:00+00'),
  ]);
  t.same(await stored(site), wanted, 'no whole week lies in the range');
  t.match(
    first.stdout,
    `demo:ETH/USDT 1m: 2025-12-30T00:00:00.000Z to 2026-01-03T00:10:00.000Z, ${MINUTES} candles`,
  );
  t.match(first.stdout, /complete\.\n$/);
  t.notMatch(first.stdout, 'does not have');
  const { rows: tasks } = await site.database.pool.query('SELECT * FROM background_tasks');
  t.match(tasks, [
    {
      task_name: 'backfill',
      task_type: 'data_sync',
      status: 'completed',
      error_message: null,
      task_params: { symbols: ['demo:BTC/USDT', 'demo:ETH/USDT'], timeframes: ['1m', '1h', '1d', '1w'] },
      result_data: { series: { 'demo:BTC/USDT 1m': { done: '2026-01-03T00:10:00.000Z', written: MINUTES } } },
    },
  ]);
  const { rows: seen } = await site.database.pool.query(
    `SELECT relname FROM pg_stat_user_tables
     WHERE relname IN ('price_data_2025_12', 'price_data_2026_01') AND last_analyze IS NOT NULL`,
  );
  t.equal(seen.length, 2, 'the planner knows of them');

  site.asked.length = 0;
  const again = await site.run(...DAYS, '--timeframes', '1m');
  t.equal(again.code, 0, again.stderr);
  t.same(await stored(site), wanted);
  t.same(
    site.asked.filter((question) => question.includes(' 1m ')),
    [],
    'what is stored is not asked for again',
  );
});

t.test('only the missing candles of a range are asked for, what is there is left alone', async (t) => {
  const site = await setUp(t);
  const range = ['--symbols', 'BTC/USDT', '--from', '2026-01-01', '--to', '2026-01-02', '--timeframes', '1m'];
  t.equal((await site.run(...range)).code, 0);
  await site.database.pool.query(
    `DELETE FROM price_data WHERE candle_time >= '2026-01-01 10:00Z' AND candle_time < '2026-01-01 11:00Z'`,
  );
  await site.database.pool.query(
    `UPDATE price_data SET trade_count = 77 WHERE candle_time = '2026-01-01 09:00Z'`,
  );
  site.asked.length = 0;
  const { code, stdout } = await site.run(...range);
  t.equal(code, 0);
  t.match(stdout, ' 60 candles written\n');
  t.same(
    site.asked.filter((question) => question.includes(' 1m ')),
    [`BTCUSDT 1m ${Date.UTC(2026, 0, 1, 10)}`],
  );
  const { rows } = await site.database.pool.query(
    'SELECT count(*)::int AS n, max(trade_count) AS t FROM price_data',
  );
  t.same(rows, [{ n: 1_440, t: 77 }]);
});

const LONG = ['--symbols', 'BTC/USDT', '--from', '2025-12-01', '--to', '2025-12-13', '--timeframes', '1m'];
const LONG_MINUTES = 12 * 1_440;

for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
  t.test(`after ${signal} the same command goes on where it stood`, async (t) => {
    const site = await setUp(t);
    site.slow = 250;
    const broken = site.start(...LONG);
    const reached = async (): Promise<number> => {
      const { rows } = await site.database.pool.query<{ done: string | null }>(
        `SELECT result_data -> 'series' -> 'demo:BTC/USDT 1m' ->> 'done' AS done FROM background_tasks`,
      );
      return Date.parse(rows[0]?.done ?? '1970-01-01');
    };
    await until('some of it is written down', async () => (await reached()) > Date.UTC(2025, 11, 2), 30_000);
    broken.child.kill(signal);
    const ending = await broken.ended(10_000);
    const done = await reached();
    t.ok(done < Date.UTC(2025, 11, 13), 'in the middle of it');
    const status = async () =>
      (await site.database.pool.query('SELECT status, error_message FROM background_tasks')).rows;
    if (signal === 'SIGTERM') {
      t.same(ending, { code: 143, signal: null });
      t.match(await status(), [{ status: 'failed', error_message: /^stopped by a signal/ }]);
    } else t.match(await status(), [{ status: 'running' }]);
    site.asked.length = 0;
    site.slow = 0;
    const { code, stderr } = await site.run(...LONG);
    t.equal(code, 0, stderr);
    const questions = site.asked.filter((question) => question.includes(' 1m '));
    const earliest = Math.min(...questions.map((question) => Number(question.split(' ')[2])));
    t.ok(earliest >= done, 'nothing is asked for twice');
    t.same(await stored(site), {
      'BTC/USDT 1m': [LONG_MINUTES, '2025-12-01 00:00:00+00', '2025-12-12 23:59:00+00'],
    });
    t.match(await status(), [{ status: 'completed', error_message: null }], 'in the same row');
    if (signal === 'SIGKILL') return;
    const { rows } = await site.database.pool.query(
      `SELECT (result_data -> 'series' -> 'demo:BTC/USDT 1m' ->> 'written')::int AS n FROM background_tasks`,
    );
    t.same(rows, [{ n: LONG_MINUTES }], 'what both runs wrote');
  });
}

t.test('two at once do not do the same', async (t) => {
  const site = await setUp(t);
  site.slow = 100;
  const first = site.start(...LONG);
  await until('it has begun', () => site.asked.some((question) => question.includes(' 1m ')), 30_000);
  const { code, stderr } = await site.run(...LONG);
  t.equal(code, 1);
  t.match(stderr, 'another process is doing this very backfill');
  t.equal(await first.end('SIGTERM'), 143);
});

t.test('what the exchange does not have is counted, and nothing is made up', async (t) => {
  const site = await setUp(t);
  // The demo market has no trade before its beginning.
  const { code, stdout, stderr } = await site.run(
    ...['--symbols', 'BTC/USDT', '--from', '2009-01-01', '--to', '2026-01-01', '--timeframes', '1M'],
  );
  t.equal(code, 0, stderr);
  const found = (await stored(site))['BTC/USDT 1M'];
  let months = 0;
  for (let time = Date.UTC(2009, 0, 1); time < Date.UTC(2026, 0, 1); time = bucketEnd('1M', time))
    months += 1;
  const [count = 0, , last] = found ?? [];
  t.equal(last, '2025-12-01 00:00:00+00');
  t.ok(count < months, 'the demo exchange is younger than that');
  t.match(stdout, `${count} candles written, ${months - count} that the exchange does not have`);
});

t.test('weeks are fetched from before the first day that the exchange still has', async (t) => {
  const site = await setUp(t);
  site.daysSince = Date.UTC(2026, 0, 5);
  const range = ['--symbols', 'BTC/USDT', '--from', '2025-12-01', '--to', '2026-01-12'];
  const { code, stderr } = await site.run(...range, '--timeframes', '1d,1w');
  t.equal(code, 0, stderr);
  t.same(await stored(site), {
    'BTC/USDT 1d': [7, '2026-01-05 00:00:00+00', '2026-01-11 00:00:00+00'],
    'BTC/USDT 1w': [6, '2025-12-01 00:00:00+00', '2026-01-05 00:00:00+00'],
  });
});

t.test('a question without sense is refused in words', async (t) => {
  const site = await setUp(t);
  const refusal = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await site.run(...args);
    t.equal(code, 1);
    t.equal(stdout, '');
    return stderr;
  };
  t.match(await refusal(), /^cryptopredict: --symbols, --from must be given/);
  t.match(
    await refusal('--symbols', 'BTC/USDT', '--from', '2025-02-01', '--to', '2025-02-01'),
    /--from 2025-02-01T00:00:00\.000Z is not before --to/,
  );
  t.match(
    await refusal('--symbols', 'BTC/USDT', '--from', '2025-02-01', '--to', '2125-02-01'),
    /--to 2125-02-01T00:00:00\.000Z lies in the future/,
  );
  t.match(
    await refusal('--symbols', 'BTC/USDX', '--from', '2025-02-01'),
    /BTC\/USDX is not listed by demo; nearest/,
  );
  const { rows } = await site.database.pool.query('SELECT count(*)::int AS n FROM background_tasks');
  t.same(rows, [{ n: 0 }]);
});
