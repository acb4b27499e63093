import type { Analysis } from '../../engine/analysis/analysis.js';
import type { AnalysisAsset } from '../../engine/analysis/market.js';
import type { MarketScores } from '../../engine/analysis/watchlists/scores.js';
import type { WatchlistInput } from '../../engine/analysis/watchlists/watchlist-input.js';
import { WATCHLIST_FIELDS, type WatchlistData } from '../../user-view-fields.js';
import type { LiveTables } from '../live-tables.js';
import { type Kept, KeptState } from './kept-state.js';
import type { LiveScores } from './live-scores.js';
import type { PriceFacts, PriceReader } from './seen-prices.js';
import { noWatchlist, watchlistState } from './watchlist-state.js';

export interface WatchlistSourceOptions {
  readonly analysis: Pick<Analysis, 'watchlists' | 'market' | 'portfolios'>;
  readonly scores: LiveScores;
  readonly tables: Pick<LiveTables, 'assets'>;
  /** As `PriceReader` has it. */
  readonly factsOf: (asset: number) => PriceFacts | null;
}

type Served = ReadonlyMap<number, AnalysisAsset>;

/** What a list's state is made of besides prices. */
type Parts = readonly [
  /** Absent: there is none. */
  list: WatchlistInput | undefined,
  /** Null: not known yet. */
  scores: MarketScores | null,
  served: Served,
];

/** The live states of lists. */
export class WatchlistSource {
  readonly #options: WatchlistSourceOptions;
  #served: { readonly assets: readonly AnalysisAsset[]; readonly byId: Served } = {
    assets: [],
    byId: new Map(),
  };

  constructor(options: WatchlistSourceOptions) {
    this.#options = options;
  }

  /** Brings the scores up to date piece by piece, while lists are watched; false: they are. */
  step(now: number): boolean {
    return this.#options.scores.step(now);
  }

  /** Begins to keep how a list's assets stand by the newest prices. */
  open(id: number): Kept {
    const { watchlists, portfolios } = this.#options.analysis;
    return new KeptState<Parts>({
      parts: () => [watchlists.list(id), this.#options.scores.newest, this.#byId()],
      assetsOf: ([list, , byId]) =>
        (list?.assets ?? []).flatMap(({ assetId }) => byId.get(assetId)?.asset ?? []),
      row: (parts, prices) => {
        const data = this.#state(id, parts, prices);
        return WATCHLIST_FIELDS.map((field) => data[field]);
      },
      prices: { priceOf: (asset) => portfolios.price(asset), factsOf: this.#options.factsOf },
    });
  }

  #state(id: number, [list, scores, byId]: Parts, { priceOf, factsOf }: PriceReader): WatchlistData {
    if (list === undefined) return noWatchlist(id);
    const { tables } = this.#options;
    return watchlistState({
      ...{ list, scores, priceOf, factsOf },
      assetOf: (assetId) => byId.get(assetId),
      symbolOf: (assetId) => tables.assets.get(assetId)?.symbol,
    });
  }

  /** Served assets by their rows; made anew when the market changes. */
  #byId(): Served {
    const { assets } = this.#options.analysis.market;
    if (this.#served.assets !== assets) {
      this.#served = { assets, byId: new Map(assets.map((asset) => [asset.assetId, asset])) };
    }
    return this.#served.byId;
  }
}
