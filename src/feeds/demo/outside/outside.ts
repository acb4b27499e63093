import { DAY_MS } from '../../../timeframe.js';
import type { MarketSource } from '../source.js';
import { OTHER_CATEGORIES } from './coin-facts.js';
import { type MacroName, MacroWalk } from './macro-walk.js';
import { smoothNoise } from './noise.js';
import { type OutsideCoin, OutsideMarket } from './outside-market.js';
import { openInterest, premiumIndex, usdmExchangeInfo } from './usdm.js';

/** What a request is answered with; a text is CSV, anything else JSON. */
export interface OutsideAnswer {
  readonly status: number;
  readonly body: unknown;
}

type Answer = (query: URLSearchParams, now: number) => unknown;

const STOOQ_SYMBOLS: Readonly<Record<string, MacroName>> = {
  '^spx': 'sp500',
  xauusd: 'gold',
  'dx.f': 'dxy',
  '^vix': 'vix',
  '10yusy.b': 'us_10y',
};
const FRED_SERIES: Readonly<Record<string, MacroName>> = { SP500: 'sp500', VIXCLS: 'vix', DGS10: 'us_10y' };

/** Of the size of the real ones a day; the share by which they go up and down. */
const ON_CHAIN: Readonly<Record<string, readonly [level: number, swing: number]>> = {
  whale_netflow_24h: [0, 2_500],
  active_addresses_btc: [780_000, 90_000],
  active_addresses_eth: [460_000, 60_000],
  exchange_netflow_btc: [0, 4_000],
  exchange_netflow_eth: [0, 40_000],
  whale_to_exchange_volume_btc: [21_000, 5_000],
  whale_from_exchange_volume_btc: [21_500, 5_000],
  supply_on_exchanges_btc: [2_350_000, 60_000],
  supply_on_exchanges_eth: [16_500_000, 500_000],
  tx_volume_btc: [610_000, 120_000],
  tx_volume_eth: [2_900_000, 500_000],
  miner_outflow: [5_200, 1_100],
  miner_balance_change: [0, 300],
};

/**
 * The services beside the exchange, each under a path of its own and in its own dialect: Binance's USD-M futures
 * (`/usdm`), alternative.me, CoinGecko, Stooq, FRED, and our own format for on-chain and trend figures (`/figures`).
 */
export class Outside {
  readonly #source: MarketSource;
  readonly #market: OutsideMarket;
  readonly #macro: MacroWalk;
  readonly #routes: Readonly<Record<string, Answer>>;

  constructor(source: MarketSource, seed: number) {
    this.#source = source;
    this.#market = new OutsideMarket(source, seed);
    this.#macro = new MacroWalk(this.#market);
    this.#routes = {
      '/usdm/fapi/v1/ping': () => ({}),
      '/usdm/fapi/v1/time': (_query, now) => ({ serverTime: now }),
      '/usdm/fapi/v1/exchangeInfo': (_query, now) => usdmExchangeInfo(this.#source, now),
      '/usdm/fapi/v1/premiumIndex': (query, now) => premiumIndex(this.#market, baseOf(query), now),
      '/usdm/fapi/v1/openInterest': (query, now) => openInterest(this.#market, baseOf(query), now),
      '/alternative-me/fng/': (query, now) => this.#fearGreed(query, now),
      '/coingecko/api/v3/global': (_query, now) => this.#global(now),
      '/coingecko/api/v3/coins/markets': (query, now) => this.#coins(query, now),
      '/coingecko/api/v3/coins/categories': (_query, now) => this.#categories(now),
      '/stooq/q/d/l/': (query, now) => this.#stooq(query, now),
      '/fred/graph/fredgraph.csv': (query, now) => this.#fred(query, now),
      '/figures/on_chain.json': (_query, now) => this.#onChain(now),
      '/figures/google_trends.json': (_query, now) => this.#trends(now),
    };
  }

  /** Answers a GET request at market time `now`, ms; null: the path is not of these services. */
  answer(path: string, query: URLSearchParams, now: number): OutsideAnswer | null {
    const route = Object.hasOwn(this.#routes, path) ? this.#routes[path] : undefined;
    if (route === undefined) return null;
    const body = route(query, Math.floor(now));
    return body === null ? { status: 400, body: { error: 'not known' } } : { status: 200, body };
  }

  #fearGreed(query: URLSearchParams, now: number): unknown {
    const limit = Math.min(365, Math.max(1, Number(query.get('limit') ?? 1) || 1));
    const today = Math.floor(now / DAY_MS);
    const data = Array.from({ length: limit }, (_, back) => {
      const value = this.#market.fearGreed(today - back);
      return {
        value: String(value),
        value_classification: classify(value),
        timestamp: String(((today - back) * DAY_MS) / 1_000),
        ...(back === 0 ? { time_until_update: String(Math.ceil(((today + 1) * DAY_MS - now) / 1_000)) } : {}),
      };
    });
    return { name: 'Fear and Greed Index', data, metadata: { error: null }, simulated: true };
  }

  #global(now: number): unknown {
    const coins = this.#market.coins(now);
    const { marketCap, volume24h, usdtCap } = this.#market.totals(coins);
    const percentages = coins
      .slice(0, 9)
      .map(({ base, marketCap: cap }) => [base.toLowerCase(), (100 * cap) / marketCap] as const);
    return {
      data: {
        active_cryptocurrencies: coins.length,
        total_market_cap: { usd: marketCap },
        total_volume: { usd: volume24h },
        market_cap_percentage: { ...Object.fromEntries(percentages), usdt: (100 * usdtCap) / marketCap },
        updated_at: Math.floor(now / 1_000),
      },
      simulated: true,
    };
  }

  #coins(query: URLSearchParams, now: number): unknown {
    const size = Math.min(250, Math.max(1, Number(query.get('per_page') ?? 100) || 100));
    const page = Math.max(1, Number(query.get('page') ?? 1) || 1);
    const rows = this.#market.coins(now).map((coin, index) => ({
      id: `simulated-${coin.base.toLowerCase()}`,
      symbol: coin.base.toLowerCase(),
      name: `${coin.base} (simulated)`,
      current_price: coin.price,
      market_cap: coin.marketCap,
      market_cap_rank: index + 1,
      total_volume: coin.volume24h,
      circulating_supply: coin.supply,
      last_updated: new Date(now).toISOString(),
      simulated: true,
    }));
    return rows.slice((page - 1) * size, page * size);
  }

  #categories(now: number): unknown {
    const coins = this.#market.coins(now);
    const yesterday = new Map(this.#market.coins(now - DAY_MS).map((coin) => [coin.base, coin.marketCap]));
    const byCategory = new Map<string, OutsideCoin[]>();
    for (const coin of coins) {
      if (coin.category === null) continue;
      byCategory.set(coin.category, [...(byCategory.get(coin.category) ?? []), coin]);
    }
    const listed = [...byCategory].map(([id, members]) => {
      const cap = sum(members.map(({ marketCap }) => marketCap));
      const before = sum(members.map(({ base, marketCap }) => yesterday.get(base) ?? marketCap));
      return categoryRow(
        id,
        cap,
        100 * (cap / before - 1),
        sum(members.map(({ volume24h }) => volume24h)),
        now,
      );
    });
    const { marketCap, volume24h } = this.#market.totals(coins);
    const others = Object.entries(OTHER_CATEGORIES).map(([id, share]) => {
      const at = (time: number): number => 1 + 0.2 * smoothNoise(this.#market.seed, id, time / (4 * DAY_MS));
      const change = 100 * (at(now) / at(now - DAY_MS) - 1);
      return categoryRow(id, marketCap * share * at(now), change, volume24h * share, now);
    });
    return [...listed, ...others].toSorted((a, b) => b.market_cap - a.market_cap);
  }

  #stooq(query: URLSearchParams, now: number): string {
    const code = query.get('s') ?? '';
    const name = Object.hasOwn(STOOQ_SYMBOLS, code) ? STOOQ_SYMBOLS[code] : undefined;
    if (name === undefined) return 'No data';
    const [from, to] = [compactDay(query.get('d1')) ?? 0, compactDay(query.get('d2')) ?? now / DAY_MS];
    const rows = this.#macro.days(name, from, to, now).map(({ date, close }) => {
      return `${date},${close},${close},${close},${close},0`;
    });
    return ['Date,Open,High,Low,Close,Volume', ...rows, ''].join('\r\n');
  }

  #fred(query: URLSearchParams, now: number): string | null {
    const id = query.get('id') ?? '';
    const name = Object.hasOwn(FRED_SERIES, id) ? FRED_SERIES[id] : undefined;
    if (name === undefined) return null;
    const from = Math.floor(Date.parse(query.get('cosd') ?? '2017-01-01') / DAY_MS);
    // A day's value comes on the next one.
    const rows = this.#macro.days(name, from, Math.floor(now / DAY_MS) - 1, now);
    return [`observation_date,${id}`, ...rows.map(({ date, close }) => `${date},${close}`), ''].join('\n');
  }

  #onChain(now: number): unknown {
    const figures = Object.entries(ON_CHAIN).map(([name, [level, swing]]) => {
      const day = Math.floor(now / DAY_MS);
      const value = Math.round(level + swing * smoothNoise(this.#market.seed, name, day / 3));
      return [name, value] as const;
    });
    return report(figures, now);
  }

  #trends(now: number): unknown {
    const week = 50 + 15 * smoothNoise(this.#market.seed, 'trends', now / (7 * DAY_MS));
    return report([['google_trends_score', Math.round(Math.min(100, Math.max(0, week)))]], now);
  }
}

function report(figures: readonly (readonly [name: string, value: number])[], now: number): unknown {
  const as_of = new Date(Math.floor(now / DAY_MS) * DAY_MS).toISOString();
  return {
    provider: 'demo',
    simulated: true,
    figures: Object.fromEntries(figures.map(([name, value]) => [name, { value, as_of }])),
  };
}

function categoryRow(id: string, cap: number, change: number, volume: number, now: number) {
  return {
    id,
    name: `${id} (simulated)`,
    market_cap: cap,
    market_cap_change_24h: change,
    volume_24h: volume,
    updated_at: new Date(now).toISOString(),
    simulated: true,
  };
}

function classify(value: number): string {
  if (value < 25) return 'Extreme Fear';
  if (value < 46) return 'Fear';
  if (value < 55) return 'Neutral';
  return value < 76 ? 'Greed' : 'Extreme Greed';
}

function baseOf(query: URLSearchParams): string {
  return (query.get('symbol') ?? '').replace(/USDT$/, '');
}

/** Reads `20250131` as UTC days since the epoch. */
function compactDay(text: string | null): number | null {
  const match = /^(\d{4})(\d\d)(\d\d)$/.exec(text ?? '');
  return match === null
    ? null
    : Math.floor(Date.UTC(Number(match[1]), Number(match[2]) - 1, Number(match[3])) / DAY_MS);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
