import fc from 'fast-check';
import t from 'tap';
import {
  bestConfidence,
  confidenceOf,
  FACTOR_COUNT,
  ROOM,
  VOLUME,
} from '../../../../src/engine/analysis/signals/factors.js';
import { combined, SETUPS } from '../../../../src/engine/analysis/signals/setups.js';
import type { ConfluenceFactor } from '../../../../src/engine/analysis/signals/signal.js';

const directed = fc.double({ min: -1, max: 1, noNaN: true });
const share = fc.double({ min: 0, max: 1, noNaN: true });
const scores = fc
  .tuple(
    fc.array(fc.option(directed, { nil: Number.NaN }), { minLength: FACTOR_COUNT, maxLength: FACTOR_COUNT }),
    fc.option(share, { nil: Number.NaN }),
    share,
  )
  .map(([values, volume, room]) => {
    const all = Float64Array.from(values);
    all[VOLUME] = volume;
    all[ROOM] = room;
    return all;
  });
const setups = fc
  .array(fc.oneof(fc.constant(0), share), { minLength: SETUPS.length, maxLength: SETUPS.length })
  .map((values) => Float64Array.from(values));
const side = fc.constantFrom(1 as const, -1 as const);

t.test('a confidence is the sum of what its factors contribute, within 0 and 1', async (t) => {
  fc.assert(
    fc.property(side, scores, setups, (direction, values, found) => {
      const factors: ConfluenceFactor[] = [];
      const confidence = confidenceOf(direction, values, found, 3, factors);
      if (Number.isNaN(confidence)) return;
      const sum = factors.reduce((total, { contribution }) => total + contribution, 0);
      const wanted = Math.min(1, Math.max(0, sum));
      if (Math.abs(confidence - wanted) > 1e-9) throw new Error(`${confidence}, not ${wanted}`);
      if (confidence !== confidenceOf(direction, values, found, 3)) throw new Error('listed otherwise');
      for (const { weight, score, contribution } of factors) {
        if (Math.abs(weight * score - contribution) > 2e-4) throw new Error('not weight × score');
        if (!(score >= -1 && score <= 1 && weight >= 0 && weight <= 1)) throw new Error('out of range');
      }
    }),
    { numRuns: 2_000 },
  );
  t.pass();
});

t.test('what is left at once could not have reached the threshold', async (t) => {
  fc.assert(
    fc.property(side, scores, setups, (direction, values, found) => {
      const confidence = confidenceOf(direction, values, found, 3);
      const blind = Float64Array.from(values);
      blind[VOLUME] = Number.NaN;
      blind[ROOM] = Number.NaN;
      const most = bestConfidence(direction, blind, combined(found));
      // Below 0 there is nothing to reach.
      if (confidence > Math.max(0, most)) throw new Error(`${confidence} above ${most}`);
      if (most > bestConfidence(direction, blind, 1)) throw new Error('more setups, less confidence');
    }),
    { numRuns: 2_000 },
  );
  t.pass();
});

t.test('the weights of what is known add up to 1', async (t) => {
  const none = new Float64Array(SETUPS.length);
  const all = new Float64Array(FACTOR_COUNT).fill(1);
  t.equal(confidenceOf(1, all, none, 3), 0.75, 'all but the setups, which share a quarter');
  const full = Float64Array.from(none);
  full[0] = 1;
  t.equal(confidenceOf(1, all, full, 3), 1);
  const partial = Float64Array.from(all);
  partial[5] = Number.NaN;
  partial[6] = Number.NaN;
  const factors: ConfluenceFactor[] = [];
  t.ok(Math.abs(confidenceOf(1, partial, full, 3, factors) - 1) < 0.001);
  const weights = factors.reduce((sum, { weight }) => sum + weight, 0);
  t.ok(Math.abs(weights - 1) < 0.001, 'regime and sector are left out');
});

t.test('too little known is no confidence', async (t) => {
  const little = new Float64Array(FACTOR_COUNT).fill(Number.NaN);
  little[0] = 1;
  t.ok(Number.isNaN(confidenceOf(1, little, new Float64Array(SETUPS.length), 3)));
});

t.test('what speaks for a long one speaks against a short one', async (t) => {
  const values = new Float64Array(FACTOR_COUNT).fill(0.5);
  values[VOLUME] = 0;
  values[ROOM] = 0;
  const none = new Float64Array(SETUPS.length);
  const long: ConfluenceFactor[] = [];
  const short: ConfluenceFactor[] = [];
  confidenceOf(1, values, none, 3, long);
  confidenceOf(-1, values, none, 3, short);
  t.same(
    short.map(({ contribution }) => contribution),
    long.map(({ contribution }) => -contribution + 0),
  );
});

t.test('two setups of one event count for less than twice', async (t) => {
  const two = new Float64Array(SETUPS.length);
  two[0] = 0.9;
  two[2] = 0.5;
  t.ok(Math.abs(combined(two) - 0.95) < 1e-12);
});
