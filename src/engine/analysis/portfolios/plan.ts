import { timeframeIndex } from '../../../timeframe.js';
import {
  type Allocation,
  type AllocationPlan,
  allocationOf,
  deviationOf,
  planAllocation,
  type Shares,
} from './allocation.js';
import { windowOf } from './market-histories.js';
import type { PortfolioContext } from './portfolio-frame.js';
import { type RebalancingSuggestion, rebalancing } from './rebalancing.js';
import type { WeighedHolding } from './value-path.js';

const DAYS = timeframeIndex('1d');

/** How a portfolio is shared out, and how it should be. Null: `reason` says why. */
export interface Plan {
  readonly current: Allocation | null;
  readonly plan: AllocationPlan | null;
  readonly optimal: Allocation | null;
  readonly deviation: Shares | null;
  readonly suggestions: readonly RebalancingSuggestion[] | null;
  readonly reason: string;
}

/** Plans a portfolio's allocation. There is no plan while the value of one of its holdings is not known. */
export function analysePlan(context: PortfolioContext, holdings: readonly WeighedHolding[]): Plan {
  const { input, value, frame, contexts, histories, signals } = context;
  const isAbove = (value.valueUsd ?? 0) > 0;
  const isWorth = holdings.some(({ share }) => share > 0);
  const parts = holdings
    .filter((holding) => holding.value.valueUsd !== null)
    .map((holding) => ({ holding, pct: holding.share * 100 }));
  const current = isWorth ? allocationOf(parts, 0, frame.market) : null;
  const unknown = holdings.filter((holding) => holding.value.valueUsd === null);
  if (!isAbove || current === null || unknown.length > 0) {
    const reason =
      unknown.length > 0
        ? `the value of ${unknown.map((holding) => holding.value.symbol).join(', ')} is not known`
        : 'the value is not above 0';
    return { current, plan: null, optimal: null, deviation: null, suggestions: null, reason };
  }
  const total = value.valueUsd ?? 0;
  const plan = planAllocation(
    holdings,
    ({ position: { asset } }) => (asset < 0 ? Number.NaN : histories.volatility(asset, windowOf('1d'))),
    total,
    Number(input.risk?.maxPositionSize ?? Number.NaN),
    contexts.regimeBefore(DAYS, frame.time)?.riskFactor ?? Number.NaN,
  );
  const planned = plan.holdings.map(({ holding, targetPct }) => ({ holding, pct: targetPct }));
  const optimal = allocationOf(planned, plan.newCashPct, frame.market);
  return {
    current,
    plan,
    optimal,
    deviation: deviationOf(current, optimal),
    suggestions: rebalancing(plan, total, signals),
    reason: '',
  };
}
