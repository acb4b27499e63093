import fc from 'fast-check';
import t from 'tap';
import {
  clamp,
  comoment,
  correlation,
  deviation,
  deviationKnown,
  fourDecimals,
  mean,
  meanKnown,
  median,
  percentileRank,
  rounded,
  unit,
} from '../../../src/engine/analysis/statistics.js';

t.test('a correlation is that of the textbook', async (t) => {
  // Heights and weights of five: sums of squares 58.8 and 140, of products 79.
  const heights = [160, 162, 165, 168, 169];
  const weights = [55, 61, 58, 69, 67];
  const expected = 79 / Math.sqrt(58.8 * 140);
  t.ok(Math.abs(correlation(heights, weights) - expected) < 1e-12);
  t.ok(Math.abs(correlation([1, 2, 3], [10, 20, 30]) - 1) < 1e-12);
  t.ok(Math.abs(correlation([1, 2, 3], [3, 2, 1]) + 1) < 1e-12);
});

t.test('there is no correlation of one pair, or with what does not vary', async (t) => {
  t.ok(Number.isNaN(correlation([1], [2])));
  t.ok(Number.isNaN(correlation([1, 2, 3], [5, 5, 5])));
});

t.test('a correlation never leaves −1 … 1, and does not care for units', async () => {
  const sample = fc.array(
    fc.tuple(fc.double({ min: -1, max: 1, noNaN: true }), fc.double({ min: -1e-9, max: 1e9, noNaN: true })),
    {
      minLength: 2,
      maxLength: 40,
    },
  );
  fc.assert(
    fc.property(sample, (pairs) => {
      const a = pairs.map(([first]) => first);
      const b = pairs.map(([, second]) => second);
      const found = correlation(a, b);
      if (Number.isNaN(found)) return true;
      return found >= -1 && found <= 1 && Math.abs(correlation(b, a) - found) < 1e-12;
    }),
  );
});

t.test('a rank is the share below, what is equal counting half', async (t) => {
  const sample = Float64Array.of(4, 1, 3, 2, 2);
  t.equal(percentileRank(0, sample), 0);
  t.equal(percentileRank(2, sample), 0.4);
  t.equal(percentileRank(2.5, sample), 0.6);
  t.equal(percentileRank(9, sample), 1);
  t.ok(Number.isNaN(percentileRank(1, [])));
});

t.test('what is not known is passed over, or makes the whole unknown', async (t) => {
  const hole = Number.NaN;
  t.ok(correlation([1, 2, hole, 3], [2, 4, 9, 6], 3) > 1 - 1e-12);
  t.ok(Number.isNaN(correlation([1, 2, hole], [2, 4, 9], 3)), 'too few');
  t.equal(deviationKnown([1, hole, 3], 2), Math.SQRT2);
  t.ok(Number.isNaN(deviationKnown([1, hole, 3], 3)));
  t.ok(Number.isNaN(deviationKnown([1], 1)), 'one value has none');
  t.ok(Number.isNaN(deviation([1, hole, 3])));
  t.equal(meanKnown([1, hole, Number.POSITIVE_INFINITY, 4]), 2.5);
  t.ok(Number.isNaN(meanKnown([hole])));
  t.ok(Number.isNaN(mean([1, hole])));
  t.ok(Number.isNaN(mean([])));
  t.equal(percentileRank(2, [1, hole, 2, 9]), 0.5);
  t.equal(percentileRank(2, [9, 1, 2, 9], 1, 3), 0.75, 'of a part');
});

t.test('a correlation is the same the other way round', async () => {
  const sample = fc.array(fc.double({ min: -1e9, max: 1e9, noNaN: true }), { minLength: 5, maxLength: 5 });
  fc.assert(fc.property(sample, sample, (a, b) => Object.is(correlation(a, b), correlation(b, a))));
});

t.test('the deviation is that of a sample', async (t) => {
  const sample = [2, 4, 4, 4, 5, 5, 7, 9];
  t.ok(Math.abs(deviation(sample) - Math.sqrt(32 / 7)) < 1e-12);
  t.equal(deviationKnown(sample, 2), deviation(sample));
  t.ok(Number.isNaN(deviation([1])));
  t.equal(comoment([1, 2, 3], [2, 4, 6]), 4);
});

t.test('a median is the middle one, or the mean of the two', async (t) => {
  t.equal(median([5, 1, 3]), 3);
  t.equal(median([10, 9, 1, 2]), 5.5, 'in the order of numbers');
  t.ok(Number.isNaN(median([])));
});

t.test('values are held within bounds, and rounded for people', async (t) => {
  t.equal(clamp(5, -1, 1), 1);
  t.equal(clamp(-5, -1, 1), -1);
  t.equal(unit(0.3), 0.3);
  t.equal(unit(-0.3), 0);
  t.ok(Number.isNaN(unit(Number.NaN)));
  t.equal(rounded(1234.56789), 1234.57);
  t.equal(rounded(0.000012345678), 0.0000123457);
  t.equal(fourDecimals(0.12345), 0.1235);
  t.ok(Object.is(fourDecimals(-0.00001), 0), 'never −0');
});
