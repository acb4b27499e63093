import fc from 'fast-check';
import t from 'tap';
import { closeBefore, endedBy, newestKnown } from '../../../../src/engine/analysis/metrics/candle-lookup.js';
import {
  bucketEnd,
  bucketStart,
  bucketsBefore,
  TIMEFRAMES,
  timeframeIndex,
} from '../../../../src/timeframe.js';
import { MadeMarket } from './made-frames.js';

const START = Date.UTC(2024, 1, 20, 13, 37);
const DAY = 86_400_000;

function flat(time: number, close: number) {
  return { time, open: close, high: close, low: close, close, volume: 1 };
}

t.test('finds the newest candle that ended by a moment as plain search does, across holes', async () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...TIMEFRAMES),
      fc.array(fc.boolean(), { minLength: 1, maxLength: 80 }),
      fc.integer({ min: -3, max: 90 }),
      fc.integer({ min: -1, max: 1 }),
      (timeframe, present, steps, off) => {
        const market = new MadeMarket(['BTC/USDT']);
        const times = present.flatMap((isThere, i) => {
          const time = bucketsBefore(timeframe, bucketStart(timeframe, START), present.length - i);
          return isThere ? [time] : [];
        });
        for (const time of times) market.push(0, timeframe, flat(time, 1));
        const moment = bucketsBefore(timeframe, bucketStart(timeframe, START), steps) + off;
        const expected = times.toReversed().findIndex((time) => bucketEnd(timeframe, time) <= moment);
        return endedBy(market.book, 0, timeframeIndex(timeframe), moment) === expected;
      },
    ),
    { numRuns: 300 },
  );
});

t.test(
  'of longer timeframes a frame knows what ended before it, of shorter ones what ended with it too',
  async (t) => {
    const market = new MadeMarket(['BTC/USDT']);
    const midnight = Date.UTC(2024, 1, 21);
    for (const timeframe of ['1m', '1h', '1d'] as const) {
      for (const back of [2, 1])
        market.push(0, timeframe, flat(bucketsBefore(timeframe, midnight, back), back));
    }
    const frame = market.frame('1h', midnight - 3_600_000);
    t.equal(newestKnown(frame, 0, timeframeIndex('1d')), 1, 'not the day that ends with the hour');
    t.equal(newestKnown(frame, 0, timeframeIndex('1m')), 0);
    t.equal(newestKnown(frame, 0, timeframeIndex('5m')), -1);
    const later = market.frame('1m', midnight);
    t.equal(newestKnown(later, 0, timeframeIndex('1d')), 0, 'a minute later the day is known');
  },
);

t.test('a past close is the one that stood then, of the finest candles that reach back', async (t) => {
  const market = new MadeMarket(['BTC/USDT']);
  const now = Date.UTC(2024, 1, 21, 10, 37);
  for (let back = 40; back >= 1; back--) {
    market.push(0, '1h', flat(bucketsBefore('1h', bucketStart('1h', now), back), 1_000 + back));
  }
  for (let back = 9; back >= 1; back--) {
    market.push(0, '1d', flat(bucketsBefore('1d', bucketStart('1d', now), back), 2_000 + back));
  }
  const frame = { ...market.frame('1m', now - 60_000), time: now };
  t.equal(closeBefore(frame, 0, DAY), 1_025, 'the hour that ended at 10:00');
  t.ok(
    Number.isNaN(closeBefore(frame, 0, 7 * DAY)),
    'hours do not reach back, and the day ended 10 h before',
  );
  const midnight = { ...frame, time: Date.UTC(2024, 1, 21, 6) };
  t.equal(closeBefore(midnight, 0, 7 * DAY), 2_008, 'the day that ended 6 h before');
  t.ok(Number.isNaN(closeBefore(frame, 0, 30 * DAY)));
});

t.test('across an outage of more than a 24th of the span nothing is said', async (t) => {
  const market = new MadeMarket(['BTC/USDT']);
  const now = Date.UTC(2024, 1, 21, 10);
  for (let back = 40; back >= 1; back--) {
    if (back === 25 || back === 26) continue;
    market.push(0, '1h', flat(bucketsBefore('1h', now, back), back));
  }
  t.ok(Number.isNaN(closeBefore({ ...market.frame('1h', now), time: now }, 0, DAY)));
});
