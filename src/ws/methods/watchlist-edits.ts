import type { z } from 'zod';
import type { WATCHLIST_EDIT_METHODS } from '../../api/watchlist-edits.js';
import { RequestError } from '../../errors.js';
import type { Connection } from '../../store/pool.js';
import { recordActivities } from '../../store/repositories/activities.js';
import {
  addWatchlistAsset,
  bulkChangeAssets,
  removeWatchlistAsset,
  updateWatchlistAsset,
} from '../../store/repositories/watchlist-assets.js';
import {
  createWatchlist,
  defaultWatchlists,
  deleteWatchlist,
  getWatchlist,
  updateWatchlist,
} from '../../store/repositories/watchlists.js';
import type { FullWatchlist, WatchlistAssetRecord, WatchlistRecord } from '../../store/watchlist-records.js';
import type { User } from '../caller.js';
import type { Handlers, MethodContext } from './handler.js';
import { assetIdOf } from './params.js';
import { actor, asCaller, changesOf, given } from './user-rows.js';

type Watchlist = z.input<(typeof WATCHLIST_EDIT_METHODS)['watchlists.create']['result']>;
type WatchlistAsset = z.input<(typeof WATCHLIST_EDIT_METHODS)['watchlists.addAsset']['result']>;

/** Lists of one user, and default lists, at most: the engine scores all of them. */
const MAX_LISTS = 20;
const MAX_DEFAULT_LISTS = 100;

export const watchlistEditHandlers: Handlers<typeof WATCHLIST_EDIT_METHODS> = {
  'watchlists.create': (params, context) =>
    asCaller(context, async (connection, user) => {
      const isDefault = params.type === 'default';
      if (isDefault) demandAdmin(user, 'type', 'default watchlists are for admins to make');
      demandRightToSize(user, params.max_items);
      const owner = isDefault ? null : user.id;
      const most = isDefault ? MAX_DEFAULT_LISTS : MAX_LISTS;
      const list = {
        name: params.name,
        ...given({
          description: params.description,
          isPublic: params.is_public,
          sortOrder: params.sort_order,
          maxAssets: params.max_items,
        }),
      };
      const made = await createWatchlist(connection, owner, list, most);
      if (made.outcome !== 'created') {
        if (made.outcome === 'conflict') throw nameTaken(params.name);
        throw new RequestError('conflict', `there are ${most} such watchlists already, the most allowed`);
      }
      await noteDefault(connection, context, made.watchlist, 'create');
      return watchlistRow(made.watchlist);
    }),

  'watchlists.update': ({ id, ...params }, context) =>
    asCaller(context, async (connection, user) => {
      const changes = changesOf({
        name: params.name,
        description: params.description,
        isPublic: params.is_public,
        sortOrder: params.sort_order,
        maxAssets: params.max_items,
      });
      const { userId } = await writableList(connection, user, id, 'id');
      demandRightToSize(user, params.max_items);
      const changed = await updateWatchlist(connection, userId, id, changes);
      if (changed.outcome !== 'updated') {
        throw changed.outcome === 'conflict' ? nameTaken(params.name ?? '') : noList(id, 'id');
      }
      await noteDefault(connection, context, changed.watchlist, 'update');
      return watchlistRow(changed.watchlist);
    }),

  'watchlists.delete': ({ id }, context) =>
    asCaller(context, async (connection, user) => {
      const list = await writableList(connection, user, id, 'id');
      if (!(await deleteWatchlist(connection, list.userId, id))) throw noList(id, 'id');
      await noteDefault(connection, context, list, 'delete');
      return { id, deleted: true };
    }),

  'watchlists.addAsset': ({ watchlist_id: listId, symbol, ...params }, context) =>
    asCaller(context, async (connection, user) => {
      const list = await writableList(connection, user, listId, 'watchlist_id');
      const asset = {
        assetId: assetIdOf(context.market, symbol),
        positionType: params.position_type,
        ...given({ sortOrder: params.sort_order, notes: params.notes }),
      };
      const added = await addWatchlistAsset(connection, list.userId, listId, asset, user.id);
      if (added.outcome !== 'added') {
        if (added.outcome === 'not_found') throw noList(listId, 'watchlist_id');
        if (added.outcome === 'conflict') {
          throw new RequestError('conflict', `${symbol} is in watchlist ${listId} already`, 'symbol');
        }
        const most = `${list.maxAssets} assets, the most allowed`;
        throw new RequestError('conflict', `watchlist ${listId} has ${most}`, 'watchlist_id');
      }
      await noteDefault(connection, context, list, 'add_asset', symbol);
      return assetRow(added.asset);
    }),

  'watchlists.updateAsset': ({ watchlist_id: listId, symbol, ...params }, context) =>
    asCaller(context, async (connection, user) => {
      const changes = changesOf({
        positionType: params.position_type,
        sortOrder: params.sort_order,
        notes: params.notes,
      });
      const list = await writableList(connection, user, listId, 'watchlist_id');
      const assetId = assetIn(list, symbol, context);
      const asset = await updateWatchlistAsset(connection, list.userId, listId, assetId, changes, user.id);
      if (asset === null) throw notInList(symbol, listId);
      await noteDefault(connection, context, list, 'update_asset', symbol);
      return assetRow(asset);
    }),

  'watchlists.removeAsset': ({ watchlist_id: listId, symbol }, context) =>
    asCaller(context, async (connection, user) => {
      const list = await writableList(connection, user, listId, 'watchlist_id');
      const assetId = assetIn(list, symbol, context);
      const isGone = await removeWatchlistAsset(connection, list.userId, listId, assetId);
      if (!isGone) throw notInList(symbol, listId);
      await noteDefault(connection, context, list, 'remove_asset', symbol);
      return { watchlist_id: listId, symbol, removed: true };
    }),

  'watchlists.bulk': ({ action, symbols, review_notes: reviewNotes }, context) =>
    asCaller(context, async (connection, user) => {
      const names = [...new Set(symbols)];
      const assetIds = names.map((symbol) => assetIdOf(context.market, symbol, 'symbols'));
      const [first, second] = await tiers(connection);
      const { addTo, removeFrom } = {
        promote_to_tier1: { addTo: first, removeFrom: [second] },
        demote_to_tier2: { addTo: second, removeFrom: [first] },
        remove_from_tiers: { addTo: null, removeFrom: [first, second] },
      }[action];
      const origin = actor(context);
      const change = { userId: user.id, action, assetIds, addTo, removeFrom, reviewNotes, origin };
      const result = await bulkChangeAssets(connection, change);
      if (result.outcome !== 'changed') {
        if (result.outcome === 'not_found') throw noTiers();
        const message = 'symbols: the watchlist has no room for so many; none was moved';
        throw new RequestError('conflict', message, 'symbols');
      }
      return { action, symbols: names, added: result.added, removed: result.removed };
    }),
};

/** Gives the ids of Tier 1 and Tier 2. @throws RequestError `not_found` if an admin has deleted one */
async function tiers(connection: Connection): Promise<readonly [number, number]> {
  const lists = await defaultWatchlists(connection, ['Tier 1', 'Tier 2']);
  const [first, second] = ['Tier 1', 'Tier 2'].map((name) => lists.find((list) => list.name === name)?.id);
  if (first === undefined || second === undefined) throw noTiers();
  return [first, second];
}

function noTiers(): RequestError {
  return new RequestError(
    'not_found',
    'the default watchlists Tier 1 and Tier 2 are not both there any more',
  );
}

/** Gives a list that the user may change. @throws RequestError `not_found`, `forbidden` for a default one of the admins */
async function writableList(
  connection: Connection,
  user: User,
  id: number,
  field: string,
): Promise<FullWatchlist> {
  const list = await getWatchlist(connection, user.id, id);
  if (list === null) throw noList(id, field);
  if (list.userId === null) demandAdmin(user, field, 'default watchlists are for admins to change');
  return list;
}

/** Gives an asset of a list, also one that is not served here any more. @throws RequestError `not_found` */
function assetIn({ id, assets }: FullWatchlist, symbol: string, { market }: MethodContext): number {
  const served = market.assetId(symbol);
  // A list may hold the same symbol of another data source.
  const found = assets.find((asset) =>
    served === undefined ? asset.symbol === symbol : asset.assetId === served,
  );
  if (found === undefined) throw notInList(symbol, id);
  return found.assetId;
}

function demandAdmin({ role }: User, field: string, message: string): void {
  if (role !== 'admin') throw new RequestError('forbidden', message, field);
}

function demandRightToSize(user: User, maxItems: number | undefined): void {
  if (maxItems !== undefined) demandAdmin(user, 'max_items', 'max_items is for admins to set');
}

function noList(id: number, field: string): RequestError {
  return new RequestError('not_found', `there is no watchlist ${id}`, field);
}

function notInList(symbol: string, id: number): RequestError {
  return new RequestError('not_found', `"${symbol}" is not in watchlist ${id}`, 'symbol');
}

function nameTaken(name: string): RequestError {
  return new RequestError('conflict', `there is a default watchlist "${name}" already`, 'name');
}

/** Writes down who changed a default list. */
async function noteDefault(
  connection: Connection,
  context: MethodContext,
  { id, userId, name }: WatchlistRecord,
  action: string,
  symbol?: string,
): Promise<void> {
  if (userId !== null) return;
  await recordActivities(connection, [
    {
      ...{ userId: context.caller.user?.id ?? null, activityType: 'admin_action', entityType: 'watchlist' },
      ...{ entityId: id, action, details: { name, ...given({ symbol }) }, ...actor(context) },
    },
  ]);
}

function watchlistRow(list: WatchlistRecord): Watchlist {
  return {
    id: list.id,
    name: list.name,
    description: list.description,
    type: list.watchlistType,
    is_public: list.isPublic,
    max_items: list.maxAssets,
    sort_order: list.sortOrder,
    created_at: list.createdAt,
    last_updated: list.updatedAt,
  };
}

function assetRow(asset: WatchlistAssetRecord): WatchlistAsset {
  return {
    id: asset.id,
    watchlist_id: asset.watchlistId,
    asset_id: asset.assetId,
    symbol: asset.symbol,
    name: asset.name,
    position_type: asset.positionType,
    sort_order: asset.sortOrder,
    notes: asset.notes,
    created_at: asset.createdAt,
    updated_at: asset.updatedAt,
  };
}
