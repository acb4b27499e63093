import t, { type Test } from 'tap';
import { configuredIndicators } from '../../src/app/configured-indicators.js';
import { type RunningServer, startServer } from '../../src/app/server.js';
import { Stopper } from '../../src/app/stopper.js';
import type { Flags } from '../../src/cli.js';
import { type Client, connect } from '../../src/client/client.js';
import { readConfig } from '../../src/config.js';
import { IndicatorSeries } from '../../src/engine/indicators/indicator-series.js';
import { OperatorError } from '../../src/errors.js';
import { type DemoExchange, startDemoExchange } from '../../src/feeds/demo/exchange.js';
import { createTestDatabase } from '../support/database.js';
import { makeFileFolder } from '../support/files.js';
import { silent } from '../support/folder.js';
import { playUntil } from '../support/site.js';
import { until } from '../support/until.js';

const DEPTH = 60;
const MINUTE_MS = 60_000;
const START = Date.UTC(2026, 1, 3, 9, 0);

t.test('a wrong configuration is refused as the operator’s mistake', async (t) => {
  t.throws(() => configuredIndicators('rsi:0'), {
    constructor: OperatorError,
    message: /^--indicators "rsi:0": rsi: period is 0; allowed: a whole number from 2/,
  });
});

interface Run {
  readonly server: RunningServer;
  readonly client: Client;
  stop(): Promise<void>;
}

async function start(t: Test, demo: DemoExchange, flags: Flags): Promise<Run> {
  const config = readConfig(
    {
      port: '0',
      exchangeUrl: `demo=${demo.url}`,
      symbols: 'BTC/USDT',
      historyDepth: String(DEPTH),
      ...flags,
    },
    {},
  );
  const stopper = new Stopper(silent);
  t.teardown(() => stopper.stop());
  const server = await startServer(config, silent, stopper);
  await server.loaded;
  const client = connect(server.url);
  t.teardown(() => client.close());
  await client.ready();
  return {
    server,
    client,
    async stop() {
      client.close();
      await stopper.stop();
    },
  };
}

/** Keeps rsi_9 of every minute that closes, by its time. */
async function collectRsi(client: Client): Promise<ReadonlyMap<number, unknown>> {
  const values = new Map<number, unknown>();
  await client.subscribe('indicators:BTC/USDT:1m', {
    update: ({ data }) => {
      if (data.closed) values.set(data.time, data.rsi_9);
    },
  });
  return values;
}

/** Gives rsi_9 of a minute, computed over what the server has stored from `from` on. */
async function expectedRsi(client: Client, from: number, time: number): Promise<number> {
  const { items } = await client.query('candles.list', {
    symbol: 'BTC/USDT',
    timeframe: '1m',
    from,
    to: time + MINUTE_MS,
    limit: 500,
  });
  const series = new IndicatorSeries([{ name: 'rsi', period: 9 }]);
  for (const candle of items.toSorted((a, b) => a.time - b.time)) series.commit(candle);
  return series.closedValue(0);
}

/** How the server is restarted, and how many minutes after the first start its history begins `DEPTH` earlier. */
const RESTARTS: readonly (readonly [how: string, first: Flags, second: Flags, begin: number])[] = [
  ['without a checkpoint', { checkpointMinutes: '0' }, { checkpointMinutes: '0' }, 6],
  ['with one', {}, {}, 0],
  ['with one of other indicators', { indicators: 'rsi:9' }, {}, 6],
];

for (const [how, firstFlags, secondFlags, begin] of RESTARTS) {
  t.test(`a server publishes the rsi_9 that it was configured for, also when restarted ${how}`, async (t) => {
    t.setTimeout(100_000);
    const demo = await startDemoExchange({ source: { type: 'generator' }, startAt: START, paused: true });
    t.teardown(() => demo.close());
    const database = await createTestDatabase();
    t.teardown(() => database.drop());
    const dataDir = makeFileFolder(t).folder;
    const common = { databaseUrl: database.url, dataDir, indicators: 'default,rsi:9' };

    const first = await start(t, demo, { ...common, ...firstFlags });
    const before = await collectRsi(first.client);
    await playUntil(demo, START + 3 * MINUTE_MS + 30_000, 60);
    await until('three minutes closed', () => before.size >= 3);
    for (const [time, value] of before)
      t.equal(value, await expectedRsi(first.client, START - DEPTH * MINUTE_MS, time), 'over its history');
    await first.stop();

    // The market goes on while nobody watches.
    await playUntil(demo, START + 6 * MINUTE_MS + 30_000, 60);
    const second = await start(t, demo, { ...common, ...secondFlags });
    const after = await collectRsi(second.client);
    await playUntil(demo, START + 9 * MINUTE_MS + 30_000, 60);
    await until('three more minutes closed', () => after.size >= 3);
    const { values } = await second.client.query('indicators.get', { symbol: 'BTC/USDT', timeframe: '1m' });
    t.ok('rsi_9' in values && 'rsi_14' in values && 'sma_20' in values, 'beside the built-in set');
    for (const [time, value] of after) {
      const wanted = await expectedRsi(second.client, START + (begin - DEPTH) * MINUTE_MS, time);
      t.equal(value, wanted, `as if it had never been away, ${time}`);
    }
  });
}
