import t from 'tap';
import { replaceOrigins } from '../../src/feeds/ccxt-client.js';
import { amountDecimals, countsInBase, normalizeCandle, normalizeTrade } from '../../src/feeds/normalize.js';
import { TradeIdentity } from '../../src/feeds/trade-identity.js';

t.test('a trade without time, price or amount is none', async (t) => {
  const good = { id: '1', timestamp: 1_700_000_000_000, price: 2.5, amount: 0.1, side: 'buy' };
  t.same(normalizeTrade(good, 9, new TradeIdentity()), {
    id: '1',
    time: 1_700_000_000_000,
    price: 2.5,
    amount: 0.1,
    side: 'buy',
    receivedAt: 9,
  });
  t.equal(normalizeTrade({ ...good, side: undefined }, 9, new TradeIdentity())?.side, null);
  const bad = [
    null,
    'x',
    {},
    { ...good, timestamp: undefined },
    { ...good, timestamp: 1.5 },
    { ...good, price: 0 },
    { ...good, price: Number.NaN },
    { ...good, amount: -1 },
    { ...good, amount: Number.POSITIVE_INFINITY },
  ];
  for (const item of bad) t.equal(normalizeTrade(item, 9, new TradeIdentity()), null, JSON.stringify(item));
});

t.test('a candle whose prices contradict each other is none', async (t) => {
  t.match(normalizeCandle([60_000, 2, 3, 1, 2, 0]), {
    time: 60_000,
    open: 2,
    high: 3,
    low: 1,
    close: 2,
    volume: 0,
  });
  const bad = [
    [60_000, 2, 1, 1, 2, 0],
    [60_000, 2, 3, 2.5, 2, 0],
    [60_000, 2, 3, 1, 2],
    [0, 2, 3, 1, 2, 0],
    [60_000, '2', 3, 1, 2, 0],
  ];
  for (const row of bad) t.equal(normalizeCandle(row), null, JSON.stringify(row));
});

t.test('decimal places follow the exchange’s way of stating precision', async (t) => {
  t.equal(amountDecimals(0.00001, 4), 5);
  t.equal(amountDecimals(1e-8, 4), 8);
  t.equal(amountDecimals(1, 4), 0);
  t.equal(amountDecimals(10, 4), 0);
  t.equal(amountDecimals(0.05, 4), 2);
  t.equal(amountDecimals(6, 2), 6);
  t.equal(amountDecimals(undefined, 4), 8);
  t.equal(amountDecimals(5, 3), 8, 'significant digits say nothing of decimals');
});

t.test('another origin replaces scheme and host, and nothing else', async (t) => {
  const api = {
    public: 'https://api.binance.com/api/v3',
    ws: {
      spot: 'wss://stream.binance.com:9443/ws',
      'ws-api': { spot: 'wss://ws-api.binance.com:443/ws-api/v3' },
    },
    templated: 'https://api.{hostname}/v5',
  };
  t.same(replaceOrigins(api, 'http://127.0.0.1:9010'), {
    public: 'http://127.0.0.1:9010/api/v3',
    ws: { spot: 'ws://127.0.0.1:9010/ws', 'ws-api': { spot: 'ws://127.0.0.1:9010/ws-api/v3' } },
    templated: 'http://127.0.0.1:9010/v5',
  });
  t.same(replaceOrigins({ ws: 'wss://a/b' }, 'https://proxy'), { ws: 'wss://proxy/b' });
});

t.test('trades that are counted in contracts are told from those that are counted in coins', async (t) => {
  t.ok(countsInBase({ type: 'spot' }));
  t.ok(countsInBase({ type: 'swap', inverse: false, contractSize: 1 }), 'binance BTC/USDT:USDT');
  t.notOk(countsInBase({ type: 'swap', inverse: false, contractSize: 0.01 }), 'okx BTC/USDT:USDT');
  t.notOk(countsInBase({ type: 'swap', inverse: true, contractSize: 1 }), 'bybit BTC/USD:BTC');
});
