import { Random, seedOf, textKey } from '../random.js';

/** What the made-up world knows of a coin: coins in circulation, and its category where it has one. */
export interface CoinFacts {
  readonly supply: number;
  readonly category: string | null;
}

/** Of the size of the real ones, nothing more. */
const FACTS: Readonly<Record<string, readonly [supply: number, category: string | null]>> = {
  BTC: [19.8e6, null],
  ETH: [120e6, 'smart-contract-platform'],
  SOL: [470e6, 'layer-1'],
  BNB: [146e6, 'layer-1'],
  XRP: [56e9, 'payment-solutions'],
  ADA: [35.6e9, 'layer-1'],
  DOGE: [146e9, 'meme-token'],
  LINK: [626e6, 'infrastructure'],
  LTC: [75e6, 'payment-solutions'],
  AVAX: [400e6, 'layer-1'],
  TRX: [87e9, 'layer-1'],
  DOT: [1.5e9, 'layer-1'],
  MATIC: [9.9e9, 'layer-2'],
  BCH: [19.8e6, 'payment-solutions'],
  UNI: [600e6, 'decentralized-finance-defi'],
  NEAR: [1.2e9, 'layer-1'],
  ATOM: [391e6, 'layer-1'],
  XLM: [30e9, 'payment-solutions'],
  FIL: [600e6, 'infrastructure'],
  APT: [540e6, 'layer-1'],
  ARB: [4e9, 'layer-2'],
  OP: [1.3e9, 'layer-2'],
  SUI: [2.8e9, 'layer-1'],
  AAVE: [15e6, 'decentralized-finance-defi'],
  INJ: [97e6, 'decentralized-finance-defi'],
  SHIB: [589e12, 'meme-token'],
  PEPE: [420e12, 'meme-token'],
  ZEC: [16.3e6, 'privacy-coins'],
  USDC: [34e9, 'stablecoins'],
};

/** Categories of coins that are not listed here, and their share of the whole market. */
export const OTHER_CATEGORIES: Readonly<Record<string, number>> = {
  'non-fungible-tokens-nft': 0.008,
  'artificial-intelligence': 0.012,
  'real-world-assets-rwa': 0.01,
};

/** Gives what is known of a coin; of one without a real name it is made up by the seed. */
export function coinFacts(seed: number, base: string): CoinFacts {
  const known = Object.hasOwn(FACTS, base) ? FACTS[base] : undefined;
  if (known !== undefined) return { supply: known[0], category: known[1] };
  const random = new Random(seedOf(seed, textKey(base), 11));
  return { supply: Math.round(1e6 * 1_000 ** random.next()), category: null };
}
