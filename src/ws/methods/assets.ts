import type { z } from 'zod';
import type { ASSETS_METHODS, assetItem as schema } from '../../api/assets.js';
import { symbolChannel } from '../../channels.js';
import { RequestError } from '../../errors.js';
import { nearestHint } from '../../nearest.js';
import { TICKER_FIELDS, type TickerData } from '../../protocol.js';
import type { AssetRecord } from '../../store/records.js';
import { findSector } from '../find-sector.js';
import { toMap } from '../form.js';
import type { MarketView } from '../ports.js';
import { analysesOf, withMissing } from './analyses.js';
import type { Handlers, MethodContext } from './handler.js';
import { assetIdOf, readCursor, writeCursor } from './params.js';

/** An asset as it is answered. */
export type AssetItem = z.input<typeof schema>;

export const assetHandlers: Handlers<Pick<typeof ASSETS_METHODS, 'assets.list' | 'assets.get'>> = {
  'assets.list': async ({ type, q, sector, limit, cursor }, context) => {
    const { market, assets } = context;
    const sectorId = sector === undefined ? undefined : sectorIdOf(context, sector);
    const scope = `assets ${type ?? ''} ${sectorId ?? ''} ${q ?? ''}`;
    const found = await assets.list({
      ids: market.symbols().flatMap((symbol) => market.assetId(symbol) ?? []),
      limit: limit + 1,
      ...(type === undefined ? {} : { type }),
      ...(q === undefined ? {} : { q }),
      ...(sectorId === undefined ? {} : { sectorId }),
      ...(cursor === undefined ? {} : { afterId: readCursor(scope, cursor) }),
    });
    const page = found.slice(0, limit);
    const last = page.at(-1);
    const hasMore = found.length > limit && last !== undefined;
    return {
      items: page.map((record) => assetItem(record, market)),
      next_cursor: hasMore ? writeCursor(scope, last.id) : null,
    };
  },

  'assets.get': async ({ symbol }, { market, assets }) => {
    const record = await assets.get(assetIdOf(market, symbol));
    if (record === null)
      throw new RequestError('not_found', `${symbol} is not in the database yet`, 'symbol');
    return assetItem(record, market);
  },
};

function sectorIdOf(context: MethodContext, wanted: string): number {
  const sectors = analysesOf(context).sectors();
  const found = findSector(sectors, wanted);
  if (found !== undefined) return found.id;
  const hint = nearestHint(
    wanted,
    sectors.map(({ name }) => name),
  );
  throw new RequestError('invalid_params', `sector: there is no sector "${wanted}"${hint}`, 'sector');
}

/** Why a column can be null, for those that can. */
const REASONS: Readonly<Record<string, string>> = {
  quote_currency: 'has no quote currency',
  current_price: 'no trade has been seen yet',
  price_change_24h: '24 hours of candles are not known yet',
  price_change_7d: '7 days of candles are not known yet',
  price_change_30d: '30 days of candles are not known yet',
  ath: 'no history is known yet',
  ath_date: 'no history is known yet',
  atl: 'no history is known yet',
  atl_date: 'no history is known yet',
  market_cap: 'no source has told it lately',
  market_cap_rank: 'no source has told it lately',
  total_volume: 'no source has told it lately; the volume of its own market is in its ticker',
  last_price_update: 'no trade has been seen yet',
};

/** Gives an asset as it is answered, with its live price where there is one. */
export function assetItem(record: AssetRecord, market: MarketView): AssetItem {
  const item = {
    id: record.id,
    symbol: record.symbol,
    name: record.name,
    asset_type: record.assetType,
    quote_currency: record.quoteCurrency,
    data_source: record.dataSource,
    is_active: record.isActive,
    current_price: toNumber(record.currentPrice),
    price_change_24h: toNumber(record.priceChange24h),
    price_change_7d: toNumber(record.priceChange7d),
    price_change_30d: toNumber(record.priceChange30d),
    ath: toNumber(record.ath),
    ath_date: record.athDate,
    atl: toNumber(record.atl),
    atl_date: record.atlDate,
    market_cap: toNumber(record.marketCap),
    market_cap_rank: record.marketCapRank,
    total_volume: toNumber(record.totalVolume),
    last_price_update: record.lastPriceUpdate,
    simulated: market.isSimulated(record.symbol),
  };
  return withMissing({ ...item, ...liveOf(record.symbol, market) }, REASONS);
}

/** Gives the newest price, which replaces the stored one, written at a bounded rate; nothing if there is none. */
function liveOf(
  symbol: string,
  market: MarketView,
): Partial<Pick<AssetItem, 'current_price' | 'price_change_24h' | 'last_price_update'>> {
  const { row } = market.state(symbolChannel('ticker', symbol));
  if (row === null) return {};
  const ticker = toMap(TICKER_FIELDS, row) as TickerData;
  return {
    current_price: ticker.last,
    price_change_24h: ticker.change_24h_percent,
    last_price_update: ticker.exchange_time,
  };
}

function toNumber(text: string | null): number | null {
  return text === null ? null : Number(text);
}
