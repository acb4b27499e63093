import { DAY_MS, momentText } from '../../../timeframe.js';
import { fourDecimals } from '../statistics.js';
import { type AssetScore, COMPONENT_NAMES } from './score.js';
import type { Streak, Zone } from './tier-history.js';
import { componentsOf } from './watchlist-analysis.js';

export type TierAction = 'add' | 'remove' | 'promote' | 'demote';

/** A recommendation is to be reviewed within this time, ms. */
const LIFE_MS = 7 * DAY_MS;

/** A list by its id and name. */
export interface TierRef {
  readonly id: number;
  readonly name: string;
}

/** Who would have to leave a list that is full. */
export interface Swap {
  readonly assetId: number;
  readonly symbol: string;
  /** Its mean over the same days. */
  readonly mean: number;
  /** Where it would go; null: out of the tiers. */
  readonly to: TierRef | null;
}

/** What is recommended, and on what grounds. */
export interface TierAdvice {
  readonly action: TierAction;
  readonly score: AssetScore;
  readonly streak: Streak;
  readonly zone: Zone;
  readonly confidence: number;
  readonly from: TierRef | null;
  readonly to: TierRef | null;
  readonly swap: Swap | null;
  /** It was to be demoted, and the lower tier has no room for it. */
  readonly isCrowdedOut: boolean;
  /** End of the day, ms. */
  readonly time: number;
  /** Bitcoin's row in `assets`; null: it is not served. */
  readonly bitcoin: number | null;
  /** Rows in `assets` of the tier that it is to be compared with later: the better one that it joins or leaves. */
  readonly peers: readonly number[];
  /** Rows of the tiers, the best first. */
  readonly tiers: readonly number[];
}

/** A row of `recommendations` for the admins. */
export interface TierRecommendation {
  readonly userId: null;
  readonly targetEntityType: 'watchlist';
  /** The list that takes the asset; of a removal the one that loses it. */
  readonly targetEntityId: number;
  readonly recommendationType: 'add' | 'remove' | 'tier_change';
  readonly recommendationTitle: string;
  readonly recommendationSummary: string;
  readonly recommendationPayload: Readonly<Record<string, unknown>>;
  readonly aiLayer: 3;
  /** 0–1. */
  readonly confidenceScore: number;
  readonly status: 'pending';
  readonly priorityLevel: 'medium' | 'high';
  /** ms */
  readonly expiresAt: number;
  readonly dedupKey: string;
}

const TYPES = { add: 'add', remove: 'remove', promote: 'tier_change', demote: 'tier_change' } as const;
const VERBS = { add: 'Add', remove: 'Remove', promote: 'Promote', demote: 'Demote' } as const;

/** Writes advice as a row. The same advice of the same day has the same `dedupKey`, whoever writes it. */
export function recommendationOf(advice: TierAdvice): TierRecommendation {
  const { action, score, streak, from, to, time } = advice;
  const strong = advice.zone.kind === 'high' ? streak.mean >= 0.8 : streak.mean <= 0.25;
  return {
    userId: null,
    targetEntityType: 'watchlist',
    targetEntityId: (to ?? from)?.id ?? 0,
    recommendationType: TYPES[action],
    recommendationTitle: titleOf(advice).slice(0, 200),
    recommendationSummary: summaryOf(advice).slice(0, 10_000),
    recommendationPayload: payloadOf(advice),
    aiLayer: 3,
    confidenceScore: fourDecimals(advice.confidence),
    status: 'pending',
    priorityLevel: strong ? 'high' : 'medium',
    expiresAt: time + LIFE_MS,
    dedupKey: `tier:${action}:${score.assetId}:${momentText(time).slice(0, 10)}`,
  };
}

function titleOf({ action, score, from, to }: TierAdvice): string {
  const whence = from === null ? '' : ` from ${from.name}`;
  const whither = to === null ? '' : ` to ${to.name}`;
  return `${VERBS[action]} ${score.symbol}${whence}${whither}`;
}

function summaryOf({ score, streak, zone, swap, to, isCrowdedOut }: TierAdvice): string {
  const parts = COMPONENT_NAMES.flatMap((name) => {
    const found = score.components[name];
    return found === undefined ? [] : [`${name} ${fourDecimals(found.value)}`];
  });
  const bound = zone.kind === 'high' ? `at least ${zone.exit}` : `at most ${zone.exit}`;
  const lines = [
    `The daily score has been ${bound} for ${streak.scores.length} days in a row, ${fourDecimals(streak.mean)} on average ` +
      `over the last ${zone.days}; today it is ${fourDecimals(score.score ?? 0)}: ${parts.join(', ')}.`,
  ];
  if (swap !== null) {
    const where = swap.to === null ? 'leaves the tiers' : `goes to ${swap.to.name}`;
    lines.push(
      `${to?.name} is full: ${swap.symbol}, ${fourDecimals(swap.mean)} on average, ${where} in exchange.`,
    );
  } else if (isCrowdedOut) {
    lines.push('The lower tier has no room for it.');
  }
  return lines.join(' ');
}

function payloadOf(advice: TierAdvice): Readonly<Record<string, unknown>> {
  const { action, score, streak, zone, from, to, swap, time } = advice;
  return {
    action,
    asset_id: score.assetId,
    symbol: score.symbol,
    position_type: score.side,
    from_watchlist: from,
    to_watchlist: to,
    score: fourDecimals(score.score ?? 0),
    rank: score.rank,
    components: componentsOf(score),
    mean_score: fourDecimals(streak.mean),
    evidence: streak.scores.map((day) => ({
      day: momentText(day.time - DAY_MS).slice(0, 10),
      score: fourDecimals(day.score),
    })),
    zone: { ...zone },
    swap:
      swap === null
        ? null
        : {
            asset_id: swap.assetId,
            symbol: swap.symbol,
            mean_score: fourDecimals(swap.mean),
            to_watchlist: swap.to,
          },
    price: score.price,
    time: momentText(time),
    benchmark_asset_id: advice.bitcoin,
    tier_watchlist_ids: advice.tiers,
    tier_asset_ids: advice.peers,
    missing: {
      ...score.missing,
      ...(advice.bitcoin === null ? { benchmark_asset_id: 'no Bitcoin market in dollars is served' } : {}),
      ai_regime_analysis_id: 'the score does not read the regime',
      ai_sector_analysis_id: 'the score reads sectors as components, not one analysis',
      ai_cross_sector_analysis_id: 'the score does not read it',
      ai_trading_signal_id: 'it does not come from a signal',
      user_id: 'it is for the admins',
    },
  };
}
