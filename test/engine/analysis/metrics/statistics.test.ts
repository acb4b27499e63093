import fc from 'fast-check';
import t from 'tap';
import { pearson, percentileRank, robustScore } from '../../../../src/engine/analysis/metrics/statistics.js';

t.test('a correlation is that of the textbook', async (t) => {
  // Heights and weights of five: sums of squares 58.8 and 140, of products 79.
  const heights = [160, 162, 165, 168, 169];
  const weights = [55, 61, 58, 69, 67];
  const expected = 79 / Math.sqrt(58.8 * 140);
  t.ok(Math.abs(pearson(heights, weights) - expected) < 1e-12);
  t.ok(Math.abs(pearson([1, 2, 3], [10, 20, 30]) - 1) < 1e-12);
  t.ok(Math.abs(pearson([1, 2, 3], [3, 2, 1]) + 1) < 1e-12);
});

t.test('there is no correlation of one pair, or with what does not vary', async (t) => {
  t.ok(Number.isNaN(pearson([1], [2])));
  t.ok(Number.isNaN(pearson([1, 2, 3], [5, 5, 5])));
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
      const found = pearson(a, b);
      if (Number.isNaN(found)) return true;
      return found >= -1 && found <= 1 && Math.abs(pearson(b, a) - found) < 1e-12;
    }),
  );
});

t.test('a rank is the share below, what is equal counting half', async (t) => {
  const sample = Float64Array.of(4, 1, 3, 2, 2);
  t.equal(percentileRank(sample, 0), 0);
  t.equal(percentileRank(sample, 2), 0.4);
  t.equal(percentileRank(sample, 2.5), 0.6);
  t.equal(percentileRank(sample, 9), 1);
  t.ok(Number.isNaN(percentileRank(new Float64Array(0), 1)));
});

t.test('one wild value neither hides itself nor others', async (t) => {
  const sample = Float64Array.of(2.1, 2.6, 2.4, 2.5, 2.3, 2.1, 2.3, 2.6, 8.2, 8.3);
  // The textbook's example: median 2.45, median distance 0.15 … 0.25 apart.
  const sorted = [2.1, 2.1, 2.3, 2.3, 2.4, 2.5, 2.6, 2.6, 8.2, 8.3];
  const distances = sorted.map((value) => Math.abs(value - 2.45)).toSorted((a, b) => a - b);
  const mad = ((distances[4] ?? 0) + (distances[5] ?? 0)) / 2;
  for (const value of [8.2, 2.1, 2.45]) {
    t.ok(Math.abs(robustScore(sample, value) - (0.6745 * (value - 2.45)) / mad) < 1e-9, `${value}`);
  }
  t.ok(robustScore(sample, 8.2) > 3.5);
});

t.test(
  'where most values are one, their mean distance is the measure; where all are, any other is beyond',
  async (t) => {
    const mostly = Float64Array.of(0, 0, 0, 0, 0, 0, 1, -1);
    t.ok(Math.abs(robustScore(mostly, 2) - 2 / (1.253314 * 0.25)) < 1e-12);
    t.equal(robustScore(mostly, 0), 0);
    t.equal(robustScore(Float64Array.of(7, 7, 7), 7), 0);
    t.equal(robustScore(Float64Array.of(7, 7, 7), 6), Number.NEGATIVE_INFINITY);
  },
);
