import t from 'tap';
import { criteriaFor, metCriterion, readCriteria } from '../../../../src/engine/analysis/signals/criteria.js';
import type { Structure, StructureBreak } from '../../../../src/engine/analysis/structure/structure.js';

const LONG = {
  side: 1,
  timeframe: '1h',
  regimeTimeframe: '1d',
  regime: 'Bull',
  atr: 2,
  stop: 95,
  entry: 100,
  brokenLevel: 99,
} as const;

function broken(direction: 'up' | 'down', time: number): Structure {
  const lastBreak: StructureBreak = { kind: 'reversal', direction, level: 97, time, back: 0 };
  return {
    depth: 100,
    trend: 'range',
    trendStrength: 0,
    swings: () => [],
    lastBreak,
    levels: () => [],
    lines: () => [],
    breakout: () => null,
    divergences: () => [],
  };
}

const QUIET = { close: 100, candleTime: 5, structure: null, regime: null };

t.test('what would end a signal is drawn up from what it stands on', async (t) => {
  t.same(
    criteriaFor(LONG).map(({ condition, level, timeframe }) => [condition, level, timeframe]),
    [
      ['close_below', 98.5, '1h'],
      ['structure_break_down', null, '1h'],
      ['regime_bear', null, '1d'],
      ['opposite_signal', null, '1h'],
    ],
  );
  const short = criteriaFor({ ...LONG, side: -1, stop: 105, brokenLevel: 101 });
  t.same(
    short.map(({ condition, level }) => [condition, level]),
    [
      ['close_above', 101.5],
      ['structure_break_up', null],
      ['opposite_signal', null],
    ],
    'against a bull market: its regime cannot turn to what it is',
  );
  const conditions = (different: object): readonly string[] =>
    criteriaFor({ ...LONG, ...different }).map(({ condition }) => condition);
  t.notOk(conditions({ brokenLevel: 95 }).includes('close_below'), 'the stop comes before it');
  t.notOk(conditions({ brokenLevel: 101 }).includes('close_below'), 'it would hold already');
  t.notOk(conditions({ regime: null }).includes('regime_bear'), 'no regime is known to turn');
});

t.test('criteria are met at a close, and say so', async (t) => {
  const criteria = criteriaFor(LONG);
  t.equal(metCriterion(criteria, QUIET), null);
  t.equal(metCriterion(criteria, { ...QUIET, close: 98.5 }), null, 'on the level it holds');
  t.equal(metCriterion(criteria, { ...QUIET, close: 98.4 }), '1h closed below 98.5');
  t.equal(metCriterion(criteria, { ...QUIET, structure: broken('down', 5) }), '1h structure broke down');
  t.equal(metCriterion(criteria, { ...QUIET, structure: broken('down', 4) }), null, 'that was before');
  t.equal(metCriterion(criteria, { ...QUIET, structure: broken('up', 5) }), null);
  t.equal(metCriterion(criteria, { ...QUIET, regime: 'Bear' }), 'the 1d regime turned Bear');
  t.equal(metCriterion(criteria, { ...QUIET, regime: 'Sideways' }), null);
  const short = criteriaFor({ ...LONG, side: -1, stop: 105, brokenLevel: 101, regime: 'Bear' });
  t.equal(metCriterion(short, { ...QUIET, close: 102 }), '1h closed above 101.5');
  t.equal(metCriterion(short, { ...QUIET, structure: broken('up', 5) }), '1h structure broke up');
  t.equal(metCriterion(short, { ...QUIET, regime: 'Bull' }), 'the 1d regime turned Bull');
});

t.test('criteria come back from a row as they were; what is none of ours is passed over', async (t) => {
  const criteria = criteriaFor(LONG);
  t.same(readCriteria(JSON.parse(JSON.stringify(criteria))), criteria);
  t.same(readCriteria([null, 7, {}, { condition: 'volume_dries_up', severity: 'medium' }]), []);
  t.same(
    readCriteria([
      { ...criteria[0], level: '98' },
      { ...criteria[0], timeframe: '2h' },
    ]),
    [],
  );
  t.same(readCriteria(null), []);
});
