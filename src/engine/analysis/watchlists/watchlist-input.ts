import type { Side } from './score.js';

/** An asset that is watched. */
export interface WatchedAsset {
  readonly assetId: number;
  readonly positionType: Side;
}

/** A list as its analysis takes it. */
export interface WatchlistInput {
  readonly id: number;
  readonly name: string;
  /** Null: a default list. */
  readonly userId: number | null;
  /** Of each data source. */
  readonly maxAssets: number;
  /** In the order of the list. */
  readonly assets: readonly WatchedAsset[];
}

/** What is read of a row of `watchlists`. */
export interface ListRow {
  readonly id: number;
  readonly name: string;
  readonly userId: number | null;
  readonly isActive: boolean;
  readonly maxAssets: number;
}

/** What is read of a row of `watchlist_assets`. */
export interface ListAssetRow {
  readonly id: number;
  readonly assetId: number;
  readonly positionType: Side;
  readonly sortOrder: number;
  readonly isActive: boolean;
}

/** Makes lists of rows: those that are active, by ascending id. @param assetsOf rows of a list, in any order */
export function watchlistInputs(
  rows: Iterable<ListRow>,
  assetsOf: (watchlistId: number) => Iterable<ListAssetRow>,
): readonly WatchlistInput[] {
  return [...rows]
    .filter(({ isActive }) => isActive)
    .toSorted((a, b) => a.id - b.id)
    .map(({ id, name, userId, maxAssets }) => ({
      ...{ id, name, userId, maxAssets },
      assets: [...assetsOf(id)]
        .filter(({ isActive }) => isActive)
        .toSorted((a, b) => a.sortOrder - b.sortOrder || a.id - b.id)
        .map(({ assetId, positionType }) => ({ assetId, positionType })),
    }));
}
