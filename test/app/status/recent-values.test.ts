import fc from 'fast-check';
import t from 'tap';
import { Grown, Rate } from '../../../src/app/status/rate.js';
import { RecentValues } from '../../../src/app/status/recent-values.js';

t.test('percentiles are those of the values, within 5 %', async () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0.001, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 200 }),
      fc.constantFrom(0.5, 0.9, 0.99),
      (values, place) => {
        const recent = new RecentValues();
        for (const value of values) recent.add(value);
        const sorted = values.toSorted((a, b) => a - b);
        const exact = sorted[Math.max(0, Math.ceil(place * values.length) - 1)] ?? 0;
        const [found] = recent.percentiles([place]);
        return found !== null && found >= exact * 0.99 && found <= exact * 1.06;
      },
    ),
  );
});

t.test('what is older than two windows is forgotten', async (t) => {
  const recent = new RecentValues(1_000);
  t.same(recent.percentiles([0.5]), [null], 'nothing is known of no values');
  recent.turn(0);
  recent.add(100);
  recent.turn(999);
  recent.turn(1_000);
  recent.add(1);
  t.ok((recent.percentiles([1])[0] ?? 0) >= 100, 'the window before counts');
  recent.turn(2_000);
  t.same(recent.percentiles([1]), [1.02]);
  recent.turn(9_000);
  t.same(recent.percentiles([1]), [null], 'after a long pause nothing is left');
});

t.test('values beyond both ends are counted at the ends', async (t) => {
  const recent = new RecentValues();
  recent.add(0);
  t.same(recent.percentiles([0.5]), [0.001]);
  recent.add(1e12);
  t.ok((recent.percentiles([1])[0] ?? 0) > 1e7);
});

t.test('a rate is what a counter grew by per second', async (t) => {
  const rate = new Rate();
  t.equal(rate.read(100, 0), null, 'nothing is known of one reading');
  t.equal(rate.read(150, 500), 100);
  t.equal(rate.read(150, 500), null);
  const grown = new Grown(1_000);
  t.equal(grown.read(5, 0), false, 'what was counted before is not growth');
  t.equal(grown.read(6, 100), true);
  t.equal(grown.read(6, 1_099), true);
  t.equal(grown.read(6, 1_100), false);
});
