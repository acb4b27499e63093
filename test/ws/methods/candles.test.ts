import t from 'tap';
import { decimalText } from '../../../src/ws/methods/candles.js';
import { candleRow, gatewaySite, NOW, record } from '../gateway-site.js';

const MINUTE = 60_000;
const START = NOW - (NOW % MINUTE);
const at = (n: number) => START + n * MINUTE;
const QUERY = { op: 'query', method: 'candles.list' };
const BTC = { symbol: 'BTC/USDT', timeframe: '1m' };

type Item = Record<string, unknown> & { time: number };
interface Page {
  readonly items: Item[];
  readonly next_cursor: string | null;
}

t.test(
  'joins stored candles, those not written yet and the forming one: in order, none doubled',
  async (tt) => {
    const { market, store, connect } = await gatewaySite(tt);
    store.candles = [0, 1, 2, 3].map((n) => record(at(n)));
    market.recent = [candleRow(3, true, at(3)), candleRow(4, true, at(4))];
    market.change('candles:BTC/USDT:1m', candleRow(5, false, at(5)));
    market.change('indicators:BTC/USDT:1m', [
      at(5),
      false,
      'forming',
      'built',
      1,
      9,
      true,
      NOW,
      NOW,
      42,
      null,
    ]);
    const client = await connect();
    const reply = await client.request({ ...QUERY, params: { ...BTC, indicators: true } });
    const { items, next_cursor } = reply.result as Page;
    tt.same(
      items.map((item) => [item.time, item.closed]),
      [0, 1, 2, 3, 4, 5].map((n) => [at(n), n < 5]),
    );
    tt.equal(next_cursor, null);
    tt.match(items[0], {
      open: 1.5,
      trade_count: 4,
      vwap: 1.75,
      source: 'simulated',
      indicators: { sma_20: 7 },
    });
    tt.match(items[3], { open: 103 }, 'a correction that is not written yet wins');
    tt.equal(items[4]?.indicators, null);
    tt.same(items[5]?.indicators, { sma_20: 42 }, 'those of the forming candle, warm-up left out');
    const plain = (await client.request({ ...QUERY, params: BTC })).result as Page;
    tt.notOk('indicators' in (plain.items[0] ?? {}));
  },
);

t.test(
  'reads memory after the database, so that a candle which closes in between is not lost',
  async (tt) => {
    const { market, store, connect } = await gatewaySite(tt);
    const read = store.latestClosed.bind(store);
    market.change('candles:BTC/USDT:1m', candleRow(1, false, at(1)));
    store.latestClosed = async (query) => {
      const found = await read(query);
      market.recent = [candleRow(1, true, at(1))];
      market.change('candles:BTC/USDT:1m', candleRow(2, false, at(2)));
      return found;
    };
    store.candles = [record(at(0))];
    const { items } = (await (await connect()).request({ ...QUERY, params: BTC })).result as Page;
    tt.same(
      items.map((item) => [item.time, item.closed]),
      [
        [at(0), true],
        [at(1), true],
        [at(2), false],
      ],
    );
  },
);

t.test('pages lead from the newest to the oldest without a gap', async (tt) => {
  const { market, store, connect } = await gatewaySite(tt);
  store.candles = Array.from({ length: 10 }, (_, n) => record(at(n)));
  market.change('candles:BTC/USDT:1m', candleRow(10, false, at(10)));
  const client = await connect();
  const pages: number[][] = [];
  let cursor: string | null = null;
  do {
    const params = { ...BTC, limit: 4, ...(cursor === null ? {} : { cursor }) };
    const page: Page = (await client.request({ ...QUERY, params })).result as Page;
    pages.push(page.items.map((item) => (item.time - START) / MINUTE));
    cursor = page.next_cursor;
  } while (cursor !== null);
  tt.same(pages, [
    [7, 8, 9, 10],
    [3, 4, 5, 6],
    [0, 1, 2],
  ]);
});

t.test('keeps to from and to, of memory as well', async (tt) => {
  const { market, store, connect } = await gatewaySite(tt);
  store.candles = Array.from({ length: 5 }, (_, n) => record(at(n)));
  market.recent = [candleRow(5, true, at(5))];
  market.change('candles:BTC/USDT:1m', candleRow(6, false, at(6)));
  const client = await connect();
  const times = async (range: { from?: number; to?: number }) =>
    ((await client.request({ ...QUERY, params: { ...BTC, ...range } })).result as Page).items.map(
      (item) => (item.time - START) / MINUTE,
    );
  tt.same(await times({ from: at(3), to: at(6) }), [3, 4, 5]);
  tt.same(await times({ from: at(6) }), [6]);
  tt.same(await times({ to: at(1) }), [0]);
});

t.test('gives exact digits as text', async (tt) => {
  const { market, store, connect } = await gatewaySite(tt);
  store.candles = [record(at(0))];
  market.change('candles:BTC/USDT:1m', candleRow(1, false, at(1)).with(4, 1e-7));
  const reply = await (await connect()).request({ ...QUERY, params: { ...BTC, exact: true } });
  const { items } = reply.result as Page;
  tt.match(items[0], { open: '1.500', close: '2.00', volume: '3.00', vwap: 1.75 });
  tt.match(items[1], { open: '101', close: '0.0000001', volume: '0.125' });
  for (const [value, text] of [
    [1e21, '1000000000000000000000'],
    [1.25e-9, '0.00000000125'],
    [-1.5e22, '-15000000000000000000000'],
    [0.1, '0.1'],
  ] as const) {
    tt.equal(decimalText(value), text);
    tt.equal(Number(decimalText(value)), value);
  }
});

t.test('refuses each wrong param by name', async (tt) => {
  const { connect } = await gatewaySite(tt);
  const client = await connect();
  const cases: [Record<string, unknown>, string, RegExp][] = [
    [{}, 'symbol', /symbol/],
    [{ ...BTC, symbol: 'BTC/USDC' }, 'symbol', /nearest: BTC\/USDT/],
    [{ ...BTC, timeframe: '2m' }, 'timeframe', /1m/],
    [{ ...BTC, limit: 0 }, 'limit', /limit/],
    [{ ...BTC, limit: 501 }, 'limit', /500/],
    [{ ...BTC, limit: '5' }, 'limit', /limit/],
    [{ ...BTC, from: 1.5 }, 'from', /from/],
    [{ ...BTC, from: 5, to: 5 }, 'from', /before/],
    [{ ...BTC, to: -1 }, 'to', /to/],
    [{ ...BTC, indicators: 1 }, 'indicators', /indicators/],
    [{ ...BTC, exact: 'yes' }, 'exact', /exact/],
    [{ ...BTC, cursor: 'abc' }, 'cursor', /next_cursor/],
    [{ ...BTC, lmit: 5 }, 'lmit', /allowed: symbol, timeframe, from, to, limit/],
  ];
  for (const [params, field, message] of cases) {
    const { ok, error } = await client.request({ ...QUERY, params });
    tt.match(
      { ok, error },
      { ok: false, error: { code: 'invalid_params', field, message } },
      JSON.stringify(params),
    );
  }
});
