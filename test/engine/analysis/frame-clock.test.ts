import fc from 'fast-check';
import t from 'tap';
import { FrameClock, type FrameMoment } from '../../../src/engine/analysis/frame-clock.js';
import {
  bucketEnd,
  bucketStart,
  HOUR_MS,
  MINUTE_MS,
  TIMEFRAMES,
  timeframeIndex,
} from '../../../src/timeframe.js';

const HOUR = timeframeIndex('1h');
const T0 = Date.UTC(2025, 0, 6);

function taken(clock: FrameClock): readonly FrameMoment[] {
  const all: FrameMoment[] = [];
  for (let next = clock.take(); next !== undefined; next = clock.take()) all.push(next);
  return all;
}

/** Closes a minute of an asset, and each longer candle that ends with it, as the engine tells it. */
function closeMinute(clock: FrameClock, asset: number, time: number): void {
  const end = time + MINUTE_MS;
  for (const [index, timeframe] of TIMEFRAMES.entries()) {
    const start = bucketStart(timeframe, time);
    if (bucketEnd(timeframe, start) === end) clock.closed(asset, index, start, end);
  }
}

t.test('a frame is ready when the last one that is waited for has closed', (t) => {
  const clock = new FrameClock();
  for (const asset of [0, 1, 2]) clock.seeded(asset, HOUR, T0);
  clock.closed(1, HOUR, T0, T0 + HOUR_MS);
  clock.closed(0, HOUR, T0, T0 + HOUR_MS);
  t.equal(clock.next, undefined);
  clock.closed(2, HOUR, T0, T0 + HOUR_MS);
  t.same(taken(clock), [{ timeframe: HOUR, candleTime: T0, time: T0 + HOUR_MS }]);
  t.end();
});

t.test('one that is not there yet is not waited for', (t) => {
  const clock = new FrameClock();
  clock.seeded(0, HOUR, T0);
  clock.seeded(1, HOUR, T0 - HOUR_MS);
  clock.closed(0, HOUR, T0, T0 + HOUR_MS);
  t.equal(taken(clock).length, 1);
  t.end();
});

t.test('who has no history yet is waited for if it is awaited, from its first candle on', (t) => {
  const clock = new FrameClock();
  for (const asset of [0, 1, 2]) clock.awaited(asset, HOUR, T0);
  clock.closed(0, HOUR, T0, T0 + HOUR_MS);
  clock.closed(2, HOUR, T0, T0 + HOUR_MS);
  clock.awaited(0, HOUR, T0);
  t.equal(clock.next, undefined, 'what has closed is not awaited again');
  clock.closed(1, HOUR, T0, T0 + HOUR_MS);
  t.equal(taken(clock).length, 1);
  t.end();
});

t.test('history that comes in while some have closed lets a frame wait for its asset too', (t) => {
  const clock = new FrameClock();
  for (const asset of [0, 1]) clock.seeded(asset, HOUR, T0);
  clock.closed(0, HOUR, T0, T0 + HOUR_MS);
  clock.seeded(2, HOUR, T0 - HOUR_MS);
  clock.seeded(2, HOUR, T0);
  clock.closed(2, HOUR, T0, T0 + HOUR_MS);
  t.equal(clock.next, undefined, 'it was not the one that the frame waits for');
  clock.seeded(1, HOUR, T0 + HOUR_MS);
  t.equal(taken(clock).length, 1, 'nor is one waited for whose candle is history');
  t.end();
});

t.test('a straggler holds a frame up until the next minute closes, and is waited for again', (t) => {
  const clock = new FrameClock();
  for (const asset of [0, 1]) for (const index of [0, HOUR]) clock.seeded(asset, index, T0);
  for (let time = T0; time < T0 + HOUR_MS; time += MINUTE_MS) {
    closeMinute(clock, 0, time);
    if (time < T0 + HOUR_MS - MINUTE_MS) closeMinute(clock, 1, time);
  }
  t.notOk(taken(clock).some(({ timeframe }) => timeframe === HOUR));
  closeMinute(clock, 0, T0 + HOUR_MS);
  // Nobody waits a second time for who is a whole minute behind.
  const minutes = (time: number): number => (time - T0 - HOUR_MS) / MINUTE_MS;
  t.same(
    taken(clock).map(({ timeframe, time }) => [timeframe, minutes(time)]),
    [...[0, 1, 2, HOUR].map((timeframe) => [timeframe, 0]), [0, 1]],
  );
  const { late } = clock;
  closeMinute(clock, 1, T0 + HOUR_MS - MINUTE_MS);
  closeMinute(clock, 1, T0 + HOUR_MS);
  t.equal(clock.late - late, 5);
  const seen: FrameMoment[] = [];
  for (let time = T0 + HOUR_MS + MINUTE_MS; time < T0 + 2 * HOUR_MS; time += MINUTE_MS) {
    closeMinute(clock, 0, time);
    t.same(taken(clock), []);
    closeMinute(clock, 1, time);
    seen.push(...taken(clock));
  }
  t.equal(seen.filter(({ timeframe }) => timeframe === HOUR).length, 1);
  t.end();
});

t.test('a removed asset is not waited for', (t) => {
  const clock = new FrameClock();
  for (const asset of [0, 1]) clock.seeded(asset, HOUR, T0);
  clock.closed(0, HOUR, T0, T0 + HOUR_MS);
  t.equal(clock.next, undefined);
  clock.remove(1);
  t.equal(taken(clock).length, 1);
  t.end();
});

t.test('whatever the order of the assets, the same frames come, each once and in order', (t) => {
  fc.assert(
    fc.property(
      fc.array(fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4, maxLength: 4 }), {
        minLength: 1,
        maxLength: 70,
      }),
      (orders) => {
        const clock = new FrameClock();
        for (const asset of [0, 1, 2, 3]) {
          for (const [index, timeframe] of TIMEFRAMES.entries()) {
            clock.seeded(asset, index, bucketStart(timeframe, T0));
          }
        }
        const seen: string[] = [];
        const expected: string[] = [];
        for (const [minute, order] of orders.entries()) {
          const time = T0 + minute * MINUTE_MS;
          for (const asset of order) closeMinute(clock, asset, time);
          for (const { timeframe, time: end } of taken(clock)) seen.push(`${timeframe} ${end}`);
          for (const [index, timeframe] of TIMEFRAMES.entries()) {
            if (bucketEnd(timeframe, bucketStart(timeframe, time)) === time + MINUTE_MS) {
              expected.push(`${index} ${time + MINUTE_MS}`);
            }
          }
        }
        t.same(seen, expected);
      },
    ),
    { numRuns: 50 },
  );
  t.end();
});
