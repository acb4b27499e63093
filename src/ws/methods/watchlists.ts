import type { z } from 'zod';
import type { fullWatchlist, WATCHLISTS_METHODS, watchlistHead } from '../../api/watchlists.js';
import { RequestError } from '../../errors.js';
import { getWatchlist, listWatchlists } from '../../store/repositories/watchlists.js';
import type { FullWatchlist, WatchlistAssetRecord } from '../../store/watchlist-records.js';
import type { AnalysisMap } from '../ports.js';
import { ask, mapIn, numberIn, storedOf, valueIn, withMissing } from './analyses.js';
import { type AssetItem, assetItem } from './assets.js';
import type { Handlers, MethodContext } from './handler.js';
import { asCaller, given } from './user-rows.js';

type Watchlist = z.input<typeof fullWatchlist>;
type Head = Pick<Watchlist, keyof typeof watchlistHead>;
type Entry = Watchlist['items'][number];

export const watchlistHandlers: Handlers<typeof WATCHLISTS_METHODS> = {
  'watchlists.list': async ({ limit, cursor }, context) => {
    const request = { limit, ...given({ cursor }) };
    const page = isUser(context)
      ? await asCaller(context, (connection, { id: userId }) =>
          listWatchlists(connection, { ...request, userId }),
        )
      : await ask(storedOf(context).watchlists(request));
    return {
      items: page.items.map((list) => withMissing(head(list, context), NOT_WRITTEN)),
      next_cursor: page.nextCursor,
    };
  },

  'watchlists.get': async ({ id }, context) => {
    const list = isUser(context)
      ? await asCaller(context, (connection, user) => getWatchlist(connection, user.id, id))
      : await storedOf(context).watchlist(id);
    if (list === null) throw new RequestError('not_found', `there is no watchlist ${id}`, 'id');
    const analysis = (await context.analysis?.watchlist(id)) ?? null;
    const served = assetsOf(list, context);
    const records = await context.assets.list({
      ids: served.map(({ assetId }) => assetId),
      limit: Math.max(1, served.length),
    });
    const known = new Map(records.map((record) => [record.id, assetItem(record, context.market)]));
    return {
      ...withMissing(
        {
          ...head(list, context),
          outlook: valueIn<NonNullable<Watchlist['outlook']>>(analysis, 'outlook'),
          direction: numberIn(analysis, 'direction'),
          last_analysis: momentOf(analysis),
          state: valueIn<NonNullable<Watchlist['state']>>(analysis, 'state'),
        },
        NOT_WRITTEN,
        analysis === null ? NOT_ANALYSED : 'none of its assets has a score',
      ),
      items: await Promise.all(
        served.map(async (asset) => {
          const own = analysis === null ? null : ((await context.analysis?.asset(asset.symbol)) ?? null);
          return itemOf(asset, known.get(asset.assetId) ?? null, analysis, own);
        }),
      ),
    };
  },
};

/** A user sees lists of their own beside the default ones. */
function isUser({ caller }: MethodContext): boolean {
  return caller.user !== null;
}

/** Live scores say their moment as text, as payloads do. */
function momentOf(analysis: AnalysisMap | null): number | null {
  const time = analysis?.time;
  return typeof time === 'string' ? Date.parse(time) : numberIn(analysis, 'time');
}

const NOT_ANALYSED = 'the list is not analysed yet';
const NOT_WRITTEN = { description: 'nobody has written one' };

/** Those of the data source that is served. */
function assetsOf(list: FullWatchlist, { market }: MethodContext): readonly WatchlistAssetRecord[] {
  return list.assets.filter(({ symbol, assetId }) => market.assetId(symbol) === assetId);
}

function head(list: FullWatchlist, context: MethodContext): Head {
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
  known: AssetItem | null,
  analysis: AnalysisMap | null,
  own: AnalysisMap | null,
): Entry {
  const scores = Array.isArray(analysis?.scores) ? (analysis.scores as readonly AnalysisMap[]) : [];
  const score = scores.find(({ asset_id: id }) => id === asset.assetId) ?? null;
  const current = mapIn(own, 'current_analysis');
  const reasons: Record<string, string> = {
    ...(mapIn(own, 'missing') as Record<string, string>),
    ...(mapIn(score, 'missing') as Record<string, string>),
    ...known?.missing,
    performance_24h: known?.missing.price_change_24h ?? 'the asset is not active',
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
      current_price: known?.current_price ?? null,
      performance_24h: known?.price_change_24h ?? null,
      ai_confidence: numberIn(current, 'ai_confidence'),
      risk_level: valueIn<NonNullable<Entry['risk_level']>>(current, 'risk_level'),
      score: numberIn(score, 'score'),
      rank: numberIn(score, 'rank'),
      components: valueIn<NonNullable<Entry['components']>>(current, 'components'),
      active_signals: valueIn<number[]>(current, 'active_signals'),
      last_analysis: momentOf(analysis),
      simulated: known?.simulated ?? null,
    },
    reasons,
    score === null ? NOT_ANALYSED : 'it has no score',
  );
}
