import { pino } from 'pino';
import t from 'tap';
import { ServedAsset } from '../../src/app/served-asset.js';
import { warmUp } from '../../src/app/warm-up.js';
import { Engine } from '../../src/engine/engine.js';
import type { EngineSink } from '../../src/engine/views.js';
import type { Feed } from '../../src/feeds/feed.js';
import type { Candle } from '../../src/market.js';
import type { CandleRecord } from '../../src/store/records.js';
import { bucketStart, MINUTE_MS, TIMEFRAMES, type Timeframe } from '../../src/timeframe.js';

/*
 * An exchange that, as most do, has no candle of a minute in which nothing traded. The demo exchange, as binance, has
 * one of every minute.
 */

const START = Date.UTC(2026, 2, 2, 10);
const at = (minute: number): number => START + minute * MINUTE_MS;

function candle(time: number, price: number): Candle {
  return {
    time,
    open: price,
    high: price,
    low: price,
    close: price,
    volume: 1,
    tradeCount: null,
    vwap: null,
  };
}

const silent: EngineSink = {
  closed: () => undefined,
  moved: () => undefined,
  ticked: () => undefined,
  fired: () => undefined,
  expired: () => undefined,
  dropped: () => undefined,
};

interface Asked {
  readonly timeframe: Timeframe;
  readonly from: number;
  readonly to: number;
}

/** Warms up at `now` from a market that traded in these minutes, at a price that is the number of the minute. */
async function warmed(traded: readonly number[], now: number, stored: readonly CandleRecord[], depth = 60) {
  const asked: Asked[] = [];
  let released = Number.NaN;
  let storedCount = 0;
  let releasedAfter = Number.NaN;
  const feed: Pick<Feed, 'now' | 'history' | 'release'> = {
    now: () => now,
    async history(_symbol, timeframe, from, to, onPage) {
      asked.push({ timeframe, from, to });
      const rows = new Map<number, Candle>();
      for (const minute of traded) {
        const time = bucketStart(timeframe, at(minute));
        if (time >= from && time < to) rows.set(time, candle(time, minute));
      }
      onPage?.([...rows.values()]);
      return [...rows.values()];
    },
    release(_asset, from) {
      released = from;
      releasedAfter = storedCount;
    },
  };
  const engine = new Engine();
  const asset = engine.addAsset({ amountDecimals: 2, simulated: false });
  const market = {
    exchange: 'other',
    symbol: 'A/B',
    base: 'A',
    quote: 'B',
    amountDecimals: 2,
    simulated: false,
  };
  const records: CandleRecord[] = [];
  await warmUp(new ServedAsset(market, asset, 1, 'other'), feed as Feed, {
    engine,
    sink: silent,
    logger: pino({ level: 'silent' }),
    taker: { history: () => undefined, closed: () => undefined },
    candles: {
      latestClosed: async ({ timeframe, from = 0, to = Number.POSITIVE_INFINITY }) =>
        stored.filter((one) => one.timeframe === timeframe && one.time >= from && one.time < to),
    },
    store: async (given) => {
      records.push(...given);
      // As a database would, in a later turn.
      await new Promise((resolve) => setImmediate(resolve));
      storedCount = given.length;
    },
    depth,
    onStep: () => undefined,
  });
  const minutes = records.filter((record) => record.timeframe === '1m');
  return { asked, engine, asset, records, minutes, released, releasedAfter };
}

t.test(
  'minutes that the exchange leaves out because nothing traded are flat, as they are live',
  async (t) => {
    const { minutes, released } = await warmed([1, 2, 5, 6], at(7) + 30_000, []);
    t.same(
      minutes.map(({ time, close, volume, source }) => [(time - START) / MINUTE_MS, close, volume, source]),
      [
        [1, 1, 1, 'history'],
        [2, 2, 1, 'history'],
        [3, 2, 0, 'built'],
        [4, 2, 0, 'built'],
        [5, 5, 1, 'history'],
        [6, 6, 1, 'history'],
      ],
    );
    t.equal(released, at(7));
  },
);

t.test(
  'the stream begins where history ends: newest minutes without a candle are left to the feed',
  async (t) => {
    const { engine, asset, released, asked } = await warmed([1, 2, 3, 4, 5, 6, 7], at(11) + 500, []);
    t.equal(released, at(8), 'not at the minute that now is in, which would leave three behind for ever');
    t.equal(engine.openMinute(asset), at(8));
    t.ok(
      asked
        .filter(({ timeframe }) => timeframe !== '1m')
        .every(({ timeframe, to }) => to === bucketStart(timeframe, at(8))),
    );
    t.equal(
      engine.lastClosed(asset * TIMEFRAMES.length + 1)?.time,
      at(0),
      'of five minutes, what had ended by then',
    );
  },
);

t.test('a market that has been silent for days begins now', async (t) => {
  const { released } = await warmed([1, 2, 3], at(3 * 1_440) + 500, [], 5_000);
  t.equal(released, at(3 * 1_440));
});

t.test('a restart asks for what it missed only, whatever was quiet before and after', async (t) => {
  const traded = [1, 2, 3, 10, 16, 20, 25, 26];
  const now = at(27) + 20_000;
  const whole = await warmed(traded, now, [], 26);
  t.equal(whole.minutes.length, 26);
  t.same((await warmed(traded, now, whole.records, 26)).minutes, [], 'what was flat is known');
  // Stopped after minute 12, a quiet one; minute 13 was quiet too.
  const before = whole.records.filter(({ time }) => time <= at(12));
  const again = await warmed(traded, now, before, 26);
  t.same(
    again.minutes.map(({ time, close, volume }) => ({ time, close, volume })),
    whole.minutes
      .filter(({ time }) => time > at(12))
      .map(({ time, close, volume }) => ({ time, close, volume })),
  );
  for (const column of whole.engine.indicatorColumns.keys()) {
    t.ok(Object.is(again.engine.closedValue(0, column), whole.engine.closedValue(0, column)));
  }
});

t.test(
  'what a restart missed is stored before the stream flows, so that a client that asks finds it',
  async (t) => {
    const { records, releasedAfter } = await warmed([1, 2, 3, 4, 5, 6, 7], at(8) + 500, []);
    t.ok(records.length > 7);
    t.equal(releasedAfter, records.length);
  },
);
