import t from 'tap';
import { startDemoExchange } from '../../src/feeds/demo/exchange.js';
import { bucketStart, type Timeframe } from '../../src/timeframe.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import {
  assertStored,
  assertStoredMinutes,
  expectedCandles,
  storedCandles,
} from '../support/expected-candles.js';
import { readRecordedCandles, recordedMarkets, skipWithoutRecord } from '../support/recorded.js';
import { ServerProcess } from '../support/server-process.js';
import { playUntil } from '../support/site.js';
import { until } from '../support/until.js';

const MINUTE_MS = 60_000;
/** So near to the record's beginning that each start loads all of it: then not a bit may differ between the runs. */
const SPAN = { from: Date.UTC(2025, 4, 5, 22, 30), to: Date.UTC(2025, 4, 6, 1, 30) };
const CHECKED: readonly Timeframe[] = ['5m', '15m', '1h', '4h', '1d'];
/** `SERVER_KILLS=10` kills ten times; it takes longer than a test run has. */
const RANDOM_KILLS = Number(process.env.SERVER_KILLS ?? 5) - 2;
/** Minutes of the market at which the server is killed: around midnight, and at random. */
const KILLS = [
  89,
  91,
  ...Array.from({ length: RANDOM_KILLS }, () => 3 + Math.floor(Math.random() * 160)),
].sort((a, b) => a - b);
/** Alerts on each symbol, every 0.02 % of its price above and below where it begins. */
const ALERTS = 200;
/** Market minutes per second. */
const SPEED = 300;

function start(databaseUrl: string, demoUrl: string): ServerProcess {
  return ServerProcess.spawn([
    'serve',
    ...['--port', '0', '--exchange', 'demo', '--exchange-url', `demo=${demoUrl}`],
    ...['--database-url', databaseUrl, '--forming-write-ms', '100', '--log-level', 'warn'],
    // What is shown here is that history alone is enough.
    ...['--checkpoint-minutes', '0'],
  ]);
}

t.test(
  'killed in mid-stream and started again, the server has every candle once and the same indicators',
  skipWithoutRecord(),
  async (t) => {
    t.setTimeout(240_000);
    const files = recordedMarkets();
    const demo = await startDemoExchange({
      source: { type: 'candles', files },
      startAt: SPAN.from,
      paused: true,
    });
    t.teardown(() => demo.close());
    const databases: TestDatabase[] = [await createTestDatabase(), await createTestDatabase()];
    for (const database of databases) t.teardown(() => database.drop());
    const [killed, steady] = databases.map(({ url }) => url);
    const uninterrupted = start(steady ?? '', demo.url);
    t.teardown(() => uninterrupted.end('SIGKILL'));
    let server = start(killed ?? '', demo.url);
    t.teardown(() => server.end('SIGKILL'));
    t.comment(`killed at minutes ${KILLS.join(', ')}`);
    await Promise.all([uninterrupted.ready(), server.ready()]);
    for (const { pool } of databases) await setAlerts(pool, files);
    for (const minute of KILLS) {
      await playUntil(demo, SPAN.from + minute * MINUTE_MS, SPEED);
      demo.control({ action: 'play', speed: SPEED });
      await server.end('SIGKILL');
      server = start(killed ?? '', demo.url);
      await server.ready();
    }
    await playUntil(demo, SPAN.to + 2 * MINUTE_MS, SPEED);
    for (const [symbol, path] of Object.entries(files)) {
      const record = readRecordedCandles(path);
      for (const database of databases) {
        await assertStoredMinutes(t, database.pool, symbol, record, SPAN);
        for (const timeframe of CHECKED) {
          await assertStored(
            t,
            database.pool,
            symbol,
            timeframe,
            expectedCandles(record, timeframe, SPAN),
            SPAN,
          );
        }
      }
      for (const timeframe of ['1m', ...CHECKED] as const) {
        const [after, never] = await Promise.all(
          databases.map(({ pool }) => indicatorsOf(pool, symbol, timeframe)),
        );
        t.ok(
          (never?.length ?? 0) > 0 && after?.length === never?.length,
          `${symbol} ${timeframe}: as many candles`,
        );
        t.same(after, never, `${symbol} ${timeframe}: the indicators of the two runs are equal`);
      }
    }
    t.equal(await uninterrupted.end('SIGTERM'), 0, 'the other server stops cleanly');
    t.equal(await server.end('SIGINT'), 0, 'and so does the one that was started again');
    for (const { pool } of databases) {
      const told = await toldAlerts(pool);
      t.ok(told.triggered.length > 0, `${told.triggered.length} alerts have fired`);
      t.same(told.notified, told.triggered, 'its user was notified of each once, and of no other');
      t.same(told.published, told.triggered, 'and so was who listens');
    }
  },
);

async function setAlerts(pool: TestDatabase['pool'], files: Readonly<Record<string, string>>): Promise<void> {
  const { rows } = await pool.query<{ id: number }>(
    `INSERT INTO users (email, password_hash) VALUES ('ada@example.com', '$scrypt$x') RETURNING id`,
  );
  for (const [symbol, path] of Object.entries(files)) {
    const begin = readRecordedCandles(path).find(({ time }) => time >= SPAN.from)?.open ?? 0;
    await pool.query(
      `INSERT INTO signal_alerts (user_id, asset_id, alert_type, condition, trigger_value)
       SELECT $1, a.id, 'price_target', (ARRAY['above', 'below', 'equals'])[1 + n % 3]::alert_condition,
         $3::numeric * (1 + (n - $4::int / 2) * 0.0002)
       FROM assets a, generate_series(0, $4::int - 1) n WHERE a.symbol = $2 AND a.data_source = 'demo'`,
      [rows[0]?.id, symbol, begin, ALERTS],
    );
  }
}

/** Ids of alerts, in order, one that is told of twice stands twice: triggered, notified, in the outbox. */
async function toldAlerts(pool: TestDatabase['pool']) {
  const ids = async (sql: string): Promise<readonly number[]> =>
    (await pool.query<{ id: number }>(`SELECT id::int FROM (${sql}) AS told ORDER BY 1`)).rows.map(
      ({ id }) => id,
    );
  return {
    triggered: await ids('SELECT id FROM signal_alerts WHERE is_triggered'),
    notified: await ids(`SELECT data ->> 'alert_id' AS id FROM notifications`),
    published: await ids(`SELECT data ->> 'alert_id' AS id FROM outbox WHERE channel = 'alerts'`),
  };
}

/** Indicators of the closed candles, without the time at which they were computed. */
async function indicatorsOf(
  pool: TestDatabase['pool'],
  symbol: string,
  timeframe: Timeframe,
): Promise<readonly unknown[]> {
  // Those that close in the span, whenever they began.
  const span = { from: bucketStart(timeframe, SPAN.from), to: bucketStart(timeframe, SPAN.to) };
  let rows = await storedCandles(pool, symbol, timeframe, span);
  await until(`${symbol} ${timeframe} is written`, async () => {
    rows = await storedCandles(pool, symbol, timeframe, span);
    return rows.every(({ indicators }) => indicators !== null);
  });
  return rows.map(({ ms, indicators }) => ({ ...(indicators as object), computed_at: null, ms }));
}
