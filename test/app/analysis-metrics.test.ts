import t from 'tap';
import { playUntil, startSite } from '../support/site.js';
import { until } from '../support/until.js';

const MINUTE_MS = 60_000;
/** Long ago by our clock. */
const BOUNDARY = Date.UTC(2026, 0, 15, 12, 0);

t.test('a server shows how the layers and their sources stand, in the time of its exchange', async (t) => {
  t.setTimeout(120_000);
  const { demo, database, server, metric } = await startSite(
    t,
    {
      source: { type: 'generator', symbols: 3 },
      startAt: BOUNDARY - MINUTE_MS - 5_000,
      paused: true,
    },
    { historyDepth: '300' },
  );
  const read = (name: string): Promise<number> => metric(`cryptopredict_${name}`);
  await until(
    'all are analysed',
    async () => (await read('analysis_assets_ready')) === server.symbols.length,
  );
  await until('a source has answered', async () => (await read('source_calls_total')) > 0);
  t.ok((await read('source_on')) > 0);
  t.equal(await read('analysis_assets_failed'), 0);
  t.equal(await read('analysis_signals'), 0);
  t.equal(await read('analysis_portfolios'), 0);
  t.equal(await read('analysis_late_candles_total'), 0);
  t.ok((await read('analysis_longest_turn_milliseconds')) >= 0);
  await until('all have answered', async () => (await read('source_up')) === (await read('source_on')));
  await playUntil(demo, BOUNDARY + MINUTE_MS / 2, 15);
  await until('it has looked', async () => (await read('analysis_looks_total')) > 0);
  const { pool } = database;
  await until('the hour is written', async () => {
    const { rowCount } = await pool.query(`SELECT FROM metrics_snapshot WHERE timeframe = '1h'`);
    return rowCount === 1;
  });
  const { rows } = await pool.query(
    `SELECT data_source, fear_greed_index IS NOT NULL AS known, open_interest_btc IS NOT NULL AS interest,
       total IS NOT NULL AS total, sp500 IS NOT NULL AS stocks
     FROM metrics_snapshot WHERE timeframe = '1h'`,
  );
  // By our own clock its figures would be of another day than its prices.
  t.match(rows, [{ data_source: 'demo', known: true, interest: true, total: true, stocks: true }]);
});
