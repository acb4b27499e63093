import t from 'tap';
import {
  liquidityScore,
  momentum,
  relativeStrength,
  rotationFlow,
  rotationPressure,
  volatilityScore,
} from '../../../../src/engine/analysis/sectors/measures.js';
import { outlookOf, trendScore } from '../../../../src/engine/analysis/sectors/outlook.js';
import { OutlookSpells } from '../../../../src/engine/analysis/sectors/outlook-spells.js';

const HOUR = 3_600_000;

t.test('scores are where their scales say', async (t) => {
  t.equal(volatilityScore(0.8), 0.5);
  t.equal(volatilityScore(0), 0);
  t.equal(liquidityScore(3, 3), 0.5);
  t.equal(liquidityScore(3, 1), 0.75);
  t.equal(relativeStrength(0, 0, 7), 0.5);
  t.ok(
    Math.abs(relativeStrength(0.01, 0.01, 1) - 0.8413) < 0.01,
    'one deviation: 84 % of a normal distribution',
  );
  t.ok(Math.abs(relativeStrength(-0.02, 0.01, 4) - 0.1587) < 0.01, 'two over four steps: one below');
  t.equal(momentum([0, 0, 0], 0), 0);
  t.ok(Number.isNaN(momentum([Number.NaN, Number.NaN, Number.NaN], 0.1)));
  t.ok(Math.abs(momentum([0.1, Number.NaN, Number.NaN], 0.1) - Math.tanh(1)) < 1e-12);
  t.equal(rotationPressure(1, 1), 0.5);
  t.equal(rotationPressure(0.5, 9), 0);
  t.equal(rotationFlow(-1, 1), 1);
  t.equal(rotationFlow(1, -1), 0);
  t.equal(trendScore(3, 2, 1), 1);
  t.ok(Number.isNaN(trendScore(1, 2, Number.NaN)));
});

t.test('an outlook says which way its components pull, how surely and how much of one mind', async (t) => {
  const of = (...scores: readonly number[]): ReturnType<typeof outlookOf> =>
    outlookOf(scores.map((score, i) => ({ name: `${i}`, weight: 0.5, score })));
  t.match(of(1, 1), { outlook: 'Bullish', confidence: 1, agreement: 1 });
  t.match(of(-1, 0.5), { outlook: 'Bearish', score: -0.25, confidence: 0.5, agreement: 1 / 3 });
  t.match(of(1, -1), { outlook: 'Neutral', confidence: 1, agreement: 0 });
  t.match(of(1, Number.NaN), { outlook: 'Bullish', confidence: 0.5 });
  t.equal(of(1, Number.NaN, Number.NaN), null);
  t.ok(Number.isNaN(of(0, 0)?.agreement));
});

t.test('an outlook is expected to last as long as the median of those that were seen whole', async (t) => {
  const spells = new OutlookSpells();
  let time = 0;
  for (const hours of [99, 10, 20, 40]) {
    spells.record('a', 'Bullish', time);
    time += hours * HOUR;
    spells.record('a', 'Neutral', time);
    time += HOUR;
  }
  t.equal(spells.count('a', 'Bullish'), 3, 'the first one began before it was watched');
  t.equal(spells.remaining('a', 'Bullish', time), 20);
  spells.record('a', 'Bullish', time);
  t.equal(spells.remaining('a', 'Bullish', time + 5 * HOUR), 15);
  t.equal(spells.remaining('a', 'Bullish', time + 50 * HOUR), 0, 'overdue');
  t.equal(spells.remaining('a', 'Bearish', time), null);
  t.equal(spells.remaining('b', 'Bullish', time), null);
});
