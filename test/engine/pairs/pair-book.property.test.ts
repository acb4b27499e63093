import fc from 'fast-check';
import t from 'tap';
import { PairBook, type PairValues } from '../../../src/engine/pairs/pair-book.js';
import { bucketEnd, TIMEFRAME_COUNT, TIMEFRAMES, timeframeIndex } from '../../../src/timeframe.js';
import { type JoinedCandle, pairOf } from '../../oracles/pairs.js';

const PERIOD = 5;
const RUNS = 150;
const START = Date.UTC(2024, 0, 1);

/** Starts of the first `count` buckets of a timeframe from 2024 on. */
function bucketsOf(timeframe: number, count: number): readonly number[] {
  const starts: number[] = [START];
  while (starts.length < count) {
    starts.push(bucketEnd(TIMEFRAMES[timeframe] as (typeof TIMEFRAMES)[number], starts.at(-1) as number));
  }
  return starts;
}

const bucket = fc.record({
  asset: fc.double({ min: 90, max: 110, noNaN: true }),
  reference: fc.double({ min: 90, max: 110, noNaN: true }),
  /** Which sides have a candle in it: mostly both. */
  has: fc.constantFrom('both', 'both', 'both', 'both', 'both', 'both', 'asset', 'reference', 'none'),
});

const scenario = fc.record({
  timeframe: fc.nat(TIMEFRAME_COUNT - 1),
  buckets: fc.array(bucket, { minLength: 1, maxLength: 60, size: 'max' }),
  /** True: the asset's next candle arrives; false: the reference's. At most ten ahead of the other. */
  turns: fc.array(fc.boolean(), { minLength: 200, maxLength: 200 }),
});

function isClose(actual: number, wanted: number): boolean {
  if (Number.isNaN(wanted)) return Number.isNaN(actual);
  return Math.abs(actual - wanted) <= 1e-9 * Math.max(Math.abs(wanted), 1);
}

t.test(
  'however the candles of both sides arrive, each bucket is taken once both have closed it',
  async (t) => {
    let defined = 0;
    fc.assert(
      fc.property(scenario, ({ timeframe, buckets, turns }) => {
        const starts = bucketsOf(timeframe, buckets.length);
        const book = new PairBook(PERIOD);
        const pair = book.add(3, 1);
        const at = { asset: 0, reference: 0 };
        const tell = (side: 'asset' | 'reference'): void => {
          const number = at[side];
          const candle = buckets[number];
          if (candle === undefined) return;
          at[side] += 1;
          if (candle.has !== 'both' && candle.has !== side) return;
          book.closed(side === 'asset' ? 3 : 1, timeframe, starts[number] as number, candle[side]);
        };
        for (let turn = 0; at.asset < buckets.length || at.reference < buckets.length; turn++) {
          const ahead = at.asset - at.reference;
          const isAssets = ahead > 10 ? false : ahead < -10 ? true : (turns[turn % 200] as boolean);
          tell(isAssets ? 'asset' : 'reference');
          const joined: JoinedCandle[] = buckets
            .slice(0, Math.min(at.asset, at.reference))
            .flatMap(({ has, asset, reference }, number) =>
              has === 'both' ? [{ number, asset, reference }] : [],
            );
          const wanted = pairOf(joined, PERIOD);
          const { correlation, beta } = book.closedValues(pair, timeframe);
          if (!Number.isNaN(wanted[0])) defined += 1;
          const time = starts[joined.at(-1)?.number ?? -1] ?? Number.NaN;
          if (
            !isClose(correlation, wanted[0]) ||
            !isClose(beta, wanted[1]) ||
            !Object.is(book.closedTime(pair, timeframe), time)
          ) {
            throw new Error(`${joined.length} joined: ${correlation}, ${beta}; batch ${wanted}`);
          }
        }
      }),
      { numRuns: RUNS, endOnFailure: true },
    );
    t.ok(defined > 1_000, `${defined} values compared`);
  },
);

const MINUTE = 60_000;

/** A book with `count` joined minutes of a pair that follow each other from `START` on. */
function bookWith(count: number): { book: PairBook; pair: number } {
  const book = new PairBook(PERIOD);
  const pair = book.add(0, 1);
  for (let i = 0; i < count; i++) {
    book.closed(0, 0, START + i * MINUTE, 100 + Math.sin(i * i));
    book.closed(1, 0, START + i * MINUTE, 50 + Math.cos(i * i));
  }
  return { book, pair };
}

function isUndefined({ correlation, beta }: PairValues): boolean {
  return Number.isNaN(correlation) && Number.isNaN(beta);
}

t.test('forming values are those that the same closes then give', async (t) => {
  const { book, pair } = bookWith(30);
  const next = START + 30 * MINUTE;
  const before = book.closedValues(pair, 0);
  const forming = book.formingValues(pair, 0, next, 101.5, next, 49.7);
  t.notOk(isUndefined(forming));
  t.same(book.closedValues(pair, 0), before, 'a peek changes no closed value');
  book.closed(1, 0, next, 49.7);
  t.same(book.closedValues(pair, 0), before, 'nor does a close of one side');
  book.closed(0, 0, next, 101.5);
  t.same(book.closedValues(pair, 0), forming);
});

t.test('forming values are undefined while the two sides are not in one bucket', async (t) => {
  const { book, pair } = bookWith(30);
  const next = START + 30 * MINUTE;
  t.ok(isUndefined(book.formingValues(pair, 0, next + MINUTE, 101, next, 49)), 'the asset is ahead');
  t.ok(isUndefined(book.formingValues(pair, 0, next, 101, next + MINUTE, 49)), 'the reference is ahead');
  const later = next + MINUTE;
  t.ok(isUndefined(book.formingValues(pair, 0, later, 101, later, 49)), 'a bucket lies between');
  t.notOk(isUndefined(book.formingValues(pair, 0, next, 101, next, 49)));
});

t.test('the whole history of one side may come before that of the other', async (t) => {
  const book = new PairBook(20);
  const pair = book.add(0, 1);
  const plain = bookWith(0);
  const all: JoinedCandle[] = [];
  for (let i = 0; i < 500; i++) book.closed(0, 0, START + i * MINUTE, 100 + Math.sin(i * i));
  for (let i = 0; i < 500; i++) {
    book.closed(1, 0, START + i * MINUTE, 50 + Math.cos(i * i));
    all.push({ number: i, asset: 100 + Math.sin(i * i), reference: 50 + Math.cos(i * i) });
  }
  t.ok(isClose(book.closedValues(pair, 0).correlation, pairOf(all, 20)[0]));
  t.equal(book.closedTime(pair, 0), START + 499 * MINUTE);
  t.ok(isUndefined(plain.book.closedValues(plain.pair, 0)));
});

t.test('a month follows a month, whatever its length', async (t) => {
  const book = new PairBook(2);
  const pair = book.add(0, 1);
  const months = timeframeIndex('1M');
  for (let month = 0; month < 4; month++) {
    book.closed(0, months, Date.UTC(2024, month, 1), 100 + month ** 3);
    book.closed(1, months, Date.UTC(2024, month, 1), 100 - month ** 2);
  }
  t.notOk(isUndefined(book.closedValues(pair, months)));
});

t.test('one asset may be the reference of many; a removed pair frees its number', async (t) => {
  const book = new PairBook(PERIOD);
  t.same([book.add(1, 0), book.add(2, 0), book.add(3, 2)], [0, 1, 2]);
  book.removeAsset(2);
  t.throws(() => book.closedValues(1, 0), { message: 'there is no pair 1' });
  t.throws(() => book.closedValues(2, 0), { message: 'there is no pair 2' });
  t.ok(isUndefined(book.closedValues(0, 0)));
  t.equal(book.add(2, 1), 1);
  book.closed(2, 0, START, 5);
  t.throws(() => book.closed(2, 0, START, 5), { message: `candle ${START} does not follow ${START}` });
  book.closed(77, 0, START, 5);
  t.throws(() => book.add(4, 4), { message: 'asset 4 cannot be its own reference' });
});
