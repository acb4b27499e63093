import { momentText } from '../../timeframe.js';

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

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** What is taken in, and how old a figure may be before it counts as missing, ms after the moment that it speaks of. */
export const EXTERNAL_FIGURES = {
  /** 0–100; once a day. */
  fear_greed_index: { source: 'fear_greed', maxAgeMs: 2 * DAY },
  /** 0–100. */
  google_trends_score: { source: 'google_trends', maxAgeMs: 8 * DAY },
  /** Fractions per funding interval, 0.0001 = 0.01 %. */
  funding_rate_btc: { source: 'derivatives', maxAgeMs: 9 * HOUR },
  funding_rate_eth: { source: 'derivatives', maxAgeMs: 9 * HOUR },
  /** Base units. */
  open_interest_btc: { source: 'derivatives', maxAgeMs: HOUR },
  open_interest_eth: { source: 'derivatives', maxAgeMs: HOUR },
  /** US dollars. */
  total_market_cap: { source: 'global_market', maxAgeMs: HOUR },
  total_volume_24h: { source: 'global_market', maxAgeMs: HOUR },
  /** Percent. */
  btc_dominance: { source: 'global_market', maxAgeMs: HOUR },
  eth_dominance: { source: 'global_market', maxAgeMs: HOUR },
  usdt_dominance: { source: 'global_market', maxAgeMs: HOUR },
  /** Index points, dollars an ounce, percent: closes of trading days, so weekends and holidays count. */
  sp500: { source: 'macro', maxAgeMs: 5 * DAY },
  gold: { source: 'macro', maxAgeMs: 5 * DAY },
  dxy: { source: 'macro', maxAgeMs: 5 * DAY },
  vix: { source: 'macro', maxAgeMs: 5 * DAY },
  us_10y: { source: 'macro', maxAgeMs: 5 * DAY },
  /** BTC (ETH) towards the exchanges, signed; addresses and transfers a day. */
  whale_netflow_24h: { source: 'on_chain', maxAgeMs: 2 * DAY },
  active_addresses_btc: { source: 'on_chain', maxAgeMs: 2 * DAY },
  active_addresses_eth: { source: 'on_chain', maxAgeMs: 2 * DAY },
  exchange_netflow_btc: { source: 'on_chain', maxAgeMs: 2 * DAY },
  exchange_netflow_eth: { source: 'on_chain', maxAgeMs: 2 * DAY },
  whale_to_exchange_volume_btc: { source: 'on_chain', maxAgeMs: 2 * DAY },
  whale_from_exchange_volume_btc: { source: 'on_chain', maxAgeMs: 2 * DAY },
  supply_on_exchanges_btc: { source: 'on_chain', maxAgeMs: 2 * DAY },
  supply_on_exchanges_eth: { source: 'on_chain', maxAgeMs: 2 * DAY },
  tx_volume_btc: { source: 'on_chain', maxAgeMs: 2 * DAY },
  tx_volume_eth: { source: 'on_chain', maxAgeMs: 2 * DAY },
  miner_outflow: { source: 'on_chain', maxAgeMs: 2 * DAY },
  miner_balance_change: { source: 'on_chain', maxAgeMs: 2 * DAY },
} as const satisfies Readonly<Record<string, { readonly source: ExternalSource; readonly maxAgeMs: number }>>;

export type ExternalName = keyof typeof EXTERNAL_FIGURES;

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

/** Daily closes that correlations need. */
export type ExternalSeriesName = 'sp500' | 'gold' | 'dxy' | 'vix' | 'us_10y';

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
  readonly price: number;
  /** Base units. */
  readonly amount: number;
  /** Exchange time, ms. */
  readonly time: number;
}

/** Coins and categories are stale after this, ms. */
const COIN_MAX_AGE_MS = 6 * HOUR;

/**
 * The newest figures from outside. They come in with the data, in order, as prices do; whoever reads says what time it
 * is. A stale figure is no figure: null, with the reason from `reason`.
 */
export class ExternalBook {
  readonly #readings = new Map<ExternalName, ExternalReading>();
  readonly #series = new Map<ExternalSeriesName, readonly DailyClose[]>();
  readonly #coins = new Map<string, CoinFigures>();
  readonly #categories = new Map<string, CategoryFigures>();
  readonly #off = new Map<ExternalSource, string>();

  /** Takes a figure; an older one than the one that is known is passed over. */
  set(reading: ExternalReading): void {
    const known = this.#readings.get(reading.name);
    if (known !== undefined && known.asOf > reading.asOf) return;
    this.#readings.set(reading.name, reading);
  }

  /** Takes daily closes, oldest first, in the place of those known. */
  setSeries(name: ExternalSeriesName, closes: readonly DailyClose[]): void {
    this.#series.set(name, closes);
  }

  setCoins(coins: readonly CoinFigures[]): void {
    for (const coin of coins) this.#coins.set(coin.base, coin);
  }

  setCategories(categories: readonly CategoryFigures[]): void {
    for (const category of categories) this.#categories.set(category.coingeckoId, category);
  }

  /** Says why a source brings nothing, in words: `is switched off`, `has not answered since …`; null: it works. */
  setState(source: ExternalSource, fault: string | null): void {
    if (fault === null) this.#off.delete(source);
    else this.#off.set(source, fault);
  }

  /** Gives a figure as of `now`, ms; null: unknown or stale. */
  value(name: ExternalName, now: number): number | null {
    return this.reading(name, now)?.value ?? null;
  }

  reading(name: ExternalName, now: number): ExternalReading | null {
    const reading = this.#readings.get(name);
    if (reading === undefined || reading.asOf > now) return null;
    return now - reading.asOf <= EXTERNAL_FIGURES[name].maxAgeMs ? reading : null;
  }

  /** Gives the daily closes of days that ended by `now`, oldest first. */
  closes(name: ExternalSeriesName, now: number): readonly DailyClose[] {
    return (this.#series.get(name) ?? []).filter(({ day }) => day + DAY <= now);
  }

  coin(base: string, now: number): CoinFigures | null {
    return fresh(this.#coins.get(base), now);
  }

  category(coingeckoId: string, now: number): CategoryFigures | null {
    return fresh(this.#categories.get(coingeckoId), now);
  }

  /** Says why a figure is null: `the source fear_greed has brought nothing yet`. */
  reason(name: ExternalName, now: number): string {
    const { source } = EXTERNAL_FIGURES[name];
    const fault = this.#off.get(source);
    const reading = this.#readings.get(name);
    if (reading === undefined || reading.asOf > now)
      return `the source ${source} ${fault ?? 'has brought nothing yet'}`;
    return `the source ${source} ${fault ?? 'is late'}: its newest figure is of ${momentText(reading.asOf)}`;
  }
}

function fresh<T extends { readonly asOf: number }>(figures: T | undefined, now: number): T | null {
  if (figures === undefined || figures.asOf > now) return null;
  return now - figures.asOf <= COIN_MAX_AGE_MS ? figures : null;
}
