import fc from 'fast-check';
import t from 'tap';
import { Engine } from '../../src/engine/engine.js';
import type { FeedEvent } from '../../src/events.js';
import { bucketEnd, MINUTE_MS, TIMEFRAME_COUNT, TIMEFRAMES } from '../../src/timeframe.js';
import { calendarStart, type Part, rollUp } from '../oracles/roll-up.js';
import { type Recorded, RecordingSink } from './recording-sink.js';

const INDICATORS = [
  { name: 'sma', period: 3 },
  { name: 'ema', period: 3 },
  { name: 'rsi', period: 2 },
  { name: 'macd', fast: 2, slow: 3, signal: 2 },
  { name: 'bb', period: 3 },
];
const RUNS = 100;

/** Two minutes before a month, a week and a day begin, or in the middle of nothing. */
const start = fc.constantFrom(
  Date.UTC(2024, 6, 1) - 2 * MINUTE_MS,
  Date.UTC(2024, 1, 29, 23, 58),
  Date.UTC(2024, 7, 7, 3, 1),
);

/** Trades within a few minutes, a millisecond apart at least, amounts of up to 8 decimals as text. */
const trades = fc
  .array(
    fc.record({
      wait: fc.oneof(
        fc.integer({ min: 1, max: 20_000 }),
        fc.integer({ min: 1, max: 200_000 }),
        fc.constant(60_000),
      ),
      price: fc.integer({ min: 1, max: 10_000_000 }).map((ticks) => Number(`${ticks}e-2`)),
      amount: fc.integer({ min: 1, max: 2_000_000_000 }),
    }),
    { minLength: 1, maxLength: 60 },
  )
  .map((steps) => {
    let at = 0;
    return steps.map(({ wait, price, amount }) => {
      at += wait;
      return { at: at - 1, price, amount: `${amount}e-8` };
    });
  });

type Step = { readonly at: number; readonly price: number; readonly amount: string };

function part(begin: number, { at, price, amount }: Step): Part {
  return { time: begin + at, open: price, high: price, low: price, close: price, volume: amount };
}

function event(asset: number, begin: number, index: number, { at, price, amount }: Step): FeedEvent {
  return {
    type: 'trade',
    asset,
    id: String(1_000 + index),
    time: begin + at,
    price,
    amount: Number(amount),
    side: null,
    receivedAt: begin + at,
  };
}

/** The trades, with a watermark at each minute's end; the flat minutes between are closed too. */
function feed(asset: number, begin: number, steps: readonly Step[]): readonly FeedEvent[] {
  const events: FeedEvent[] = [];
  let minute = begin;
  for (const [index, step] of steps.entries()) {
    if (begin + step.at >= minute + MINUTE_MS) {
      minute = begin + step.at - ((begin + step.at) % MINUTE_MS);
      events.push({ type: 'watermark', asset, time: minute, receivedAt: minute });
    }
    events.push(event(asset, begin, index, step));
  }
  events.push({ type: 'watermark', asset, time: minute + MINUTE_MS, receivedAt: minute + MINUTE_MS });
  return events;
}

function makeEngine(assets: number, begin: number): { engine: Engine; sink: RecordingSink } {
  const engine = new Engine({ indicators: INDICATORS });
  const sink = new RecordingSink(engine);
  for (let i = 0; i < assets; i++)
    engine.goLive(engine.addAsset({ amountDecimals: 8, simulated: false }), begin);
  return { engine, sink };
}

function bits(candles: readonly Recorded[]): string {
  return JSON.stringify(candles, (_, value) =>
    typeof value === 'number' && !Number.isFinite(value) ? String(value) : value,
  );
}

t.test('after every trade all eight forming candles are the roll-up of all trades so far', async (t) => {
  fc.assert(
    fc.property(start, trades, (begin, steps) => {
      const { engine, sink } = makeEngine(1, begin);
      const parts: Part[] = [];
      for (const next of feed(0, begin, steps)) {
        engine.process(next, sink);
        if (next.type !== 'trade') continue;
        parts.push(part(begin, steps[parts.length] as Step));
        for (const [index, timeframe] of TIMEFRAMES.entries()) {
          const candle = engine.forming(index);
          const expected = rollUp(parts, timeframe).at(-1);
          // A longer candle may open with a flat minute, at the price of the trade before it.
          const quiet = parts.at(-1 - (expected?.parts ?? 0));
          const firstPart = parts[parts.length - (expected?.parts ?? 0)] as Part;
          const opensQuiet = quiet !== undefined && calendarStart('1m', firstPart.time) !== expected?.time;
          const open = opensQuiet ? quiet.close : expected?.open;
          const wanted = [
            expected?.time,
            open,
            Math.max(expected?.high as number, open as number),
            Math.min(expected?.low as number, open as number),
            expected?.close,
            expected?.volume,
            expected?.parts,
          ];
          const actual = [
            candle?.time,
            candle?.open,
            candle?.high,
            candle?.low,
            candle?.close,
            candle?.volume,
            candle?.tradeCount,
          ];
          if (actual.some((value, i) => value !== wanted[i])) {
            throw new Error(`${timeframe} after ${parts.length} trades: ${actual}, not ${wanted}`);
          }
        }
      }
      for (const entry of sink.candles) {
        const { time } = entry.candle;
        const timeframe = TIMEFRAMES[entry.timeframeIndex] as (typeof TIMEFRAMES)[number];
        const expected = rollUp(parts, timeframe).find((candle) => candle.time === time);
        if (entry.candle.volume !== (expected?.volume ?? 0))
          throw new Error(`${timeframe} at ${time} has another volume`);
        if (calendarStart(timeframe, time) !== time || bucketEnd(timeframe, time) > engine.openMinute(0)) {
          throw new Error(`${timeframe} at ${time} is off the calendar or closed too early`);
        }
      }
    }),
    { numRuns: RUNS },
  );
  t.pass(`${RUNS} random markets`);
});

t.test('what forms gives the same indicators as when it has closed', async (t) => {
  fc.assert(
    fc.property(start, trades, (begin, steps) => {
      const { engine, sink } = makeEngine(1, begin);
      for (const next of feed(0, begin, steps)) {
        const before =
          next.type === 'watermark'
            ? engine.indicatorColumns.map((_, column) => engine.formingValue(0, column))
            : [];
        const hadCandle = engine.forming(0) !== null;
        const known = sink.candles.length;
        engine.process(next, sink);
        if (next.type !== 'watermark' || !hadCandle) continue;
        const closed = sink.candles[known]?.indicators;
        for (const [column, value] of before.entries()) {
          if (!Object.is(value, closed?.[column]))
            throw new Error(`column ${column}: ${value}, then ${closed?.[column]}`);
        }
      }
    }),
    { numRuns: RUNS },
  );
  t.pass(`${RUNS} random markets`);
});

t.test(
  'the order of trades within open minutes, and how late the watermark comes, change no candle',
  async (t) => {
    fc.assert(
      fc.property(start, trades, fc.integer(), (begin, steps, salt) => {
        const straight = makeEngine(1, begin);
        for (const next of feed(0, begin, steps)) straight.engine.process(next, straight.sink);
        const shuffled = makeEngine(1, begin);
        const events = steps.map((step, index) => event(0, begin, index, step));
        const key = (index: number) => Math.imul(index + 1, salt | 1) >>> 8;
        const order = events.map((_, index) => index).sort((a, b) => key(a) - key(b));
        for (const index of order) shuffled.engine.process(events[index] as FeedEvent, shuffled.sink);
        const end = straight.engine.openMinute(0);
        shuffled.engine.process({ type: 'watermark', asset: 0, time: end, receivedAt: end }, shuffled.sink);
        // Sums of price · amount depend on the order in their last digit; the times are those of the watermark.
        const strip = (sink: RecordingSink) =>
          bits(
            sink.candles.map((entry) => ({
              ...entry,
              candle: { ...entry.candle, vwap: null, exchangeTime: null, receivedAt: null },
            })),
          );
        if (strip(straight.sink) !== strip(shuffled.sink)) throw new Error('the candles differ');
      }),
      { numRuns: RUNS },
    );
    t.pass(`${RUNS} random orders`);
  },
);

t.test('assets fed together, in any interleaving, give bit for bit what each gives alone', async (t) => {
  fc.assert(
    fc.property(start, trades, trades, fc.infiniteStream(fc.boolean()), (begin, first, second, coin) => {
      const together = makeEngine(2, begin);
      const queues: [FeedEvent[], FeedEvent[]] = [[...feed(0, begin, first)], [...feed(1, begin, second)]];
      for (const heads of coin) {
        const queue = queues[heads ? 0 : 1];
        const next = queue.shift() ?? queues[heads ? 1 : 0].shift();
        if (next === undefined) break;
        together.engine.process(next, together.sink);
      }
      for (const [asset, steps] of [first, second].entries()) {
        const alone = makeEngine(1, begin);
        for (const next of feed(0, begin, steps)) alone.engine.process(next, alone.sink);
        const mine = together.sink.candles.filter((entry) => entry.asset === asset);
        if (bits(mine.map((entry) => ({ ...entry, asset: 0 }))) !== bits(alone.sink.candles)) {
          throw new Error(`asset ${asset} differs from the same asset alone`);
        }
        for (let timeframe = 0; timeframe < TIMEFRAME_COUNT; timeframe++) {
          const one = JSON.stringify(together.engine.forming(asset * TIMEFRAME_COUNT + timeframe));
          if (one !== JSON.stringify(alone.engine.forming(timeframe)))
            throw new Error(`forming ${timeframe} differs`);
        }
      }
    }),
    { numRuns: RUNS },
  );
  t.pass(`${RUNS} random interleavings`);
});
