import { DAY_MS, HOUR_MS } from './timeframe.js';

/** Where figures come from; each can be switched on and off. */
export const EXTERNAL_SOURCES = [
  'derivatives',
  'fear_greed',
  'global_market',
  'macro',
  'on_chain',
  'google_trends',
] as const;
export type ExternalSource = (typeof EXTERNAL_SOURCES)[number];

/** What is known of a figure before it comes. */
export interface ExternalFigure {
  readonly source: ExternalSource;
  /** How old it may be before it counts as missing, ms after the moment that it speaks of. */
  readonly maxAgeMs: number;
  /** Bounds, themselves included, beyond which it is no such figure but a mistake of its provider or of its unit. */
  readonly min: number;
  readonly max: number;
}

const daily = (source: ExternalSource, min: number, max: number): ExternalFigure => ({
  source,
  maxAgeMs: 2 * DAY_MS,
  min,
  max,
});
/** Closes of trading days, so weekends and holidays count. */
const close = (min: number, max: number): ExternalFigure => ({
  source: 'macro',
  maxAgeMs: 5 * DAY_MS,
  min,
  max,
});
const fundingRate: ExternalFigure = { source: 'derivatives', maxAgeMs: 9 * HOUR_MS, min: -0.1, max: 0.1 };
const openInterest: ExternalFigure = { source: 'derivatives', maxAgeMs: HOUR_MS, min: 0, max: 1e9 };
const dollars: ExternalFigure = { source: 'global_market', maxAgeMs: HOUR_MS, min: 1e6, max: 1e16 };
const dominance: ExternalFigure = { source: 'global_market', maxAgeMs: HOUR_MS, min: 0, max: 100 };
const flow = daily('on_chain', -1e9, 1e9);
const amount = daily('on_chain', 0, 1e9);

/** What is taken in. */
export const EXTERNAL_FIGURES = {
  /** 0–100; once a day. */
  fear_greed_index: daily('fear_greed', 0, 100),
  /** 0–100. */
  google_trends_score: { source: 'google_trends', maxAgeMs: 8 * DAY_MS, min: 0, max: 100 },
  /** Fractions per funding interval, 0.0001 = 0.01 %. */
  funding_rate_btc: fundingRate,
  funding_rate_eth: fundingRate,
  /** Base units. */
  open_interest_btc: openInterest,
  open_interest_eth: openInterest,
  /** US dollars. */
  total_market_cap: dollars,
  total_volume_24h: dollars,
  /** Percent. */
  btc_dominance: dominance,
  eth_dominance: dominance,
  usdt_dominance: dominance,
  /** Index points, dollars an ounce, percent. */
  sp500: close(100, 1e6),
  gold: close(100, 1e6),
  dxy: close(20, 500),
  vix: close(1, 500),
  us_10y: close(-10, 50),
  /** BTC (ETH) towards the exchanges, signed; addresses and transfers a day. */
  whale_netflow_24h: flow,
  active_addresses_btc: amount,
  active_addresses_eth: amount,
  exchange_netflow_btc: flow,
  exchange_netflow_eth: flow,
  whale_to_exchange_volume_btc: amount,
  whale_from_exchange_volume_btc: amount,
  supply_on_exchanges_btc: amount,
  supply_on_exchanges_eth: amount,
  tx_volume_btc: amount,
  tx_volume_eth: amount,
  miner_outflow: amount,
  miner_balance_change: flow,
} as const satisfies Readonly<Record<string, ExternalFigure>>;

export type ExternalName = keyof typeof EXTERNAL_FIGURES;

/** A figure that comes from outside of the exchanges' candles. */
export interface ExternalReading {
  readonly name: ExternalName;
  readonly value: number;
  /** The moment that it speaks of, ms. */
  readonly asOf: number;
  /** Our clock, ms. */
  readonly receivedAt: number;
  /** Who said so, as in `external_api_logs`. */
  readonly provider: string;
  readonly simulated: boolean;
}

/** Daily closes that correlations need. */
export const EXTERNAL_SERIES = ['sp500', 'gold', 'dxy', 'vix', 'us_10y'] as const;
export type ExternalSeriesName = (typeof EXTERNAL_SERIES)[number];

export interface DailyClose {
  /** Start of the UTC day that it is the close of, ms. */
  readonly day: number;
  readonly close: number;
}

/** What is known of a coin beyond its markets. */
export interface CoinFigures {
  readonly base: string;
  /** US dollars; null: not known, as the others. */
  readonly marketCap: number | null;
  readonly totalVolume: number | null;
  /** Coins. */
  readonly circulatingSupply: number | null;
  readonly rank: number | null;
  readonly asOf: number;
}

/** What is known of a category of coins. */
export interface CategoryFigures {
  readonly coingeckoId: string;
  /** US dollars; null: not known, as the others. */
  readonly marketCap: number | null;
  /** Percent. */
  readonly marketCapChange24h: number | null;
  readonly volume24h: number | null;
  readonly asOf: number;
}

/** A position that its exchange has closed by force. */
export interface Liquidation {
  readonly base: 'BTC' | 'ETH';
  /** Whose position it was: a liquidated long is sold. */
  readonly side: 'long' | 'short';
  /** Quote per one base. */
  readonly price: number;
  /** Base units. */
  readonly amount: number;
  /** Exchange time, ms. */
  readonly time: number;
}

/**
 * What an external source tells, in the order in which it comes. Each source is told apart from the others: one that is
 * down says so by a `state` and leaves what it has brought to grow stale.
 */
export type ExternalEvent =
  | { readonly type: 'reading'; readonly reading: ExternalReading }
  /** All that is known of a series, oldest first, in the place of what was known before. */
  | {
      readonly type: 'series';
      readonly name: ExternalSeriesName;
      readonly closes: readonly DailyClose[];
      readonly provider: string;
      readonly simulated: boolean;
    }
  | { readonly type: 'coins'; readonly coins: readonly CoinFigures[]; readonly simulated: boolean }
  | {
      readonly type: 'categories';
      readonly categories: readonly CategoryFigures[];
      readonly simulated: boolean;
    }
  | { readonly type: 'liquidation'; readonly liquidation: Liquidation; readonly simulated: boolean }
  /** Since when liquidations are heard without a hole, our clock, ms; null: they are not, for the reason. */
  | { readonly type: 'watching'; readonly since: number | null; readonly reason: string | null }
  /** Why a source brings nothing, in words that follow its name (`is switched off`); null: it works. */
  | { readonly type: 'state'; readonly source: ExternalSource; readonly fault: string | null };

/** What takes the events of the sources; called synchronously, in order. */
export type ExternalSink = (event: ExternalEvent) => void;
