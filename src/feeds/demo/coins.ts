import { Random, seedOf, textKey } from './random.js';
import type { Listing } from './source.js';

/** What the price model needs to know of a pair. Figures are of the size of the real ones, nothing more. */
export interface Coin extends Listing {
  /** Price around which the walk swings, in ticks. */
  readonly anchorTicks: number;
  /** Usual deviation of a day's return, a fraction. */
  readonly dailyVolatility: number;
  /** How much of the market's return it takes along. */
  readonly beta: number;
  /** Coins of one sector share a part of their returns. */
  readonly sector: string;
  /** How fast the price is pulled back to the anchor, per day; near 1 for a stablecoin. */
  readonly pull: number;
  /** Usual volume of a day in lots. */
  readonly dailyLots: number;
  /** Trades in a usual minute that has any, at least 4: a minute's open, high, low and close need as many. */
  readonly tradesPerMinute: number;
  /** Only every n-th minute has trades; divides 60. 1 except for thinly traded pairs. */
  readonly activeEvery: number;
}

type Row = readonly [
  base: string,
  price: number,
  priceDecimals: number,
  amountDecimals: number,
  volatility: number,
  beta: number,
  sector: string,
  dailyUsd: number,
  tradesPerMinute: number,
  activeEvery?: number,
];

const ROWS: readonly Row[] = [
  ['BTC', 64_000, 2, 5, 0.024, 1, 'majors', 1_900e6, 120],
  ['ETH', 3_100, 2, 4, 0.031, 1.15, 'majors', 1_200e6, 90],
  ['SOL', 150, 2, 3, 0.042, 1.35, 'layer1', 420e6, 60],
  ['BNB', 580, 2, 3, 0.026, 0.85, 'majors', 190e6, 40],
  ['XRP', 0.62, 4, 0, 0.038, 0.95, 'payments', 260e6, 45],
  ['ADA', 0.46, 4, 1, 0.039, 1.1, 'layer1', 70e6, 30],
  ['DOGE', 0.138, 5, 0, 0.048, 1.2, 'memes', 230e6, 45],
  ['LINK', 14.5, 2, 2, 0.041, 1.15, 'defi', 60e6, 24],
  ['LTC', 78, 2, 3, 0.034, 0.95, 'payments', 55e6, 24],
  ['AVAX', 29, 2, 2, 0.045, 1.3, 'layer1', 75e6, 28],
  ['TRX', 0.124, 4, 1, 0.022, 0.55, 'layer1', 50e6, 22],
  ['DOT', 6.3, 3, 2, 0.039, 1.15, 'layer1', 45e6, 20],
  ['MATIC', 0.58, 4, 1, 0.044, 1.25, 'layer2', 55e6, 20],
  ['BCH', 410, 1, 3, 0.038, 1, 'payments', 50e6, 18],
  ['UNI', 8.6, 3, 2, 0.047, 1.2, 'defi', 32e6, 16],
  ['NEAR', 5.4, 3, 1, 0.05, 1.35, 'layer1', 60e6, 20],
  ['ATOM', 7.1, 3, 2, 0.041, 1.15, 'layer1', 22e6, 14],
  ['XLM', 0.104, 4, 0, 0.036, 0.9, 'payments', 15e6, 12],
  ['FIL', 4.7, 3, 2, 0.046, 1.25, 'storage', 24e6, 14],
  ['APT', 8.9, 2, 2, 0.05, 1.3, 'layer1', 35e6, 16],
  ['ARB', 0.83, 4, 1, 0.052, 1.35, 'layer2', 40e6, 16],
  ['OP', 1.92, 3, 2, 0.053, 1.35, 'layer2', 35e6, 16],
  ['SUI', 1.24, 4, 1, 0.055, 1.35, 'layer1', 65e6, 22],
  ['AAVE', 104, 2, 3, 0.046, 1.15, 'defi', 18e6, 10],
  ['INJ', 23, 2, 2, 0.054, 1.35, 'defi', 24e6, 12],
  ['SHIB', 0.0000178, 8, 0, 0.05, 1.2, 'memes', 60e6, 24],
  ['PEPE', 0.00000842, 8, 0, 0.068, 1.4, 'memes', 170e6, 40],
  ['ZEC', 31, 2, 3, 0.043, 1, 'privacy', 6e6, 6, 2],
  ['USDC', 1, 4, 0, 0.0003, 0, 'stable', 900e6, 24],
];

/** Pairs with real names, all against USDT. */
export const COINS: readonly Coin[] = ROWS.map((row) => {
  const [base, price, priceDecimals, amountDecimals, dailyVolatility, beta, sector, usd, perMinute, every] =
    row;
  return {
    id: `${base}USDT`,
    base,
    quote: 'USDT',
    priceDecimals,
    amountDecimals,
    anchorTicks: Math.round(price * 10 ** priceDecimals),
    dailyVolatility,
    beta,
    sector,
    pull: sector === 'stable' ? 0.5 : 0.012,
    dailyLots: Math.round((usd / price) * 10 ** amountDecimals),
    tradesPerMinute: perMinute,
    activeEvery: every ?? 1,
  };
});

/** Makes up a pair `SIM001/USDT` …: for tests that need more markets than there are names. `n` counts from 1. */
export function syntheticCoin(seed: number, n: number): Coin {
  const base = `SIM${String(n).padStart(3, '0')}`;
  const random = new Random(seedOf(seed, textKey(base)));
  return {
    id: `${base}USDT`,
    base,
    quote: 'USDT',
    priceDecimals: 4,
    amountDecimals: 2,
    anchorTicks: 5_000 + Math.floor(random.next() * 2_000_000),
    dailyVolatility: 0.03 + 0.03 * random.next(),
    beta: 0.7 + 0.7 * random.next(),
    sector: `group${n % 7}`,
    pull: 0.012,
    dailyLots: 20_000_000 + Math.floor(random.next() * 200_000_000),
    tradesPerMinute: 4 + Math.floor(random.next() * 8),
    activeEvery: 1,
  };
}
