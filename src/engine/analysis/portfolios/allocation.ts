import type { AnalysisMarket } from '../market.js';
import { isStable } from './position-of.js';
import type { WeighedHolding } from './value-path.js';

/** Percent of what is left of all holdings. */
export type Shares = Readonly<Record<string, number>>;

export interface Allocation {
  readonly bySector: Shares;
  /** By the user's own risk categories: aggressive is high, moderate medium, conservative and cash low. */
  readonly byRisk: Shares;
  readonly byAssetType: Shares;
}

/** What a holding should be. */
export interface PlannedHolding {
  readonly holding: WeighedHolding;
  readonly currentPct: number;
  readonly targetPct: number;
  /** `target`: the user's; `cash`; `kept`: its volatility is not known. */
  readonly basis: 'target' | 'inverse_volatility' | 'max_allocation' | 'cash' | 'kept';
}

export interface AllocationPlan {
  readonly holdings: readonly PlannedHolding[];
  /** Percent that should be cash and has no holding to be in. */
  readonly newCashPct: number;
}

/** Usual share of cash in a plan, percent; divided by the regime's risk factor, within these bounds. */
const CASH_PCT = { usual: 20, least: 5, most: 60 } as const;

const ASSET_TYPES = {
  'Crypto Asset': 'crypto',
  Stablecoin: 'stablecoin',
  'Long Position': 'long',
  'Short Position': 'short',
} as const;
const RISKS = { aggressive: 'high', moderate: 'medium', conservative: 'low' } as const;

/** Sums shares by sector, risk and type. A share is that of `WeighedHolding` or of a plan, in percent. */
export function allocationOf(
  parts: readonly { readonly holding: WeighedHolding; readonly pct: number }[],
  newCashPct: number,
  market: AnalysisMarket,
): Allocation {
  const bySector = new Map<string, number>();
  const byRisk = new Map<string, number>();
  const byAssetType = new Map<string, number>();
  for (const { holding, pct } of parts) {
    const { input } = holding.position;
    const isCash = isStable(input);
    add(bySector, sectorName(holding, market), pct);
    add(byRisk, isCash ? 'low' : RISKS[input.riskCategory], pct);
    add(byAssetType, isCash ? 'stablecoin' : ASSET_TYPES[input.assetType], pct);
  }
  if (newCashPct > 0) {
    add(bySector, 'Stables', newCashPct);
    add(byRisk, 'low', newCashPct);
    add(byAssetType, 'stablecoin', newCashPct);
  }
  return { bySector: rounded(bySector), byRisk: rounded(byRisk), byAssetType: rounded(byAssetType) };
}

/** Name of a holding's sector; cash is `Stables`, what has none `Unknown`. */
export function sectorName({ position }: WeighedHolding, market: AnalysisMarket): string {
  if (isStable(position.input)) return 'Stables';
  return market.sectors.find(({ id }) => id === position.sectorId)?.name ?? 'Unknown';
}

/** Current less optimal share of each sector, percentage points. */
export function deviationOf(current: Allocation, optimal: Allocation): Shares {
  const names = new Set([...Object.keys(current.bySector), ...Object.keys(optimal.bySector)]);
  return Object.fromEntries(
    [...names].map((name) => [name, round((current.bySector[name] ?? 0) - (optimal.bySector[name] ?? 0))]),
  );
}

/**
 * Says what each holding should be, in percent of all: the user's targets first (scaled down if they are more than 100);
 * of the rest cash, 20 % ÷ the regime's risk factor, within 5 to 60; the others by inverse volatility (as in risk parity,
 * Maillard, Roncalli, Teïletche 2010, without correlations), none above its greatest share or the user's greatest
 * position. A holding whose volatility is not known keeps its share, within its bounds. What the bounds leave over is
 * cash.
 *
 * @param volatilityOf a year; NaN: not known
 * @param valueUsd of all, above 0
 * @param maxPositionSize of an exposure, USD; NaN: not set
 * @param riskFactor of the regime; NaN: not known
 */
export function planAllocation(
  holdings: readonly WeighedHolding[],
  volatilityOf: (holding: WeighedHolding) => number,
  valueUsd: number,
  maxPositionSize: number,
  riskFactor: number,
): AllocationPlan {
  const hasTarget = ({ position }: WeighedHolding): boolean => Number.isFinite(position.allocationTarget);
  const wanted = sum(holdings.filter(hasTarget).map(({ position }) => position.allocationTarget));
  const scale = wanted > 100 ? 100 / wanted : 1;
  const plan = new Map<WeighedHolding, Pick<PlannedHolding, 'targetPct' | 'basis'>>();
  let rest = 100;
  let cash = 0;
  for (const holding of holdings.filter(hasTarget)) {
    const targetPct = holding.position.allocationTarget * scale;
    plan.set(holding, { targetPct, basis: 'target' });
    rest = Math.max(0, rest - targetPct);
    if (isStable(holding.position.input)) cash += targetPct;
  }
  const usual = CASH_PCT.usual / (riskFactor > 0 ? riskFactor : 1);
  const wantedCash = Math.max(CASH_PCT.least, Math.min(CASH_PCT.most, usual)) - cash;
  let budget = rest - Math.max(0, Math.min(rest, wantedCash));
  const free = holdings.filter((holding) => !hasTarget(holding) && !isStable(holding.position.input));
  const capOf = ({ position: { maxAllocation, leverage } }: WeighedHolding): number =>
    Number.isFinite(maxPositionSize)
      ? Math.min(maxAllocation, (maxPositionSize / leverage / valueUsd) * 100)
      : maxAllocation;
  for (const holding of free.filter((one) => !(volatilityOf(one) > 0))) {
    const targetPct = Math.min(holding.share * 100, capOf(holding), budget);
    plan.set(holding, { targetPct, basis: 'kept' });
    budget -= targetPct;
    rest -= targetPct;
  }
  const weighed = free.filter((one) => volatilityOf(one) > 0);
  const targets = fill(
    weighed.map((one) => 1 / volatilityOf(one)),
    weighed.map(capOf),
    budget,
  );
  for (const [i, holding] of weighed.entries()) {
    const targetPct = targets[i] as number;
    const isCapped = targetPct >= capOf(holding) - 1e-9;
    plan.set(holding, { targetPct, basis: isCapped ? 'max_allocation' : 'inverse_volatility' });
    rest -= targetPct;
  }
  const tills = holdings.filter((holding) => !hasTarget(holding) && isStable(holding.position.input));
  const held = sum(tills.map(({ share }) => share));
  for (const till of tills) {
    const part = held > 0 ? till.share / held : 1 / tills.length;
    plan.set(till, { targetPct: Math.max(0, rest) * part, basis: 'cash' });
  }
  return {
    holdings: holdings.map((holding) => ({
      holding,
      currentPct: holding.share * 100,
      ...(plan.get(holding) ?? { targetPct: 0, basis: 'kept' as const }),
    })),
    newCashPct: tills.length === 0 ? Math.max(0, rest) : 0,
  };
}

/** Shares out a budget by weights, none above its cap: what one may not take is shared out among the others. */
function fill(weights: readonly number[], caps: readonly number[], budget: number): number[] {
  const filled = weights.map(() => 0);
  let open = weights.map((_, i) => i);
  let left = budget;
  while (open.length > 0 && left > 1e-12) {
    const total = sum(open.map((i) => weights[i] as number));
    const full = open.filter((i) => ((weights[i] as number) / total) * left >= (caps[i] as number));
    if (full.length === 0) {
      for (const i of open) filled[i] = ((weights[i] as number) / total) * left;
      return filled;
    }
    for (const i of full) filled[i] = caps[i] as number;
    left -= sum(full.map((i) => caps[i] as number));
    open = open.filter((i) => !full.includes(i));
  }
  return filled;
}

function add(shares: Map<string, number>, name: string, pct: number): void {
  shares.set(name, (shares.get(name) ?? 0) + pct);
}

function rounded(shares: ReadonlyMap<string, number>): Shares {
  return Object.fromEntries([...shares].map(([name, pct]) => [name, round(pct)]));
}

/** To a hundredth of a percent. */
export function round(pct: number): number {
  return Math.round(pct * 100) / 100;
}

function sum(values: readonly number[]): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
