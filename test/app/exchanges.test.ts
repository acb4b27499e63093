import t from 'tap';
import { startDemoExchange } from '../../src/feeds/demo/exchange.js';
import { collectCandles } from '../support/closed-collector.js';
import { playUntil, startSite } from '../support/site.js';
import { until } from '../support/until.js';

const MINUTE_MS = 60_000;
const START = Date.UTC(2026, 1, 3, 9, 0);

t.test('two exchanges serve their symbols side by side, and their prices do not mix', async (t) => {
  t.setTimeout(90_000);
  const market = { source: { type: 'generator' }, startAt: START, paused: true } as const;
  const other = await startDemoExchange({ ...market, seed: 2 });
  t.teardown(() => other.close());
  const site = await startSite(
    t,
    { ...market, seed: 1 },
    { symbols: 'BTC/USDT,binance:ETH/USDT', historyDepth: '30' },
    { binance: other.url },
  );
  t.same(site.server.symbols, ['BTC/USDT', 'ETH/USDT'], 'both are served');
  const [btc, eth] = await Promise.all([
    collectCandles(site.client, 'BTC/USDT', '1m'),
    collectCandles(site.client, 'ETH/USDT', '1m'),
  ]);
  await Promise.all([site.demo, other].map((demo) => playUntil(demo, START + 10 * MINUTE_MS + 30_000, 120)));
  for (const [symbol, collected, demo] of [
    ['BTC/USDT', btc, site.demo],
    ['ETH/USDT', eth, other],
  ] as const) {
    await until(`ten minutes of ${symbol}`, () => collected.closed.length >= 10);
    const index = demo.source.listings.findIndex(({ base, quote }) => `${base}/${quote}` === symbol);
    const scale = 10 ** (demo.source.listings[index]?.priceDecimals ?? 0);
    t.same(
      collected.closed.map(({ close }) => close),
      collected.closed.map(
        ({ time }) => (demo.source.bar(index, 'minute', time / MINUTE_MS)?.close ?? 0) / scale,
      ),
      `${symbol} comes from the exchange that was named`,
    );
  }
  const { rows } = await site.database.pool.query(
    'SELECT symbol, data_source FROM assets WHERE is_active ORDER BY symbol',
  );
  t.same(
    rows,
    [
      { symbol: 'BTC/USDT', data_source: 'demo' },
      { symbol: 'ETH/USDT', data_source: 'binance-simulated' },
    ],
    'a real exchange that says it is simulated is kept apart from the real one',
  );
});

t.test('a server lists what it serves, not what the database has seen of others', async (t) => {
  t.setTimeout(60_000);
  const site = await startSite(
    t,
    { source: { type: 'generator' }, startAt: START, paused: true },
    { symbols: 'BTC/USDT', historyDepth: '30' },
  );
  await site.database.pool.query(
    `UPDATE assets SET is_active = true, current_price = 1 WHERE data_source = 'demo' AND symbol = 'ETH/USDT'`,
  );
  const { items } = await site.client.query('assets.list', {});
  t.same(
    items.map(({ symbol, simulated }) => ({ symbol, simulated })),
    [{ symbol: 'BTC/USDT', simulated: true }],
  );
});
