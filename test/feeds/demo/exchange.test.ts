import t from 'tap';
import { startDemoExchange } from '../../../src/feeds/demo/exchange.js';
import { INTERVALS, nextOpenTime, openTime } from '../../../src/feeds/demo/klines.js';
import { ccxtAt, StreamClient } from '../../support/demo-client.js';
import { until } from '../../support/until.js';

type Row = [number, number, number, number, number, number];

/** A day in the middle of a week and a month, at 12:34:30. */
const NOON = Date.UTC(2024, 4, 15, 12, 34, 30);

async function getJson(url: string): Promise<{ status: number; headers: Headers; body: unknown }> {
  const response = await fetch(url);
  return { status: response.status, headers: response.headers, body: await response.json() };
}

t.test('serves the unmodified ccxt client', async (t) => {
  const exchange = await startDemoExchange({ seed: 3, startAt: NOON, paused: true });
  const client = await ccxtAt(exchange.url);
  t.teardown(async () => {
    await client.close();
    await exchange.close();
  });

  await t.test('lists at least 24 active spot markets with their precision', async (t) => {
    const markets = Object.values(await client.loadMarkets());
    t.ok(markets.length >= 24);
    t.ok(markets.every((market) => market?.spot === true && market.active === true));
    t.match(client.market('BTC/USDT').precision, { price: 0.01, amount: 0.00001 });
    t.match(client.market('PEPE/USDT').precision, { price: 1e-8, amount: 1 });
  });

  await t.test('gives its own time', async (t) => {
    t.equal(await client.fetchTime(), NOON);
  });

  await t.test('pages klines without gap or overlap, the unfinished one last', async (t) => {
    const since = NOON - 30_000 - 2_500 * 60_000;
    const rows: Row[] = [];
    for (let from = since; ; from = (rows.at(-1)?.[0] ?? 0) + 60_000) {
      const page = (await client.fetchOHLCV('ETH/USDT', '1m', from, 1_000)) as Row[];
      if (page.length === 0) break;
      rows.push(...page);
    }
    t.strictSame(
      rows.map(([time]) => time),
      Array.from({ length: 2_501 }, (_, i) => since + i * 60_000),
    );
  });

  await t.test('rolls every interval up from the minutes, the unfinished bucket included', async (t) => {
    for (const interval of INTERVALS) {
      const open = openTime(interval, NOON - 1);
      const [last] = ((await client.fetchOHLCV('BTC/USDT', interval, undefined, 1)) as Row[]).slice(-1);
      const minutes: Row[] = [];
      for (let from = open; from < NOON; from += 1_000 * 60_000) {
        minutes.push(...((await client.fetchOHLCV('BTC/USDT', '1m', from, 1_000)) as Row[]));
      }
      t.equal(minutes.length, Math.ceil((NOON - open) / 60_000), `${interval}: all minutes`);
      const lots = minutes.reduce((sum, row) => sum + Math.round(row[5] * 1e5), 0);
      t.strictSame(
        last,
        [
          open,
          minutes[0]?.[1],
          Math.max(...minutes.map((row) => row[2])),
          Math.min(...minutes.map((row) => row[3])),
          minutes.at(-1)?.[4],
          lots / 1e5,
        ],
        interval,
      );
    }
  });

  await t.test(
    'shows only what has happened: the unfinished minute is the roll-up of its trades so far',
    async (t) => {
      const trades = await client.fetchTrades('BTC/USDT', NOON - 30_000, 1_000);
      t.ok(trades.length > 10);
      t.ok(trades.every(({ timestamp }) => timestamp !== undefined && timestamp < NOON));
      const [row] = ((await client.fetchOHLCV('BTC/USDT', '1m', undefined, 1)) as Row[]).slice(-1);
      const prices = trades.map(({ price }) => Number(price));
      t.strictSame(row?.slice(1, 5), [prices[0], Math.max(...prices), Math.min(...prices), prices.at(-1)]);
    },
  );

  await t.test('gives one ticker and all, which agree with the klines', async (t) => {
    const ticker = await client.fetchTicker('BTC/USDT');
    const minutes = (await client.fetchOHLCV('BTC/USDT', '1m', NOON - 86_400_000 - 30_000, 1_000)) as Row[];
    minutes.push(
      ...((await client.fetchOHLCV('BTC/USDT', '1m', NOON - 440 * 60_000 - 30_000 - 60_000, 1_000)) as Row[]),
    );
    t.equal(ticker.high, Math.max(...minutes.map((row) => row[2])));
    t.equal(ticker.low, Math.min(...minutes.map((row) => row[3])));
    t.equal(ticker.last, minutes.at(-1)?.[4]);
    t.ok((ticker.bid ?? 0) < (ticker.ask ?? 0));
    t.equal(Object.keys(await client.fetchTickers()).length, exchange.source.listings.length);
  });

  await t.test('says "bad symbol" in a way that ccxt understands', async (t) => {
    await t.rejects(client.publicGetKlines({ symbol: 'NOPEUSDT', interval: '1m' }), { name: 'BadSymbol' });
  });
});

t.test('streams trades and klines to the unmodified ccxt client, equal to its history', async (t) => {
  const exchange = await startDemoExchange({ seed: 3, startAt: NOON, speed: 60 });
  const client = await ccxtAt(exchange.url);
  t.teardown(async () => {
    await client.close();
    await exchange.close();
  });
  const [trade] = (await client.watchTrades('SOL/USDT')).slice(-1);
  const [known] = await client.fetchTrades('SOL/USDT', undefined, 1, { fromId: trade?.id });
  t.strictSame(
    [known?.price, known?.amount, known?.side, known?.timestamp],
    [trade?.price, trade?.amount, trade?.side, trade?.timestamp],
  );
  const symbols = ['BTC/USDT', 'ETH/USDT'];
  const seen = new Set<string>();
  for (let i = 0; i < 500 && seen.size < 2; i++) {
    for (const { symbol } of await client.watchTradesForSymbols(symbols))
      if (symbol !== undefined) seen.add(symbol);
  }
  t.strictSame([...seen].sort(), symbols);
  let rows = (await client.watchOHLCV('BTC/USDT', '1m')) as Row[];
  const first = rows.at(-1)?.[0] ?? 0;
  for (let i = 0; i < 1_000 && (rows.at(-1)?.[0] ?? 0) < first + 120_000; i++) {
    rows = (await client.watchOHLCV('BTC/USDT', '1m')) as Row[];
  }
  const streamed = (client.ohlcvs['BTC/USDT']?.['1m'] as Row[] | undefined)?.find(
    ([time]) => time === first + 60_000,
  );
  const [stored] = (await client.fetchOHLCV('BTC/USDT', '1m', first + 60_000, 1)) as Row[];
  t.strictSame(streamed, stored);
  t.equal((await client.watchTicker('BTC/USDT')).symbol, 'BTC/USDT');
});

t.test('marks every answer as simulated', async (t) => {
  const exchange = await startDemoExchange();
  t.teardown(() => exchange.close());
  for (const path of ['/api/v3/exchangeInfo', '/api/v3/klines?symbol=X&interval=1m', '/nowhere']) {
    t.equal((await getJson(exchange.url + path)).headers.get('x-simulated'), 'true', path);
  }
  t.match((await getJson(`${exchange.url}/api/v3/exchangeInfo`)).body, { simulated: true });
  t.match((await getJson(`${exchange.url}/api/v3/time`)).headers.get('x-mbx-used-weight-1m'), /^\d+$/);
});

t.test('refuses bad parameters with Binance codes', async (t) => {
  const exchange = await startDemoExchange();
  t.teardown(() => exchange.close());
  const cases: [string, number, number][] = [
    ['/api/v3/klines?interval=1m', 400, -1102],
    ['/api/v3/klines?symbol=NOPE&interval=1m', 400, -1121],
    ['/api/v3/klines?symbol=BTCUSDT&interval=7m', 400, -1120],
    ['/api/v3/klines?symbol=BTCUSDT&interval=1m&startTime=x', 400, -1100],
    ['/api/v3/klines?symbol=BTCUSDT&interval=1m&limit=0', 400, -1130],
    ['/api/v3/depth?symbol=BTCUSDT', 404, -1000],
  ];
  for (const [path, status, code] of cases) {
    const answer = await getJson(exchange.url + path);
    t.equal(answer.status, status, path);
    t.match(answer.body, { code }, path);
  }
});

t.test(
  'refuses requests beyond its weight limit with 429, then 418, and says when to come back',
  async (t) => {
    const exchange = await startDemoExchange({ weightLimit: 40, clock: () => 90_000 });
    t.teardown(() => exchange.close());
    const statuses: number[] = [];
    for (let i = 0; i < 14; i++) {
      const { status, headers } = await getJson(`${exchange.url}/api/v3/exchangeInfo`);
      statuses.push(status);
      t.equal(headers.get('retry-after'), status === 200 ? null : '30');
    }
    t.strictSame(statuses, [200, 200, ...Array.from({ length: 10 }, () => 429), 418, 418]);
  },
);

t.test('does over the socket what Binance does', async (t) => {
  const exchange = await startDemoExchange({ startAt: NOON, speed: 120 });
  t.teardown(() => exchange.close());

  await t.test('subscribes, lists and unsubscribes', async (t) => {
    const client = await StreamClient.connect(exchange.url, '/ws/0');
    t.strictSame(await client.request({ method: 'SUBSCRIBE', params: ['btcusdt@trade'], id: 1 }), {
      result: null,
      id: 1,
    });
    await until('a trade', () => client.of('trade').length > 0);
    t.match(client.of('trade')[0], { s: 'BTCUSDT', p: /^\d+\.\d{8}$/, q: /^\d+\.\d{8}$/, M: true });
    t.match(await client.request({ method: 'LIST_SUBSCRIPTIONS', id: 2 }), { result: ['btcusdt@trade'] });
    t.match(await client.request({ method: 'UNSUBSCRIBE', params: ['btcusdt@trade'], id: 'x' }), {
      result: null,
    });
    t.match(await client.request({ method: 'LIST_SUBSCRIPTIONS', id: 4 }), { result: [] });
    await client.close();
  });

  await t.test('wraps messages on /stream', async (t) => {
    const client = await StreamClient.connect(exchange.url, '/stream?streams=ethusdt@trade/ethusdt@kline_1m');
    const streams = (): string[] => [...new Set(client.messages.map(({ stream }) => String(stream)))].sort();
    await until('both streams', () => streams().length === 2);
    t.strictSame(streams(), ['ethusdt@kline_1m', 'ethusdt@trade']);
    t.match(client.messages[0], { data: { s: 'ETHUSDT' } });
    await client.close();
  });

  await t.test('answers mistakes with an error and lives on', async (t) => {
    const client = await StreamClient.connect(exchange.url);
    client.send('{');
    await until('an error', () => client.messages.length === 1);
    t.match(client.messages[0], { error: { code: 3 } });
    t.match(await client.request({ method: 'NOPE', id: 1 }), { error: { code: 2 } });
    t.match(await client.request({ method: 'SUBSCRIBE', params: ['what'], id: 2 }), { error: { code: 2 } });
    t.match(await client.request({ method: 'SUBSCRIBE', params: 7, id: 3 }), { error: { code: 2 } });
    const many = Array.from({ length: 1_025 }, (_, i) => `sim${i}usdt@trade`);
    t.match(await client.request({ method: 'SUBSCRIBE', params: many, id: 4 }), { error: { code: 2 } });
    t.match(await client.request({ method: 'SUBSCRIBE', params: many.slice(1), id: 5 }), { result: null });
    await client.close();
  });
});

t.test('ends each kline with one final message, of every interval, and goes on from there', async (t) => {
  const start = Date.UTC(2024, 3, 30, 23, 57);
  const exchange = await startDemoExchange({ startAt: start, paused: true });
  t.teardown(() => exchange.close());
  const names = INTERVALS.map((interval) => `btcusdt@kline_${interval}`);
  const client = await StreamClient.connect(exchange.url, `/ws/${names.join('/')}/zecusdt@kline_1m`);
  exchange.control({ action: 'play', speed: 2_000 });
  await until('six minutes', () => exchange.status().now > start + 6.5 * 60_000);
  exchange.control({ action: 'pause' });
  await client.request({ method: 'LIST_SUBSCRIPTIONS', id: 1 });
  const finals = client
    .of('kline')
    .map(({ k, s }) => ({ ...(k as Record<string, unknown>), s }) as Record<string, unknown>)
    .filter(({ x }) => x === true);
  const ended = (interval: string): unknown[] =>
    finals.filter(({ i, s }) => i === interval && s === 'BTCUSDT').map(({ t }) => t);
  t.strictSame(
    ended('1m').slice(0, 6),
    [0, 1, 2, 3, 4, 5].map((i) => start + i * 60_000),
  );
  for (const interval of INTERVALS) {
    const open = openTime(interval, start);
    const isDue = nextOpenTime(interval, open) <= start + 6 * 60_000;
    t.equal(ended(interval).filter((time) => time === open).length, isDue ? 1 : 0, interval);
  }
  t.ok(ended('1M').length === 1, 'the month ended with April');
  const quiet = finals.filter(({ s }) => s === 'ZECUSDT');
  t.ok(
    quiet.some(({ n, f, v }) => n === 0 && f === -1 && v === '0.00000000'),
    'a quiet minute is flat and final',
  );
});

t.test('waits for a client that does not read, at whatever speed, and leaves nothing out', async (t) => {
  const exchange = await startDemoExchange({ startAt: NOON, paused: true });
  t.teardown(() => exchange.close());
  const client = await StreamClient.connect(exchange.url, '/ws/btcusdt@trade');
  client.pause();
  exchange.control({ action: 'play', speed: 1e9 });
  let last = NOON;
  let looks = 0;
  await until('the clock to stand still', () => {
    const { now } = exchange.status();
    looks = now === last && now > NOON ? looks + 1 : 0;
    last = now;
    return looks === 40;
  });
  const standsAt = exchange.status().now;
  t.ok(standsAt < NOON + 86_400_000, 'it did not run away');
  client.resume();
  await until('the clock to go on', () => exchange.status().now > standsAt + 600_000);
  exchange.control({ action: 'pause' });
  await client.request({ method: 'LIST_SUBSCRIPTIONS', id: 1 });
  const ids = client.of('trade').map(({ t }) => Number(t));
  t.ok(ids.length > 1_000);
  t.equal((ids.at(-1) ?? 0) - (ids[0] ?? 0) + 1, ids.length, 'no id is missing');
  t.ok(ids.every((id, i) => i === 0 || id > (ids[i - 1] ?? 0)));
});

t.test('frees its port and cuts its sockets when it is closed', async (t) => {
  const exchange = await startDemoExchange();
  const client = await StreamClient.connect(exchange.url, '/ws/btcusdt@trade');
  await exchange.close();
  await until('the cut', () => client.isClosed);
  await t.rejects(fetch(`${exchange.url}/api/v3/ping`));
  const next = await startDemoExchange({ port: Number(new URL(exchange.url).port) });
  t.equal(next.url, exchange.url);
  await next.close();
});
