import type { PageRequest } from './keyset.js';
import type { ActivityOrigin } from './user-records.js';

export type PositionType = 'long' | 'short';

/** An asset in a watchlist. */
export interface WatchlistAssetRecord {
  readonly id: number;
  readonly watchlistId: number;
  readonly assetId: number;
  readonly symbol: string;
  readonly dataSource: string;
  readonly name: string;
  readonly positionType: PositionType;
  readonly sortOrder: number;
  readonly notes: string | null;
  readonly addedBy: number | null;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** A watchlist without its assets. */
export interface WatchlistRecord {
  readonly id: number;
  readonly name: string;
  readonly description: string | null;
  /** Null: a default list, which everybody reads and admins write. */
  readonly userId: number | null;
  readonly watchlistType: 'default' | 'personal';
  readonly isPublic: boolean;
  /** Of each data source. */
  readonly maxAssets: number;
  readonly sortOrder: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** A watchlist with its assets by `sortOrder`. */
export interface FullWatchlist extends WatchlistRecord {
  readonly assets: readonly WatchlistAssetRecord[];
}

export interface NewWatchlist {
  readonly name: string;
  readonly description?: string | null;
  readonly isPublic?: boolean;
  readonly sortOrder?: number;
  /** Of each data source; for admins to give. Default 25. */
  readonly maxAssets?: number;
}

export interface WatchlistChanges {
  readonly name?: string;
  readonly description?: string | null;
  readonly isPublic?: boolean;
  readonly sortOrder?: number;
  /** Of each data source; for admins to give. */
  readonly maxAssets?: number;
}

export interface NewWatchlistAsset {
  readonly assetId: number;
  readonly positionType?: PositionType;
  /** Default: behind all others. */
  readonly sortOrder?: number;
  readonly notes?: string | null;
}

export interface WatchlistAssetChanges {
  readonly positionType?: PositionType;
  readonly sortOrder?: number;
  readonly notes?: string | null;
}

/** `conflict`: the name is taken, or the asset is in the list; `full`: no more are allowed. */
export type CreateWatchlist =
  | { readonly outcome: 'created'; readonly watchlist: WatchlistRecord }
  | { readonly outcome: 'conflict' | 'full' };
export type UpdateWatchlist =
  | { readonly outcome: 'updated'; readonly watchlist: WatchlistRecord }
  | { readonly outcome: 'conflict' | 'not_found' };
export type AddWatchlistAsset =
  | { readonly outcome: 'added'; readonly asset: WatchlistAssetRecord }
  | { readonly outcome: 'conflict' | 'full' | 'not_found' };

/** One change of many assets of default lists, such as promoting them from one to another. */
export interface BulkChange {
  /** Admin who does it. */
  readonly userId: number;
  /** A word of lower case for the record of it, such as `promote_to_tier1`. */
  readonly action: string;
  readonly assetIds: readonly number[];
  /** The list that takes them; null: none. */
  readonly addTo: number | null;
  /** The lists that lose them. */
  readonly removeFrom: readonly number[];
  readonly reviewNotes?: string | null;
  readonly origin?: ActivityOrigin;
}

/** Counts of assets; those that were where they should be are not among them. */
export type BulkResult =
  | { readonly outcome: 'changed'; readonly added: number; readonly removed: number }
  | { readonly outcome: 'full' | 'not_found' };

export interface WatchlistRequest extends PageRequest {
  /** Whose lists, besides the default ones; null: a guest's. */
  readonly userId: number | null;
}
