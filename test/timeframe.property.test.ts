import fc from 'fast-check';
import t from 'tap';
import { bucketEnd, bucketStart, bucketsBefore, TIMEFRAMES } from '../src/timeframe.js';

const timeframes = fc.constantFrom(...TIMEFRAMES);
const times = fc.integer({ min: 0, max: Date.UTC(2100, 0, 1) });

t.test('every moment lies in exactly one bucket, which begins on a whole minute', async () => {
  fc.assert(
    fc.property(timeframes, times, (timeframe, time) => {
      const start = bucketStart(timeframe, time);
      const end = bucketEnd(timeframe, start);
      return (
        start <= time &&
        time < end &&
        start % 60_000 === 0 &&
        bucketStart(timeframe, start) === start &&
        bucketStart(timeframe, end - 1) === start &&
        bucketStart(timeframe, end) === end
      );
    }),
  );
});

t.test('weeks begin on Monday and months on the first, at midnight UTC', async () => {
  fc.assert(
    fc.property(times, (time) => {
      const week = new Date(bucketStart('1w', time));
      const month = new Date(bucketStart('1M', time));
      const isMidnight = (date: Date): boolean => date.getTime() % 86_400_000 === 0;
      return week.getUTCDay() === 1 && month.getUTCDate() === 1 && isMidnight(week) && isMidnight(month);
    }),
  );
});

t.test('counting back some buckets and forth as many comes to the same bucket', async () => {
  fc.assert(
    fc.property(timeframes, times, fc.integer({ min: 0, max: 200 }), (timeframe, time, count) => {
      const start = bucketStart(timeframe, time);
      let at = bucketsBefore(timeframe, start, count);
      for (let i = 0; i < count; i++) at = bucketEnd(timeframe, at);
      return at === start;
    }),
  );
});
