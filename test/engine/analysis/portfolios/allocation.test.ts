import fc from 'fast-check';
import t from 'tap';
import {
  type AllocationPlan,
  allocationOf,
  deviationOf,
  planAllocation,
} from '../../../../src/engine/analysis/portfolios/allocation.js';
import type { HoldingInput } from '../../../../src/engine/analysis/portfolios/inputs.js';
import { assetNumbers, positionOf } from '../../../../src/engine/analysis/portfolios/position-of.js';
import { isOff, rebalancing } from '../../../../src/engine/analysis/portfolios/rebalancing.js';
import { valueHolding } from '../../../../src/engine/analysis/portfolios/valuation.js';
import type { WeighedHolding } from '../../../../src/engine/analysis/portfolios/value-path.js';
import { cash, holding, MadeMarket, NO_SIGNALS } from './made-market.js';

const { market } = new MadeMarket(
  Array.from({ length: 6 }, (_, asset) => ({
    symbol: `A${asset}/USDT`,
    closes: [],
    sectorId: 1 + (asset % 2),
  })),
);
const numbers = assetNumbers(market);

/** Weighs holdings of these values. */
function weighed(inputs: readonly (readonly [HoldingInput, value: number])[]): WeighedHolding[] {
  const total = inputs.reduce((sum, [, value]) => sum + value, 0);
  return inputs.map(([input, value]) => {
    const position = positionOf(input, market, numbers);
    return { position, value: valueHolding(position, () => value), share: value / total };
  });
}

function targets(
  holdings: readonly WeighedHolding[],
  volatilities: readonly number[],
  { size = Number.NaN, factor = 1 } = {},
): AllocationPlan {
  return planAllocation(
    holdings,
    ({ position }) => volatilities[position.asset] ?? Number.NaN,
    1_000,
    size,
    factor,
  );
}

const percentages = ({ holdings, newCashPct }: AllocationPlan): number[] =>
  [...holdings.map(({ targetPct }) => targetPct), newCashPct].map((pct) => Math.round(pct * 1e6) / 1e6);

t.test('what has no target is shared out by inverse volatility, beside a fifth of cash', async (t) => {
  const two = weighed([
    [holding(0), 500],
    [holding(1), 500],
  ]);
  t.same(percentages(targets(two, [0.2, 0.6])), [60, 20, 20], '3 to 1');
  t.same(
    percentages(targets(two, [0.2, 0.6], { factor: 0.5 })),
    [45, 15, 40],
    'half the risk, twice the cash',
  );
  t.same(percentages(targets(two, [0.2, 0.6], { factor: 5 })), [71.25, 23.75, 5]);
  t.same(percentages(targets(two, [0.2, 0.6], { factor: 0.1 })), [30, 10, 60]);
});

t.test("the user's targets win, scaled down where they are more than all", async (t) => {
  const mixed = weighed([
    [holding(0, { allocationTargetPercent: '50', maxAllocationPercent: '10' }), 500],
    [holding(1), 300],
    [cash(), 200],
  ]);
  t.same(percentages(targets(mixed, [0.2, 0.6])), [50, 30, 20, 0]);
  const tooMuch = weighed([
    [holding(0, { allocationTargetPercent: '90' }), 500],
    [cash({ allocationTargetPercent: '60' }), 500],
  ]);
  t.same(percentages(targets(tooMuch, [0.2])), [60, 40, 0]);
});

t.test('bounds hold, and what they leave over goes to the others and then to cash', async (t) => {
  const bound = weighed([
    [holding(0, { maxAllocationPercent: '10' }), 500],
    [holding(1), 500],
  ]);
  t.same(percentages(targets(bound, [0.2, 0.6])), [10, 70, 20]);
  t.same(percentages(targets(bound, [0.2, 0.6], { size: 150 })), [10, 15, 75], 'at most 150 of 1,000 in one');
  t.same(percentages(targets(bound, [0.2, 0.6], { size: 0 })), [0, 0, 100], 'nothing may be held');
  const levered = weighed([[holding(0, { assetType: 'Long Position', leverageRatio: '3' }), 1_000]]);
  t.same(percentages(targets(levered, [0.2], { size: 300 })), [10, 90], 'of the exposure');
  t.same(
    percentages(targets(bound, [Number.NaN, 0.6])),
    [10, 70, 20],
    'of unknown volatility: kept, in its bounds',
  );
});

t.test('a plan always adds up to all, and nothing is below 0 or above its bound', async () => {
  const one = fc.record({
    target: fc.option(fc.integer({ min: 0, max: 100 })),
    most: fc.integer({ min: 1, max: 100 }),
    value: fc.integer({ min: 1, max: 1_000 }),
    volatility: fc.oneof(fc.constant(Number.NaN), fc.double({ min: 0.001, max: 50, noNaN: true })),
  });
  fc.assert(
    fc.property(
      fc.array(one, { minLength: 1, maxLength: 6 }),
      fc.boolean(),
      fc.double({ min: 0.1, max: 5, noNaN: true }),
      (given, withCash, factor) => {
        const inputs = given.map(({ target, most, value }, asset) => {
          const allocationTargetPercent = target === null ? null : String(target);
          return [
            holding(asset, { allocationTargetPercent, maxAllocationPercent: String(most) }),
            value,
          ] as const;
        });
        const holdings = weighed(withCash ? [...inputs, [cash(), 100]] : inputs);
        const plan = targets(
          holdings,
          given.map(({ volatility }) => volatility),
          { factor },
        );
        const all = plan.holdings.reduce((sum, { targetPct }) => sum + targetPct, plan.newCashPct);
        const isBounded = given.every(({ target, most }, i) => {
          const found = plan.holdings[i]?.targetPct ?? -1;
          return found >= 0 && found <= (target ?? most) + 1e-9;
        });
        return isBounded && Math.abs(all - 100) < 1e-6;
      },
    ),
  );
});

t.test('shares are summed by sector, risk and type', async (t) => {
  const parts = weighed([
    [holding(0, { riskCategory: 'aggressive' }), 300],
    [holding(1, { assetType: 'Short Position' }), 100],
    [cash(), 100],
    [holding(50), 500],
  ]);
  const current = allocationOf(
    parts.map((one) => ({ holding: one, pct: one.share * 100 })),
    0,
    market,
  );
  t.same(current, {
    bySector: { L1: 30, DeFi: 10, Stables: 10, Unknown: 50 },
    byRisk: { high: 30, medium: 60, low: 10 },
    byAssetType: { crypto: 80, short: 10, stablecoin: 10 },
  });
  t.same(deviationOf(current, { ...current, bySector: { L1: 40, Stables: 10, AI: 50 } }), {
    ...{ L1: -10, DeFi: 10, Stables: 0, Unknown: 50, AI: -50 },
  });
});

t.test('what is off by 5 points or a quarter of its target is to be brought back', async (t) => {
  t.notOk(isOff(44.9, 40));
  t.ok(isOff(45, 40));
  t.ok(isOff(5, 4));
  t.notOk(isOff(2.9, 2), 'but less than a point is nothing');
  const holdings = weighed([
    [holding(0, { allocationTargetPercent: '40' }), 500],
    [holding(1, { allocationTargetPercent: '40' }), 390],
    [cash(), 110],
  ]);
  t.match(rebalancing(targets(holdings, []), 1_000, NO_SIGNALS), [
    {
      action: 'reduce',
      asset: 'A0/USDT',
      current_pct: 50,
      target_pct: 40,
      amount_usd: 100,
      reason: 'target',
    },
    {
      action: 'increase',
      asset: 'USDC',
      current_pct: 11,
      target_pct: 20,
      amount_usd: 90,
      reason: 'risk_management',
    },
  ]);
  const signals = {
    activeOf: () => [
      { id: 1, type: 'short' as const, confidence: 0.9 },
      { id: 2, type: 'long' as const, confidence: 0.9 },
    ],
  };
  t.match(rebalancing(targets(holdings.slice(0, 1), []), 1_000, signals), [
    { action: 'add', asset: 'stablecoins', portfolio_asset_id: null, target_pct: 60 },
    { asset: 'A0/USDT', related_signals: [1] },
  ]);
});
