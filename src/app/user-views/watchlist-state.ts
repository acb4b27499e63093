import { Gaps } from '../../engine/analysis/gaps.js';
import type { AnalysisAsset } from '../../engine/analysis/market.js';
import { fourDecimals } from '../../engine/analysis/statistics.js';
import { jointOutlook } from '../../engine/analysis/watchlists/outlook.js';
import type { MarketScores } from '../../engine/analysis/watchlists/scores.js';
import { scoresOfList } from '../../engine/analysis/watchlists/watchlist-analysis.js';
import type { WatchedAsset, WatchlistInput } from '../../engine/analysis/watchlists/watchlist-input.js';
import { horizonOf } from '../../engine/analysis/watchlists/windows.js';
import type { WatchedAssetData, WatchlistData } from '../../user-view-fields.js';
import type { PriceFacts } from './seen-prices.js';

/** What a list's live state is made of. */
export interface WatchlistParts {
  readonly list: WatchlistInput;
  /** Null: none are known yet. */
  readonly scores: MarketScores | null;
  /** A served asset by its row in `assets`. */
  readonly assetOf: (assetId: number) => AnalysisAsset | undefined;
  /** What an asset that is not served is called. */
  readonly symbolOf: (assetId: number) => string | undefined;
  /** Newest price by the engine's number, in its quote; NaN: not known. */
  readonly priceOf: (asset: number) => number;
  readonly factsOf: (asset: number) => PriceFacts | null;
}

const NO_SCORES = 'no scores are known yet';

/** Says how a list's assets stand: by the newest prices, with the newest scores. */
export function watchlistState(parts: WatchlistParts): WatchlistData {
  const { list, scores } = parts;
  const gaps = new Gaps();
  const ranked = scores === null ? [] : scoresOfList(list, scores);
  const places = new Map(ranked.map((score, place) => [score.assetId, { score, place }]));
  const joint = ranked.length === 0 ? null : jointOutlook(ranked);
  const assets = list.assets
    .map((watched) => ({ watched, found: places.get(watched.assetId) }))
    .toSorted((a, b) => (a.found?.place ?? ranked.length) - (b.found?.place ?? ranked.length))
    .map(({ watched, found }) => assetState(parts, watched, found?.score));
  const unscored = scores === null ? NO_SCORES : 'none of its assets has a score';
  return {
    watchlist_id: list.id,
    name: list.name,
    time: gaps.number('time', newest(assets), 'no price of its assets is known'),
    simulated: assets.some(({ simulated }) => simulated),
    scored_at: gaps.number('scored_at', scores?.frame.time ?? null, NO_SCORES),
    timeframe: gaps.value(
      'timeframe',
      scores === null ? null : horizonOf(scores.frame.timeframe).timeframe,
      NO_SCORES,
    ),
    outlook: gaps.value('outlook', joint?.outlook ?? null, unscored),
    direction: gaps.number('direction', joint === null ? null : fourDecimals(joint.direction), unscored),
    assets,
    missing: gaps.missing,
  };
}

/** The state of a list that is not there any more. */
export function noWatchlist(id: number): WatchlistData {
  const absent = {
    name: null,
    time: null,
    scored_at: null,
    timeframe: null,
    outlook: null,
    direction: null,
  };
  const reason = 'there is no such list, or it is switched off';
  return {
    watchlist_id: id,
    ...absent,
    simulated: false,
    assets: [],
    missing: Object.fromEntries(Object.keys(absent).map((field) => [field, reason])),
  };
}

type Score = ReturnType<typeof scoresOfList>[number];

function assetState(
  { scores, assetOf, symbolOf, priceOf, factsOf }: WatchlistParts,
  { assetId, positionType }: WatchedAsset,
  score: Score | undefined,
): WatchedAssetData {
  const gaps = new Gaps();
  const served = assetOf(assetId);
  const facts = served === undefined ? null : factsOf(served.asset);
  const price = served === undefined ? Number.NaN : priceOf(served.asset);
  const noPrice = served === undefined ? 'it is not served' : 'it has no price yet';
  const noScore =
    served === undefined
      ? 'it is not served'
      : scores === null
        ? NO_SCORES
        : (score?.missing.score ?? NO_SCORES);
  const found = score?.score ?? null;
  return {
    asset_id: assetId,
    symbol: served?.symbol ?? symbolOf(assetId) ?? String(assetId),
    position_type: positionType,
    price: gaps.number('price', price, noPrice),
    price_time: gaps.number('price_time', facts?.time ?? null, noPrice),
    change_24h_percent: gaps.number(
      'change_24h_percent',
      facts?.change24hPercent ?? null,
      facts === null ? noPrice : '24 hours of prices without a hole are not known yet',
    ),
    score: gaps.number('score', found === null ? null : fourDecimals(found), noScore),
    rank: gaps.number('rank', score?.rank ?? null, noScore),
    simulated: served?.simulated ?? false,
    missing: gaps.missing,
  };
}

function newest(assets: readonly WatchedAssetData[]): number | null {
  let time: number | null = null;
  for (const { price_time } of assets)
    if (price_time !== null && (time === null || price_time > time)) time = price_time;
  return time;
}
