import fc from 'fast-check';
import t from 'tap';
import { toLots } from '../../src/engine/lots.js';

const RUNS = 500;

t.test('sums of decimal amounts are exact, to the last digit', async (t) => {
  t.not(0.1 + 0.2, 0.3, 'doubles alone are not');
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 12 }),
      fc.array(fc.integer({ min: 1, max: 1_000_000_000 }), { minLength: 1, maxLength: 200 }),
      (decimals, units) => {
        const scale = 10 ** decimals;
        const lots = units.reduce((sum, unit) => sum + toLots(Number(`${unit}e-${decimals}`), scale), 0);
        const exact = units.reduce((sum, unit) => sum + BigInt(unit), 0n);
        const volume = lots / scale;
        const wanted = Number(`${exact}e-${decimals}`);
        if (volume !== wanted) throw new Error(`${volume}, not ${wanted}`);
      },
    ),
    { numRuns: RUNS },
  );
  t.pass(`${RUNS} random lists of amounts`);
});

t.test('an amount with more decimals than the market has is not rounded', async (t) => {
  t.equal(toLots(0.0015, 1_000), 1.5);
  t.equal(toLots(0.00025, 1_000), 0.25);
  t.equal(toLots(0, 1_000), 0);
});
