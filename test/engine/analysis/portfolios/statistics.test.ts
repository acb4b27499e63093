import t, { type Test } from 'tap';
import {
  beta,
  correlation,
  herfindahl,
  logReturns,
  maxDrawdown,
  sharpeRatio,
  simpleReturns,
} from '../../../../src/engine/analysis/portfolios/statistics.js';

const near = (t: Test, found: number, wanted: number, title?: string): void => {
  t.ok(Math.abs(found - wanted) <= 1e-9 * Math.max(1, Math.abs(wanted)), title ?? `${found} is ${wanted}`);
};

t.test('a Sharpe ratio is the mean excess return over its deviation, a year', async (t) => {
  // Mean 2 %, deviations −1, 0, 1 %: sample deviation 1 %.
  near(t, sharpeRatio([0.01, 0.02, 0.03], 0, 365), 2 * Math.sqrt(365));
  near(t, sharpeRatio([0.01, 0.02, 0.03], 3.65, 365), 1 * Math.sqrt(365), 'without risk 1 % a day');
  near(
    t,
    sharpeRatio([0.1, -0.05, 0.2, 0.07], 0, 1),
    0.08 / Math.sqrt((0.0004 + 0.0169 + 0.0144 + 0.0001) / 3),
  );
  t.ok(Number.isNaN(sharpeRatio([0.01, 0.01, 0.01], 0, 365)), 'what does not vary has none');
  t.ok(Number.isNaN(sharpeRatio([0.01], 0, 365)));
});

t.test('beta is the slope on the market', async (t) => {
  const market = [0.01, -0.02, 0.03, 0.005, -0.01];
  near(t, beta(market, market), 1);
  near(
    t,
    beta(
      market.map((value) => -1.5 * value + 0.01),
      market,
    ),
    -1.5,
  );
  // By hand: Σ(x−x̄)(y−ȳ) = 0.0007, and of the market Σ(x−x̄)² = 0.001.
  near(t, beta([0.03, 0.01, 0.02, 0.04], [0.04, 0.01, 0.02, 0.05]), 0.0007 / 0.001);
  t.ok(Number.isNaN(beta(market, [0.01, 0.01, 0.01, 0.01, 0.01])));
});

t.test('a correlation lies between −1 and 1', async (t) => {
  near(t, correlation([1, 2, 3], [2, 4, 6]), 1);
  near(t, correlation([1, 2, 3], [6, 4, 2]), -1);
  // Anscombe's first set: 0.81642…
  const x = [10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5];
  const y = [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68];
  t.ok(Math.abs(correlation(x, y) - 0.8164205163) < 1e-9);
  t.ok(Number.isNaN(correlation([1, 1, 1], [1, 2, 3])));
});

t.test('a drawdown is the largest fall from the peak before it', async (t) => {
  near(t, maxDrawdown([100, 120, 90, 110, 60, 130]), 50);
  t.equal(maxDrawdown([1, 2, 3]), 0);
  near(t, maxDrawdown([100, -20]), 120, 'more than all');
  t.ok(Number.isNaN(maxDrawdown([])));
  t.ok(Number.isNaN(maxDrawdown([-5, 0, -1])));
  near(t, maxDrawdown([-5, 10, 5]), 50, 'what was lost before there was something does not count');
});

t.test('concentration is 1 for one holding and 1 ÷ n for n equal ones', async (t) => {
  t.equal(herfindahl([1]), 1);
  near(t, herfindahl([0.25, 0.25, 0.25, 0.25]), 0.25);
  near(t, herfindahl([0.5, 0.3, 0.2]), 0.38);
});

t.test('returns', async (t) => {
  near(t, logReturns([1, Math.E, 1])[1] ?? 0, -1);
  near(t, simpleReturns([100, 110, 99])[1] ?? 0, -0.1);
  t.equal(logReturns([]).length, 0);
});
