import t from 'tap';
import { createSource } from '../../../src/feeds/demo/create-source.js';
import { decimalsOf, parseDecimal } from '../../../src/feeds/demo/decimals.js';
import { startDemoExchange } from '../../../src/feeds/demo/exchange.js';
import { barOfTrades } from '../../../src/feeds/demo/source.js';
import { StreamClient } from '../../support/demo-client.js';
import { readRecordedCandles, readRecordedTrades, sharedData } from '../../support/recorded.js';
import { until } from '../../support/until.js';

const MINUTE = 60_000;
const btc = sharedData('candles/BTC-USDT-PERP_1m.csv.gz') ?? '';
const sui = sharedData('candles/SUI-USDT-PERP_1m.csv.gz') ?? '';
const tradesBefore = sharedData('trades/BTC-USDT_spot_20240808.trades.csv.gz') ?? '';
const tradesAfter = sharedData('trades/BTC-USDT_spot_20240809.trades.csv.gz') ?? '';

/** Takes the zeros off the end of a fraction, as the record writes its numbers. */
function plain(text: unknown): string {
  return String(text)
    .replace(/(\.\d*?)0+$/, '$1')
    .replace(/\.$/, '');
}

/** Gives the reason to leave a test out; false to run it. */
function absent(path: string): string | false {
  return path === '' ? '../shared is absent: no recorded market to play' : false;
}

async function klines(url: string, query: string): Promise<unknown[][]> {
  return (await (await fetch(`${url}/api/v3/klines?${query}`)).json()) as unknown[][];
}

t.test(
  'candles become trades that give the record back, to the last digit',
  { skip: absent(btc) },
  async (t) => {
    for (const path of [btc, sui]) {
      const source = createSource({ type: 'candles', files: { 'BTC/USDT': path } }, 1, 0);
      const { priceDecimals = 0, amountDecimals = 0 } = source.listings[0] ?? {};
      let wrong = 0;
      let lastId = 0;
      for (const { time, open, high, low, close, volume } of readRecordedCandles(path)) {
        const trades = source.trades(0, time / MINUTE);
        const ticks = [open, high, low, close].map((text) => parseDecimal(text, priceDecimals));
        const lots = parseDecimal(volume, amountDecimals);
        const bar = barOfTrades(trades);
        const isEqual =
          bar?.open === ticks[0] &&
          bar?.high === ticks[1] &&
          bar?.low === ticks[2] &&
          bar?.close === ticks[3];
        const times = trades.map((trade) => trade.time);
        const isInOrder = times.every(
          (at, i) => at >= time && at < time + MINUTE && at > (times[i - 1] ?? 0),
        );
        const isCounted = trades.every(({ id }) => id === ++lastId);
        if (!isEqual || bar?.lots !== lots || !isInOrder || !isCounted || trades.some(({ lots }) => lots < 1))
          wrong++;
      }
      t.equal(wrong, 0, `${path}: every candle`);
      t.ok(lastId > 100_000, 'most candles have several trades');
    }
  },
);

t.test(
  'REST shows of a candle recording only what was played, the rest of the record word for word',
  { skip: absent(btc) },
  async (t) => {
    const rows = readRecordedCandles(btc);
    const now = (rows[20_000]?.time ?? 0) + 30_000;
    const files = { 'BTC/USDT': btc, 'SUI/USDT': sui };
    const exchange = await startDemoExchange({
      source: { type: 'candles', files },
      startAt: now,
      paused: true,
    });
    t.teardown(() => exchange.close());
    const last = await klines(exchange.url, 'symbol=BTCUSDT&interval=1m&limit=1000');
    t.equal(last.length, 1_000);
    t.equal(last.at(-1)?.[0], rows[20_000]?.time, 'the unfinished minute is last');
    t.strictSame(
      last.slice(0, -1).map((row) => row.slice(0, 6).map(plain)),
      rows
        .slice(19_001, 20_000)
        .map(({ time, open, high, low, close, volume }) =>
          [String(time), open, high, low, close, volume].map(plain),
        ),
    );
    const first = await klines(exchange.url, 'symbol=BTCUSDT&interval=1m&startTime=0&limit=3');
    t.strictSame(
      first.map(([time]) => time),
      rows.slice(0, 3).map(({ time }) => time),
    );
  },
);

t.test(
  'a fast playback streams every trade in order of time over all pairs, and ends with the record',
  { skip: absent(btc) },
  async (t) => {
    const rows = readRecordedCandles(btc).slice(-1_000);
    const from = rows[0]?.time ?? 0;
    const files = { 'BTC/USDT': btc, 'SUI/USDT': sui };
    const exchange = await startDemoExchange({
      source: { type: 'candles', files },
      startAt: from,
      paused: true,
    });
    t.teardown(() => exchange.close());
    const client = await StreamClient.connect(
      exchange.url,
      '/ws/btcusdt@trade/suiusdt@trade/btcusdt@kline_1m',
    );
    exchange.control({ action: 'play', speed: 1e9 });
    await until('the end of the record', () => exchange.status().ended);
    await client.request({ method: 'LIST_SUBSCRIPTIONS', id: 1 });
    const times = client.of('trade').map(({ T }) => Number(T));
    t.ok(
      times.every((time, i) => time >= (times[i - 1] ?? 0)),
      'in order of time',
    );
    t.ok(new Set(client.of('trade').map(({ s }) => s)).size === 2, 'both pairs');
    const ids = client.of('trade').flatMap(({ s, t }) => (s === 'BTCUSDT' ? [Number(t)] : []));
    t.ok(
      ids.every((id, i) => i === 0 || id === (ids[i - 1] ?? 0) + 1),
      'no trade left out',
    );
    const finals = client
      .of('kline')
      .flatMap(({ k }) => ((k as { x: boolean }).x ? [k as Record<string, unknown>] : []));
    t.strictSame(
      finals.map(({ t, o, h, l, c, v }) => [t, o, h, l, c, v].map(plain)),
      rows.map(({ time, open, high, low, close, volume }) =>
        [String(time), open, high, low, close, volume].map(plain),
      ),
    );
    const { now } = exchange.status();
    t.equal(now, exchange.source.end);
  },
);

t.test(
  'recorded trades keep their ids, times, sides and digits, across midnight',
  { skip: absent(tradesBefore) },
  async (t) => {
    const record = readRecordedTrades(tradesBefore, tradesAfter);
    const source = { type: 'trades', files: { 'BTC/USDT': [tradesBefore, tradesAfter] } } as const;
    const exchange = await startDemoExchange({ source, paused: true });
    t.teardown(() => exchange.close());
    const client = await StreamClient.connect(exchange.url, '/ws/btcusdt@trade');
    exchange.control({ action: 'play', speed: 1e9 });
    await until('the end of the record', () => exchange.status().ended);
    await client.request({ method: 'LIST_SUBSCRIPTIONS', id: 1 });
    t.strictSame(
      client.of('trade').map(({ t, T, p, q, m }) => [String(t), T, plain(p), plain(q), m]),
      record.map(({ id, time, price, amount, isBuyerMaker }) => [
        id,
        time,
        plain(price),
        plain(amount),
        isBuyerMaker,
      ]),
    );
    const [before, after] = await klines(
      exchange.url,
      `symbol=BTCUSDT&interval=1d&startTime=${Date.UTC(2024, 7, 8)}&limit=2`,
    );
    const midnight = Date.UTC(2024, 7, 9);
    t.equal(before?.[8], record.filter(({ time }) => time < midnight).length);
    t.equal(after?.[8], record.filter(({ time }) => time >= midnight).length);
    t.equal(plain(after?.[1]), plain(record.find(({ time }) => time >= midnight)?.price));
    const places = Math.max(...record.map(({ amount }) => decimalsOf(amount)));
    const lots = record.reduce(
      (sum, { time, amount }) => sum + (time < midnight ? parseDecimal(amount, places) : 0),
      0,
    );
    t.equal(parseDecimal(String(before?.[5]), places), lots);
  },
);

t.test(
  'a shift moves a recording in time, so that its midnight ends a month',
  { skip: absent(tradesBefore) },
  async (t) => {
    const shiftMs = Date.UTC(2024, 8, 1) - Date.UTC(2024, 7, 9);
    const source = { type: 'trades', files: { 'BTC/USDT': [tradesBefore, tradesAfter] } } as const;
    const startAt = Date.UTC(2024, 7, 8, 23, 59);
    const exchange = await startDemoExchange({ source, shiftMs, startAt, paused: true });
    t.teardown(() => exchange.close());
    t.equal(exchange.status().now, Date.UTC(2024, 7, 31, 23, 59));
    const client = await StreamClient.connect(exchange.url, '/ws/btcusdt@kline_1M');
    exchange.control({ action: 'play', speed: 1e9 });
    await until('the end of the record', () => exchange.status().ended);
    await client.request({ method: 'LIST_SUBSCRIPTIONS', id: 1 });
    const finals = client.of('kline').filter(({ k }) => (k as { x: boolean }).x);
    t.match(finals, [{ E: Date.UTC(2024, 8, 1), k: { t: Date.UTC(2024, 7, 1), i: '1M' } }]);
    t.equal(finals.length, 1);
  },
);

t.test('refuses recordings that it cannot play exactly', async (t) => {
  const folder = t.testdir({
    'unordered.csv': 'timestamp_ms,open,high,low,close,volume\n120000,1,1,1,1,1\n60000,1,1,1,1,1\n',
    'hourless.csv': 'timestamp_ms,open,high,low,close,volume\n61000,1,1,1,1,1\n',
    'float.csv': 'timestamp_ms,open,high,low,close,volume\n60000,1e-7,1,1,1,1\n',
    'empty.csv': 'timestamp_ms,open,high,low,close,volume\n',
    'holes.csv':
      'trade_id,trade_time_ms,event_time_ms,price,qty,is_buyer_maker\n1,60000,60000,1,1,0\n3,60001,60001,1,1,0\n',
  });
  for (const name of ['unordered', 'hourless', 'float', 'empty'])
    t.throws(
      () => createSource({ type: 'candles', files: { 'A/B': `${folder}/${name}.csv` } }, 1, 0),
      RangeError,
      name,
    );
  t.throws(() => createSource({ type: 'trades', files: { 'A/B': `${folder}/holes.csv` } }, 1, 0), RangeError);
  t.throws(() => createSource({ type: 'generator' }, 1, 1), RangeError, 'a shift of 1 ms');
});

t.test(
  'small cases: a flat candle is one trade, an empty one none, a missing one unknown, a tiny volume still split',
  async (t) => {
    const folder = t.testdir({
      'few.csv':
        'timestamp_ms,open,high,low,close,volume\n60000,2,2,2,2,5\n120000,2,2,2,2,0\n240000,2,3.5,1,2.5,2\n300000,3,3,2,2,1\n',
    });
    const source = createSource({ type: 'candles', files: { 'A/B': `${folder}/few.csv` } }, 1, 0);
    const counts = [1, 2, 3, 4, 5].map((minute) => source.trades(0, minute).length);
    t.strictSame(counts, [1, 0, 0, 4, 2]);
    t.equal(source.bar(0, 'minute', 3), null);
    t.strictSame(source.bar(0, 'minute', 2), { open: 20, high: 20, low: 20, close: 20, lots: 0, trades: 0 });
    t.equal(source.listings[0]?.amountDecimals, 1);
    t.strictSame(
      source.trades(0, 4).map(({ ticks }) => ticks),
      [20, 10, 35, 25],
    );
    t.equal(
      source.trades(0, 4).reduce((sum, { lots }) => sum + lots, 0),
      20,
    );
    t.strictSame(source.bar(0, 'hour', 0), { open: 20, high: 35, low: 10, close: 20, lots: 80, trades: 7 });
  },
);
