import { type ChangeColumns, setList } from '../changes.js';
import type { Connection, Queryable } from '../pool.js';
import type {
  AddWatchlistAsset,
  BulkChange,
  BulkResult,
  NewWatchlistAsset,
  WatchlistAssetChanges,
  WatchlistAssetRecord,
} from '../watchlist-records.js';
import { recordActivities } from './activities.js';
import { WATCHLIST_ASSET_COLUMNS } from './watchlists.js';

const CHANGEABLE: ChangeColumns<WatchlistAssetChanges> = {
  positionType: 'position_type',
  sortOrder: 'sort_order',
  notes: 'notes',
};

/** The largest place in list $1, so that there is one behind it. */
const BEHIND = `(SELECT least(coalesce(max(sort_order), -1), 2147483646) FROM watchlist_assets WHERE watchlist_id = $1)`;

/**
 * Puts an asset into a list of this owner, which holds `maxAssets` of each data source. Of two that add at once the list takes as many as it holds, and an asset
 * once; one that was switched off is switched on again.
 *
 * @param connection in a transaction
 * @param owner null: a default list
 * @param addedBy who does it
 */
export async function addWatchlistAsset(
  connection: Connection,
  owner: number | null,
  watchlistId: number,
  asset: NewWatchlistAsset,
  addedBy: number,
): Promise<AddWatchlistAsset> {
  const list = await lockList(connection, owner, watchlistId);
  if (list === undefined) return { outcome: 'not_found' };
  const { rows: counted } = await connection.query<{ assets: number; isIn: boolean }>(
    `SELECT count(*) AS assets, coalesce(bool_or(asset_id = $2), false) AS "isIn"
     FROM watchlist_assets wa JOIN assets a ON a.id = wa.asset_id
     WHERE wa.watchlist_id = $1 AND wa.is_active AND a.data_source = (SELECT data_source FROM assets WHERE id = $2)`,
    [watchlistId, asset.assetId],
  );
  if (counted[0]?.isIn === true) return { outcome: 'conflict' };
  if ((counted[0]?.assets ?? 0) >= list.maxAssets) return { outcome: 'full' };
  const { rows } = await connection.query<WatchlistAssetRecord>(
    `WITH wa AS (
       INSERT INTO watchlist_assets AS w (watchlist_id, asset_id, position_type, sort_order, notes, added_by,
         last_modified_by)
       VALUES ($1, $2, $3, coalesce($4::int,
         ${BEHIND} + 1), $5, $6, $6)
       ON CONFLICT (watchlist_id, asset_id) DO UPDATE SET is_active = true, position_type = excluded.position_type,
         sort_order = excluded.sort_order, notes = excluded.notes, last_modified_by = excluded.last_modified_by
         WHERE NOT w.is_active
       RETURNING *
     )
     SELECT ${WATCHLIST_ASSET_COLUMNS} FROM wa JOIN assets a ON a.id = wa.asset_id`,
    [
      watchlistId,
      asset.assetId,
      asset.positionType ?? 'long',
      asset.sortOrder ?? null,
      asset.notes ?? null,
      addedBy,
    ],
  );
  const [added] = rows;
  return added === undefined ? { outcome: 'conflict' } : { outcome: 'added', asset: added };
}

/**
 * Changes an asset in a list of this owner. Null: no such list, or the asset is not in it.
 *
 * @throws RangeError without a change
 */
export async function updateWatchlistAsset(
  database: Queryable,
  owner: number | null,
  watchlistId: number,
  assetId: number,
  changes: WatchlistAssetChanges,
  modifiedBy: number,
): Promise<WatchlistAssetRecord | null> {
  const values: unknown[] = [owner, watchlistId, assetId, modifiedBy];
  const { rows } = await database.query<WatchlistAssetRecord>(
    `UPDATE watchlist_assets wa SET ${setList(CHANGEABLE, changes, values)}, last_modified_by = $4
     FROM watchlists w, assets a
     WHERE wa.watchlist_id = $2 AND wa.asset_id = $3 AND wa.is_active AND a.id = wa.asset_id
       AND w.id = wa.watchlist_id AND w.is_active AND w.user_id IS NOT DISTINCT FROM $1
     RETURNING ${WATCHLIST_ASSET_COLUMNS}`,
    values,
  );
  return rows[0] ?? null;
}

/** Takes an asset out of a list of this owner. False: no such list, or the asset is not in it. */
export async function removeWatchlistAsset(
  database: Queryable,
  owner: number | null,
  watchlistId: number,
  assetId: number,
): Promise<boolean> {
  const { rowCount } = await database.query(
    `DELETE FROM watchlist_assets wa USING watchlists w
     WHERE wa.watchlist_id = $2 AND wa.asset_id = $3
       AND w.id = wa.watchlist_id AND w.is_active AND w.user_id IS NOT DISTINCT FROM $1`,
    [owner, watchlistId, assetId],
  );
  return rowCount === 1;
}

/**
 * Moves many assets between default lists, or takes them out, all or none, and records who did it and why.
 *
 * @param connection in a transaction
 */
export async function bulkChangeAssets(connection: Connection, change: BulkChange): Promise<BulkResult> {
  const { addTo, removeFrom } = change;
  const assetIds = [...new Set(change.assetIds)];
  const listIds = addTo === null ? removeFrom : [addTo, ...removeFrom];
  const { rows: lists } = await connection.query<{ id: number; maxAssets: number }>(
    `SELECT id, max_assets AS "maxAssets" FROM watchlists
     WHERE id = ANY($1::int[]) AND user_id IS NULL AND is_active
     ORDER BY id FOR NO KEY UPDATE -- two at once take the lists in one order`,
    [listIds],
  );
  if (lists.length !== new Set(listIds).size) return { outcome: 'not_found' };
  const maxAssets = lists.find(({ id }) => id === addTo)?.maxAssets;
  let added = 0;
  if (addTo !== null && maxAssets !== undefined) {
    if (await wouldOverflow(connection, addTo, assetIds, maxAssets)) return { outcome: 'full' };
    added = await addAll(connection, addTo, assetIds, change.userId);
  }
  const { rowCount } = await connection.query(
    `DELETE FROM watchlist_assets
     WHERE watchlist_id = ANY($1::int[]) AND watchlist_id IS DISTINCT FROM $2 AND asset_id = ANY($3::int[])`,
    [removeFrom, addTo, assetIds],
  );
  await recordActivities(connection, [
    {
      userId: change.userId,
      activityType: 'admin_action',
      entityType: 'watchlist',
      entityId: addTo ?? removeFrom[0] ?? null,
      action: change.action,
      details: { asset_ids: assetIds, review_notes: change.reviewNotes ?? null },
      ...change.origin,
    },
  ]);
  return { outcome: 'changed', added, removed: rowCount ?? 0 };
}

/** As `bulk_update_watchlist_assets` counts, which would end the transaction. */
async function wouldOverflow(
  connection: Connection,
  watchlistId: number,
  assetIds: readonly number[],
  maxAssets: number,
): Promise<boolean> {
  const { rows } = await connection.query<{ isOver: boolean }>(
    `SELECT coalesce(max(n.assets), 0) > greatest($3, largest_watchlist_count($1)) AS "isOver"
     FROM (
       SELECT count(*) AS assets FROM assets
       WHERE id = ANY($2::int[])
         OR id IN (SELECT asset_id FROM watchlist_assets WHERE watchlist_id = $1 AND is_active)
       GROUP BY data_source
     ) n`,
    [watchlistId, assetIds, maxAssets],
  );
  return rows[0]?.isOver === true;
}

async function addAll(
  connection: Connection,
  watchlistId: number,
  assetIds: readonly number[],
  addedBy: number,
): Promise<number> {
  const { rows } = await connection.query<{ added: number }>(
    `SELECT bulk_update_watchlist_assets($1, coalesce(jsonb_agg(jsonb_build_object(
       'asset_id', n.asset_id, 'is_active', true,
       'sort_order', coalesce(old.sort_order, least(${BEHIND} + n.place, 2147483647)))), '[]'), $3) AS added
     FROM unnest($2::int[]) WITH ORDINALITY AS n (asset_id, place)
     LEFT JOIN watchlist_assets old ON old.watchlist_id = $1 AND old.asset_id = n.asset_id`,
    [watchlistId, assetIds, addedBy],
  );
  return rows[0]?.added ?? 0;
}

/** Lets one transaction at a time count and add the assets of a list. Undefined: no such list of this owner. */
async function lockList(
  connection: Connection,
  owner: number | null,
  watchlistId: number,
): Promise<{ readonly maxAssets: number } | undefined> {
  const { rows } = await connection.query<{ maxAssets: number }>(
    `SELECT max_assets AS "maxAssets" FROM watchlists
     WHERE id = $2 AND user_id IS NOT DISTINCT FROM $1 AND is_active FOR NO KEY UPDATE`,
    [owner, watchlistId],
  );
  return rows[0];
}
