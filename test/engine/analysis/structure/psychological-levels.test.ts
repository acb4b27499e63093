import fc from 'fast-check';
import t from 'tap';
import { psychologicalLevels } from '../../../../src/engine/analysis/structure/psychological-levels.js';

t.test('the round numbers around a price are those that people name', async (t) => {
  const around = (price: number) => {
    const found = psychologicalLevels(price);
    return [found?.below, found?.above];
  };
  t.same(around(67_000), [65_000, 70_000]);
  t.same(around(3456), [3250, 3500]);
  t.same(around(99_999), [95_000, 100_000]);
  t.same(around(100_000), [100_000, 110_000], 'a price on one has it below');
  t.same(around(1.08), [1, 1.1]);
  t.same(around(0.3), [0.3, 0.325]);
  t.same(around(1.75), [1.7, 1.8]);
  t.same(around(0.000_012_34), [0.000_012, 0.000_013], 'to the last digit');
});

t.test('distances are percent of the price, and nearness is one on a round number', async (t) => {
  const found = psychologicalLevels(67_500);
  t.equal(found?.step, 5000);
  t.ok(Math.abs((found?.belowPct ?? 0) + 3.7037) < 1e-4);
  t.ok(Math.abs((found?.abovePct ?? 0) - 3.7037) < 1e-4);
  t.equal(found?.proximity, 0, 'half-way');
  t.equal(psychologicalLevels(70_000)?.proximity, 1);
});

t.test('there are none around what is no price', async (t) => {
  for (const price of [0, -1, Number.NaN, Number.POSITIVE_INFINITY])
    t.equal(psychologicalLevels(price), null);
});

t.test('any price lies between its round numbers, which are 4 to 10 % of it apart', async (t) => {
  fc.assert(
    fc.property(fc.double({ min: -12, max: 12, noNaN: true }), (exponent) => {
      const price = 10 ** exponent;
      const found = psychologicalLevels(price);
      if (found === null) return false;
      const share = found.step / price;
      return (
        found.below <= price &&
        price < found.above &&
        share > 0.0399 &&
        share <= 0.1000001 &&
        found.belowPct <= 0 &&
        found.abovePct > 0 &&
        found.proximity >= 0 &&
        found.proximity <= 1
      );
    }),
  );
  t.pass('always');
});
