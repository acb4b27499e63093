import fc from 'fast-check';
import t from 'tap';
import { type AssetCheckpoint, Engine } from '../../src/engine/engine.js';
import type { IndicatorSpec } from '../../src/engine/indicators/spec.js';
import type { FeedEvent } from '../../src/events.js';
import { bucketStart, bucketsBefore, MINUTE_MS, TIMEFRAME_COUNT, TIMEFRAMES } from '../../src/timeframe.js';
import { type Recorded, RecordingSink } from './recording-sink.js';

const RUNS = 400;
const OPTIONS = { amountDecimals: 5, simulated: false };

/** Short ones, so that a few closed candles are enough; each kind of memory is among them: sums, rings, windows. */
const SPECS: readonly IndicatorSpec[] = [
  { name: 'sma', period: 3 },
  { name: 'ema', period: 2 },
  { name: 'rsi', period: 2 },
  { name: 'macd', fast: 2, slow: 3, signal: 2 },
  { name: 'bb', period: 3 },
  { name: 'atr', period: 2 },
  { name: 'adx', period: 2 },
  { name: 'obv' },
  { name: 'vwap' },
  { name: 'donchian', period: 3 },
  { name: 'supertrend', period: 2, width: 1 },
  { name: 'psar', step: 0.02, limit: 0.2 },
];

/** Two minutes before a month, a week and a day begin, or in the middle of nothing. */
const begins = fc.constantFrom(
  Date.UTC(2024, 6, 1) - 2 * MINUTE_MS,
  Date.UTC(2024, 1, 29, 23, 58),
  Date.UTC(2024, 7, 7, 3, 1),
);

const price = fc.integer({ min: 1_000, max: 2_000 }).map((ticks) => Number(`${ticks}e-1`));
/** Most are whole lots; some have more decimals than the market trades in. */
const amount = fc.oneof(
  { weight: 9, arbitrary: fc.integer({ min: 1, max: 5_000_000 }).map((lots) => Number(`${lots}e-5`)) },
  { weight: 1, arbitrary: fc.constant(0.123_456_789) },
);
/** From the open minute: some before it, too late, and some minutes ahead of it. */
const minute = fc.integer({ min: -2, max: 3 });

/** What happens next, told from the open minute at that time. */
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant('trade' as const),
      // Many share a millisecond: then ids decide.
      at: fc.oneof(fc.integer({ min: -1_000, max: 2 * MINUTE_MS }), fc.constantFrom(0, 40_000)),
      id: fc.oneof(
        fc.integer({ min: 0, max: 8 }).map(String),
        fc.constantFrom('a1', 'zz', '0007', '99999999999999999999'),
      ),
      price: fc.oneof({ weight: 20, arbitrary: price }, { weight: 1, arbitrary: fc.constant(Number.NaN) }),
      amount,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('candle' as const),
      minute,
      prices: fc.tuple(price, price, price),
      volume: fc.oneof(amount, fc.constant(0)),
      closed: fc.boolean(),
      source: fc.constantFrom('stream' as const, 'history' as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('repeat' as const),
      field: fc.constantFrom('none' as const, 'open', 'high', 'low', 'close', 'volume'),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('watermark' as const),
      minutes: fc.integer({ min: 0, max: 7 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('feed' as const),
      up: fc.boolean(),
      at: fc.integer({ min: -5_000, max: MINUTE_MS }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('gap' as const),
      state: fc.constantFrom('opened' as const, 'repaired' as const, 'unrepaired' as const),
    }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
const steps = fc.array(step, { maxLength: 60 });

function eventOf(next: Step, { engine, asset }: Run, index: number): FeedEvent {
  const head = engine.openMinute(asset);
  const receivedAt = head + index;
  switch (next.type) {
    case 'trade': {
      const { id, price, amount } = next;
      return { type: 'trade', asset, id, time: head + next.at, price, amount, side: null, receivedAt };
    }
    case 'candle': {
      const time = head + next.minute * MINUTE_MS;
      const [open, close, other] = next.prices;
      const high = Math.max(open, close, other);
      const low = Math.min(open, close, other);
      const { volume, closed, source } = next;
      const exchangeTime = time + 30_000;
      const candle = { time, open, high, low, close, volume, closed, source, exchangeTime, receivedAt };
      return { type: 'candle', asset, ...candle };
    }
    case 'repeat': {
      // The exchange's word for the newest closed minute: the same, or something else in one place.
      const { time, open, high, low, close, volume } = engine.lastClosed(asset * TIMEFRAME_COUNT) ?? {
        time: head,
        open: 1,
        high: 1,
        low: 1,
        close: 1,
        volume: 1,
      };
      const same = { time, open, high, low, close, volume };
      const other = { none: {}, open: { open: low }, high: { high: high + 1 }, low: { low: low - 1 } };
      const more = { ...other, close: { close: high }, volume: { volume: volume + 1 } };
      const said = { closed: true, source: 'stream' as const, exchangeTime: head, receivedAt };
      return { type: 'candle', asset, ...same, ...more[next.field], ...said };
    }
    case 'watermark':
      return { type: 'watermark', asset, time: head + next.minutes * MINUTE_MS, receivedAt };
    case 'feed':
      return { type: 'feed', asset, up: next.up, time: head + next.at };
    case 'gap':
      return { type: 'gap', asset, from: head, to: head + MINUTE_MS, state: next.state, cause: 'stall' };
  }
}

/** All that an engine tells of an asset, exactly; `-0` and NaN included. */
function outputsOf(engine: Engine, asset: number): string {
  const series = Array.from({ length: TIMEFRAME_COUNT }, (_, index) => {
    const number = asset * TIMEFRAME_COUNT + index;
    const values = engine.indicatorColumns.map((_, column) => [
      engine.formingValue(number, column),
      engine.closedValue(number, column),
    ]);
    return [engine.forming(number), engine.lastClosed(number), values];
  });
  return exact([series, engine.ticker(asset), engine.stats(asset), engine.openMinute(asset)]);
}

function exact(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) =>
    typeof member === 'number' && (!Number.isFinite(member) || Object.is(member, -0))
      ? Object.is(member, -0)
        ? '-0'
        : String(member)
      : member,
  );
}

interface Run {
  readonly engine: Engine;
  readonly sink: RecordingSink;
  readonly asset: number;
}

function start(indicators: readonly IndicatorSpec[], seeded: number, begin: number): Run {
  const engine = new Engine({ indicators });
  const asset = engine.addAsset(OPTIONS);
  for (const [index, timeframe] of TIMEFRAMES.entries()) {
    const end = bucketStart(timeframe, begin);
    const count = index === 0 ? seeded : Math.min(seeded, 6);
    const candles = Array.from({ length: count }, (_, back) => {
      const close = 100 + ((back * 7 + index) % 13);
      const time = bucketsBefore(timeframe, end, count - back);
      return { time, open: 100, high: 120, low: 90, close, volume: 1 + back, tradeCount: null, vwap: null };
    });
    engine.seed(asset, index, candles, 'history');
  }
  engine.goLive(asset, begin);
  return { engine, sink: new RecordingSink(engine), asset };
}

/** Puts the checkpoint into another engine, whose neighbours have state of their own. */
function restored(checkpoint: AssetCheckpoint, indicators: readonly IndicatorSpec[], begin: number): Run {
  const { engine } = start(indicators, 4, begin);
  const asset = engine.addAsset(OPTIONS);
  engine.restore(asset, checkpoint, 'keep');
  return { engine, sink: new RecordingSink(engine), asset };
}

/** Feeds the step and gives all that was told of it. */
function take({ engine, sink, asset }: Run, next: Step, index: number): string {
  engine.process(eventOf(next, { engine, sink, asset }, index), sink);
  const closed = sink.candles.splice(0).map((entry) => ({ ...entry, asset: 0 }));
  return exact([sink.takeCalls(), closed]);
}

const indicators = fc.subarray([...SPECS], { minLength: 1 });
/** Seeded 1m candles; with the last number 24 hours are known. */
const depth = fc.constantFrom(0, 1, 6, 6, 1_445);

t.test(
  'an engine restored from a checkpoint goes on bit for bit like the one that never stopped',
  async (t) => {
    fc.assert(
      fc.property(begins, indicators, depth, steps, steps, (begin, specs, seeded, before, after) => {
        const steady = start(specs, seeded, begin);
        for (const [index, next] of before.entries()) take(steady, next, index);
        const checkpoint = structuredClone(steady.engine.checkpoint(steady.asset));
        const other = restored(checkpoint, specs, begin);
        if (outputsOf(other.engine, other.asset) !== outputsOf(steady.engine, steady.asset)) {
          throw new Error('the restored engine shows something else');
        }
        for (const [index, next] of after.entries()) {
          const [told, wanted] = [take(other, next, index), take(steady, next, index)];
          if (told !== wanted) throw new Error(`after ${index}: ${told}, not ${wanted}`);
          if (outputsOf(other.engine, other.asset) !== outputsOf(steady.engine, steady.asset)) {
            throw new Error(`after ${index} the two show different things`);
          }
        }
      }),
      { numRuns: RUNS },
    );
    t.pass(`${RUNS} random histories`);
  },
);

t.test('a checkpoint stays as it is while the engine goes on', async () => {
  fc.assert(
    fc.property(begins, steps, steps, (begin, before, after) => {
      const steady = start(SPECS, 3, begin);
      for (const [index, next] of before.entries()) take(steady, next, index);
      const checkpoint = steady.engine.checkpoint(steady.asset);
      const text = exact(checkpoint);
      const twin = restored(checkpoint, SPECS, begin);
      for (const [index, next] of after.entries()) {
        take(steady, next, index);
        take(twin, next, index);
      }
      return exact(checkpoint) === text;
    }),
    { numRuns: 50 },
  );
});

t.test(
  'with the open minutes dropped, history that repeats them gives the candles of an engine that never stopped',
  async () => {
    const trades = fc.array(fc.record({ price, lots: fc.integer({ min: 1, max: 1_000_000 }) }), {
      minLength: 1,
      maxLength: 4,
    });
    const markets = fc.array(trades, { minLength: 2, maxLength: 12 });
    fc.assert(
      fc.property(begins, markets, fc.nat(), (begin, minutes, salt) => {
        const steady = start(SPECS, 3, begin);
        const stopAt = salt % minutes.length;
        let checkpoint: AssetCheckpoint | null = null;
        for (const [index, inside] of minutes.entries()) {
          const time = begin + index * MINUTE_MS;
          for (const [place, { price, lots }] of inside.entries()) {
            const trade = {
              time: time + place,
              id: String(place),
              price,
              amount: Number(`${lots}e-5`),
              side: null,
            };
            steady.engine.process({ type: 'trade', asset: 0, ...trade, receivedAt: time }, steady.sink);
            // In the middle of a minute.
            if (index === stopAt && place === 0) checkpoint = steady.engine.checkpoint(0);
          }
          steady.engine.process(
            { type: 'watermark', asset: 0, time: time + MINUTE_MS, receivedAt: time },
            steady.sink,
          );
        }
        const again = new Engine({ indicators: SPECS });
        const sink = new RecordingSink(again);
        again.restore(again.addAsset(OPTIONS), checkpoint, 'drop');
        if (again.forming(0) !== null) throw new Error('the open minute still shows');
        if (Object.values(again.stats(0)).some((count) => count !== 0))
          throw new Error('counts did not begin anew');
        const wanted = steady.sink.of(0, 0).filter(({ time }) => time >= again.openMinute(0));
        for (const { time, open, high, low, close, volume } of wanted) {
          const candle = { time, open, high, low, close, volume, closed: true, source: 'history' as const };
          again.process({ type: 'candle', asset: 0, ...candle, exchangeTime: time, receivedAt: time }, sink);
        }
        // Trades are counted only by who saw them.
        const numbers = (all: readonly Recorded[]): string =>
          exact(
            all.map(({ timeframeIndex, candle, indicators }) => {
              const { time, open, high, low, close, volume, depth } = candle;
              return [timeframeIndex, time, open, high, low, close, volume, depth, indicators];
            }),
          );
        return numbers(sink.candles) === numbers(steady.sink.candles.slice(-sink.candles.length));
      }),
      { numRuns: 100 },
    );
  },
);
