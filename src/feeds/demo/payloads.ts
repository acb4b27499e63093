import { DAY_MS, MINUTE_MS } from '../../timeframe.js';
import { formatDecimal } from './decimals.js';
import { barBetween, type Interval, type Kline, quoteVolume } from './klines.js';
import type { DemoTrade, Listing, MarketSource } from './source.js';

/** Gives a price of a listing as Binance writes it. */
export function priceText(listing: Listing, ticks: number): string {
  return formatDecimal(ticks, listing.priceDecimals);
}

/** Gives an amount of a listing as Binance writes it. */
export function amountText(listing: Listing, lots: number): string {
  return formatDecimal(lots, listing.amountDecimals);
}

/**
 * Gives the message of `<symbol>@trade`.
 * @see https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams#trade-streams
 */
export function tradeMessage(listing: Listing, trade: DemoTrade): string {
  // By hand: this is the hot path of a fast playback, and nothing in it needs escaping.
  return `{"e":"trade","E":${trade.eventTime},"s":"${listing.id}","t":${trade.id},"p":"${priceText(listing, trade.ticks)}","q":"${amountText(listing, trade.lots)}","T":${trade.time},"m":${trade.isBuyerMaker},"M":true}`;
}

/** Gives the message of `<symbol>@aggTrade`; here every trade is an aggregate of its own. */
export function aggTradeMessage(listing: Listing, trade: DemoTrade): string {
  return JSON.stringify({ e: 'aggTrade', E: trade.eventTime, s: listing.id, ...aggTrade(listing, trade) });
}

/** Gives a row of REST `aggTrades`. */
export function aggTrade(listing: Listing, trade: DemoTrade): Record<string, unknown> {
  return {
    a: trade.id,
    p: priceText(listing, trade.ticks),
    q: amountText(listing, trade.lots),
    f: trade.id,
    l: trade.id,
    T: trade.time,
    m: trade.isBuyerMaker,
    M: true,
  };
}

/** Gives a row of REST `trades` and `historicalTrades`. */
export function restTrade(listing: Listing, trade: DemoTrade): Record<string, unknown> {
  const quote = formatDecimal(
    BigInt(trade.ticks) * BigInt(trade.lots),
    listing.priceDecimals + listing.amountDecimals,
  );
  return {
    id: trade.id,
    price: priceText(listing, trade.ticks),
    qty: amountText(listing, trade.lots),
    quoteQty: quote,
    time: trade.time,
    isBuyerMaker: trade.isBuyerMaker,
    isBestMatch: true,
  };
}

/** Gives a row of REST `klines`. The taker's part of the volume is not modelled and given as 0. */
export function klineRow(listing: Listing, { open, close, bar }: Kline): unknown[] {
  return [
    open,
    priceText(listing, bar.open),
    priceText(listing, bar.high),
    priceText(listing, bar.low),
    priceText(listing, bar.close),
    amountText(listing, bar.lots),
    close,
    quoteVolume(listing, bar),
    bar.trades,
    '0.00000000',
    '0.00000000',
    '0',
  ];
}

/**
 * Gives the message of `<symbol>@kline_<interval>`; `x` says that the kline is final.
 * @see https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams#klinecandlestick-streams-for-utc
 */
export function klineMessage(
  listing: Listing,
  interval: Interval,
  kline: Kline,
  eventTime: number,
  isFinal: boolean,
): string {
  const { bar } = kline;
  return JSON.stringify({
    e: 'kline',
    E: eventTime,
    s: listing.id,
    k: {
      t: kline.open,
      T: kline.close,
      s: listing.id,
      i: interval,
      f: kline.firstId,
      L: kline.lastId,
      o: priceText(listing, bar.open),
      c: priceText(listing, bar.close),
      h: priceText(listing, bar.high),
      l: priceText(listing, bar.low),
      v: amountText(listing, bar.lots),
      n: bar.trades,
      x: isFinal,
      q: quoteVolume(listing, bar),
      V: '0.00000000',
      Q: '0.00000000',
      B: '0',
    },
  });
}

/** Statistics of the last 24 hours, in the words of REST; null before the first price. */
export function dayStatistics(
  source: MarketSource,
  index: number,
  now: number,
): Record<string, unknown> | null {
  const listing = source.listings[index];
  const from = Math.max(source.start, Math.floor((now - DAY_MS) / MINUTE_MS) * MINUTE_MS);
  const bar = barBetween(source, index, from, now);
  if (listing === undefined || bar === null) return null;
  const change = bar.close - bar.open;
  const percent = Math.round((change / bar.open) * 100_000);
  const lastMinute = Math.floor(now / MINUTE_MS);
  const lastTrade = source.trades(index, lastMinute).findLast((trade) => trade.time < now);
  const firstId = source.lastIdBefore(index, from / MINUTE_MS) + 1;
  const quotes = source.hasQuotes
    ? {
        bidPrice: priceText(listing, bar.close - (lastTrade?.isBuyerMaker === true ? 0 : 1)),
        bidQty: amountText(listing, lastTrade?.lots ?? 1),
        askPrice: priceText(listing, bar.close + (lastTrade?.isBuyerMaker === true ? 1 : 0)),
        askQty: amountText(listing, lastTrade?.lots ?? 1),
      }
    : {};
  return {
    symbol: listing.id,
    priceChange: formatDecimal(change, listing.priceDecimals),
    priceChangePercent: formatDecimal(percent, 3, 3),
    weightedAvgPrice: priceText(listing, Math.round((bar.open + bar.high + bar.low + bar.close) / 4)),
    prevClosePrice: priceText(listing, bar.open),
    lastPrice: priceText(listing, bar.close),
    lastQty: amountText(listing, lastTrade?.lots ?? 0),
    ...quotes,
    openPrice: priceText(listing, bar.open),
    highPrice: priceText(listing, bar.high),
    lowPrice: priceText(listing, bar.low),
    volume: amountText(listing, bar.lots),
    quoteVolume: quoteVolume(listing, bar),
    openTime: from,
    closeTime: now,
    firstId: bar.trades === 0 ? -1 : firstId,
    lastId: bar.trades === 0 ? -1 : firstId + bar.trades - 1,
    count: bar.trades,
  };
}

const TICKER_KEYS = {
  p: 'priceChange',
  P: 'priceChangePercent',
  w: 'weightedAvgPrice',
  x: 'prevClosePrice',
  c: 'lastPrice',
  Q: 'lastQty',
  b: 'bidPrice',
  B: 'bidQty',
  a: 'askPrice',
  A: 'askQty',
  o: 'openPrice',
  h: 'highPrice',
  l: 'lowPrice',
  v: 'volume',
  q: 'quoteVolume',
  O: 'openTime',
  C: 'closeTime',
  F: 'firstId',
  L: 'lastId',
  n: 'count',
} as const;

const MINI_TICKER_KEYS = ['c', 'o', 'h', 'l', 'v', 'q'] as const;

/** Gives the message of `<symbol>@ticker` or `<symbol>@miniTicker` from `dayStatistics`. */
export function tickerMessage(statistics: Record<string, unknown>, eventTime: number, mini: boolean): string {
  const keys = mini ? MINI_TICKER_KEYS : (Object.keys(TICKER_KEYS) as (keyof typeof TICKER_KEYS)[]);
  const values = Object.fromEntries(keys.map((key) => [key, statistics[TICKER_KEYS[key]]]));
  return JSON.stringify({
    e: mini ? '24hrMiniTicker' : '24hrTicker',
    E: eventTime,
    s: statistics.symbol,
    ...values,
  });
}
