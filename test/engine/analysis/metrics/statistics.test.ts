import t from 'tap';
import { robustScore } from '../../../../src/engine/analysis/metrics/statistics.js';

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
