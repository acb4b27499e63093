import { pino } from 'pino';
import t, { type Test } from 'tap';
import { createFeed } from '../../src/feeds/ccxt-feed.js';
import { startDemoExchange } from '../../src/feeds/demo/exchange.js';
import { rollUp } from '../../src/feeds/history.js';
import type { Candle } from '../../src/market.js';
import { bucketEnd, bucketStart, MINUTE_MS, TIMEFRAMES } from '../../src/timeframe.js';

const NOW = Date.UTC(2026, 1, 3, 10, 17, 30);

async function connected(t: Test) {
  const exchange = await startDemoExchange({ startAt: NOW, paused: true });
  const feed = createFeed({
    exchange: 'demo',
    url: exchange.url,
    mode: 'auto',
    stallSeconds: 30,
    closeGraceMs: 1_500,
    logger: pino({ level: 'silent' }),
  });
  t.teardown(async () => {
    await feed.close();
    await exchange.close();
  });
  await feed.connect();
  return { exchange, feed };
}

t.test('gives every finished candle of a range once, over several pages', async (t) => {
  const { exchange, feed } = await connected(t);
  const to = bucketStart('1m', NOW);
  const from = to - 2_500 * MINUTE_MS;
  const pages: number[] = [];
  const candles = await feed.history('BTC/USDT', '1m', from, to, (page) => pages.push(page.length));
  t.same(pages, [1_000, 1_000, 500]);
  t.same(
    candles.map((candle) => candle.time),
    Array.from({ length: 2_500 }, (_, index) => from + index * MINUTE_MS),
  );
  const listing = exchange.source.listings.findIndex((one) => one.id === 'BTCUSDT');
  const pair = exchange.source.listings[listing];
  const bar = exchange.source.bar(listing, 'minute', from / MINUTE_MS);
  t.equal(candles[0]?.open, Number(`${bar?.open}e-${pair?.priceDecimals}`));
  t.equal(candles[0]?.volume, Number(`${bar?.lots}e-${pair?.amountDecimals}`));
  t.match(candles[0], { tradeCount: null, vwap: null });
});

t.test('never gives the candle that is not finished, in any timeframe', async (t) => {
  const { feed } = await connected(t);
  for (const timeframe of TIMEFRAMES) {
    const open = bucketStart(timeframe, NOW);
    const before = bucketStart(timeframe, open - 1);
    const candles = await feed.history('ETH/USDT', timeframe, before, bucketEnd(timeframe, NOW) + 1);
    t.same(
      candles.map((candle) => candle.time),
      [before],
      timeframe,
    );
  }
});

t.test('an empty range and a range in the future have no candles', async (t) => {
  const { feed } = await connected(t);
  t.same(await feed.history('BTC/USDT', '1m', NOW, NOW), []);
  t.same(await feed.history('BTC/USDT', '1h', NOW + 86_400_000, NOW + 2 * 86_400_000), []);
});

t.test('waits and tries again when it is refused', async (t) => {
  const { exchange, feed } = await connected(t);
  exchange.control({ action: 'http', status: 429, count: 1, retryAfter: 1 });
  const to = bucketStart('1m', NOW);
  const started = Date.now();
  const candles = await feed.history('BTC/USDT', '1m', to - 10 * MINUTE_MS, to);
  t.equal(candles.length, 10);
  t.ok(Date.now() - started >= 1_000, 'not before the exchange allowed it');
  exchange.control({ action: 'http', status: 502, count: 2 });
  t.equal((await feed.history('BTC/USDT', '5m', to - 60 * MINUTE_MS, to)).length, 11);
  t.ok(feed.status().counters.restRetries >= 3);
});

t.test('a symbol that is not listed is refused with what looks like it', async (t) => {
  const { feed } = await connected(t);
  const { found, unknown } = feed.markets(['BTC/USDT', 'ETH/USTD', 'btc/usdt']);
  t.match(found, [{ exchange: 'demo', symbol: 'BTC/USDT', base: 'BTC', quote: 'USDT', simulated: true }]);
  t.equal(unknown.length, 2);
  t.equal(unknown[0]?.nearest[0], 'ETH/USDT');
  t.equal(unknown[1]?.nearest[0], 'BTC/USDT');
  await t.rejects(feed.history('NO/NE', '1m', 0, NOW), RangeError);
  t.throws(() => feed.watch([{ symbol: 'NO/NE', asset: 0 }], () => t.fail('an event')), RangeError);
});

t.test('an exchange that marks itself as simulated is named so', async (t) => {
  const { exchange, feed } = await connected(t);
  t.equal(feed.dataSource, 'demo');
  const other = createFeed({
    exchange: 'binance',
    url: exchange.url,
    mode: 'auto',
    stallSeconds: 30,
    closeGraceMs: 1_500,
    logger: pino({ level: 'silent' }),
  });
  t.teardown(() => other.close());
  await other.connect();
  t.equal(other.dataSource, 'binance-simulated');
  t.match(other.markets(['BTC/USDT']).found, [{ exchange: 'binance', simulated: true }]);
  t.ok(Math.abs(other.now() - NOW) < 5_000, 'the time is the exchange’s');
});

t.test('an exchange that does not answer, or that ccxt does not know, is said in one line', async (t) => {
  const { exchange } = await connected(t);
  const config = {
    mode: 'auto',
    stallSeconds: 30,
    closeGraceMs: 1_500,
    logger: pino({ level: 'silent' }),
  } as const;
  const unknown = createFeed({ ...config, exchange: 'binanze' });
  await t.rejects(unknown.connect(), { name: 'OperatorError', message: /binanze.*did you mean.*binance/ });
  await exchange.close();
  const gone = createFeed({ ...config, exchange: 'demo', url: exchange.url, random: () => 0 });
  t.teardown(() => gone.close());
  await t.rejects(gone.connect(), { name: 'OperatorError', message: /demo cannot be reached at http/ });
});

t.test('rolled-up volumes are sums of decimals, without the noise of binary fractions', async (t) => {
  const candle = (time: number, price: number, volume: number): Candle => ({
    time,
    open: price,
    high: price + 1,
    low: price - 1,
    close: price,
    volume,
    tradeCount: null,
    vwap: null,
  });
  const rolled = rollUp(
    [candle(0, 5, 0.1), candle(MINUTE_MS, 7, 0.2), candle(5 * MINUTE_MS, 3, 0.7)],
    '5m',
    1,
  );
  t.match(rolled, [
    { time: 0, open: 5, high: 8, low: 4, close: 7, volume: 0.3 },
    { time: 5 * MINUTE_MS, open: 3, close: 3, volume: 0.7 },
  ]);
});

t.test('rolled-up volumes keep the decimals that the exchange gives beyond those it trades in', async (t) => {
  const part = { open: 1, high: 1, low: 1, close: 1, tradeCount: null, vwap: null };
  const [rolled] = rollUp(
    [
      { ...part, time: 0, volume: 0.25 },
      { ...part, time: MINUTE_MS, volume: 0.5 },
    ],
    '5m',
    0,
  );
  t.equal(rolled?.volume, 0.75);
});
