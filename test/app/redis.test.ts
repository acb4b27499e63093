import t from 'tap';
import type { DemoExchangeOptions } from '../../src/feeds/demo/exchange.js';
import { collectCandles, ohlcv } from '../support/closed-collector.js';
import { NO_REDIS, RedisServer, redisProgram } from '../support/redis.js';
import { playUntil, startSite } from '../support/site.js';
import { until } from '../support/until.js';

const MINUTE_MS = 60_000;
const START = Date.UTC(2026, 1, 3, 9, 0);
const MARKET: DemoExchangeOptions = { source: { type: 'generator' }, startAt: START, paused: true };
const SYMBOLS = ['BTC/USDT', 'ETH/USDT'];

const program = redisProgram();
const skip = program === null ? { skip: NO_REDIS } : {};

t.test(
  'with Redis every closed candle arrives once, and the stream does not wait for Redis while it is away',
  skip,
  async (t) => {
    t.setTimeout(120_000);
    const redis = await RedisServer.start(program ?? '');
    t.teardown(() => redis.stop());
    const site = await startSite(t, MARKET, {
      redisUrl: redis.url,
      symbols: SYMBOLS.join(','),
      historyDepth: '50',
    });
    t.equal(site.server.broker, 'redis');
    const series = await Promise.all(
      SYMBOLS.map(async (symbol) => ({ symbol, collected: await collectCandles(site.client, symbol, '1m') })),
    );
    await playUntil(site.demo, START + 30 * MINUTE_MS + 30_000, 300);
    for (const { symbol, collected } of series) {
      await until(`30 minutes of ${symbol}`, () => collected.closed.length >= 30);
      const times = collected.closed.map(({ time }) => time);
      const wanted = Array.from({ length: 30 }, (_, minute) => START + minute * MINUTE_MS);
      t.same(times, wanted, `${symbol}: each minute once, in order`);
      const { items } = await site.client.query('candles.list', { symbol, timeframe: '1m', limit: 40 });
      const stored = items.filter(({ closed, time }) => closed && time >= START);
      t.same(
        stored.map(ohlcv),
        collected.closed.map(ohlcv),
        `${symbol}: the query says the same as the stream`,
      );
    }
    await redis.kill();
    await playUntil(site.demo, START + 35 * MINUTE_MS + 30_000, 300);
    for (const { symbol, collected } of series) {
      await until(`35 minutes of ${symbol}, without Redis`, () => collected.closed.length >= 35);
    }
    await redis.up();
    await until(
      'the broker is back',
      async () => (await site.metric('cryptopredict_broker_connected')) === 1,
      30_000,
    );
    await playUntil(site.demo, START + 45 * MINUTE_MS + 30_000, 300);
    for (const { symbol, collected } of series) {
      const last = START + 44 * MINUTE_MS;
      await until(
        `the newest minute of ${symbol}`,
        () => collected.closed.some(({ time }) => time === last),
        30_000,
      );
      const times = collected.closed.map(({ time }) => time);
      const all = Array.from({ length: 45 }, (_, minute) => START + minute * MINUTE_MS);
      t.same(times, all, `${symbol}: each minute once, in order`);
      const { items } = await site.client.query('candles.list', { symbol, timeframe: '1m', limit: 60 });
      const stored = items.filter(({ closed, time }) => closed && time >= START).map(({ time }) => time);
      t.same(stored, all, `${symbol}: and in the query`);
    }
  },
);
