import fc from 'fast-check';
import t from 'tap';
import { REGIMES, type Regime } from '../../../../src/engine/analysis/contexts.js';
import { TransitionMatrix } from '../../../../src/engine/analysis/regime/transition-matrix.js';

const path = fc.array(fc.constantFrom(...REGIMES), { minLength: 1, maxLength: 200 });

function counted(regimes: readonly Regime[]): TransitionMatrix {
  return regimes
    .slice(1)
    .reduce((matrix, to, i) => matrix.counted(regimes[i] as Regime, to), new TransitionMatrix());
}

t.test('a matrix counts what followed what, and its rows add up to 1', async (t) => {
  fc.assert(
    fc.property(path, (regimes) => {
      const matrix = counted(regimes);
      for (const from of REGIMES) {
        const after = regimes.filter((_, i) => i > 0 && regimes[i - 1] === from);
        t.equal(matrix.followed(from), after.length);
        const row = matrix.row(from);
        for (const [i, to] of REGIMES.entries()) {
          const plain = (after.filter((each) => each === to).length + 1 / 6) / (after.length + 1);
          t.ok(Math.abs((row[i] as number) - plain) < 1e-12, 'smoothed by one pseudo-count a row');
        }
        t.ok(Math.abs(row.reduce((sum, chance) => sum + chance, 0) - 1) < 1e-12);
      }
    }),
    { numRuns: 30 },
  );
});

t.test('a forecast is the power of the matrix', async (t) => {
  const matrix = counted([
    'Bull',
    'Bull',
    'Bull',
    'Bear',
    'Bear',
    'Sideways',
    'Bull',
    'Distribution',
    'Bear',
  ]);
  let power: readonly (readonly number[])[] = REGIMES.map((_, i) => REGIMES.map((_, j) => (i === j ? 1 : 0)));
  const rows = REGIMES.map((regime) => matrix.row(regime));
  for (let steps = 0; steps <= 12; steps++) {
    for (const [i, from] of REGIMES.entries()) {
      for (const [j, chance] of matrix.forecast(from, steps).entries()) {
        t.ok(Math.abs(chance - (power[i]?.[j] as number)) < 1e-12, `${from} after ${steps}`);
      }
    }
    power = power.map((row) =>
      REGIMES.map((_, j) =>
        row.reduce((sum: number, chance, k) => sum + chance * (rows[k]?.[j] as number), 0),
      ),
    );
  }
  const far = matrix.forecast('Bull', 1000);
  t.ok(
    Math.abs(far.reduce((sum, chance) => sum + chance, 0) - 1) < 1e-12,
    'a thousand steps still add up to 1',
  );
});

t.test('a matrix without steps says that all are as likely', async (t) => {
  for (const chance of new TransitionMatrix().row('Bear')) t.ok(Math.abs(chance - 1 / 6) < 1e-12);
});
