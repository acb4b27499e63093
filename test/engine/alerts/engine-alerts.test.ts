import t from 'tap';
import type { AlertInput } from '../../../src/engine/alerts/alert.js';
import { Engine } from '../../../src/engine/engine.js';
import type { CandleEvent, FeedEvent } from '../../../src/events.js';
import { HOUR_MS, MINUTE_MS, timeframeIndex } from '../../../src/timeframe.js';
import { RecordingSink } from '../recording-sink.js';

/** The start of an hour. */
const START = Date.UTC(2024, 7, 7, 10);

function alert(values: Partial<AlertInput>): AlertInput {
  return {
    id: 1,
    asset: 0,
    type: 'price_target',
    condition: 'above',
    value: 100,
    repeating: false,
    expiresAt: null,
    ...values,
  };
}

/** An engine with one asset whose history ends at `START` with a close of 90 and volumes of 2 an hour. */
function market() {
  const engine = new Engine({ indicators: [{ name: 'sma', period: 2 }] });
  const sink = new RecordingSink(engine);
  engine.addAsset({ amountDecimals: 3, simulated: false });
  const flat = { open: 90, high: 90, low: 90, close: 90, tradeCount: null, vwap: null };
  const hours = Array.from({ length: 25 }, (_, i) => ({
    ...flat,
    time: START - (25 - i) * HOUR_MS,
    volume: 2,
  }));
  engine.seed(0, timeframeIndex('1h'), hours, 'history');
  engine.seed(0, 0, [{ ...flat, time: START - MINUTE_MS, volume: 2 }], 'history');
  engine.goLive(0, START, sink);
  let id = 0;
  const process = (...events: readonly FeedEvent[]): readonly string[] => {
    for (const event of events) engine.process(event, sink);
    return sink.takeCalls().filter((call) => call.startsWith('fired') || call.startsWith('expired'));
  };
  const trade = (time: number, price: number, amount = 0.001): FeedEvent => {
    id += 1;
    return { type: 'trade', asset: 0, id: String(id), time, price, amount, side: null, receivedAt: time };
  };
  const watermark = (time: number): FeedEvent => ({ type: 'watermark', asset: 0, time, receivedAt: time });
  const candle = (time: number, values: Partial<CandleEvent>): FeedEvent => ({
    type: 'candle',
    asset: 0,
    time,
    open: 90,
    high: 90,
    low: 90,
    close: 90,
    volume: 1,
    closed: true,
    source: 'stream',
    exchangeTime: time + MINUTE_MS,
    receivedAt: time + MINUTE_MS,
    ...values,
  });
  return { engine, sink, process, trade, watermark, candle };
}

t.test(
  'an alert fires at the first trade that crosses its level, counted from the last close of history',
  async (t) => {
    const { engine, sink, process, trade } = market();
    engine.alerts.add(alert({ condition: 'below', value: 89 }));
    engine.alerts.add(alert({ id: 2, condition: 'above', value: 80 }));
    t.same(process(trade(START, 89.5)), [], 'above 80 holds from the start: nothing was crossed');
    t.same(process(trade(START + 5, 88)), ['fired 1']);
    t.match(sink.firings[0], { cause: 'trade', time: START + 5, value: 88, threshold: 89, previous: 89.5 });
  },
);

t.test('who hears of an alert finds the engine as the tick left it', async (t) => {
  const { engine, sink, trade } = market();
  engine.alerts.add(alert({ value: 95 }));
  engine.process(trade(START + 1, 96), sink);
  t.same(sink.takeCalls(), ['ticked', 'moved', 'fired 1']);
  t.equal(engine.forming(0)?.close, 96);
});

t.test('a trade that is older than the last price crosses nothing', async (t) => {
  const { engine, process, trade } = market();
  engine.alerts.add(alert({ value: 95 }));
  t.same(process(trade(START + 10, 91), trade(START + 5, 99)), []);
});

t.test('a trade of a minute that waits behind the open one fires at once', async (t) => {
  const { engine, process, trade } = market();
  engine.alerts.add(alert({ value: 95 }));
  t.same(process(trade(START + 10, 91), trade(START + 2 * MINUTE_MS, 99)), ['fired 1']);
});

t.test("a level touched inside the exchange's own candle counts", async (t) => {
  const { engine, sink, process, candle } = market();
  engine.alerts.add(alert({ value: 95 }));
  t.same(process(candle(START, { high: 96, close: 91 })), ['fired 1']);
  t.match(sink.firings[0], { cause: 'candle', value: 96, threshold: 95 });
});

t.test('alerts expire with the time of the data', async (t) => {
  const { engine, process, trade, watermark } = market();
  engine.alerts.add(alert({ expiresAt: START + MINUTE_MS }));
  t.same(process(trade(START, 91), watermark(START + MINUTE_MS)), [], 'another asset may be behind');
  t.same(process(watermark(START + 2 * MINUTE_MS)), ['expired 1']);
  t.same(process(trade(START + MINUTE_MS + 1, 120)), []);
});

t.test("alerts expire where the exchange's own candles close the minutes, too", async (t) => {
  const { engine, process, candle, watermark } = market();
  engine.alerts.add(alert({ expiresAt: START + MINUTE_MS }));
  t.same(process(candle(START, {}), watermark(START + 2 * MINUTE_MS)), ['expired 1']);
  t.equal(engine.alerts.size, 0);
});

t.test('a volume spike is told while its candle forms', async (t) => {
  const { engine, sink, process, trade } = market();
  engine.alerts.add(alert({ type: 'volume_spike', value: 3 }));
  t.same(process(trade(START + 1, 90, 5.9), trade(START + 2, 90, 0.05)), []);
  t.same(process(trade(START + 3, 90, 0.05)), ['fired 1'], '6 is three times the mean of 2');
  t.match(sink.firings[0], { cause: 'volume', value: 3, threshold: 3, time: START + 3 });
});

t.test('three times a mean of decimals is three times it, not a rounding less', async (t) => {
  const { engine, sink, process, trade, watermark } = market();
  for (let minute = 0; minute < 20; minute++) {
    process(trade(START + minute * MINUTE_MS, 90, 0.1), watermark(START + (minute + 1) * MINUTE_MS));
  }
  engine.alerts.add(alert({ type: 'volume_spike', value: 3, timeframe: '1m' }));
  const minute = START + 20 * MINUTE_MS;
  t.same(process(trade(minute, 90, 0.1), trade(minute + 1, 90, 0.199)), []);
  t.same(process(trade(minute + 2, 90, 0.001)), ['fired 1'], 'although 0.3 / 0.1 is less than 3 in binary');
  t.equal(sink.firings[0]?.value, 3);
});

t.test('a volume below the mean is told when the candle closes, against the mean before it', async (t) => {
  const { engine, sink, process, trade, watermark } = market();
  engine.alerts.add(alert({ type: 'volume_spike', condition: 'below', value: 0.5, repeating: true }));
  const hourOf = (hour: number, volume: number): readonly FeedEvent[] => [
    trade(START + hour * HOUR_MS, 90, volume),
    watermark(START + (hour + 1) * HOUR_MS),
  ];
  t.same(process(...hourOf(0, 2)), [], 'the first candle only places');
  t.same(process(...hourOf(1, 0.5)), ['fired 1']);
  t.equal(sink.firings[0]?.value, 0.25, 'the mean of the twenty hours before is 2');
  t.same(process(...hourOf(2, 0.5)), [], 'still below: nothing was crossed');
});

t.test('who hears of the volume of a closed candle finds the engine as the event left it', async (t) => {
  const { engine, sink, trade, watermark } = market();
  const values = { type: 'volume_spike', condition: 'below', value: 0.5, repeating: true } as const;
  engine.alerts.add(alert({ ...values, timeframe: '1h' }));
  engine.process(trade(START, 90, 2), sink);
  engine.process(watermark(START + HOUR_MS), sink);
  engine.process(trade(START + HOUR_MS, 90, 0.5), sink);
  sink.takeCalls();
  // The feed vouches late: for the hour and five minutes of the next one at once.
  engine.process(watermark(START + 2 * HOUR_MS + 5 * MINUTE_MS), sink);
  t.same(sink.takeCalls().slice(-2), ['moved', 'fired 1'], 'told last');
  t.equal(sink.firings[0]?.time, START + 2 * HOUR_MS - 1, "the hour's last ms, not when it was told");
});

t.test('a removed asset takes its alerts along', async (t) => {
  const { engine } = market();
  engine.alerts.add(alert({}));
  engine.removeAsset(0);
  t.equal(engine.alerts.size, 0);
});

t.test('after a restart prices cross from where the checkpoint left them', async (t) => {
  const before = market();
  before.process(before.trade(START, 91), before.watermark(START + MINUTE_MS));
  const engine = new Engine({ indicators: [{ name: 'sma', period: 2 }] });
  const sink = new RecordingSink(engine);
  engine.addAsset({ amountDecimals: 3, simulated: false });
  engine.restore(0, before.engine.checkpoint(0), 'drop');
  engine.alerts.add(alert({ value: 95 }));
  engine.process(before.candle(START + MINUTE_MS, { high: 97, close: 92 }), sink);
  t.same(
    sink.firings.map(({ id, value, time }) => ({ id, value, time })),
    [{ id: 1, value: 97, time: START + 2 * MINUTE_MS - 1 }],
    'a level that was touched while the server was down',
  );
});

for (const rule of ['keep', 'drop'] as const) {
  t.test(`what was crossed in the minute of a checkpoint is not crossed again: ${rule}`, async (t) => {
    const before = market();
    before.process(before.trade(START, 105), before.trade(START + 1, 106), before.trade(START + 2, 104));
    const engine = new Engine({ indicators: [{ name: 'sma', period: 2 }] });
    const sink = new RecordingSink(engine);
    engine.addAsset({ amountDecimals: 3, simulated: false });
    engine.alerts.add(alert({ value: 103, repeating: true }));
    engine.alerts.add(alert({ id: 2, value: 105.5, repeating: true }));
    engine.alerts.add(alert({ id: 3, value: 107, repeating: true }));
    engine.alerts.add(alert({ id: 4, condition: 'percentage_change', value: 5 }));
    engine.restore(0, before.engine.checkpoint(0), rule);
    t.equal(engine.alerts.get(4)?.reference, 104, 'counts from the newest price, not from the last close');
    engine.process(before.trade(START + 3, 104.5), sink);
    engine.process(before.candle(START, { high: 107.5, low: 90, close: 104.5 }), sink);
    t.same(
      sink.firings.map(({ id, value }) => ({ id, value })),
      [{ id: 3, value: 107.5 }],
      'news is what the minute reached beyond all that was seen',
    );
  });
}

t.test('a volume alert that is added while its candle forms is not overlooked', async (t) => {
  const { engine, process, trade } = market();
  engine.alerts.add(alert({ type: 'volume_spike', value: 3 }));
  t.same(process(trade(START + 1, 90, 2), trade(START + 2, 90, 2)), []);
  engine.alerts.add(alert({ id: 2, type: 'volume_spike', value: 2.5 }));
  t.same(process(trade(START + 3, 90, 0.5)), []);
  t.same(process(trade(START + 4, 90, 0.6)), ['fired 2']);
  t.same(process(trade(START + 5, 90, 1)), ['fired 1']);
});

t.test('an alert is not expired by the time of another asset while its own is behind', async (t) => {
  const { engine, sink, process, trade, watermark } = market();
  const other = engine.addAsset({ amountDecimals: 3, simulated: false });
  engine.goLive(other, START);
  engine.alerts.add(alert({ value: 95, expiresAt: START + MINUTE_MS }));
  engine.process(
    { ...(watermark(START + MINUTE_MS) as { readonly type: 'watermark' } & FeedEvent), asset: other },
    sink,
  );
  t.same(process(trade(START + MINUTE_MS - 5, 96)), ['fired 1']);
});
