import { z } from 'zod';
import { symbolChannel } from '../../channels.js';
import { RequestError } from '../../errors.js';
import { nearestHint } from '../../nearest.js';
import { TICKER_FIELDS } from '../../protocol.js';
import type { AssetRecord } from '../../store/records.js';
import { findSector } from '../find-sector.js';
import { toMap } from '../form.js';
import type { MarketView } from '../ports.js';
import { analysesOf } from './analyses.js';
import { assetIdOf, cursorParam, limitParam, readCursor, symbolParam, writeCursor } from './params.js';
import type { Method, MethodContext } from './registry.js';

const listParams = z.strictObject({
  type: z.enum(['crypto', 'stablecoin', 'macro', 'index']).optional(),
  q: z.string().min(1).max(80).optional(),
  /** Its name, in any case, or its id. */
  sector: z.string().min(1).max(100).optional(),
  limit: limitParam,
  cursor: cursorParam.optional(),
});

/** Assets that this server serves, by id, with their live price. */
export const assetsList: Method<typeof listParams> = {
  name: 'assets.list',
  params: listParams,
  async handle({ type, q, sector, limit, cursor }, context) {
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

const getParams = z.strictObject({ symbol: symbolParam });

/** One asset. */
export const assetsGet: Method<typeof getParams> = {
  name: 'assets.get',
  params: getParams,
  async handle({ symbol }, { market, assets }) {
    const record = await assets.get(assetIdOf(market, symbol));
    if (record === null)
      throw new RequestError('not_found', `${symbol} is not in the database yet`, 'symbol');
    return assetItem(record, market);
  },
};

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
export function assetItem(record: AssetRecord, market: MarketView): Record<string, unknown> {
  const item: Record<string, unknown> = {
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
  addLive(item, record.symbol, market);
  const missing: Record<string, string> = {};
  for (const [field, reason] of Object.entries(REASONS)) if (item[field] === null) missing[field] = reason;
  return { ...item, missing };
}

/** Replaces the stored price, written at a bounded rate, by the newest one. */
function addLive(item: Record<string, unknown>, symbol: string, market: MarketView): void {
  const { row } = market.state(symbolChannel('ticker', symbol));
  if (row === null) return;
  const ticker = toMap(TICKER_FIELDS, row);
  item.current_price = ticker.last;
  item.price_change_24h = ticker.change_24h_percent;
  item.last_price_update = ticker.exchange_time;
}

function toNumber(text: string | null): number | null {
  return text === null ? null : Number(text);
}
