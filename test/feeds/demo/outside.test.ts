import ccxt from 'ccxt';
import t from 'tap';
import { replaceOrigins } from '../../../src/feeds/ccxt-client.js';
import { startDemoExchange } from '../../../src/feeds/demo/exchange.js';
import { Generator } from '../../../src/feeds/demo/generator.js';
import { Outside } from '../../../src/feeds/demo/outside/outside.js';
import { StreamClient } from '../../support/demo-client.js';
import { until } from '../../support/until.js';

const NOON = Date.UTC(2024, 4, 15, 12, 34, 30);
const DAY = 86_400_000;

const PATHS = [
  '/usdm/fapi/v1/exchangeInfo',
  '/usdm/fapi/v1/premiumIndex?symbol=BTCUSDT',
  '/usdm/fapi/v1/openInterest?symbol=ETHUSDT',
  '/alternative-me/fng/?limit=5',
  '/coingecko/api/v3/global',
  '/coingecko/api/v3/coins/markets?vs_currency=usd&per_page=250&page=1',
  '/coingecko/api/v3/coins/categories',
  '/stooq/q/d/l/?s=%5Espx&i=d&d1=20230601&d2=20240515',
  '/fred/graph/fredgraph.csv?id=DGS10&cosd=2024-01-01',
  '/figures/on_chain.json',
  '/figures/google_trends.json',
];

function ask(outside: Outside, address: string, now: number): unknown {
  const { pathname, searchParams } = new URL(address, 'http://demo');
  return outside.answer(pathname, searchParams, now)?.body;
}

t.test('every answer is marked simulated, by header and in what it says', async (t) => {
  const demo = await startDemoExchange({ seed: 3, startAt: NOON, paused: true });
  t.teardown(() => demo.close());
  for (const path of PATHS) {
    const response = await fetch(`${demo.url}${path}`);
    const text = await response.text();
    t.equal(response.status, 200, path);
    t.equal(response.headers.get('x-simulated'), 'true', path);
    const isTable = response.headers.get('content-type')?.startsWith('text/csv') === true;
    if (!isTable) t.match(text, /"simulated":true/, path);
    t.equal(isTable, /^\/(stooq|fred)/.test(path), path);
  }
  for (const path of ['/coingecko/api/v3/ping', '/stooq/', '/figures/vix.json', '/usdm/fapi/v1/klines']) {
    const response = await fetch(`${demo.url}${path}`);
    await response.body?.cancel();
    t.equal(response.status, 404, path);
  }
});

t.test('the same seed and moment give the same figures, others do not', async (t) => {
  const make = (seed: number): Outside => new Outside(new Generator({ seed }), seed);
  const first = make(3);
  // Another order of questions: nothing may depend on what was asked before.
  const second = make(3);
  ask(second, PATHS[7] ?? '', NOON + 30 * DAY);
  for (const path of PATHS.toReversed()) {
    t.same(ask(second, path, NOON), ask(first, path, NOON), path);
    if (path.includes('exchangeInfo')) continue;
    t.notSame(ask(make(4), path, NOON), ask(first, path, NOON), `${path}: another seed`);
  }
});

t.test('the past does not depend on when it is asked', async (t) => {
  const outside = new Outside(new Generator({ seed: 3 }), 3);
  const rowsBefore = (text: unknown, end: string): readonly string[] =>
    String(text)
      .split(/\r?\n/)
      .filter((line) => line.slice(0, 10) < end);
  for (const path of PATHS.slice(7, 9)) {
    const today = rowsBefore(ask(outside, path, NOON), '2024-05-15');
    t.ok(today.length > 80);
    t.same(rowsBefore(ask(outside, path, NOON + 20 * DAY), '2024-05-15'), today);
  }
});

t.test('weekends have no closes, and the unfinished day is there as at Stooq', async (t) => {
  const outside = new Outside(new Generator({ seed: 3 }), 3);
  const rows = String(ask(outside, PATHS[7] ?? '', NOON))
    .trim()
    .split('\r\n')
    .slice(1);
  const weekdays = rows.map((row) => new Date(row.slice(0, 10)).getUTCDay());
  t.same([...new Set(weekdays)].toSorted(), [1, 2, 3, 4, 5]);
  t.equal(rows.at(-1)?.slice(0, 10), '2024-05-15');
  t.equal(ask(outside, '/stooq/q/d/l/?s=unknown', NOON), 'No data');
});

t.test('figures agree with each other and with the market', async (t) => {
  const source = new Generator({ seed: 3 });
  const outside = new Outside(source, 3);
  const coins = ask(outside, PATHS[5] ?? '', NOON) as {
    symbol: string;
    current_price: number;
    market_cap: number;
    circulating_supply: number;
  }[];
  const { data } = ask(outside, PATHS[4] ?? '', NOON) as {
    data: { total_market_cap: { usd: number }; market_cap_percentage: Record<string, number> };
  };
  t.equal(coins.length, source.listings.length);
  t.ok(
    coins.every(
      (coin) => Math.abs(coin.market_cap / (coin.current_price * coin.circulating_supply) - 1) < 1e-9,
    ),
  );
  const [btc] = coins;
  t.equal(btc?.symbol, 'btc', 'the largest first');
  const bar = source.bar(0, 'minute', Math.floor(NOON / 60_000) - 1);
  t.ok(Math.abs((btc?.current_price ?? 0) - (bar?.close ?? 0) / 100) < 1e-6);
  const share = (100 * (btc?.market_cap ?? 0)) / data.total_market_cap.usd;
  t.ok(Math.abs((data.market_cap_percentage.btc ?? 0) - share) < 1e-9);
  const shares = Object.values(data.market_cap_percentage).reduce((sum, value) => sum + value, 0);
  t.ok(shares < 100);
});

t.test('a recorded market has figures too', async (t) => {
  // A source with one pair, whose data begin with the recording.
  const source = new Generator({ seed: 3, symbols: 1 });
  const outside = new Outside(source, 3);
  for (const path of PATHS) t.not(ask(outside, path, source.start + 60_000), undefined, path);
  t.same(
    (ask(outside, PATHS[0] ?? '', NOON) as { symbols: { symbol: string }[] }).symbols.map(
      ({ symbol }) => symbol,
    ),
    ['BTCUSDT'],
  );
});

t.test('the unmodified ccxt client reads funding and open interest', async (t) => {
  const demo = await startDemoExchange({ seed: 3, startAt: NOON, paused: true });
  const client = new ccxt.binanceusdm({ enableRateLimit: false });
  client.urls.api = replaceOrigins(client.urls.api, `${demo.url}/usdm`) as typeof client.urls.api;
  await client.loadHttpProxyAgent();
  t.teardown(async () => {
    await client.close();
    await demo.close();
  });
  await client.loadMarkets();
  t.same(Object.keys(client.markets ?? {}).toSorted(), ['BTC/USDT:USDT', 'ETH/USDT:USDT']);
  const funding = await client.fetchFundingRate('BTC/USDT:USDT');
  t.ok(Math.abs(funding.fundingRate ?? 1) <= 0.003);
  t.equal(funding.timestamp, NOON);
  const interest = await client.fetchOpenInterest('ETH/USDT:USDT');
  t.ok((interest.openInterestAmount ?? 0) > 100_000);
});

t.test('liquidations are heard on the futures’ stream alone, and follow from the trades', async (t) => {
  const heard = async (): Promise<unknown[]> => {
    const demo = await startDemoExchange({ seed: 3, startAt: NOON, speed: 600, paused: true });
    const client = await StreamClient.connect(demo.url, '/usdm/market/ws/btcusdt@forceOrder');
    demo.control({ action: 'play' });
    await until('some are heard', () => client.messages.length >= 3);
    await demo.close();
    return client.messages.slice(0, 3);
  };
  const messages = await heard();
  t.match(messages[0], { e: 'forceOrder', o: { s: 'BTCUSDT', S: /^(BUY|SELL)$/, X: 'FILLED', T: Number } });
  t.same(await heard(), messages, 'the same trades, the same liquidations');
});
