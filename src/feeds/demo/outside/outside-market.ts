import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../timeframe.js';
import { barBetween } from '../klines.js';
import type { MarketSource } from '../source.js';
import { coinFacts } from './coin-facts.js';
import { noise, smoothNoise } from './noise.js';

/** Tethers in circulation; they are quoted in, not listed. */
const USDT_SUPPLY = 112e9;
/** Share of the whole market that coins have which are not listed. */
const REST_SHARE = 0.12;
/** Of a coin's volume so much is traded at this exchange. */
const EXCHANGE_SHARE = 0.2;
/** How far back a price is looked for, minutes: a recording has holes. */
const MAX_PRICE_AGE_MINUTES = 180;

/** A coin as a service that lists all coins would show it. */
export interface OutsideCoin {
  readonly base: string;
  /** US dollars, as the others. */
  readonly price: number;
  readonly marketCap: number;
  readonly volume24h: number;
  readonly supply: number;
  readonly category: string | null;
}

/** The market as a whole. */
export interface OutsideTotals {
  readonly marketCap: number;
  readonly volume24h: number;
  readonly usdtCap: number;
}

/**
 * What the world outside of the demo exchange would say of its market: everything follows from its prices, the seed and
 * the market's time, so that the same moment has the same figures in every process. All of it is made up.
 */
export class OutsideMarket {
  readonly #source: MarketSource;
  readonly seed: number;

  constructor(source: MarketSource, seed: number) {
    this.#source = source;
    this.seed = seed;
  }

  /** Gives the listing of a base against USDT; −1: there is none. */
  listingOf(base: string): number {
    return this.#source.listings.findIndex((listing) => listing.id === `${base}USDT`);
  }

  /** Gives the last whole minute's close before `now`; null where nothing is known. */
  price(listing: number, now: number): number | null {
    const pair = this.#source.listings[listing];
    if (pair === undefined) return null;
    const last = Math.floor(now / MINUTE_MS) - 1;
    for (let minute = last; minute > last - MAX_PRICE_AGE_MINUTES; minute--) {
      const bar = this.#source.bar(listing, 'minute', minute);
      if (bar !== null) return bar.close * 10 ** -pair.priceDecimals;
    }
    return null;
  }

  /** Gives the close of a UTC day as it stands at `now`; null where nothing is known. */
  dayClose(listing: number, day: number, now: number): number | null {
    const pair = this.#source.listings[listing];
    if (pair === undefined || (day + 1) * DAY_MS > now) return this.price(listing, now);
    const bar = this.#source.bar(listing, 'day', day);
    return bar === null ? null : bar.close * 10 ** -pair.priceDecimals;
  }

  /** Gives the return over a time, a fraction; 0 where nothing is known. */
  change(listing: number, now: number, spanMs: number): number {
    const then = this.price(listing, now - spanMs);
    const price = this.price(listing, now);
    return then === null || price === null ? 0 : price / then - 1;
  }

  /** Gives all coins that are listed against USDT, the largest first. */
  coins(now: number): readonly OutsideCoin[] {
    const coins = this.#source.listings.flatMap((pair, listing): OutsideCoin | [] => {
      const price = this.price(listing, now);
      if (pair.quote !== 'USDT' || price === null) return [];
      const { supply, category } = coinFacts(this.seed, pair.base);
      const hour = Math.floor(now / HOUR_MS) * HOUR_MS;
      const day = barBetween(this.#source, listing, Math.max(this.#source.start, hour - DAY_MS), hour);
      const amount = (day?.lots ?? 0) * 10 ** -pair.amountDecimals;
      const volume24h = (amount * price) / EXCHANGE_SHARE;
      return { base: pair.base, price, marketCap: price * supply, volume24h, supply, category };
    });
    return coins.toSorted((a, b) => b.marketCap - a.marketCap);
  }

  /** Gives the market as a whole: the listed coins, Tether, and the rest that nobody sees. */
  totals(coins: readonly OutsideCoin[]): OutsideTotals {
    const listed = coins.reduce((sum, { marketCap }) => sum + marketCap, USDT_SUPPLY);
    const volume = coins.reduce((sum, { volume24h }) => sum + volume24h, 0);
    return { marketCap: listed / (1 - REST_SHARE), volume24h: volume * 1.3, usdtCap: USDT_SUPPLY };
  }

  /** Gives the fear (0) and greed (100) of a UTC day, which follow the returns of the weeks before it. */
  fearGreed(day: number): number {
    const btc = this.listingOf('BTC');
    const now = day * DAY_MS;
    const week = this.change(btc, now, 7 * DAY_MS);
    const month = this.change(btc, now, 30 * DAY_MS);
    const value = 50 + 140 * week + 60 * month + 4 * noise(this.seed, 'fear', day);
    return Math.round(Math.min(97, Math.max(3, value)));
  }

  /** Gives the funding rate of 8 hours, a fraction, as of the hour: who chases the price pays. */
  fundingRate(base: string, now: number): number {
    const hour = Math.floor(now / HOUR_MS);
    const chase = 0.004 * this.change(this.listingOf(base), hour * HOUR_MS, DAY_MS);
    const rate = 0.0001 + chase + 0.00003 * noise(this.seed, `funding ${base}`, hour);
    return Math.min(0.003, Math.max(-0.003, rate));
  }

  /** Gives the open interest in coins: some thousandths of all there are, up and down over the days. */
  openInterest(base: string, now: number): number {
    const wave = smoothNoise(this.seed, `interest ${base}`, now / (8 * HOUR_MS));
    const day = smoothNoise(this.seed, `interest of days ${base}`, now / (5 * DAY_MS));
    return coinFacts(this.seed, base).supply * 0.0042 * (1 + 0.02 * wave + 0.09 * day);
  }
}
