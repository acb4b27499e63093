import t from 'tap';
import {
  outcomeOf,
  performanceBy,
  performanceOf,
  type SignalOutcome,
} from '../../../../src/engine/analysis/signals/performance.js';
import type { SignalChange } from '../../../../src/engine/analysis/signals/signal.js';
import { draft, HOUR, OPENED } from '../../../support/signal-drafts.js';

const CHANGE: SignalChange = {
  status: 'executed',
  reason: 'target reached',
  time: OPENED + HOUR,
  exitPrice: 110,
  signalSuccessful: true,
  actualEntryPrice: 100,
  maxFavorableExcursion: 110,
  maxAdverseExcursion: 99,
};

function outcome(different: Partial<SignalOutcome>): SignalOutcome {
  const made = outcomeOf(draft(), CHANGE);
  if (made === null) throw new Error('it was entered');
  return { ...made, ...different };
}

/** Won 10 %, lost 5 %, a short one that won 4 %, one that expired at +1 %. */
const FOUR = [
  outcome({ endedAt: 1 }),
  outcome({ endedAt: 2, exit: 95, isSuccessful: false, regime: 'Bear' }),
  outcome({ endedAt: 3, signalType: 'short', exit: 96, stop: 102, isSuccessful: true }),
  outcome({ endedAt: 4, exit: 101, isSuccessful: null, regime: null }),
];

t.test('what was not entered has no outcome', async (t) => {
  t.equal(outcomeOf(draft(), { ...CHANGE, actualEntryPrice: null }), null);
  t.equal(outcomeOf(draft(), { ...CHANGE, exitPrice: null }), null);
  t.match(outcomeOf(draft(), CHANGE), { entry: 100, exit: 110, stop: 95, regime: 'Bull', openedAt: OPENED });
});

t.test('without fees the figures are those of the schoolbook', async (t) => {
  const figures = performanceOf(FOUR, 0);
  t.equal(figures.count, 4);
  t.equal(figures.judged, 3);
  t.equal(figures.hitRate, 2 / 3);
  t.equal(figures.winRate, 0.75);
  t.ok(Math.abs((figures.averageReturnPct ?? 0) - (10 - 5 + 4 + 1) / 4) < 1e-9);
  t.ok(Math.abs((figures.profitFactor ?? 0) - 15 / 5) < 1e-9);
  t.ok(Math.abs((figures.averageR ?? 0) - (2 - 1 + 2 + 0.2) / 4) < 1e-9);
  const curve = [1.02, 1.02 * 0.99, 1.02 * 0.99 * 1.02, 1.02 * 0.99 * 1.02 * 1.002];
  t.ok(Math.abs((figures.totalReturnPct ?? 0) - 100 * ((curve[3] ?? 0) - 1)) < 1e-9);
  t.ok(Math.abs((figures.maxDrawdownPct ?? 0) - 1) < 1e-9, '1 % was lost from the top');
});

t.test('fees are taken of both prices', async (t) => {
  const fee = 0.001;
  const figures = performanceOf(FOUR.slice(0, 2), fee);
  const returns = [10 - 0.1 - 0.11, -5 - 0.1 - 0.095];
  t.ok(Math.abs((figures.averageReturnPct ?? 0) - ((returns[0] ?? 0) + (returns[1] ?? 0)) / 2) < 1e-9);
  t.ok(Math.abs((figures.averageR ?? 0) - ((returns[0] ?? 0) + (returns[1] ?? 0)) / 10) < 1e-9);
  const short = performanceOf([outcome({ signalType: 'short', exit: 96 })], fee);
  t.ok(Math.abs((short.averageReturnPct ?? 0) - (4 - 0.1 - 0.096)) < 1e-9);
});

t.test('the order in which outcomes are given does not matter', async (t) => {
  t.same(performanceOf(FOUR.toReversed(), 0).maxDrawdownPct, performanceOf(FOUR, 0).maxDrawdownPct);
});

t.test('of nothing nothing is said', async (t) => {
  t.same(performanceOf([], 0.001), {
    count: 0,
    judged: 0,
    hitRate: null,
    winRate: null,
    averageReturnPct: null,
    profitFactor: null,
    averageR: null,
    maxDrawdownPct: null,
    totalReturnPct: null,
  });
  t.equal(performanceOf([FOUR[0] as SignalOutcome], 0).profitFactor, Infinity, 'nothing was lost');
});

t.test('groups add up to the whole', async (t) => {
  const groups = performanceBy(FOUR, ({ regime }) => regime ?? 'unknown', 0);
  t.same([...groups.keys()], ['Bear', 'Bull', 'unknown']);
  t.equal(
    [...groups.values()].reduce((sum, { count }) => sum + count, 0),
    4,
  );
  t.equal(groups.get('Bear')?.hitRate, 0);
  t.equal(groups.get('unknown')?.hitRate, null, 'neither was reached');
});
