import { readFileSync } from 'node:fs';
import ccxt from 'ccxt';
import t from 'tap';
import { normalizeCandle, normalizeTrade } from '../../src/feeds/normalize.js';
import { closedFlagReader, messageTime } from '../../src/feeds/stream-message.js';
import { TapCache } from '../../src/feeds/tap-cache.js';
import { TradeIdentity } from '../../src/feeds/trade-identity.js';

type Message = Readonly<Record<string, unknown>>;

/** What is used of a ccxt exchange here. */
interface Parser {
  trades: Record<string, unknown>;
  ohlcvs: Record<string, Record<string, unknown>>;
  setMarkets(markets: readonly unknown[]): unknown;
  safeMarketStructure(market: object): unknown;
  client(url: string): unknown;
  handleMessage(client: unknown, message: unknown): void;
}

function fixture(path: string): Message {
  const parsed: { message: Message } = JSON.parse(readFileSync(`test/fixtures/${path}.json`, 'utf8'));
  return parsed.message;
}

/** An exchange of ccxt that knows one market and has no connection. */
function parserOf(id: string, market: { id: string; symbol: string }): Parser {
  const classes = ccxt.pro as unknown as Readonly<Record<string, new () => Parser>>;
  const Exchange = classes[id];
  if (Exchange === undefined) throw new Error(`ccxt has no ${id}`);
  const exchange = new Exchange();
  const [base, quote] = market.symbol.split('/');
  const precision = { amount: 1e-8, price: 1e-8 };
  exchange.setMarkets([
    exchange.safeMarketStructure({
      ...market,
      base,
      quote,
      baseId: base,
      quoteId: quote,
      type: 'spot',
      spot: true,
      precision,
    }),
  ]);
  return exchange;
}

const TRADES = [
  {
    file: 'binance/trade',
    url: 'wss://stream.binance.com:9443/ws/0',
    market: { id: 'BNBBTC', symbol: 'BNB/BTC' },
    expected: [{ id: '12345', time: 1672515782136, price: 0.001, amount: 100, side: 'sell' }],
  },
  {
    file: 'kraken/trade',
    url: 'wss://ws.kraken.com/v2',
    market: { id: 'MATICUSD', symbol: 'MATIC/USD' },
    expected: [
      { id: '4665906', time: 1695628177708, price: 0.5117, amount: 40 },
      { id: '4665907', price: 0.5116, amount: 20 },
    ],
  },
  {
    file: 'coinbase/trades',
    url: 'wss://advanced-trade-ws.coinbase.com',
    market: { id: 'ETH-USD', symbol: 'ETH/USD' },
    expected: [
      { id: '12345', amount: 0.2 },
      { id: '12346', price: 1260.01, amount: 0.3 },
    ],
  },
] as const;

for (const { file, url, market, expected } of TRADES) {
  t.test(`${file}: every trade of a message reaches the tap, in order`, async (t) => {
    const [id = ''] = file.split('/');
    const exchange = parserOf(id, market);
    const seen: unknown[] = [];
    const identity = new TradeIdentity();
    exchange.trades[market.symbol] = new TapCache((entry) => seen.push(normalizeTrade(entry, 1, identity)));
    exchange.handleMessage({ url, subscriptions: {}, resolve: () => undefined }, fixture(file));
    t.match(seen, expected);
    t.equal(seen.length, expected.length);
    t.ok(exchange.trades[market.symbol] instanceof TapCache, 'the tap stays');
  });
}

const CANDLES = [
  {
    file: 'binance/kline-final',
    url: 'wss://stream.binance.com:9443/ws/0',
    market: { id: 'BNBBTC', symbol: 'BNB/BTC' },
    candle: { time: 1672515780000, open: 0.001, high: 0.0025, low: 0.001, close: 0.002, volume: 1000 },
    time: 1672515840005,
  },
  {
    file: 'bybit/kline-final',
    url: 'wss://stream.bybit.com/v5/public/spot',
    market: { id: 'BTCUSDT', symbol: 'BTC/USDT' },
    candle: { time: 1672324800000, open: 16649.5, close: 16677, volume: 2.081 },
    time: 1672324860002,
  },
  {
    file: 'okx/candle-final',
    url: 'wss://ws.okx.com:8443/ws/v5/business',
    market: { id: 'BTC-USDT', symbol: 'BTC/USDT' },
    candle: { time: 1597026360000, open: 8533.02, close: 8548.26 },
    time: null,
  },
] as const;

for (const { file, url, market, candle, time } of CANDLES) {
  t.test(`${file}: the candle reaches the tap, and that it is final is read beside ccxt`, async (t) => {
    const [id = ''] = file.split('/');
    const exchange = parserOf(id, market);
    const seen: unknown[] = [];
    exchange.ohlcvs[market.symbol] = { '1m': new TapCache((entry) => seen.push(normalizeCandle(entry))) };
    const message = fixture(file);
    exchange.handleMessage({ url, subscriptions: {}, resolve: () => undefined }, message);
    t.match(seen, [candle]);
    const closed: number[] = [];
    closedFlagReader(id)?.(message, closed);
    t.same(closed, [candle.time]);
    t.equal(messageTime(message), time);
  });
}

t.test('a candle that is not final has no flag, and other messages neither', async (t) => {
  const open = structuredClone(fixture('binance/kline-final')) as { k: { x: boolean } };
  open.k.x = false;
  const closed: number[] = [];
  closedFlagReader('binance')?.(open as unknown as Message, closed);
  closedFlagReader('binance')?.(fixture('binance/trade'), closed);
  closedFlagReader('okx')?.({ arg: { channel: 'trades' }, data: [[1, 2, 3, 4, 5, 6, 7, 8, '1']] }, closed);
  closedFlagReader('bybit')?.({ data: 'x' }, closed);
  t.same(closed, []);
  t.equal(closedFlagReader('kraken'), null);
});

t.test('keeps the newest entry only and answers as ccxt’s own caches do', async (t) => {
  const seen: unknown[] = [];
  const cache = new TapCache((entry) => seen.push(entry));
  cache.append(1);
  cache.append(2);
  t.same([...cache], [2]);
  t.same(seen, [1, 2]);
  t.equal(cache.getLimit('A/B', undefined), 1);
  t.equal(cache.getLimit('A/B', 0), 0);
  t.notOk(cache.slice() instanceof TapCache);
  cache.clear();
  t.equal(cache.length, 0);
});
