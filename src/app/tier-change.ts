import type { RecommendationRow } from '../store/signal-records.js';

/** What a recommendation of the tiers asks for. Ids are rows of `assets` and `watchlists`. */
export interface TierChange {
  readonly id: number;
  readonly action: 'add' | 'remove' | 'promote' | 'demote';
  readonly assetId: number;
  readonly symbol: string;
  readonly side: 'long' | 'short';
  /** Null: it is in no tier. */
  readonly from: number | null;
  /** Null: it leaves the tiers. The reviewer may have chosen another list than was recommended. */
  readonly to: number | null;
  /** Who leaves a list that is full, and where to; null: nobody. */
  readonly swap: { readonly assetId: number; readonly symbol: string; readonly to: number | null } | null;
  /** All tiers. */
  readonly tiers: readonly number[];
  /** End of the day at which it was recommended, ms. */
  readonly time: number;
  /** Bitcoin; null: it was not served. */
  readonly benchmark: number | null;
  /** Assets of the tier that it is compared with. */
  readonly peers: readonly number[];
}

const ACTIONS = ['add', 'remove', 'promote', 'demote'] as const;

/** Reads what `recommendationOf` of the advisor has written; null: it is none of that kind. */
export function readTierChange(row: RecommendationRow): TierChange | null {
  const payload = row.recommendationPayload ?? {};
  const action = ACTIONS.find((each) => each === payload.action);
  const assetId = idOf(payload.asset_id);
  const time = typeof payload.time === 'string' ? Date.parse(payload.time) : Number.NaN;
  if (action === undefined || assetId === null || Number.isNaN(time)) return null;
  const target = row.targetEntityType === 'watchlist' ? row.targetEntityId : null;
  if (target === null) return null;
  const recommended = idOf(record(payload.to_watchlist).id);
  const swap = record(payload.swap);
  const swapped = idOf(swap.asset_id);
  return {
    id: row.id,
    action,
    assetId,
    symbol: typeof payload.symbol === 'string' ? payload.symbol : `asset ${assetId}`,
    side: payload.position_type === 'short' ? 'short' : 'long',
    from: action === 'remove' ? target : idOf(record(payload.from_watchlist).id),
    to: action === 'remove' ? null : target,
    // Who was to make room in one list need not leave another.
    swap:
      swapped === null || recommended !== target
        ? null
        : { assetId: swapped, symbol: String(swap.symbol), to: idOf(record(swap.to_watchlist).id) },
    tiers: idsOf(payload.tier_watchlist_ids),
    time,
    benchmark: idOf(payload.benchmark_asset_id),
    peers: idsOf(payload.tier_asset_ids),
  };
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function idOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : null;
}

function idsOf(value: unknown): readonly number[] {
  return Array.isArray(value) ? value.flatMap((each: unknown) => idOf(each) ?? []) : [];
}
