import t from 'tap';
import { fieldsOf } from '../../src/protocol.js';
import { ALL_CHANNELS, ChannelSite, channel, MINUTE, mapOf, START } from '../support/channel-site.js';

t.test(
  'every row, of a snapshot or an update, forming or closed, has a value per field of its kind',
  async (t) => {
    const site = new ChannelSite();
    await site.subscribe(...ALL_CHANNELS);
    site.trade(START - MINUTE, 100);
    site.trade(START - 1, 101);
    site.watermark(START);
    site.trade(START, 102);
    const kinds = new Set<string>();
    for (const { channel: name, row } of site.take()) {
      const { kind } = channel(name);
      const rows = kind === 'trades' ? (row as readonly unknown[][]) : [row];
      for (const one of rows) {
        t.equal(one.length, fieldsOf(kind, site.engine.indicatorColumns).length, name);
        t.notOk(one.includes(undefined), `${name} holds null, never undefined`);
        t.notOk(one.some(Number.isNaN), `${name} holds null, never NaN`);
      }
      const { closed } = mapOf(site.engine, name, row);
      kinds.add(`${kind} ${closed === undefined ? '' : closed ? 'closed' : 'forming'}`.trim());
    }
    t.same([...kinds].toSorted(), [
      'candles closed',
      'candles forming',
      'indicators closed',
      'indicators forming',
      'ticker',
      'trades',
    ]);
    for (const name of ALL_CHANNELS) {
      const { row } = site.state(name);
      const rows = channel(name).kind === 'trades' ? (row as readonly unknown[][]) : [row ?? []];
      for (const one of rows)
        t.equal(one.length, fieldsOf(channel(name).kind, site.engine.indicatorColumns).length, name);
    }
  },
);

t.test('each value stands under its own name', async (t) => {
  const site = new ChannelSite();
  await site.subscribe('candles:BTC/USDT:1m');
  site.trade(START - MINUTE, 100, 1);
  site.trade(START - 50_000, 105, 2);
  site.trade(START - 40_000, 95, 3);
  site.trade(START - 30_000, 101, 4);
  const quality = {
    source: 'simulated',
    coverage: site.engine.forming(0)?.coverage,
    depth: 0,
    simulated: true,
  };
  const received = { exchange_time: START - 30_000, received_time: START - 29_993 };
  const head = { time: START - MINUTE, closed: false, state: 'forming', ...quality, ...received };
  t.match(mapOf(site.engine, 'candles:BTC/USDT:1m', site.state('candles:BTC/USDT:1m').row), {
    ...head,
    open: 100,
    high: 105,
    low: 95,
    close: 101,
    volume: 10,
    trade_count: 4,
    vwap: (100 + 210 + 285 + 404) / 10,
  });
  t.match(mapOf(site.engine, 'indicators:BTC/USDT:1m', site.state('indicators:BTC/USDT:1m').row), {
    ...head,
    sma_20: null,
  });
  t.match(mapOf(site.engine, 'ticker:BTC/USDT', site.state('ticker:BTC/USDT').row), {
    time: START - 30_000,
    last: 101,
    bid: null,
    ask: null,
    open_24h: null,
    high_24h: null,
    low_24h: null,
    volume_24h: null,
    change_24h_percent: null,
    simulated: true,
    ...received,
  });
  const trades = site.state('trades:BTC/USDT').row as readonly unknown[][];
  t.same(trades.map((row) => mapOf(site.engine, 'trades:BTC/USDT', row)).at(-1), {
    id: '4',
    time: START - 30_000,
    price: 101,
    amount: 4,
    side: 'sell',
    simulated: true,
    ...received,
  });
  site.take();
  site.watermark(START);
  const [closed] = site.take();
  t.match(mapOf(site.engine, 'candles:BTC/USDT:1m', closed?.row ?? null), {
    ...{ time: START - MINUTE, open: 100, high: 105, low: 95, close: 101, volume: 10, trade_count: 4 },
    ...{ closed: true, state: 'closed', source: 'simulated', simulated: true },
  });
});

t.test('an indicator has its value in its own column, forming and closed', async (t) => {
  const site = new ChannelSite();
  await site.subscribe('indicators:BTC/USDT:1m');
  for (let minute = -1; minute < 30; minute++) {
    site.trade(START + minute * MINUTE, 100 + minute);
    site.watermark(START + (minute + 1) * MINUTE);
  }
  site.trade(START + 30 * MINUTE, 500);
  const all = site.take();
  const closed = all
    .map(({ row }) => mapOf(site.engine, 'indicators:BTC/USDT:1m', row))
    .filter((map) => map.closed);
  t.equal(closed.length, 31);
  const forming = mapOf(site.engine, 'indicators:BTC/USDT:1m', all.at(-1)?.row ?? null);
  t.equal(closed.at(-1)?.sma_20, 119.5, 'the mean of 110 to 129');
  t.equal(forming.sma_20, (119.5 * 20 - 110 + 500) / 20, 'with the forming candle');
  site.engine.indicatorColumns.forEach((column, index) => {
    const engines = site.engine.formingValue(0, index);
    t.equal(forming[column], Number.isNaN(engines) ? null : engines, column);
  });
});
