import { type AllocationPlan, type PlannedHolding, round } from './allocation.js';
import type { ActiveSignals } from './inputs.js';
import { isStable } from './position-of.js';

/** What to buy or sell so that a holding is what it should be. */
export interface RebalancingSuggestion {
  readonly action: 'reduce' | 'increase' | 'add';
  readonly asset: string;
  /** Null: nothing of it is held. */
  readonly portfolio_asset_id: number | null;
  readonly current_pct: number;
  readonly target_pct: number;
  /** At today's value, USD, above 0. */
  readonly amount_usd: number;
  readonly reason: 'target' | 'overweight' | 'underweight' | 'max_allocation' | 'risk_management';
  /** Ids of active signals that point the same way. */
  readonly related_signals: readonly number[];
}

/**
 * A holding is off when it is 5 points or a quarter of its target away from it, whichever is less, and by a point at
 * least (the 5/25 rule of Swedroe).
 */
export function isOff(currentPct: number, targetPct: number): boolean {
  return Math.abs(currentPct - targetPct) >= Math.max(1, Math.min(5, 0.25 * targetPct));
}

/** Suggests what brings a portfolio to its plan, the greatest amount first; empty: nothing is off. */
export function rebalancing(
  { holdings, newCashPct }: AllocationPlan,
  valueUsd: number,
  signals: ActiveSignals,
): RebalancingSuggestion[] {
  const suggestions = holdings
    .filter(({ currentPct, targetPct }) => isOff(currentPct, targetPct))
    .map((planned) => suggestionOf(planned, valueUsd, signals));
  if (isOff(0, newCashPct)) {
    suggestions.push({
      action: 'add',
      asset: 'stablecoins',
      portfolio_asset_id: null,
      current_pct: 0,
      target_pct: round(newCashPct),
      amount_usd: round((newCashPct / 100) * valueUsd),
      reason: 'risk_management',
      related_signals: [],
    });
  }
  return suggestions.toSorted(
    (a, b) => b.amount_usd - a.amount_usd || (a.portfolio_asset_id ?? 0) - (b.portfolio_asset_id ?? 0),
  );
}

function suggestionOf(
  { holding, currentPct, targetPct, basis }: PlannedHolding,
  valueUsd: number,
  signals: ActiveSignals,
): RebalancingSuggestion {
  const { position, value } = holding;
  const isTooMuch = currentPct > targetPct;
  const wanted = isTooMuch === (position.direction === 1) ? 'short' : 'long';
  const active = position.asset < 0 ? [] : signals.activeOf(position.asset);
  return {
    action: isTooMuch ? 'reduce' : 'increase',
    asset: value.symbol,
    portfolio_asset_id: value.holdingId,
    current_pct: round(currentPct),
    target_pct: round(targetPct),
    amount_usd: round((Math.abs(currentPct - targetPct) / 100) * valueUsd),
    reason:
      basis === 'target'
        ? 'target'
        : isStable(position.input)
          ? 'risk_management'
          : basis === 'max_allocation' && isTooMuch
            ? 'max_allocation'
            : isTooMuch
              ? 'overweight'
              : 'underweight',
    related_signals: active.flatMap(({ id, type }) => (type === wanted && id !== null ? [id] : [])),
  };
}
