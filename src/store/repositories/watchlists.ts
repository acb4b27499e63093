import { type ChangeColumns, setList } from '../changes.js';
import { type KeyedRow, Keyset, type Page } from '../keyset.js';
import { lockOwner } from '../owner-lock.js';
import type { Connection, Queryable } from '../pool.js';
import type {
  CreateWatchlist,
  FullWatchlist,
  NewWatchlist,
  UpdateWatchlist,
  WatchlistAssetRecord,
  WatchlistChanges,
  WatchlistRecord,
  WatchlistRequest,
} from '../watchlist-records.js';

const COLUMNS = `w.id, w.name, w.description, w.user_id AS "userId", w.watchlist_type AS "watchlistType",
  w.is_public AS "isPublic", w.max_assets AS "maxAssets", w.sort_order AS "sortOrder", w.created_at AS "createdAt",
  w.updated_at AS "updatedAt"`;

/** Of `watchlist_assets` wa and its `assets` a. */
export const WATCHLIST_ASSET_COLUMNS = `wa.id, wa.watchlist_id AS "watchlistId", wa.asset_id AS "assetId", a.symbol, a.data_source AS "dataSource",
  a.name, wa.position_type AS "positionType", wa.sort_order AS "sortOrder", wa.notes, wa.added_by AS "addedBy",
  wa.created_at AS "createdAt", wa.updated_at AS "updatedAt"`;

/** One's own and the default ones. */
const READABLE = 'w.is_active AND (w.user_id = $1 OR w.user_id IS NULL)';

const SORTED = new Keyset('watchlists', 'ASC', [
  { sql: 'w.sort_order', type: 'integer' },
  { sql: 'w.id', type: 'integer' },
]);

const CHANGEABLE: ChangeColumns<WatchlistChanges> = {
  name: 'name',
  description: 'description',
  isPublic: 'is_public',
  sortOrder: 'sort_order',
  maxAssets: 'max_assets',
};

/** Gives the default lists and a user's own, with their assets: two queries, however many lists. */
export async function listWatchlists(
  database: Queryable,
  request: WatchlistRequest,
): Promise<Page<FullWatchlist>> {
  const values: unknown[] = [request.userId];
  const { rows } = await database.query<WatchlistRecord & KeyedRow>(
    `SELECT ${COLUMNS}, ${SORTED.select} FROM watchlists w
     WHERE ${READABLE} AND ${SORTED.after(request, values)} ${SORTED.orderAndLimit(request, values)}`,
    values,
  );
  const page = SORTED.page(request, rows, ({ page_key, ...watchlist }): WatchlistRecord => watchlist);
  return { ...page, items: await withAssets(database, page.items) };
}

/** Gives a default list or one of the user's own, with its assets. Null: no such list, or another user's. */
export async function getWatchlist(
  database: Queryable,
  userId: number | null,
  watchlistId: number,
): Promise<FullWatchlist | null> {
  const { rows } = await database.query<WatchlistRecord>(
    `SELECT ${COLUMNS} FROM watchlists w WHERE w.id = $2 AND ${READABLE}`,
    [userId, watchlistId],
  );
  const [watchlist] = await withAssets(database, rows);
  return watchlist ?? null;
}

/** Gives the default lists of these names, as far as there are any. */
export async function defaultWatchlists(
  database: Queryable,
  names: readonly string[],
): Promise<readonly { readonly id: number; readonly name: string }[]> {
  const { rows } = await database.query<{ id: number; name: string }>(
    'SELECT id, name FROM watchlists WHERE user_id IS NULL AND is_active AND name = ANY($1::text[]) ORDER BY id',
    [names],
  );
  return rows;
}

/**
 * Makes a list of a user, who may have `maxLists`, or a default one, whose name no other default list may have, in
 * whatever case.
 *
 * @param connection in a transaction
 * @param owner null: a default list
 */
export async function createWatchlist(
  connection: Connection,
  owner: number | null,
  list: NewWatchlist,
  maxLists: number,
): Promise<CreateWatchlist> {
  await lockOwner(connection, 'watchlists', owner);
  const { rows: counted } = await connection.query<{ lists: number; isTaken: boolean }>(
    `SELECT count(*) AS lists, coalesce(bool_or(user_id IS NULL AND lower(name) = lower($2)), false) AS "isTaken"
     FROM watchlists WHERE user_id = $1 OR ($1::int IS NULL AND user_id IS NULL)`,
    [owner, list.name],
  );
  if (counted[0]?.isTaken === true) return { outcome: 'conflict' };
  if ((counted[0]?.lists ?? 0) >= maxLists) return { outcome: 'full' };
  const { rows } = await connection.query<WatchlistRecord>(
    `INSERT INTO watchlists AS w (user_id, watchlist_type, name, description, is_public, sort_order, max_assets)
     VALUES ($1, CASE WHEN $1::int IS NULL THEN 'default' ELSE 'personal' END::watchlist_type, $2, $3, $4, $5, $6)
     RETURNING ${COLUMNS}`,
    [
      owner,
      list.name,
      list.description ?? null,
      list.isPublic ?? owner === null,
      list.sortOrder ?? 0,
      list.maxAssets ?? 25,
    ],
  );
  const [watchlist] = rows;
  return watchlist === undefined ? { outcome: 'conflict' } : { outcome: 'created', watchlist };
}

/**
 * Changes a list of this owner. Fewer `maxAssets` than it has takes none away, and lets none in.
 *
 * @param connection in a transaction
 * @param owner null: a default list
 * @throws RangeError without a change
 */
export async function updateWatchlist(
  connection: Connection,
  owner: number | null,
  watchlistId: number,
  changes: WatchlistChanges,
): Promise<UpdateWatchlist> {
  if (owner === null && changes.name !== undefined) {
    await lockOwner(connection, 'watchlists', owner);
    const { rowCount } = await connection.query(
      'SELECT FROM watchlists WHERE user_id IS NULL AND lower(name) = lower($1) AND id <> $2',
      [changes.name, watchlistId],
    );
    if (rowCount !== 0) return { outcome: 'conflict' };
  }
  const values: unknown[] = [owner, watchlistId];
  const { rows } = await connection.query<WatchlistRecord>(
    `UPDATE watchlists w SET ${setList(CHANGEABLE, changes, values)}
     WHERE w.id = $2 AND w.user_id IS NOT DISTINCT FROM $1 AND w.is_active RETURNING ${COLUMNS}`,
    values,
  );
  const [watchlist] = rows;
  return watchlist === undefined ? { outcome: 'not_found' } : { outcome: 'updated', watchlist };
}

/** Deletes a list of this owner with its assets and analyses. False: there is none. */
export async function deleteWatchlist(
  database: Queryable,
  owner: number | null,
  watchlistId: number,
): Promise<boolean> {
  const { rowCount } = await database.query(
    'DELETE FROM watchlists WHERE id = $2 AND user_id IS NOT DISTINCT FROM $1',
    [owner, watchlistId],
  );
  return rowCount === 1;
}

async function withAssets(
  database: Queryable,
  watchlists: readonly WatchlistRecord[],
): Promise<readonly FullWatchlist[]> {
  if (watchlists.length === 0) return [];
  const { rows } = await database.query<WatchlistAssetRecord>(
    `SELECT ${WATCHLIST_ASSET_COLUMNS} FROM watchlist_assets wa JOIN assets a ON a.id = wa.asset_id
     WHERE wa.watchlist_id = ANY($1::int[]) AND wa.is_active ORDER BY wa.watchlist_id, wa.sort_order, wa.id`,
    [watchlists.map(({ id }) => id)],
  );
  const assets = new Map<number, WatchlistAssetRecord[]>(watchlists.map(({ id }) => [id, []]));
  for (const asset of rows) assets.get(asset.watchlistId)?.push(asset);
  return watchlists.map((watchlist) => ({ ...watchlist, assets: assets.get(watchlist.id) ?? [] }));
}
