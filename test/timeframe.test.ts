import t from 'tap';
import {
  bucketEnd,
  bucketStart,
  bucketsBefore,
  FIXED_TIMEFRAME_MS,
  isTimeframe,
  ROLLS_UP_FROM,
  TIMEFRAME_COUNT,
  TIMEFRAMES,
  type Timeframe,
  timeframeIndex,
} from '../src/timeframe.js';

/** A moment, the bucket that holds it and the next, as a calendar has them. */
const CASES: readonly (readonly [Timeframe, at: string, start: string, end: string])[] = [
  ['1m', '2024-02-29T23:59:59.999Z', '2024-02-29T23:59:00Z', '2024-03-01T00:00:00Z'],
  ['1m', '2024-03-01T00:00:00.000Z', '2024-03-01T00:00:00Z', '2024-03-01T00:01:00Z'],
  ['5m', '2024-02-29T23:59:59.999Z', '2024-02-29T23:55:00Z', '2024-03-01T00:00:00Z'],
  ['15m', '2024-02-29T23:59:59.999Z', '2024-02-29T23:45:00Z', '2024-03-01T00:00:00Z'],
  ['1h', '2024-02-29T23:59:59.999Z', '2024-02-29T23:00:00Z', '2024-03-01T00:00:00Z'],
  ['4h', '2024-02-29T23:59:59.999Z', '2024-02-29T20:00:00Z', '2024-03-01T00:00:00Z'],
  ['1d', '2024-02-29T23:59:59.999Z', '2024-02-29T00:00:00Z', '2024-03-01T00:00:00Z'],
  // 2024-02-26 was a Monday.
  ['1w', '2024-03-03T23:59:59.999Z', '2024-02-26T00:00:00Z', '2024-03-04T00:00:00Z'],
  ['1w', '2024-03-04T00:00:00.000Z', '2024-03-04T00:00:00Z', '2024-03-11T00:00:00Z'],
  ['1w', '2024-01-01T00:00:00.000Z', '2024-01-01T00:00:00Z', '2024-01-08T00:00:00Z'],
  ['1w', '2027-01-01T12:00:00.000Z', '2026-12-28T00:00:00Z', '2027-01-04T00:00:00Z'],
  ['1M', '2024-02-29T23:59:59.999Z', '2024-02-01T00:00:00Z', '2024-03-01T00:00:00Z'],
  ['1M', '2023-02-28T23:59:59.999Z', '2023-02-01T00:00:00Z', '2023-03-01T00:00:00Z'],
  ['1M', '2000-02-29T00:00:00.000Z', '2000-02-01T00:00:00Z', '2000-03-01T00:00:00Z'],
  ['1M', '2100-02-28T12:00:00.000Z', '2100-02-01T00:00:00Z', '2100-03-01T00:00:00Z'],
  ['1M', '2024-12-31T23:59:59.999Z', '2024-12-01T00:00:00Z', '2025-01-01T00:00:00Z'],
  ['1M', '2025-01-01T00:00:00.000Z', '2025-01-01T00:00:00Z', '2025-02-01T00:00:00Z'],
];

for (const [timeframe, at, start, end] of CASES) {
  t.test(`${at} lies in the ${timeframe} bucket that begins at ${start}`, async (t) => {
    const found = bucketStart(timeframe, Date.parse(at));
    t.equal(found, Date.parse(start));
    t.equal(bucketEnd(timeframe, found), Date.parse(end));
  });
}

t.test('months are counted back over the turn of the year and by their own lengths', async (t) => {
  const march = Date.UTC(2024, 2, 1);
  t.equal(bucketsBefore('1M', march, 0), march);
  t.equal(bucketsBefore('1M', march, 1), Date.UTC(2024, 1, 1));
  t.equal(bucketsBefore('1M', march, 3), Date.UTC(2023, 11, 1));
  t.equal(bucketsBefore('1M', march, 27), Date.UTC(2021, 11, 1));
  t.equal(bucketsBefore('1w', Date.UTC(2024, 2, 4), 2), Date.UTC(2024, 1, 19));
  t.equal(bucketsBefore('1d', march, 1), Date.UTC(2024, 1, 29));
});

t.test('a timeframe is told by its exact letters', async (t) => {
  for (const timeframe of TIMEFRAMES) t.ok(isTimeframe(timeframe), timeframe);
  for (const text of ['', '1', '1D', '1H', '2m', ' 1m', '1m ', 'm', '60', 'toString', '1mo']) {
    t.notOk(isTimeframe(text), `"${text}"`);
  }
});

t.test('each timeframe rolls up from a shorter one whose buckets nest in its own', async (t) => {
  t.equal(TIMEFRAME_COUNT, 8);
  t.equal(ROLLS_UP_FROM.length, TIMEFRAME_COUNT);
  TIMEFRAMES.forEach((timeframe, index) => {
    t.equal(timeframeIndex(timeframe), index);
    const from = TIMEFRAMES[ROLLS_UP_FROM[index] ?? -1];
    if (timeframe === '1m') {
      t.equal(from, undefined, '1m is built from trades');
      return;
    }
    if (from === undefined || from === '1M') throw new Error(`${timeframe} rolls up from nothing`);
    // All buckets of one leap year: each boundary of the longer is one of the shorter.
    const end = Date.UTC(2025, 0, 1);
    for (let time = bucketStart(timeframe, Date.UTC(2024, 0, 1)); time < end; ) {
      if (bucketStart(from, time) !== time) t.fail(`${timeframe} ${new Date(time).toISOString()}`);
      time = bucketEnd(timeframe, time);
    }
    if (timeframe !== '1M')
      t.equal(FIXED_TIMEFRAME_MS[timeframe] % FIXED_TIMEFRAME_MS[from], 0, `${timeframe} of ${from}`);
  });
});
