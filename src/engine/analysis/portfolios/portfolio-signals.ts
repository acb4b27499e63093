import type { ActiveSignal, ActiveSignals } from './inputs.js';
import { isStable } from './position-of.js';
import type { RebalancingSuggestion } from './rebalancing.js';
import type { WeighedHolding } from './value-path.js';

/**
 * Sorts the active signals of what is held: against a holding they are exits, with it entries to add to it, and both
 * adjustments where rebalancing wants the same.
 */
export function portfolioSignals(
  holdings: readonly WeighedHolding[],
  suggestions: readonly RebalancingSuggestion[],
  signals: ActiveSignals,
): Readonly<Record<string, readonly unknown[]>> {
  const exits: unknown[] = [];
  const entries: unknown[] = [];
  const adjustments: unknown[] = [];
  for (const { position, value } of holdings) {
    if (position.asset < 0 || isStable(position.input)) continue;
    const suggestion = suggestions.find((one) => one.portfolio_asset_id === value.holdingId);
    for (const signal of signals.activeOf(position.asset)) {
      const isWith = (signal.type === 'long') === (position.direction === 1);
      const named = { signal_id: signal.id, asset_id: value.assetId, portfolio_asset_id: value.holdingId };
      const { confidence } = signal;
      if (isWith) entries.push({ ...named, type: 'add_position', reason: 'signal', confidence });
      else exits.push({ ...named, type: 'partial_exit', reason: 'signal', urgency: urgencyOf(signal) });
      if (suggestion === undefined || isWith !== (suggestion.action === 'increase')) continue;
      adjustments.push({
        ...named,
        type: isWith ? 'increase_position' : 'reduce_position',
        current_weight: suggestion.current_pct,
        target_weight: suggestion.target_pct,
      });
    }
  }
  return { exit_signals: exits, entry_signals: entries, adjustment_signals: adjustments };
}

function urgencyOf({ confidence }: ActiveSignal): 'low' | 'medium' | 'high' {
  return confidence >= 0.8 ? 'high' : confidence >= 0.6 ? 'medium' : 'low';
}
