import type { Analysis } from '../../engine/analysis/analysis.js';
import type { AnalysisAsset } from '../../engine/analysis/market.js';
import type { WatchlistData } from '../../user-view-fields.js';
import type { LiveTables } from '../live-tables.js';
import { LiveScores } from './live-scores.js';
import type { PriceFacts } from './portfolio-state.js';
import type { SeenPrices } from './seen-prices.js';
import { noWatchlist, watchlistState } from './watchlist-state.js';

export interface WatchlistSourceOptions {
  readonly analysis: Pick<
    Analysis,
    'watchlists' | 'market' | 'portfolios' | 'liveFrames' | 'contexts' | 'version'
  >;
  readonly tables: Pick<LiveTables, 'assets'>;
  readonly factsOf: (asset: number) => PriceFacts | null;
}

/** The live states of lists. */
export class WatchlistSource {
  readonly #options: WatchlistSourceOptions;
  readonly #scores: LiveScores;
  #served: { readonly assets: readonly AnalysisAsset[]; readonly byId: ReadonlyMap<number, AnalysisAsset> } =
    {
      assets: [],
      byId: new Map(),
    };

  constructor(options: WatchlistSourceOptions) {
    this.#options = options;
    this.#scores = new LiveScores(options.analysis);
  }

  /** Brings the scores up to date piece by piece, while lists are watched; false: they are. */
  step(now: number): boolean {
    return this.#scores.step(now);
  }

  /** Says whether a price of a list, its scores or what is in it have changed since it was last asked. */
  hasMoved(id: number, seen: SeenPrices): boolean {
    const { watchlists, portfolios } = this.#options.analysis;
    const list = watchlists.list(id);
    const byId = this.#byId();
    const assets = list?.assets ?? [];
    return seen.differs([list, this.#scores.newest, byId], assets.length, (place) => {
      const served = byId.get(assets[place]?.assetId ?? 0);
      return served === undefined ? Number.NaN : portfolios.price(served.asset);
    });
  }

  /** Says how a list's assets stand by the newest prices. */
  state(id: number): WatchlistData {
    const { analysis, tables, factsOf } = this.#options;
    const list = analysis.watchlists.list(id);
    if (list === undefined) return noWatchlist(id);
    const byId = this.#byId();
    return watchlistState({
      list,
      scores: this.#scores.newest,
      assetOf: (assetId) => byId.get(assetId),
      symbolOf: (assetId) => tables.assets.get(assetId)?.symbol,
      priceOf: (asset) => analysis.portfolios.price(asset),
      factsOf,
    });
  }

  /** Served assets by their rows; made anew when the market changes. */
  #byId(): ReadonlyMap<number, AnalysisAsset> {
    const { assets } = this.#options.analysis.market;
    if (this.#served.assets !== assets) {
      this.#served = { assets, byId: new Map(assets.map((asset) => [asset.assetId, asset])) };
    }
    return this.#served.byId;
  }
}
