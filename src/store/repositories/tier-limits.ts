import type { Queryable } from '../pool.js';

/** Names of the default watchlists by the field of `watchlist_limits` that bounds them. */
const TIERS = { tier1_max: 'Tier 1', tier2_max: 'Tier 2' } as const;

/** Most assets of the default watchlists. */
export type TierLimits = { readonly [K in keyof typeof TIERS]: number };

/** Gives how many assets the default watchlists take; without one that is gone. */
export async function tierLimits(database: Queryable): Promise<Partial<TierLimits>> {
  const { rows } = await database.query<{ name: string; max: number }>(
    `SELECT name, max_assets AS max FROM watchlists
     WHERE user_id IS NULL AND watchlist_type = 'default' AND name = ANY($1::text[])`,
    [Object.values(TIERS)],
  );
  return Object.fromEntries(
    Object.entries(TIERS).flatMap(([field, name]) => {
      const row = rows.find((found) => found.name === name);
      return row === undefined ? [] : [[field, row.max]];
    }),
  );
}

/** Sets how many assets the default watchlists take; what is listed beyond that stays. */
export async function setTierLimits(database: Queryable, limits: TierLimits): Promise<void> {
  await database.query(
    `UPDATE watchlists w SET max_assets = l.max
     FROM unnest($1::text[], $2::int[]) AS l (name, max)
     WHERE w.user_id IS NULL AND w.watchlist_type = 'default' AND w.name = l.name AND w.max_assets <> l.max`,
    [Object.values(TIERS), [limits.tier1_max, limits.tier2_max]],
  );
}
