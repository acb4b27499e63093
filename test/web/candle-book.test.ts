import t from 'tap';
import { packageRoot } from '../../src/package-root.js';
import { bucketEnd, bucketStart, TIMEFRAMES } from '../../src/timeframe.js';

interface PageCandle {
  readonly time: number;
  readonly close: number;
  readonly closed: boolean;
  readonly received_time: number | null;
  readonly indicators?: Readonly<Record<string, number>> | null;
}
interface Book {
  readonly size: number;
  readonly newest: PageCandle | null;
  all(): PageCandle[];
  at(time: number): PageCandle | undefined;
  take(candle: PageCandle): boolean;
  takeIndicators(time: number, values: Readonly<Record<string, number>>): boolean;
  leavesHole(candle: PageCandle): boolean;
}
interface BookModule {
  readonly CandleBook: new (timeframe: string) => Book;
  readonly TIMEFRAMES: readonly string[];
  nextBucket(timeframe: string, time: number): number;
}

const module = (await import(new URL('web/candle-book.js', packageRoot()).href)) as BookModule;
const MINUTE = 60_000;

function candle(time: number, close: number, closed: boolean, received: number | null): PageCandle {
  return { time, close, closed, received_time: received };
}

t.test('has the timeframes of the server, and the same buckets', async (t) => {
  t.same(module.TIMEFRAMES, TIMEFRAMES);
  for (const timeframe of TIMEFRAMES) {
    for (const time of [Date.UTC(2024, 0, 31, 23, 59), Date.UTC(2024, 1, 29), Date.UTC(2023, 11, 31)]) {
      const start = bucketStart(timeframe, time);
      t.equal(module.nextBucket(timeframe, start), bucketEnd(timeframe, start), timeframe);
    }
  }
});

t.test('a closed candle is never replaced by a forming one, nor a newer state by an older', async (t) => {
  const book = new module.CandleBook('1m');
  t.equal(book.take(candle(0, 1, false, 10)), true);
  t.equal(book.take(candle(0, 2, false, 9)), false, 'received before what is known');
  t.equal(book.take(candle(0, 3, false, 11)), true);
  t.equal(book.take(candle(0, 4, true, 12)), true);
  t.equal(book.take(candle(0, 5, false, 13)), false);
  t.equal(book.take(candle(0, 6, true, 14)), true, 'a correction is taken');
  t.equal(book.at(0)?.close, 6);
  t.equal(book.size, 1);
});

t.test(
  'keeps order, the newest and the indicator values, also those that come before their candle',
  async (t) => {
    const book = new module.CandleBook('1m');
    t.equal(book.takeIndicators(MINUTE, { sma_20: 7 }), false);
    book.take(candle(MINUTE, 2, false, 2));
    book.take({ ...candle(0, 1, true, null), indicators: { sma_20: 5 } });
    t.same(
      book.all().map(({ time, indicators }) => [time, indicators?.sma_20]),
      [
        [0, 5],
        [MINUTE, 7],
      ],
    );
    t.equal(book.newest?.time, MINUTE);
    t.equal(book.takeIndicators(MINUTE, { sma_20: 8 }), true);
    book.take(candle(MINUTE, 3, false, 3));
    t.equal(book.at(MINUTE)?.indicators?.sma_20, 8);
  },
);

t.test('sees a hole before a newer candle', async (t) => {
  const book = new module.CandleBook('1m');
  t.equal(book.leavesHole(candle(0, 1, false, 1)), false);
  book.take(candle(0, 1, true, 1));
  t.equal(book.leavesHole(candle(MINUTE, 1, false, 1)), false);
  t.equal(book.leavesHole(candle(2 * MINUTE, 1, false, 1)), true);
});
