import t from 'tap';
import { Engine } from '../../src/engine/engine.js';
import type { CandleEvent, TradeEvent } from '../../src/events.js';
import type { Candle } from '../../src/market.js';
import { MINUTE_MS, TIMEFRAME_COUNT, timeframeIndex } from '../../src/timeframe.js';
import { RecordingSink } from './recording-sink.js';

/** A Wednesday, on no other boundary than the minute's. */
const START = Date.UTC(2024, 7, 7, 10, 31);
const INDICATORS = [{ name: 'sma', period: 2 }];

function trade(time: number, price: number, amount: number, id = 'x'): TradeEvent {
  return { type: 'trade', asset: 0, id, time, price, amount, side: null, receivedAt: time + 5 };
}

function candle(time: number, values: Partial<CandleEvent> = {}): CandleEvent {
  return {
    type: 'candle',
    asset: 0,
    time,
    open: 10,
    high: 12,
    low: 9,
    close: 11,
    volume: 3,
    closed: true,
    source: 'history',
    exchangeTime: time + MINUTE_MS,
    receivedAt: time + MINUTE_MS + 5,
    ...values,
  };
}

function closedCandle(time: number, close: number, values: Partial<Candle> = {}): Candle {
  return {
    time,
    open: close,
    high: close,
    low: close,
    close,
    volume: 1,
    tradeCount: null,
    vwap: null,
    ...values,
  };
}

function market(time = START, seeds: Readonly<Record<string, readonly Candle[]>> = {}) {
  const engine = new Engine({ indicators: INDICATORS });
  const sink = new RecordingSink(engine);
  engine.addAsset({ amountDecimals: 3, simulated: false });
  for (const [timeframe, candles] of Object.entries(seeds)) {
    engine.seed(0, ['1m', '5m', '15m', '1h', '4h', '1d', '1w', '1M'].indexOf(timeframe), candles, 'history');
  }
  const holes = engine.goLive(0, time, sink);
  const watermark = (until: number) =>
    engine.process({ type: 'watermark', asset: 0, time: until, receivedAt: until + 7 }, sink);
  const feed = (up: boolean, at: number) => engine.process({ type: 'feed', asset: 0, up, time: at }, sink);
  const send = (...events: (TradeEvent | CandleEvent)[]) => {
    for (const event of events) engine.process(event, sink);
  };
  return { engine, sink, holes, watermark, feed, send };
}

t.test('trades of a minute become its candle when the watermark passes its end', async (t) => {
  const { engine, sink, watermark, send } = market();
  send(trade(START, 10, 0.1), trade(START + 1, 12, 0.2), trade(START + 59_999, 11, 0.3));
  t.same(sink.takeCalls(), ['ticked', 'moved', 'ticked', 'moved', 'ticked', 'moved']);
  watermark(START + MINUTE_MS - 1);
  t.same(sink.takeCalls(), [], 'not before the end');
  watermark(START + MINUTE_MS);
  t.same(sink.takeCalls(), ['closed 0', 'moved']);
  t.match(sink.of(0, 0)[0], {
    time: START,
    open: 10,
    high: 12,
    low: 10,
    close: 11,
    volume: 0.6,
    tradeCount: 3,
    source: 'built',
    isValidated: false,
    depth: 0,
    exchangeTime: START + MINUTE_MS,
    receivedAt: START + MINUTE_MS + 7,
  });
  t.ok(Math.abs((sink.of(0, 0)[0]?.vwap ?? 0) - 6.7 / 0.6) < 1e-12);
  t.equal(engine.openMinute(0), START + MINUTE_MS);
});

t.test('a trade moves all eight forming candles', async (t) => {
  const { engine, send } = market();
  send(trade(START + 1, 10, 0.1), trade(START + 2, 7, 0.2));
  for (let series = 0; series < TIMEFRAME_COUNT; series++) {
    t.match(engine.forming(series), { open: 10, high: 10, low: 7, close: 7, volume: 0.3, tradeCount: 2 });
  }
  t.equal(engine.forming(timeframeIndex('1w'))?.time, Date.UTC(2024, 7, 5), 'weeks begin on Monday');
  t.equal(engine.forming(timeframeIndex('1M'))?.time, Date.UTC(2024, 7, 1));
});

t.test('a trade of a closed minute is dropped, counted, and changes nothing', async (t) => {
  const { engine, sink, watermark, send } = market();
  send(trade(START, 10, 1));
  watermark(START + MINUTE_MS);
  const before = { ...engine.forming(1) };
  sink.takeCalls();
  send(trade(START + 59_999, 99, 1));
  t.same(sink.takeCalls(), ['dropped late']);
  t.equal(engine.stats(0).late, 1);
  t.same({ ...engine.forming(1) }, before);
  t.equal(engine.ticker(0)?.last, 10);
});

t.test('numbers that cannot be are dropped as invalid', async (t) => {
  const { engine, sink, send } = market();
  const impossible = [Number.NaN, 0, -1, Number.POSITIVE_INFINITY, 1e101];
  for (const value of impossible) send(trade(START, value, 1), trade(START, 1, value));
  send(trade(Number.NaN, 1, 1), trade(Number.POSITIVE_INFINITY, 1, 1), trade(START + 8 * 86_400_000, 1, 1));
  send(
    candle(START, { high: 10.5 }),
    candle(START, { low: Number.NaN }),
    candle(START + 1),
    candle(START, { volume: -1 }),
  );
  t.equal(engine.stats(0).invalid, 2 * impossible.length + 3 + 4);
  t.ok(sink.takeCalls().every((call) => call === 'dropped invalid'));
  t.equal(engine.forming(0), null);
  t.equal(engine.ticker(0), null);
});

t.test('trades out of order open with the earliest and close with the latest', async (t) => {
  const { engine, send } = market();
  send(
    trade(START + 20, 10, 1),
    trade(START + 30, 11, 1),
    trade(START + 10, 12, 1),
    trade(START + 25, 13, 1),
  );
  t.match(engine.forming(0), { open: 12, high: 13, low: 10, close: 11, volume: 4 });
  t.equal(engine.ticker(0)?.last, 11);
});

t.test('trades of the same time go by number where ids are whole numbers, else by arrival', async (t) => {
  const numbered = market();
  numbered.send(
    trade(START, 10, 1, '10'),
    trade(START, 9, 1, '9'),
    trade(START, 11, 1, '11'),
    trade(START, 10, 1, '10'),
  );
  t.match(numbered.engine.forming(0), { open: 9, close: 11 });
  t.equal(numbered.engine.ticker(0)?.last, 11);
  const huge = market();
  huge.send(trade(START, 2, 1, '900719925474099301'), trade(START, 1, 1, '900719925474099300'));
  t.match(huge.engine.forming(0), { open: 1, close: 2 });
  const opaque = market();
  opaque.send(trade(START, 10, 1, 'b'), trade(START, 9, 1, 'a'));
  t.match(opaque.engine.forming(0), { open: 10, close: 9 });
});

t.test('trades of later minutes wait unseen until the minutes before are closed', async (t) => {
  const { engine, sink, watermark, send } = market();
  send(trade(START, 10, 1));
  sink.takeCalls();
  send(trade(START + 2 * MINUTE_MS, 30, 1), trade(START + MINUTE_MS, 20, 1), trade(START + 5, 11, 1));
  t.same(sink.takeCalls(), ['ticked', 'ticked', 'ticked', 'moved']);
  t.match(engine.forming(1), { high: 11, close: 11, volume: 2 });
  t.equal(engine.ticker(0)?.last, 30);
  watermark(START + MINUTE_MS);
  t.match(sink.of(0, 0).at(-1), { close: 11, volume: 2 });
  t.match(engine.forming(0), { time: START + MINUTE_MS, open: 20, volume: 1 });
  t.match(engine.forming(1), { close: 20, volume: 3 });
  watermark(START + 3 * MINUTE_MS);
  t.same(
    sink.of(0, 0).map(({ time, close }) => [time - START, close]),
    [
      [0, 11],
      [MINUTE_MS, 20],
      [2 * MINUTE_MS, 30],
    ],
  );
});

t.test('a minute that the feed vouches was quiet is flat at the close before it', async (t) => {
  const { engine, sink, watermark, send } = market();
  send(trade(START, 10, 1), trade(START + 1, 12, 1));
  watermark(START + 3 * MINUTE_MS);
  const flat = sink.of(0, 0).slice(1);
  t.equal(flat.length, 2);
  for (const { open, high, low, close, volume, tradeCount, vwap, source } of flat) {
    t.same([open, high, low, close, volume, tradeCount, vwap, source], [12, 12, 12, 12, 0, 0, null, 'built']);
  }
  t.equal(engine.stats(0).flat, 2);
  t.match(engine.forming(1), { open: 10, close: 12, volume: 2, tradeCount: 2, vwap: 11 });
  t.equal(engine.forming(0), null);
});

t.test('without any price before it a quiet minute gives no candle', async (t) => {
  const { engine, sink, watermark } = market();
  watermark(START + 100 * MINUTE_MS);
  t.same(sink.candles, []);
  t.equal(engine.openMinute(0), START + 100 * MINUTE_MS);
  t.equal(engine.forming(4), null);
});

t.test(
  "the exchange's finished candle wins over trades, closes its minute and is counted where it differs",
  async (t) => {
    const { engine, sink, feed, send } = market();
    feed(true, START - 5);
    send(trade(START, 10, 1), candle(START));
    t.match(sink.of(0, 0)[0], {
      open: 10,
      high: 12,
      low: 9,
      close: 11,
      volume: 3,
      tradeCount: null,
      vwap: null,
      source: 'history',
      coverage: 1,
      isValidated: true,
    });
    t.equal(engine.stats(0).differed, 1);
    const next = START + MINUTE_MS;
    send(
      trade(next, 10, 1),
      trade(next + 1, 12, 1),
      trade(next + 2, 9, 0.5),
      trade(next + 3, 11, 0.5),
      candle(next),
    );
    t.equal(engine.stats(0).differed, 1, 'the same from trades');
    feed(false, next + MINUTE_MS + 10);
    send(trade(next + MINUTE_MS, 10, 1), candle(next + MINUTE_MS));
    t.equal(engine.stats(0).differed, 1, 'a feed that was down cannot know better');
  },
);

/** Trades that give the very numbers of `candle`. */
function tradesOfCandle(time: number): TradeEvent[] {
  return [trade(time, 10, 1), trade(time + 1, 12, 1), trade(time + 2, 9, 0.5), trade(time + 3, 11, 0.5)];
}

t.test(
  "the exchange's finished candle keeps count and vwap of the trades that gave the same one",
  async (t) => {
    const { engine, sink, feed, send } = market();
    feed(true, START - 5);
    send(...tradesOfCandle(START), candle(START));
    t.match(sink.of(0, 0)[0], {
      tradeCount: 4,
      vwap: 32 / 3,
      source: 'history',
      isValidated: true,
      coverage: 1,
    });
    const second = START + MINUTE_MS;
    send(candle(second, { open: 11, high: 11, low: 11, close: 11, volume: 0 }));
    t.match(sink.of(0, 0)[1], { tradeCount: 0, vwap: null, isValidated: true }, 'a quiet minute has none');
    send(trade(second + MINUTE_MS, 11, 2));
    t.match(engine.forming(1), { tradeCount: 5, volume: 5, vwap: 54 / 5 }, 'so longer candles know theirs');
  },
);

for (const changed of ['open', 'high', 'low', 'close', 'volume'] as const) {
  t.test(`where trades gave another ${changed} their count and vwap are not told`, async (t) => {
    const { engine, sink, feed, send } = market();
    feed(true, START - 5);
    const other = { open: 10.5, high: 12.5, low: 8.5, close: 11.5, volume: 3.001 }[changed];
    send(...tradesOfCandle(START), candle(START, { [changed]: other }));
    t.match(sink.of(0, 0)[0], { [changed]: other, tradeCount: null, vwap: null, isValidated: true });
    t.equal(engine.stats(0).differed, 1);
  });
}

t.test(
  'where the feed was away for a part of the minute, count and vwap of its trades are not told',
  async (t) => {
    const { sink, feed, send } = market();
    feed(true, START + 10);
    send(...tradesOfCandle(START), candle(START));
    t.match(sink.of(0, 0)[0], { tradeCount: null, vwap: null, coverage: 1, isValidated: true });
  },
);

t.test('a finished candle of a later minute waits for the minutes before it', async (t) => {
  const { sink, watermark, send } = market();
  send(trade(START, 10, 1), candle(START + MINUTE_MS), candle(START + 2 * MINUTE_MS, { close: 9 }));
  t.equal(sink.candles.length, 0);
  send(
    trade(START + MINUTE_MS + 1, 99, 1),
    candle(START + MINUTE_MS),
    candle(START + MINUTE_MS, { close: 10 }),
  );
  watermark(START + MINUTE_MS);
  t.same(
    sink.of(0, 0).map(({ close }) => close),
    [10, 11, 9],
    'all three at once, and the trade that the finished candle holds already is not in it twice',
  );
});

t.test('a finished candle for a closed minute is confirmed or conflicting, and alters nothing', async (t) => {
  const { engine, sink, send } = market();
  send(candle(START));
  const state = JSON.stringify([engine.lastClosed(0), engine.forming(1), engine.ticker(0)]);
  sink.takeCalls();
  send(candle(START), candle(START, { volume: 3.001 }), candle(START - MINUTE_MS));
  t.same(sink.takeCalls(), ['dropped late']);
  t.match(engine.stats(0), { confirmed: 1, conflicting: 1, late: 1 });
  t.equal(JSON.stringify([engine.lastClosed(0), engine.forming(1), engine.ticker(0)]), state);
});

t.test('unfinished candles of the exchange are the forming state', async (t) => {
  const { engine, sink, watermark, send } = market();
  const forming = { closed: false, source: 'stream', exchangeTime: START + 10 } as const;
  send(candle(START, forming), candle(START, { ...forming, close: 9, exchangeTime: START + 20 }));
  t.match(engine.forming(0), {
    open: 10,
    close: 9,
    volume: 3,
    tradeCount: null,
    vwap: null,
    source: 'stream',
  });
  send(candle(START, { ...forming, close: 12, exchangeTime: START + 15 }));
  t.match(engine.forming(0), { close: 9 }, 'an older one that comes late changes nothing');
  send(candle(START + MINUTE_MS, { ...forming, exchangeTime: START + MINUTE_MS + 1 }));
  t.equal(sink.candles.length, 0, 'the next minute does not close the one before');
  watermark(START + MINUTE_MS);
  t.match(sink.of(0, 0)[0], { close: 9, source: 'stream', isValidated: false });
  t.match(engine.forming(1), { open: 10, volume: 6, tradeCount: null });
});

t.test(
  'at a boundary of everything the series close from 1m to 1M, and the trade there begins them anew',
  async (t) => {
    const midnight = Date.UTC(2024, 6, 1); // a Monday and the first of a month
    const { engine, sink, watermark, send } = market(midnight - MINUTE_MS);
    send(trade(midnight - 1, 10, 1), trade(midnight, 20, 2));
    sink.takeCalls();
    watermark(midnight);
    t.same(sink.takeCalls(), [...Array.from({ length: 8 }, (_, i) => `closed ${i}`), 'moved']);
    for (let series = 0; series < TIMEFRAME_COUNT; series++) {
      t.match(engine.lastClosed(series), { close: 10, volume: 1 });
      t.match(engine.forming(series), { time: midnight, open: 20, high: 20, low: 20, volume: 2 });
    }
  },
);

t.test('coverage is the share of the time during which the feed was up', async (t) => {
  const { engine, sink, feed, watermark, send } = market();
  send(trade(START + 30_000, 10, 1));
  t.equal(engine.forming(0)?.coverage, 0, 'nothing was said of the feed');
  feed(true, START + 15_000);
  t.equal(engine.forming(0)?.coverage, 0.5);
  feed(false, START + 45_000);
  feed(true, START + 75_000);
  watermark(START + MINUTE_MS);
  t.equal(sink.of(0, 0)[0]?.coverage, 0.5);
  watermark(START + 4 * MINUTE_MS);
  t.same(
    sink.of(0, 0).map(({ coverage }) => coverage),
    [0.5, 0.75, 1, 1],
  );
  t.equal(
    engine.lastClosed(1)?.coverage,
    (0.5 + 0.75 + 1 + 1) / 5,
    'the first minute of the five is not known',
  );
  send(candle(START + 4 * MINUTE_MS));
  t.equal(engine.lastClosed(0)?.coverage, 1);
});

t.test(
  'a longer candle has its parts’ source where they agree, a simulated asset always says so',
  async (t) => {
    const { engine, send } = market(START - MINUTE_MS);
    send(candle(START - MINUTE_MS));
    t.equal(engine.forming(1)?.source, 'history');
    send(trade(START, 10, 1));
    t.equal(engine.forming(0)?.source, 'built');
    t.equal(engine.forming(1)?.source, 'built');
    const made = new Engine({ indicators: [] });
    const sink = new RecordingSink(made);
    made.addAsset({ amountDecimals: 3, simulated: true });
    made.seed(0, 0, [closedCandle(START - 2 * MINUTE_MS, 5)], 'history');
    t.equal(made.lastClosed(0)?.source, 'simulated');
    made.goLive(0, START - MINUTE_MS);
    made.process(candle(START - MINUTE_MS), sink);
    made.process(trade(START, 10, 1), sink);
    for (let series = 0; series < TIMEFRAME_COUNT; series++)
      t.equal(made.forming(series)?.source, 'simulated');
    t.equal(made.lastClosed(0)?.source, 'simulated');
  },
);

t.test('forming candles are composed of the closed shorter history at the start', async (t) => {
  const day = Date.UTC(2024, 7, 7);
  const hour = day + 10 * 3_600_000;
  const { engine, holes, send } = market(START, {
    '1m': [closedCandle(hour + 30 * MINUTE_MS, 50)],
    '5m': [closedCandle(hour + 20 * MINUTE_MS, 1), closedCandle(hour + 25 * MINUTE_MS, 2)],
    '15m': [closedCandle(hour, 60), closedCandle(hour + 15 * MINUTE_MS, 61)],
    '1h': [closedCandle(hour - 2 * 3_600_000, 70), closedCandle(hour - 3_600_000, 71)],
    '4h': [closedCandle(day, 80), closedCandle(day + 4 * 3_600_000, 81)],
    '1d': [5, 6].map((date) => closedCandle(Date.UTC(2024, 7, date), 90 + date)),
    '1w': [closedCandle(Date.UTC(2024, 6, 29), 100)],
  });
  t.same(holes, []);
  t.equal(engine.forming(0), null);
  t.match(engine.forming(timeframeIndex('5m')), { open: 50, volume: 1, coverage: 1, source: 'history' });
  t.match(engine.forming(timeframeIndex('15m')), { open: 50, volume: 1, coverage: 1 });
  t.match(engine.forming(timeframeIndex('1h')), { open: 60, high: 61, close: 50, volume: 3, coverage: 1 });
  t.match(engine.forming(timeframeIndex('4h')), { open: 70, high: 71, close: 50, volume: 5, coverage: 1 });
  t.match(engine.forming(timeframeIndex('1d')), { open: 80, volume: 7, coverage: 1 });
  t.match(engine.forming(timeframeIndex('1w')), { open: 95, high: 96, low: 50, volume: 9, coverage: 1 });
  const month = engine.forming(timeframeIndex('1M'));
  t.match(month, { open: 95, volume: 9 });
  const monthStart = Date.UTC(2024, 7, 1);
  t.equal(month?.coverage, (START - Date.UTC(2024, 7, 5)) / (START - monthStart), 'four days are not known');
  send(trade(START, 200, 0.5));
  t.match(engine.forming(timeframeIndex('1d')), { open: 80, high: 200, close: 200, volume: 7.5 });
});

t.test(
  'a longer candle that ended after its history was fetched is closed from shorter ones at the start',
  async (t) => {
    const five = START - MINUTE_MS; // 10:30
    const minutes = Array.from({ length: 7 }, (_, i) => closedCandle(five - (6 - i) * MINUTE_MS, i + 1));
    const { engine, sink, holes } = market(START, {
      '1m': minutes,
      '5m': [closedCandle(five - 10 * MINUTE_MS, 3)],
      '15m': [closedCandle(five - 30 * MINUTE_MS, 3)],
    });
    t.same(sink.calls, ['closed 1']);
    t.match(engine.lastClosed(1), {
      time: five - 5 * MINUTE_MS,
      open: 2,
      high: 6,
      close: 6,
      volume: 5,
      depth: 1,
    });
    t.same(
      holes,
      [{ timeframeIndex: 2, from: five - 15 * MINUTE_MS, to: five }],
      'ten minutes of the 15m are unknown',
    );
  },
);

t.test('history that cannot be right is refused', async (t) => {
  const engine = new Engine({ indicators: INDICATORS });
  engine.addAsset({ amountDecimals: 3, simulated: false });
  engine.seed(0, 0, [closedCandle(START, 1)], 'history');
  t.throws(() => engine.seed(0, 0, [closedCandle(START, 1)], 'history'), /does not follow/);
  t.throws(() => engine.seed(0, 1, [closedCandle(START, 1)], 'history'), /5m candle/);
  t.throws(() => engine.seed(0, 0, [closedCandle(START + MINUTE_MS, Number.NaN)], 'history'), /impossible/);
  t.throws(() => engine.goLive(0, START), /beyond/);
  const sink = new RecordingSink(engine);
  t.throws(() => engine.process(trade(START, 1, 1), sink), /not live/);
  t.throws(() => engine.process({ ...trade(START, 1, 1), asset: 7 }, sink), /no asset 7/);
  engine.goLive(0, START + MINUTE_MS);
  t.throws(() => engine.seed(0, 0, [], 'history'), /live/);
  t.throws(() => engine.addAsset({ amountDecimals: 16, simulated: false }), /0 to 15/);
});

t.test(
  'seeded candles count for depth and indicators, and a quiet first minute repeats their close',
  async (t) => {
    const { engine, sink, watermark, send } = market(START, {
      '1m': [closedCandle(START - 2 * MINUTE_MS, 4), closedCandle(START - MINUTE_MS, 6)],
    });
    t.equal(engine.closedValue(0, 0), 5);
    t.match(engine.ticker(0), {
      last: 6,
      exchangeTime: START,
      receivedAt: null,
      open24h: null,
      change24hPercent: null,
    });
    watermark(START + MINUTE_MS);
    t.match(sink.of(0, 0)[0], { close: 6, volume: 0, depth: 2 });
    t.equal(engine.closedValue(0, 0), 6);
    t.ok(Number.isNaN(engine.formingValue(0, 0)), 'no forming candle, no value');
    send(trade(START + MINUTE_MS, 8, 1));
    t.equal(engine.formingValue(0, 0), 7);
    t.equal(engine.closedValue(0, 0), 6);
  },
);

t.test('the number of a removed asset is given again, without a trace of the old one', async (t) => {
  const { engine, send } = market();
  send(trade(START, 10, 1));
  t.equal(engine.addAsset({ amountDecimals: 0, simulated: false }), 1);
  engine.removeAsset(0);
  t.throws(() => engine.forming(0), /no asset 0/);
  t.equal(engine.addAsset({ amountDecimals: 0, simulated: false }), 0);
  t.equal(engine.forming(0), null);
  t.equal(engine.ticker(0), null);
  t.equal(engine.stats(0).trades, 0);
});

t.test('gaps are counted by how they ended', async (t) => {
  const { engine, sink } = market();
  const gap = { type: 'gap', asset: 0, from: START, to: START + MINUTE_MS, cause: 'reconnect' } as const;
  for (const state of ['opened', 'opened', 'repaired', 'unrepaired'] as const) {
    engine.process({ ...gap, state }, sink);
  }
  t.match(engine.stats(0), { gapsOpened: 2, gapsRepaired: 1, gapsUnrepaired: 1 });
});

t.test('rolling 24 hours appear when 1,440 minutes are known, and forget what is older', async (t) => {
  const minutes = Array.from({ length: 1_439 }, (_, i) =>
    closedCandle(START - (1_439 - i) * MINUTE_MS, 100, { volume: 0.1, high: i === 0 ? 500 : 100 }),
  );
  const short = market(START, { '1m': minutes.slice(1) });
  short.send(trade(START, 110, 0.5));
  t.match(short.engine.ticker(0), { last: 110, open24h: null, high24h: null, volume24h: null });
  const { engine, send, watermark } = market(START, { '1m': minutes });
  send(trade(START, 110, 0.5));
  t.match(engine.ticker(0), { open24h: 100, high24h: 500, low24h: 100, volume24h: 144.4, last: 110 });
  t.ok(Math.abs((engine.ticker(0)?.change24hPercent ?? 0) - 10) < 1e-12);
  watermark(START + MINUTE_MS);
  send(trade(START + MINUTE_MS, 90, 0.5));
  t.match(engine.ticker(0), { open24h: 100, high24h: 110, low24h: 90, volume24h: 144.8 });
  send(trade(START + 2 * MINUTE_MS, 600, 0.5));
  t.match(
    engine.ticker(0),
    { last: 600, high24h: 600, volume24h: 144.8 },
    'the last price may be of a waiting minute',
  );
});

t.test(
  'who asks for an indicator before the candle is shown as moved gets it with the new trade',
  async (t) => {
    const { engine, watermark } = market(START, { '1m': [closedCandle(START - MINUTE_MS, 6)] });
    const seen: string[] = [];
    const note = (call: string) => () => seen.push(`${call} ${engine.formingValue(0, 0)}`);
    const sink = new RecordingSink(engine);
    const listener = Object.assign(Object.create(sink) as RecordingSink, {
      ticked: note('ticked'),
      moved: note('moved'),
    });
    engine.process(trade(START, 8, 1), listener);
    engine.process(trade(START + 1, 10, 1), listener);
    // Of this minute nothing was shown before its first trade.
    t.same(seen, ['ticked NaN', 'moved 7', 'ticked 8', 'moved 8']);
    watermark(START + MINUTE_MS);
  },
);
