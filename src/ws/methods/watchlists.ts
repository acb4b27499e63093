import { z } from 'zod';
import { RequestError } from '../../errors.js';
import type { FullWatchlist, WatchlistAssetRecord } from '../../store/watchlist-records.js';
import type { AnalysisMap } from '../ports.js';
import { ask, type Item, mapIn, numberIn, storedOf, withMissing } from './analyses.js';
import { assetItem } from './assets.js';
import { cursorParam, idParam, limitParam } from './params.js';
import type { Method, MethodContext } from './registry.js';

const listParams = z.strictObject({ limit: limitParam, cursor: cursorParam.optional() });

/** The default watchlists, which everybody reads. */
export const watchlistsList: Method<typeof listParams> = {
  name: 'watchlists.list',
  params: listParams,
  async handle({ limit, cursor }, context) {
    const stored = storedOf(context);
    const page = await ask(stored.watchlists({ limit, ...(cursor === undefined ? {} : { cursor }) }));
    return { items: page.items.map((list) => head(list, context)), next_cursor: page.nextCursor };
  },
};

const getParams = z.strictObject({ id: idParam });

/** One of them, with the newest scores of its assets. */
export const watchlistsGet: Method<typeof getParams> = {
  name: 'watchlists.get',
  params: getParams,
  async handle({ id }, context) {
    const list = await storedOf(context).watchlist(id);
    if (list === null) throw new RequestError('not_found', `there is no watchlist ${id}`, 'id');
    const analysis = context.analysis?.watchlist(id) ?? null;
    const served = assetsOf(list, context);
    const records = await context.assets.list({
      ids: served.map(({ assetId }) => assetId),
      limit: Math.max(1, served.length),
    });
    const known = new Map(records.map((record) => [record.id, assetItem(record, context.market)]));
    return {
      ...head(list, context),
      outlook: analysis?.ai_watchlist_outlook ?? null,
      confidence: numberIn(analysis, 'ai_confidence_score'),
      missing:
        analysis === null ? { outlook: NOT_ANALYSED, confidence: NOT_ANALYSED } : mapIn(analysis, 'missing'),
      items: served.map((asset) => {
        const own = analysis === null ? null : (context.analysis?.asset(asset.symbol) ?? null);
        return itemOf(asset, known.get(asset.assetId) ?? {}, analysis, own);
      }),
    };
  },
};

const NOT_ANALYSED = 'the list is not analysed yet';

/** Those of the data source that is served. */
function assetsOf(list: FullWatchlist, { market }: MethodContext): readonly WatchlistAssetRecord[] {
  return list.assets.filter(({ symbol, assetId }) => market.assetId(symbol) === assetId);
}

function head(list: FullWatchlist, context: MethodContext): Item {
  return {
    id: list.id,
    name: list.name,
    description: list.description,
    type: list.watchlistType,
    current_items: assetsOf(list, context).length,
    max_items: list.maxAssets,
    sort_order: list.sortOrder,
    last_updated: list.updatedAt,
  };
}

/** @param analysis of the list  @param own of the asset */
function itemOf(
  asset: WatchlistAssetRecord,
  known: Item,
  analysis: AnalysisMap | null,
  own: AnalysisMap | null,
): Item {
  const scores = Array.isArray(analysis?.asset_scores)
    ? (analysis.asset_scores as readonly AnalysisMap[])
    : [];
  const score = scores.find(({ asset_id: id }) => id === asset.assetId) ?? null;
  const reasons: Record<string, string> = {
    ...(mapIn(own, 'missing') as Record<string, string>),
    ...(mapIn(score, 'missing') as Record<string, string>),
    ...(mapIn(known, 'missing') as Record<string, string>),
    performance_24h: String(mapIn(known, 'missing').price_change_24h ?? 'the asset is not active'),
    notes: 'nobody has written any',
  };
  return withMissing(
    {
      asset_id: asset.assetId,
      symbol: asset.symbol,
      name: asset.name,
      position_type: asset.positionType,
      sort_order: asset.sortOrder,
      notes: asset.notes,
      current_price: known.current_price ?? null,
      performance_24h: known.price_change_24h ?? null,
      ai_confidence: numberIn(mapIn(own, 'current_analysis'), 'ai_confidence'),
      risk_level: mapIn(own, 'current_analysis').risk_level ?? null,
      score: numberIn(score, 'score'),
      rank: numberIn(score, 'rank'),
      components: score?.components ?? null,
      signal_count: numberIn(score, 'signal_count'),
      avg_signal_quality: numberIn(score, 'avg_signal_quality'),
      last_analysis: numberIn(analysis, 'time') ?? numberIn(analysis, 'analysis_time'),
      simulated: known.simulated ?? null,
    },
    reasons,
    score === null ? NOT_ANALYSED : 'it has no score',
  );
}
