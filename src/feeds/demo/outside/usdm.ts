import { amountText, priceText } from '../payloads.js';
import { Random, seedOf } from '../random.js';
import type { DemoTrade, Listing, MarketSource } from '../source.js';
import type { OutsideMarket } from './outside-market.js';

/** Coins that have a perpetual here. */
const BASES = ['BTC', 'ETH'];
/** One of so many trades closes a position by force. */
const TRADES_PER_LIQUIDATION = 300;
const NEVER = 4_133_404_800_000;

/** Gives `exchangeInfo` of Binance's USD-M futures: perpetuals of the coins that are listed. */
export function usdmExchangeInfo({ listings }: MarketSource, now: number): unknown {
  const symbols = listings
    .filter(({ base, quote }) => quote === 'USDT' && BASES.includes(base))
    .map(symbolInfo);
  return {
    timezone: 'UTC',
    serverTime: now,
    simulated: true,
    futuresType: 'U_MARGINED',
    rateLimits: [],
    symbols,
  };
}

function symbolInfo({ id, base, quote, priceDecimals, amountDecimals }: Listing): unknown {
  const tickSize = (10 ** -priceDecimals).toFixed(priceDecimals);
  const stepSize = (10 ** -amountDecimals).toFixed(amountDecimals);
  return {
    symbol: id,
    pair: id,
    contractType: 'PERPETUAL',
    deliveryDate: NEVER,
    onboardDate: 1_569_398_400_000,
    status: 'TRADING',
    baseAsset: base,
    quoteAsset: quote,
    marginAsset: quote,
    pricePrecision: priceDecimals,
    quantityPrecision: amountDecimals,
    baseAssetPrecision: 8,
    quotePrecision: 8,
    underlyingType: 'COIN',
    filters: [
      { filterType: 'PRICE_FILTER', minPrice: tickSize, maxPrice: '100000000', tickSize },
      { filterType: 'LOT_SIZE', minQty: stepSize, maxQty: '1000000', stepSize },
    ],
    orderTypes: ['LIMIT', 'MARKET'],
    timeInForce: ['GTC', 'IOC', 'FOK'],
  };
}

/** Gives `premiumIndex` of a coin, its funding rate in it; null without a price. */
export function premiumIndex(market: OutsideMarket, base: string, now: number): unknown {
  const price = market.price(market.listingOf(base), now);
  if (price === null) return null;
  const rate = market.fundingRate(base, now);
  return {
    symbol: `${base}USDT`,
    markPrice: (price * (1 + rate)).toFixed(8),
    indexPrice: price.toFixed(8),
    estimatedSettlePrice: price.toFixed(8),
    lastFundingRate: rate.toFixed(8),
    interestRate: '0.00010000',
    nextFundingTime: (Math.floor(now / 28_800_000) + 1) * 28_800_000,
    time: now,
    simulated: true,
  };
}

/** Gives `openInterest` of a coin; null if it is not listed. */
export function openInterest(market: OutsideMarket, base: string, now: number): unknown {
  if (market.listingOf(base) < 0) return null;
  return {
    symbol: `${base}USDT`,
    openInterest: market.openInterest(base, now).toFixed(3),
    time: now,
    simulated: true,
  };
}

/**
 * Gives the message of `<symbol>@forceOrder` if this trade closed a position by force; null: it did not. Chance is
 * seeded by the trade's id.
 * @see https://developers.binance.com/docs/derivatives/usds-margined-futures/websocket-market-streams/Liquidation-Order-Streams
 */
export function forceOrderMessage(listing: Listing, trade: DemoTrade): string | null {
  if (!BASES.includes(listing.base)) return null;
  const random = new Random(seedOf(trade.id, trade.ticks, trade.lots, 77));
  if (random.next() * TRADES_PER_LIQUIDATION >= 1) return null;
  const amount = amountText(listing, Math.ceil(trade.lots * (1 + 20 * random.next())));
  const price = priceText(listing, trade.ticks);
  return JSON.stringify({
    e: 'forceOrder',
    E: trade.eventTime,
    o: {
      s: listing.id,
      S: trade.isBuyerMaker ? 'SELL' : 'BUY',
      o: 'LIMIT',
      f: 'IOC',
      q: amount,
      p: price,
      ap: price,
      X: 'FILLED',
      l: amount,
      z: amount,
      T: trade.time,
    },
  });
}
