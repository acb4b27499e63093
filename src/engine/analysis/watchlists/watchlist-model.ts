import type { Contexts } from '../contexts.js';
import type { Frame } from '../frame.js';
import type { AssetScore } from './score.js';
import { type MarketScores, scoreMarket } from './scores.js';
import type { ActiveSignals } from './signal-reader.js';
import {
  analyseWatchlist,
  type LiveWatchlist,
  liveWatchlist,
  type WatchlistAnalysis,
} from './watchlist-analysis.js';
import type { WatchlistInput } from './watchlist-input.js';

/**
 * The lists that are analysed. Scores of a moment are made once, for all assets, and then every list is looked at by
 * itself, in whatever parts the caller likes. It keeps the lists and nothing else: the same frame gives the same rows.
 */
export class WatchlistModel {
  #lists: readonly WatchlistInput[] = [];
  #byId: ReadonlyMap<number, WatchlistInput> = new Map();
  #tiered: ReadonlySet<number> = new Set();

  /** Takes all lists, in the place of those known. */
  set(lists: readonly WatchlistInput[]): void {
    this.#lists = lists.toSorted((a, b) => a.id - b.id);
    this.#byId = new Map(lists.map((list) => [list.id, list]));
    const tiers = this.#lists.filter(({ userId }) => userId === null);
    this.#tiered = new Set(tiers.flatMap(({ assets }) => assets.map(({ assetId }) => assetId)));
  }

  /** By ascending id. */
  get lists(): readonly WatchlistInput[] {
    return this.#lists;
  }

  list(id: number): WatchlistInput | undefined {
    return this.#byId.get(id);
  }

  /** Scores all assets at once; `scoring` of `scores.ts` does it in parts. @throws RangeError unless in 1h, 4h or 1d */
  scores(frame: Frame, contexts: Contexts): MarketScores {
    return scoreMarket(frame, contexts);
  }

  /** Gives the scores of served assets that are in no default list, in the order of their numbers. */
  candidates(scores: MarketScores): readonly AssetScore[] {
    return scores.all.filter(({ assetId }) => !this.#tiered.has(assetId));
  }

  /** Gives the row of a list; null: there is no such list, or none of its assets is served. */
  analyse(scores: MarketScores, watchlistId: number, signals: ActiveSignals): WatchlistAnalysis | null {
    const list = this.#byId.get(watchlistId);
    if (list === undefined) return null;
    // What the tiers' daily rows say of the others is what a restart reads again, for `TierAdvisor`.
    const isDaily = list.userId === null && scores.frame.timeframe === DAY && !scores.frame.isForming;
    return analyseWatchlist(list, scores, signals, isDaily ? this.candidates(scores) : []);
  }

  /** Gives what the channel of a list says now; null as in `analyse`. */
  live(scores: MarketScores, watchlistId: number): LiveWatchlist | null {
    const list = this.#byId.get(watchlistId);
    return list === undefined ? null : liveWatchlist(list, scores);
  }
}

/** Index of 1d. */
const DAY = 5;
