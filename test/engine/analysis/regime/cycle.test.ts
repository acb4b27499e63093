import t from 'tap';
import { type Cycle, followCycle, NO_CYCLE } from '../../../../src/engine/analysis/regime/cycle.js';

/** 6.5 times of it is a log move of 0.2. */
const DEVIATION = 0.2 / 6.5;

function played(closes: readonly number[], deviation = DEVIATION): Cycle {
  return closes.reduce((cycle, close) => followCycle(cycle, close, deviation), NO_CYCLE);
}

t.test(
  'a bear market begins where the close lies 20 % (in logs) below the highest of the bull market',
  async (t) => {
    const up = [100, 110, 125, 140];
    t.equal(played(up).direction, 1);
    t.equal(played(up).score, 1, 'at a new high');
    const nearly = 140 * Math.exp(-0.199);
    t.equal(played([...up, nearly]).direction, 1);
    t.ok(Math.abs(played([...up, nearly]).score - 0.005) < 1e-9);
    const over = 140 * Math.exp(-0.201);
    t.match(played([...up, over]), { direction: -1, score: -1 });
    t.match(played([...up, over, over * 1.1]), { direction: -1 }, 'a rally of 10 % does not end it');
    t.match(played([...up, over, over * 1.23]), { direction: 1, score: 1 }, 'one of 23 % does');
  },
);

t.test('the first move beyond the filter decides, and before it nothing is said', async (t) => {
  t.match(played([100, 105, 95]), { direction: 0 });
  t.ok(Number.isNaN(played([100, 105, 95]).score));
  t.equal(played([100, 105, 95, 84]).direction, -1);
});

t.test('without a volatility nothing is decided, but highs and lows are kept', async (t) => {
  for (const deviation of [Number.NaN, 0]) {
    const cycle = played([100, 200, 50], deviation);
    t.match(cycle, { direction: 0, high: 200, low: 50 });
  }
});

t.test('the score is that of a plain scan', async (t) => {
  const closes = Array.from(
    { length: 600 },
    (_, i) => 100 * Math.exp(Math.sin(i / 23) + 0.4 * Math.sin(i / 5)),
  );
  let cycle = NO_CYCLE;
  let flips = 0;
  let since = 0;
  for (const [i, close] of closes.entries()) {
    const before = cycle.direction;
    cycle = followCycle(cycle, close, DEVIATION);
    if (cycle.direction !== before) {
      flips += 1;
      since = i;
    }
    if (cycle.direction === 0) continue;
    const stretch = closes.slice(since, i + 1);
    const extreme = cycle.direction === 1 ? Math.max(...stretch) : Math.min(...stretch);
    const gone = Math.abs(Math.log(close / extreme));
    t.ok(Math.abs(cycle.score - cycle.direction * (1 - gone / 0.2)) < 1e-9);
  }
  t.ok(flips > 6, `${flips} markets`);
});
