import t, { type Test } from 'tap';
import { bindSources } from '../../src/app/source-metrics.js';
import { servedBases, startSources } from '../../src/app/sources.js';
import { Stopper } from '../../src/app/stopper.js';
import { readConfig } from '../../src/config.js';
import type { ExternalEvent } from '../../src/external-events.js';
import { startDemoExchange } from '../../src/feeds/demo/exchange.js';
import { toIndicatorDocument } from '../../src/indicator-document.js';
import { Metrics } from '../../src/metrics.js';
import { listExternalApiLogs } from '../../src/store/repositories/external-api-logs.js';
import { StoreWriter } from '../../src/store/writer.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { silent } from '../support/folder.js';
import { sourceFixture, startProviderStub } from '../support/provider-stub.js';
import { until } from '../support/until.js';

let database: TestDatabase;

t.before(async () => {
  database = await createTestDatabase();
});
t.teardown(() => database.drop());

/** Starts the sources as the server does, with a writer of the engine's role. */
async function start(
  t: Test,
  flags: Parameters<typeof readConfig>[0],
  { isSimulated, demoUrl }: { isSimulated: boolean; demoUrl: string | null },
) {
  const pool = await database.connect({ role: 'cryptopredict_engine' });
  const writer = new StoreWriter({ pool, logger: silent, toDocument: toIndicatorDocument });
  const stopper = new Stopper(silent);
  const events: ExternalEvent[] = [];
  await stopper.add('writer', () => writer.close());
  t.teardown(() => stopper.stop());
  const parts = {
    ...{ logger: silent, writer, isSimulated, demoUrl },
    sink: (event: ExternalEvent) => events.push(event),
    now: Date.now,
    bases: () => [{ base: 'BTC', price: null }],
    pace: 0.001,
  };
  const sources = await startSources(readConfig(flags, {}), parts, stopper);
  return { sources, stopper, writer, events };
}

t.test('each request has a row in the log, those that failed too', async (t) => {
  const stub = await startProviderStub();
  t.teardown(() => stub.close());
  stub.answer('/fng/', { status: 500 }, { body: sourceFixture('fear-greed') });
  const flags = { exchange: 'binance', sources: 'fear_greed', sourceUrl: `fear_greed=${stub.url}` };
  const { stopper, writer, events } = await start(t, flags, { isSimulated: false, demoUrl: null });
  await until('it has come', () => events.some(({ type }) => type === 'reading'));
  await stopper.stop();
  t.equal(writer.stats.lanes.external_api_logs?.queuedRows, 0);
  const { items } = await listExternalApiLogs(database.pool, { apiProvider: 'alternative_me', limit: 100 });
  const [second, first] = items.slice(-2);
  t.match(first, { endpoint: '/fng/?limit=1', httpMethod: 'GET', responseStatus: 500 });
  t.match(second, { endpoint: '/fng/?limit=1', httpMethod: 'GET', responseStatus: 200 });
  t.ok(items.every(({ responseTimeMs }) => Number(responseTimeMs) > 0));
  const failed = await listExternalApiLogs(database.pool, { failedOnly: true, limit: 100 });
  t.equal(failed.items.length, 1);
});

t.test('the demo exchange answers for all, under names of its own', async (t) => {
  const demo = await startDemoExchange({ seed: 1 });
  t.teardown(() => demo.close());
  const { sources, stopper, events } = await start(t, {}, { isSimulated: true, demoUrl: demo.url });
  await until('all have answered', () => sources.stats.every(({ lastSuccessAt }) => lastSuccessAt !== null));
  await until('liquidations are heard', () => events.some(({ type }) => type === 'watching'));
  await stopper.stop();
  t.ok(events.every((event) => !('simulated' in event) || event.simulated));
  const { rows } = await database.pool.query<{ api_provider: string; calls: number; http_methods: string }>(
    `SELECT api_provider, count(*)::int AS calls, string_agg(DISTINCT http_method::text, ',') AS http_methods
     FROM external_api_logs WHERE api_provider LIKE '%-simulated' GROUP BY 1 ORDER BY 1`,
  );
  t.same(
    rows.map(({ api_provider, http_methods }) => [api_provider, http_methods]),
    [
      ['alternative_me-simulated', 'GET'],
      ['binanceusdm-simulated', 'GET,WS'],
      ['coingecko-simulated', 'GET'],
      ['google_trends-simulated', 'GET'],
      ['on_chain-simulated', 'GET'],
      ['stooq-simulated', 'GET'],
    ],
  );
  t.equal(demo.status().connections, 0, 'its stream is closed');
});

t.test('another exchange that simulates is asked as the demo exchange is', async (t) => {
  const demo = await startDemoExchange({ seed: 1 });
  t.teardown(() => demo.close());
  const flags = { exchange: 'binance', exchangeUrl: `binance=${demo.url}`, sources: 'fear_greed' };
  const { events } = await start(t, flags, { isSimulated: true, demoUrl: null });
  await until('it has come', () => events.some(({ type }) => type === 'reading'));
  const readings = events.flatMap((event) => (event.type === 'reading' ? [event.reading] : []));
  t.ok(readings.every(({ simulated }) => simulated));
});

t.test('a server whose sources are all down starts and stops as fast as ever', async (t) => {
  const stub = await startProviderStub();
  for (const path of ['/fng/', '/global', '/q/d/l/', '/fapi/v1/exchangeInfo'])
    stub.answer(path, { afterMs: 60_000 });
  t.teardown(() => stub.close());
  const flags = {
    exchange: 'binance',
    exchangeUrl: `binanceusdm=${stub.url}`,
    sourceUrl: ['fear_greed', 'global_market', 'stooq', 'fred'].map((key) => `${key}=${stub.url}`).join(','),
  };
  const { sources, stopper } = await start(t, flags, { isSimulated: false, demoUrl: null });
  await until('all hang', () => stub.requests.length >= 4);
  await stopper.stop();
  t.ok(sources.stats.every(({ lastSuccessAt }) => lastSuccessAt === null));
});

t.test('/metrics shows how each source stands', async (t) => {
  const stub = await startProviderStub();
  t.teardown(() => stub.close());
  stub.answer('/fng/', { body: sourceFixture('fear-greed') });
  const sourceUrl = `fear_greed=${stub.url},stooq=${stub.url},fred=${stub.url}`;
  const flags = { exchange: 'binance', sources: 'fear_greed,macro', sourceUrl };
  const { sources } = await start(t, flags, { isSimulated: false, demoUrl: null });
  await until('one works and one does not', () => {
    const [works, fails] = ['fear_greed', 'macro'].map((name) =>
      sources.stats.find(({ source }) => source === name),
    );
    return works?.lastSuccessAt !== null && fails?.fault !== null;
  });
  const metrics = new Metrics();
  bindSources(metrics, sources);
  const text = await metrics.text();
  t.match(text, /^cryptopredict_source_on\{source="fear_greed"\} 1$/m);
  t.match(text, /^cryptopredict_source_on\{source="derivatives"\} 0$/m);
  t.match(text, /^cryptopredict_source_up\{source="fear_greed"\} 1$/m);
  t.match(text, /^cryptopredict_source_up\{source="macro"\} 0$/m);
  t.match(text, /^cryptopredict_source_failures_total\{source="macro"\} [1-9]/m);
  t.match(text, /^cryptopredict_source_calls_total\{source="fear_greed"\} [1-9]/m);
  t.match(text, /^cryptopredict_source_last_success_seconds\{source="macro"\} Nan$/im);
});

t.test('each served coin is asked for once, with the price of a market in dollars', async (t) => {
  const markets = [
    { asset: 0, base: 'BTC', quote: 'EUR' },
    { asset: 1, base: 'BTC', quote: 'USDT' },
    { asset: 2, base: 'ETH', quote: 'BTC' },
    { asset: 3, base: 'SOL', quote: 'USD' },
    { asset: 4, base: 'SOL', quote: 'USDC' },
  ];
  const prices = [60_000, 65_000, 0.05, null, 150];
  t.strictSame(
    servedBases(markets, (asset) => prices[asset] ?? null),
    [
      { base: 'BTC', price: 65_000 },
      { base: 'ETH', price: null },
      { base: 'SOL', price: 150 },
    ],
  );
});
