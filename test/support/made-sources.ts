import type { Analysis } from '../../src/engine/analysis/analysis.js';
import {
  EXTERNAL_FIGURES,
  EXTERNAL_SERIES,
  type ExternalEvent,
  type ExternalName,
  type ExternalSeriesName,
} from '../../src/external-events.js';
import { bucketStart, DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/timeframe.js';
import { SECTORS } from './analysis-run.js';

/** Circulating coins, roughly. */
const SUPPLIES: Readonly<Record<string, number>> = {
  ...{ BTC: 19.5e6, ETH: 120e6, BNB: 145e6, SOL: 450e6, ADA: 35e9, AVAX: 400e6 },
  ...{ BCH: 19.8e6, LINK: 650e6, LTC: 75e6, SUI: 3.2e9, XLM: 30e9, XRP: 57e9 },
};
/** How long after a moment its figures come, ms. */
const DELAY_MS = 30_000;

/** A wave between two values: the same for the same time. */
function wave(time: number, days: number, least: number, most: number): number {
  return least + ((most - least) * (1 + Math.sin((2 * Math.PI * time) / (days * DAY_MS)))) / 2;
}

/** Made-up figures of all sources, of plausible size, that are functions of time and of BTC's price alone. */
export class MadeSources {
  readonly #analysis: Analysis;
  readonly #price: (base: string) => number;
  readonly #every: number;
  #told = Number.NEGATIVE_INFINITY;

  /** @param every how often figures come, ms */
  constructor(analysis: Analysis, price: (base: string) => number, every: number) {
    this.#analysis = analysis;
    this.#price = price;
    this.#every = every;
  }

  /** Tells what is known by `time`, ms: once in `every`. */
  tell(time: number): void {
    if (time - this.#told < this.#every) return;
    const isFirst = this.#told === Number.NEGATIVE_INFINITY;
    this.#told = time;
    if (isFirst) {
      this.#apply({ type: 'watching', since: time - 3 * DAY_MS, reason: null });
      for (const name of EXTERNAL_SERIES) this.#apply(series(name, time));
    }
    const asOf = time - 5 * MINUTE_MS;
    const values = figuresAt(asOf, this.#price('BTC'));
    for (const name of Object.keys(EXTERNAL_FIGURES) as ExternalName[]) {
      const reading = { name, value: values[name], asOf, receivedAt: asOf + DELAY_MS, provider: 'made' };
      this.#apply({ type: 'reading', reading: { ...reading, simulated: false } });
    }
    this.#tellMarket(asOf);
    for (const base of ['BTC', 'ETH'] as const) {
      for (const side of ['long', 'short'] as const) {
        const liquidation = {
          base,
          side,
          price: this.#price(base),
          amount: wave(asOf, 3, 0.5, 40),
          time: asOf,
        };
        if (liquidation.price > 0) this.#apply({ type: 'liquidation', liquidation, simulated: false });
      }
    }
  }

  #tellMarket(asOf: number): void {
    const coins = Object.entries(SUPPLIES).map(([base, circulatingSupply], place) => {
      const price = this.#price(base);
      const marketCap = Number.isFinite(price) ? price * circulatingSupply : null;
      const totalVolume = marketCap === null ? null : marketCap * 0.05;
      return { base, marketCap, totalVolume, circulatingSupply, rank: place + 1, asOf };
    });
    this.#apply({ type: 'coins', coins, simulated: false });
    const categories = SECTORS.map(({ coingeckoId }, place) => ({
      coingeckoId: coingeckoId ?? '',
      marketCap: this.#price('BTC') * 1e6 * (place + 1),
      marketCapChange24h: wave(asOf, 9 + place, -5, 5),
      volume24h: this.#price('BTC') * 5e4 * (place + 1),
      asOf,
    }));
    this.#apply({ type: 'categories', categories, simulated: false });
  }

  #apply(event: ExternalEvent): void {
    this.#analysis.apply(event);
  }
}

function figuresAt(time: number, bitcoin: number): Readonly<Record<ExternalName, number>> {
  const dominance = wave(time, 300, 42, 62);
  const total = (bitcoin * (SUPPLIES.BTC ?? 0) * 100) / dominance;
  return {
    fear_greed_index: Math.round(wave(time, 45, 8, 92)),
    google_trends_score: Math.round(wave(time, 120, 5, 95)),
    funding_rate_btc: wave(time, 11, -0.0002, 0.0006),
    funding_rate_eth: wave(time, 13, -0.0003, 0.0006),
    open_interest_btc: wave(time, 20, 60_000, 110_000),
    open_interest_eth: wave(time, 22, 800_000, 1_600_000),
    total_market_cap: total,
    total_volume_24h: total * wave(time, 6, 0.03, 0.09),
    btc_dominance: dominance,
    eth_dominance: wave(time, 250, 8, 20),
    usdt_dominance: wave(time, 200, 3, 8),
    sp500: seriesAt('sp500', time),
    gold: seriesAt('gold', time),
    dxy: seriesAt('dxy', time),
    vix: seriesAt('vix', time),
    us_10y: seriesAt('us_10y', time),
    whale_netflow_24h: wave(time, 8, -9_000, 9_000),
    active_addresses_btc: Math.round(wave(time, 7, 600_000, 1_000_000)),
    active_addresses_eth: Math.round(wave(time, 7, 350_000, 600_000)),
    exchange_netflow_btc: wave(time, 9, -8_000, 8_000),
    exchange_netflow_eth: wave(time, 9, -90_000, 90_000),
    whale_to_exchange_volume_btc: wave(time, 8, 2_000, 20_000),
    whale_from_exchange_volume_btc: wave(time, 10, 2_000, 20_000),
    supply_on_exchanges_btc: wave(time, 900, 2.3e6, 2.8e6),
    supply_on_exchanges_eth: wave(time, 900, 15e6, 20e6),
    tx_volume_btc: wave(time, 7, 200_000, 700_000),
    tx_volume_eth: wave(time, 7, 1e6, 4e6),
    miner_outflow: wave(time, 12, 500, 3_000),
    miner_balance_change: wave(time, 15, -1_500, 1_500),
  };
}

const LEVELS: Readonly<Record<ExternalSeriesName, readonly [number, number, number]>> = {
  sp500: [210, 3_800, 6_200],
  gold: [330, 1_700, 3_400],
  dxy: [150, 95, 108],
  vix: [70, 13, 34],
  us_10y: [260, 1.2, 4.8],
};

function seriesAt(name: ExternalSeriesName, time: number): number {
  const [days, least, most] = LEVELS[name];
  // A little unrest of days, so that returns vary.
  return wave(time, days, least, most) * (1 + 0.01 * Math.sin(time / DAY_MS));
}

/** Trading days from half a year before up to five and a half years after a moment. */
function series(name: ExternalSeriesName, time: number): ExternalEvent {
  const first = bucketStart('1d', time) - 183 * DAY_MS;
  const closes = Array.from({ length: 2_200 }, (_, place) => first + place * DAY_MS)
    .filter((day) => (new Date(day).getUTCDay() + 6) % 7 < 5)
    .map((day) => ({ day, close: seriesAt(name, day + 21 * HOUR_MS) }));
  return { type: 'series', name, closes, provider: 'made', simulated: false };
}
