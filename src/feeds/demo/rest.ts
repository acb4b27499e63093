import { HOUR_MS } from '../../timeframe.js';
import { INTERVALS, isInterval, klineRange } from './klines.js';
import { aggTrade, dayStatistics, klineRow, restTrade } from './payloads.js';
import type { DemoTrade, Listing, MarketSource } from './source.js';

/** What a REST request is answered with: status and JSON body. */
export interface RestAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** What REST needs to know of the exchange at the moment of the request. */
export interface RestContext {
  readonly source: MarketSource;
  /** Market time, ms: nothing at or after it is shown. */
  readonly now: number;
  isDelisted(id: string): boolean;
}

/** A refusal in Binance's words: HTTP 400 with `{code, msg}`. */
class Refusal extends Error {
  constructor(
    readonly code: number,
    message: string,
  ) {
    super(message);
  }
}

type Route = (context: RestContext, query: URLSearchParams) => unknown;

/** Paths under which this exchange answers, with Binance's weight of a request. */
const ROUTES: Readonly<Record<string, { weight: number; answer: Route }>> = {
  '/api/v3/ping': { weight: 1, answer: () => ({}) },
  '/api/v3/time': { weight: 1, answer: ({ now }) => ({ serverTime: now }) },
  '/api/v3/exchangeInfo': { weight: 20, answer: exchangeInfo },
  '/api/v3/klines': { weight: 2, answer: klines },
  '/api/v3/uiKlines': { weight: 2, answer: klines },
  '/api/v3/ticker/24hr': { weight: 80, answer: ticker },
  '/api/v3/ticker/price': { weight: 4, answer: tickerPrice },
  '/api/v3/aggTrades': { weight: 4, answer: (context, query) => trades(context, query, aggTrade) },
  '/api/v3/trades': { weight: 25, answer: (context, query) => trades(context, query, restTrade) },
  '/api/v3/historicalTrades': { weight: 25, answer: (context, query) => trades(context, query, restTrade) },
  // No derivatives here: clients that look for them by default find none.
  '/fapi/v1/exchangeInfo': { weight: 1, answer: noMarkets },
  '/dapi/v1/exchangeInfo': { weight: 1, answer: noMarkets },
};

/** Gives the weight of a request; 1 for an unknown path. */
export function weightOf(path: string, query: URLSearchParams): number {
  const weight = ROUTES[path]?.weight ?? 1;
  return path === '/api/v3/ticker/24hr' && query.has('symbol') ? 2 : weight;
}

/**
 * Answers a GET request of Binance's public spot REST.
 * @see https://developers.binance.com/docs/binance-spot-api-docs/rest-api/market-data-endpoints
 */
export function answerRest(context: RestContext, path: string, query: URLSearchParams): RestAnswer {
  const route = ROUTES[path];
  if (route === undefined) return { status: 404, body: { code: -1000, msg: `No such endpoint: ${path}` } };
  try {
    return { status: 200, body: route.answer(context, query) };
  } catch (error) {
    if (error instanceof Refusal) return { status: 400, body: { code: error.code, msg: error.message } };
    throw error;
  }
}

function exchangeInfo({ source, now, isDelisted }: RestContext): unknown {
  return {
    timezone: 'UTC',
    serverTime: now,
    simulated: true,
    rateLimits: [
      { rateLimitType: 'REQUEST_WEIGHT', interval: 'MINUTE', intervalNum: 1, limit: 6_000 },
      { rateLimitType: 'RAW_REQUESTS', interval: 'MINUTE', intervalNum: 5, limit: 61_000 },
    ],
    exchangeFilters: [],
    symbols: source.listings.filter(({ id }) => !isDelisted(id)).map(symbolInfo),
  };
}

function noMarkets({ now }: RestContext): unknown {
  return {
    timezone: 'UTC',
    serverTime: now,
    simulated: true,
    rateLimits: [],
    exchangeFilters: [],
    symbols: [],
  };
}

function symbolInfo({ id, base, quote, priceDecimals, amountDecimals }: Listing): unknown {
  const tick = (10 ** -priceDecimals).toFixed(8);
  const step = (10 ** -amountDecimals).toFixed(8);
  return {
    symbol: id,
    status: 'TRADING',
    baseAsset: base,
    baseAssetPrecision: 8,
    quoteAsset: quote,
    quotePrecision: 8,
    quoteAssetPrecision: 8,
    baseCommissionPrecision: 8,
    quoteCommissionPrecision: 8,
    orderTypes: ['LIMIT', 'LIMIT_MAKER', 'MARKET'],
    icebergAllowed: false,
    ocoAllowed: false,
    quoteOrderQtyMarketAllowed: false,
    allowTrailingStop: false,
    isSpotTradingAllowed: true,
    isMarginTradingAllowed: false,
    filters: [
      { filterType: 'PRICE_FILTER', minPrice: tick, maxPrice: '100000000.00000000', tickSize: tick },
      { filterType: 'LOT_SIZE', minQty: step, maxQty: '10000000000000.00000000', stepSize: step },
    ],
    permissions: [],
    permissionSets: [['SPOT']],
  };
}

function klines({ source, now, isDelisted }: RestContext, query: URLSearchParams): unknown {
  const listing = listingOf(source, query, isDelisted);
  const pair = source.listings[listing];
  const interval = query.get('interval') ?? '';
  if (!isInterval(interval)) throw new Refusal(-1120, `Invalid interval. Known: ${INTERVALS.join(', ')}`);
  const startTime = integer(query, 'startTime');
  const endTime = integer(query, 'endTime');
  const range = {
    ...(startTime === undefined ? {} : { startTime }),
    ...(endTime === undefined ? {} : { endTime }),
    limit: limitOf(query),
  };
  if (pair === undefined) return [];
  return klineRange(source, listing, interval, range, now).map((kline) => klineRow(pair, kline));
}

function ticker({ source, now, isDelisted }: RestContext, query: URLSearchParams): unknown {
  if (query.has('symbol')) return dayStatistics(source, listingOf(source, query, isDelisted), now) ?? {};
  return source.listings.flatMap(({ id }, index) =>
    isDelisted(id) ? [] : (dayStatistics(source, index, now) ?? []),
  );
}

function tickerPrice(context: RestContext, query: URLSearchParams): unknown {
  const found = ticker(context, query) as Record<string, unknown> | Record<string, unknown>[];
  const short = ({ symbol, lastPrice }: Record<string, unknown>): unknown => ({ symbol, price: lastPrice });
  return Array.isArray(found) ? found.map(short) : short(found);
}

/** Trades from an id, from a time, or the newest; `render` gives a row. */
function trades(
  { source, now, isDelisted }: RestContext,
  query: URLSearchParams,
  render: (listing: Listing, trade: DemoTrade) => unknown,
): unknown {
  const listing = listingOf(source, query, isDelisted);
  const pair = source.listings[listing];
  const limit = limitOf(query);
  const fromId = integer(query, 'fromId');
  const startTime = integer(query, 'startTime');
  const endTime = Math.min(now - 1, integer(query, 'endTime') ?? now);
  if (pair === undefined) return [];
  const lastMinute = Math.floor(endTime / 60_000);
  const found: DemoTrade[] = [];
  if (fromId === undefined && startTime === undefined) {
    const firstMinute = Math.max(lastMinute - (24 * HOUR_MS) / 60_000, source.start / 60_000);
    for (let minute = lastMinute; minute >= firstMinute && found.length < limit; minute--) {
      found.unshift(...source.trades(listing, minute).filter(({ time }) => time <= endTime));
    }
    return found.slice(-limit).map((trade) => render(pair, trade));
  }
  const wanted = ({ id, time }: DemoTrade): boolean =>
    time <= endTime && (fromId === undefined ? time >= (startTime ?? 0) : id >= fromId);
  const from =
    fromId === undefined ? Math.floor((startTime ?? 0) / 60_000) : source.minuteOfTrade(listing, fromId);
  if (from === null) return [];
  for (
    let minute = Math.max(from, source.start / 60_000);
    minute <= lastMinute && found.length < limit;
    minute++
  ) {
    found.push(...source.trades(listing, minute).filter(wanted));
  }
  return found.slice(0, limit).map((trade) => render(pair, trade));
}

function listingOf(
  source: MarketSource,
  query: URLSearchParams,
  isDelisted: (id: string) => boolean,
): number {
  const id = query.get('symbol');
  if (id === null || id === '')
    throw new Refusal(-1102, "Mandatory parameter 'symbol' was not sent, was empty/null, or malformed.");
  const index = source.listings.findIndex((listing) => listing.id === id);
  if (index < 0 || isDelisted(id)) throw new Refusal(-1121, 'Invalid symbol.');
  return index;
}

function limitOf(query: URLSearchParams): number {
  const limit = integer(query, 'limit') ?? 500;
  if (limit < 1) throw new Refusal(-1130, "Data sent for parameter 'limit' is not valid.");
  return Math.min(1_000, limit);
}

function integer(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  if (!/^\d{1,15}$/.test(text))
    throw new Refusal(
      -1100,
      `Illegal characters found in parameter '${name}'; legal range is '^[0-9]{1,20}$'.`,
    );
  return Number(text);
}
