import type { Queryable } from '../pool.js';

/** Where an entry of a watchlist stands. */
export interface WatchlistEntry {
  readonly watchlistId: number;
  readonly symbol: string;
}

/** Gives an entry that the connection's user may see; null: there is none. */
export async function watchlistEntry(database: Queryable, id: number): Promise<WatchlistEntry | null> {
  const { rows } = await database.query<WatchlistEntry>(
    `SELECT wa.watchlist_id AS "watchlistId", a.symbol
     FROM watchlist_assets wa JOIN assets a ON a.id = wa.asset_id JOIN watchlists w ON w.id = wa.watchlist_id
     WHERE wa.id = $1 AND wa.is_active AND w.is_active`,
    [id],
  );
  return rows[0] ?? null;
}
