import fc from 'fast-check';
import t from 'tap';
import { PairSeries } from '../../../src/engine/pairs/pair-series.js';
import { type JoinedCandle, pairOf } from '../../oracles/pairs.js';

const RUNS = 200;
const TOLERANCE = 1e-9;

const move = fc.oneof(
  { weight: 2, arbitrary: fc.constant(0) },
  { weight: 2, arbitrary: fc.double({ min: -1e-9, max: 1e-9, noNaN: true }) },
  { weight: 4, arbitrary: fc.double({ min: -0.03, max: 0.03, noNaN: true }) },
  { weight: 1, arbitrary: fc.double({ min: -2, max: 2, noNaN: true }) },
);

/** Closes of two series: quiet, flat, wild, one driving the other at times; now and then a hole. */
const walk: fc.Arbitrary<readonly JoinedCandle[]> = fc
  .record({
    start: fc.constantFrom(1e-8, 1, 61_837.63, 1e9),
    steps: fc.array(
      fc.record({
        a: move,
        b: move,
        pull: fc.constantFrom(0, 0, 1, -2),
        skip: fc.integer({ min: 0, max: 2 ** 30 }),
        repeat: fc.nat(6),
      }),
      { minLength: 1, maxLength: 60, size: 'max' },
    ),
  })
  .map(({ start, steps }) => {
    const candles: JoinedCandle[] = [];
    let number = 0;
    let asset: number = start;
    let reference = 100;
    for (const { a, b, pull, skip, repeat } of steps) {
      number += skip % 20 === 7 ? 1 : 0;
      for (let i = 0; i <= repeat; i++) {
        number += 1;
        const driven = b + pull * a;
        asset *= Math.exp(a);
        reference = Math.min(Math.max(reference * Math.exp(driven), 1e-90), 1e90);
        asset = Math.min(Math.max(asset, 1e-90), 1e90);
        candles.push({ number, asset, reference });
      }
    }
    return candles;
  });

function differs(actual: number, wanted: number, floor: number): boolean {
  if (Number.isNaN(wanted) || Number.isNaN(actual)) return Number.isNaN(wanted) !== Number.isNaN(actual);
  return Math.abs(actual - wanted) > TOLERANCE * Math.max(Math.abs(wanted), floor);
}

for (const period of [2, 5, 20]) {
  t.test(`${period}: peek and then commit give the same bits, and equal the batch`, async (t) => {
    let defined = 0;
    fc.assert(
      fc.property(walk, (candles) => {
        const series = new PairSeries(period);
        for (const [index, { number, asset, reference }] of candles.entries()) {
          if (index > 0 && candles[index - 1]?.number !== number - 1) series.interrupt();
          series.peek(asset, reference);
          const peeked = [series.formingCorrelation, series.formingBeta];
          series.commit(asset, reference);
          if (
            !Object.is(peeked[0], series.closedCorrelation) ||
            !Object.is(peeked[1], series.closedBeta) ||
            Math.abs(series.closedCorrelation) > 1
          ) {
            throw new Error(
              `candle ${index}: ${peeked}, then ${series.closedCorrelation}, ${series.closedBeta}`,
            );
          }
          const [correlation, beta] = pairOf(candles.slice(0, index + 1), period);
          if (!Number.isNaN(correlation)) defined += 1;
          // What a beta of a perfect correlation would be: where there is next to none, only its digits are sure.
          const scale = correlation === 0 ? 0 : Math.abs(beta / correlation);
          if (
            differs(series.closedCorrelation, correlation, 1) ||
            differs(series.closedBeta, beta, Math.max(scale, 1e-3))
          ) {
            throw new Error(
              `candle ${index}: ${series.closedCorrelation}, ${series.closedBeta}; batch ${correlation}, ${beta}`,
            );
          }
        }
      }),
      { numRuns: RUNS },
    );
    t.ok(defined > 400, `${defined} values compared`);
  });
}

t.test('peeking other closes in between leaves no trace', async (t) => {
  fc.assert(
    fc.property(walk, walk, (candles, others) => {
      const quiet = new PairSeries(5);
      const peeked = new PairSeries(5);
      for (const [index, { asset, reference }] of candles.entries()) {
        const other = others[(index * 7) % others.length] as JoinedCandle;
        peeked.peek(other.asset, other.reference);
        quiet.commit(asset, reference);
        peeked.commit(asset, reference);
        if (
          !Object.is(quiet.closedCorrelation, peeked.closedCorrelation) ||
          !Object.is(quiet.closedBeta, peeked.closedBeta)
        ) {
          throw new Error(`candle ${index} differs after peeks`);
        }
      }
    }),
    { numRuns: RUNS },
  );
  t.pass(`${RUNS} random pairs`);
});

t.test('an asset that moves twice as much as its reference has correlation 1 and beta 2', async (t) => {
  const series = new PairSeries(20);
  const moves = Array.from({ length: 21 }, (_, i) => Math.sin(i * i));
  let log = 0;
  for (const [index, move] of moves.entries()) {
    log += move * 0.01;
    t.equal(Number.isNaN(series.closedBeta), index <= 20, `${index} candles`);
    series.commit(Math.exp(2 * log), Math.exp(log));
  }
  t.ok(Math.abs(series.closedCorrelation - 1) < 1e-12);
  t.ok(Math.abs(series.closedBeta - 2) < 1e-12);
});

t.test('a side that does not vary leaves both values undefined, and they come back', async (t) => {
  const series = new PairSeries(3);
  for (const [a, r] of [
    [1, 7],
    [2, 7],
    [3, 7],
    [5, 7],
  ] as const) {
    series.commit(a, r);
  }
  t.ok(Number.isNaN(series.closedCorrelation) && Number.isNaN(series.closedBeta), 'a flat reference');
  series.commit(8, 8);
  t.ok(Number.isFinite(series.closedCorrelation) && Number.isFinite(series.closedBeta));
  const steady = new PairSeries(3);
  for (const a of [1, 2, 4, 8, 16]) steady.commit(a, a * a + 1);
  t.ok(Number.isNaN(steady.closedCorrelation), 'an asset that doubles each time');
});

t.test('prices at both ends of the range and back give finite values', async (t) => {
  const series = new PairSeries(5);
  const prices = [1e-100, 1e100, 1, 1e-100, 1e100, 1e-100, 3, 1e100];
  let defined = 0;
  for (let i = 0; i < 400; i++) {
    series.commit(prices[i % 8] as number, prices[(i * 3) % 8] as number);
    if (i >= 5 && Number.isFinite(series.closedCorrelation) && Number.isFinite(series.closedBeta))
      defined += 1;
  }
  t.equal(defined, 395);
});

t.test('a period that is no whole number from 2 to 1,000 is refused', async (t) => {
  for (const period of [1, 2.5, 1_001, Number.NaN]) {
    t.throws(() => new PairSeries(period), {
      message: `period is ${period}; allowed: a whole number from 2 to 1000`,
    });
  }
});
