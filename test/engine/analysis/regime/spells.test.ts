import t from 'tap';
import type { Regime } from '../../../../src/engine/analysis/contexts.js';
import {
  predictionRate,
  remainingCandles,
  type Spell,
  spellsOf,
  successRate,
  typicalCandles,
} from '../../../../src/engine/analysis/regime/spells.js';

function spell(candles: number, more: Partial<Spell> = {}): Spell {
  const plain = { regime: 'Bull' as Regime, since: 0, until: 1, from: 100, to: 110, predicted: null };
  return { ...plain, candles, next: 'Bear', ...more };
}

t.test('the typical length is the median, and unknown with fewer than three spells', async (t) => {
  t.equal(typicalCandles([spell(10), spell(40)]), null);
  t.equal(typicalCandles([spell(10), spell(40), spell(16)]), 16);
  t.equal(typicalCandles([spell(10), spell(40), spell(16), spell(20)]), 18);
});

t.test('what remains is the mean of what those had left which grew older', async (t) => {
  const spells = [spell(10), spell(20), spell(30), spell(60)];
  t.equal(remainingCandles(spells, 5), 25, '(5 + 15 + 25 + 55) / 4');
  t.equal(remainingCandles(spells, 10), (10 + 20 + 50) / 3, 'one that ended at this age has nothing left');
  t.equal(remainingCandles(spells, 20), null, 'two are too few');
});

t.test(
  'a bull spell succeeds by ending higher, a bear spell by ending lower, others have no side',
  async (t) => {
    const spells = [spell(9), spell(9, { to: 90 }), spell(9, { to: 100 }), spell(9, { to: 101 })];
    t.equal(successRate(spells, 'Bull'), 0.5);
    t.equal(successRate(spells, 'Bear'), 0.25);
    t.equal(successRate(spells, 'Sideways'), null);
    t.equal(successRate(spells.slice(0, 2), 'Bull'), null);
  },
);

t.test('predictions are rated by the newest twenty that were made', async (t) => {
  const right = spell(9, { predicted: 'Bear' });
  const wrong = spell(9, { predicted: 'Sideways' });
  t.equal(predictionRate([right, right, wrong, right, spell(9)]), null, 'four are too few');
  t.equal(predictionRate([right, right, wrong, right, wrong]), 0.6);
  const many = [...Array.from({ length: 30 }, () => wrong), ...Array.from({ length: 20 }, () => right)];
  t.equal(predictionRate(many), 1, 'older ones do not count');
});

t.test('spells are told apart by regime', async (t) => {
  t.equal(spellsOf([spell(9), spell(8, { regime: 'Bear' })], 'Bear')[0]?.candles, 8);
});
