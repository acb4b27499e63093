import { DAY_MS, HOUR_MS } from '../../../timeframe.js';
import type { ExternalBook } from '../external-book.js';
import type { Coin } from './coin.js';

/** What an index begins with. */
export const INDEX_BASE = 1000;
/** Days of traded volume by which coins are weighted. */
const VOLUME_DAYS = 30;

/**
 * `market_cap`: circulating supply × price. `volume`: mean traded volume a day. `equal`: nothing is known of either.
 */
export type Weighting = 'market_cap' | 'volume' | 'equal';

/**
 * An index of coins: a basket that is held between two links, so that its value moves as theirs do (Laspeyres), and that
 * is bought anew with its whole worth at each link (chain-linked), so that other weights or members never move it.
 *
 * @see https://www.imf.org/en/Data/Statistics/cpi-manual (chapter 9, chained Laspeyres indices)
 */
export class ChainIndex {
  #coins: readonly Coin[] = [];
  /** How much of each coin the basket holds. */
  #units: readonly number[] = [];
  #weighting: Weighting | null = null;
  #linkedAt = Number.NEGATIVE_INFINITY;
  /** What it was worth when it was last seen. */
  #value: number;

  /** @param base what it is worth at first */
  constructor(base: number = INDEX_BASE) {
    this.#value = base;
  }

  /** Null: it holds nothing. */
  get weighting(): Weighting | null {
    return this.#weighting;
  }

  /** Those that it holds, in the order of their numbers. */
  get coins(): readonly Coin[] {
    return this.#coins;
  }

  /** Gives what the basket is worth at these prices; NaN: it is empty. */
  worth(priceOf: (coin: Coin) => number): number {
    if (this.#coins.length === 0) return Number.NaN;
    let value = 0;
    for (let i = 0; i < this.#coins.length; i++) {
      value += (this.#units[i] as number) * priceOf(this.#coins[i] as Coin);
    }
    return value;
  }

  /**
   * Moves the index to a moment, ms, by the coins' prices, then links it if a day has begun or other coins have prices.
   * Gives its value; NaN: none of the coins has a price.
   */
  advance(coins: readonly Coin[], external: ExternalBook, moment: number): number {
    const worth = this.worth((coin) => coin.price);
    if (worth > 0 && Number.isFinite(worth)) this.#value = worth;
    const priced = coins.filter((coin) => coin.isPriced(moment));
    if (this.#isDue(priced, moment)) this.#link(priced, external, moment);
    return priced.length === 0 ? Number.NaN : this.#value;
  }

  #isDue(priced: readonly Coin[], moment: number): boolean {
    if (Math.floor(moment / DAY_MS) > Math.floor(this.#linkedAt / DAY_MS)) return true;
    return priced.length !== this.#coins.length || priced.some((coin, i) => coin !== this.#coins[i]);
  }

  #link(coins: readonly Coin[], external: ExternalBook, moment: number): void {
    this.#coins = coins;
    this.#linkedAt = moment;
    if (coins.length === 0) {
      this.#weighting = null;
      return;
    }
    const { weighting, weights } = weigh(coins, external, moment);
    const sum = weights.reduce((total, weight) => total + weight, 0);
    this.#units = coins.map(({ price }, i) => (this.#value * ((weights[i] as number) / sum)) / price);
    this.#weighting = weighting;
  }
}

/** Weights by what was known before the hour that ended at or before the moment: what closes with it closes in any order. */
function weigh(
  coins: readonly Coin[],
  external: ExternalBook,
  moment: number,
): { readonly weighting: Weighting; readonly weights: readonly number[] } {
  const caps = coins.map(
    ({ asset, price }) => (external.coin(asset.base, moment)?.circulatingSupply ?? Number.NaN) * price,
  );
  if (caps.every((cap) => cap > 0 && Number.isFinite(cap))) return { weighting: 'market_cap', weights: caps };
  const end = Math.floor((moment - 1) / HOUR_MS) * HOUR_MS;
  const volumes = coins.map(({ volumes }) => {
    const mean = volumes.meanDaily(end - VOLUME_DAYS * DAY_MS, end, 0);
    return mean > 0 && Number.isFinite(mean) ? mean : 0;
  });
  if (volumes.some((volume) => volume > 0)) return { weighting: 'volume', weights: volumes };
  return { weighting: 'equal', weights: coins.map(() => 1) };
}
