import { z } from 'zod';
import type { CategoryFigures, CoinFigures } from '../../external-events.js';
import { HOUR_MS, MINUTE_MS } from '../../timeframe.js';
import {
  checkTime,
  type Found,
  isoTime,
  maybeNumeric,
  numeric,
  parseAnswer,
  seconds,
  tellFigures,
} from './figures.js';
import { PolledSource } from './polled-source.js';
import type { Source, SourceContext } from './source.js';
import { WebClient } from './web-client.js';

export const COINGECKO_URL = 'https://api.coingecko.com/api/v3';

/**
 * `GET /global`. Percentages are of the largest ten coins, so a small one may be missing.
 * @see https://docs.coingecko.com/v3.0.1/reference/crypto-global
 */
const globalAnswer = z.object({
  data: z.object({
    total_market_cap: z.object({ usd: numeric }),
    total_volume: z.object({ usd: numeric }),
    market_cap_percentage: z.object({
      btc: maybeNumeric,
      eth: maybeNumeric,
      usdt: maybeNumeric,
    }),
    updated_at: seconds,
  }),
});

/**
 * `GET /coins/markets`: a page of coins, the largest first.
 * @see https://docs.coingecko.com/v3.0.1/reference/coins-markets
 */
const coinsAnswer = z.array(
  z.object({
    symbol: z.string(),
    current_price: maybeNumeric,
    market_cap: maybeNumeric,
    market_cap_rank: maybeNumeric,
    total_volume: maybeNumeric,
    circulating_supply: maybeNumeric,
    last_updated: isoTime.nullish(),
  }),
);
type Coin = z.output<typeof coinsAnswer>[number];

/**
 * `GET /coins/categories`.
 * @see https://docs.coingecko.com/v3.0.1/reference/coins-categories
 */
const categoriesAnswer = z.array(
  z.object({
    id: z.string().min(1),
    market_cap: maybeNumeric,
    market_cap_change_24h: maybeNumeric,
    volume_24h: maybeNumeric,
    updated_at: isoTime.nullish(),
  }),
);

const PAGE_SIZE = 250;
/** Coins below the largest thousand are not looked for. */
const MAX_PAGES = 4;
/** A coin of the same symbol whose price is further away than this share is another coin. */
const MAX_PRICE_DISTANCE = 0.2;
/** Categories come with their descriptions. */
const MAX_BYTES = 8 * 2 ** 20;
/** Requests a minute: five without a key, thirty with one; with one at most ten thousand a month. */
const GAP_MS = { withoutKey: 13_000, withKey: 2_500 } as const;

/** A coin that is served. */
export interface ServedBase {
  /** As its exchange writes it: `BTC`. */
  readonly base: string;
  /** Newest price in US dollars (or coins that are worth one); null: not known yet. */
  readonly price: number | null;
}

export interface CoinGeckoOptions {
  readonly context: SourceContext;
  readonly provider: string;
  readonly baseUrl: string;
  /** Of a demo account; undefined: none. */
  readonly key: string | undefined;
  /** Whose coins are asked for. */
  readonly bases: () => readonly ServedBase[];
}

/** Market caps, supplies, categories and dominance: the market as a whole every 10 minutes, the rest every hour. */
export function createCoinGecko({ context, provider, baseUrl, key, bases }: CoinGeckoOptions): Source {
  const stopping = new AbortController();
  const client = new WebClient({
    ...{ context, provider, baseUrl },
    gapMs: key === undefined ? GAP_MS.withoutKey : GAP_MS.withKey,
    maxBytes: MAX_BYTES,
    signal: stopping.signal,
    ...(key === undefined ? {} : { headers: { 'x-cg-demo-api-key': key } }),
  });
  const askGlobal = async (): Promise<void> => {
    const { data } = parseAnswer(globalAnswer, await client.json('/global'));
    const figures = {
      total_market_cap: data.total_market_cap.usd,
      total_volume_24h: data.total_volume.usd,
      btc_dominance: data.market_cap_percentage.btc,
      eth_dominance: data.market_cap_percentage.eth,
      usdt_dominance: data.market_cap_percentage.usdt,
    };
    const found = Object.entries(figures).flatMap(([name, value]) =>
      value === null ? [] : { name: name as keyof typeof figures, value, asOf: data.updated_at },
    );
    tellFigures(context, provider, found satisfies readonly Found[]);
  };
  const askCoins = async (): Promise<void> => {
    const missing = new Map(bases().map(({ base, price }) => [base.toUpperCase(), { base, price }]));
    const coins: CoinFigures[] = [];
    for (let page = 1; page <= MAX_PAGES && missing.size > 0; page++) {
      const path = `/coins/markets?vs_currency=usd&order=market_cap_desc&per_page=${PAGE_SIZE}&page=${page}`;
      const rows = parseAnswer(coinsAnswer, await client.json(path));
      for (const row of rows) {
        const served = missing.get(row.symbol.toUpperCase());
        if (served === undefined || isAnother(row, served.price)) continue;
        missing.delete(row.symbol.toUpperCase());
        coins.push(coinOf(context, served.base, row));
      }
      if (rows.length < PAGE_SIZE) break;
    }
    // What was taken for a coin before its price was known is taken back.
    for (const { base, price } of missing.values())
      if (price !== null) coins.push(unknownCoin(base, context));
    context.sink({ type: 'coins', coins, simulated: context.isSimulated });
  };
  const askCategories = async (): Promise<void> => {
    const rows = parseAnswer(categoriesAnswer, await client.json('/coins/categories'));
    const categories = rows.map((row): CategoryFigures => {
      const asOf = row.updated_at ?? context.now();
      checkTime(context, asOf, `category ${row.id}`);
      return {
        coingeckoId: row.id,
        marketCap: positive(row.market_cap),
        marketCapChange24h: row.market_cap_change_24h,
        volume24h: positive(row.volume_24h),
        asOf,
      };
    });
    context.sink({ type: 'categories', categories, simulated: context.isSimulated });
  };
  return new PolledSource({
    ...{ context, provider, stopping },
    source: 'global_market',
    tasks: [
      { name: 'the market', everyMs: 10 * MINUTE_MS, ask: askGlobal },
      { name: 'coins', everyMs: HOUR_MS, ask: askCoins },
      { name: 'categories', everyMs: HOUR_MS, ask: askCategories },
    ],
    calls: () => client.calls,
  });
}

/** Many coins share a symbol; the price tells them apart. One without a price is not looked at closer. */
function isAnother({ current_price }: Coin, price: number | null): boolean {
  if (price === null) return false;
  if (current_price === null || current_price <= 0) return true;
  return Math.abs(current_price - price) > MAX_PRICE_DISTANCE * price;
}

function coinOf(context: SourceContext, base: string, row: Coin): CoinFigures {
  const asOf = row.last_updated ?? context.now();
  checkTime(context, asOf, base);
  return {
    base,
    marketCap: positive(row.market_cap),
    totalVolume: positive(row.total_volume),
    circulatingSupply: positive(row.circulating_supply),
    rank: positive(row.market_cap_rank),
    asOf,
  };
}

function unknownCoin(base: string, { now }: SourceContext): CoinFigures {
  return { base, marketCap: null, totalVolume: null, circulatingSupply: null, rank: null, asOf: now() };
}

/** CoinGecko writes 0 for what it does not know. */
function positive(value: number | null): number | null {
  return value !== null && value > 0 ? value : null;
}
