/** What is known of an asset's price besides the price. */
export interface PriceFacts {
  /** The exchange's time of the newest price, ms. */
  readonly time: number;
  /** Price of 24 hours ago; null until 24 hours without a hole are known. */
  readonly open24h: number | null;
  readonly change24hPercent: number | null;
}

/** Where prices are read, by the engine's number of an asset. */
export interface PriceReader {
  /** Newest price, in its quote; NaN: not known. */
  readonly priceOf: (asset: number) => number;
  /** Null: no price is known yet. What is given may be overwritten by the next call. */
  readonly factsOf: (asset: number) => PriceFacts | null;
}

/** Numbers that are kept of an asset: price, time, price of 24 hours ago, change. NaN: not known. */
const NUMBERS = 4;

/** Prices of some assets as they were when they were taken: numbers in one array, which cost the collector nothing. */
export class SeenPrices implements PriceReader {
  readonly #places = new Map<number, number>();
  #numbers = new Float64Array(0);

  /** Takes these assets in the place of those before; nothing is known of them yet. */
  watch(assets: Iterable<number>): void {
    this.#places.clear();
    for (const asset of assets) {
      if (!this.#places.has(asset)) this.#places.set(asset, NUMBERS * this.#places.size);
    }
    this.#numbers = new Float64Array(NUMBERS * this.#places.size).fill(Number.NaN);
  }

  /** Takes what is known now; says whether anything differs from before. */
  take({ priceOf, factsOf }: PriceReader): boolean {
    const numbers = this.#numbers;
    let isOther = false;
    const put = (place: number, number: number): void => {
      if (Object.is(numbers[place], number)) return;
      numbers[place] = number;
      isOther = true;
    };
    for (const [asset, place] of this.#places) {
      put(place, priceOf(asset));
      const facts = factsOf(asset);
      put(place + 1, facts?.time ?? Number.NaN);
      put(place + 2, facts?.open24h ?? Number.NaN);
      put(place + 3, facts?.change24hPercent ?? Number.NaN);
    }
    return isOther;
  }

  readonly priceOf = (asset: number): number => this.#numbers[this.#places.get(asset) ?? -1] ?? Number.NaN;

  readonly factsOf = (asset: number): PriceFacts | null => {
    const place = this.#places.get(asset);
    const time = place === undefined ? Number.NaN : (this.#numbers[place + 1] ?? Number.NaN);
    if (place === undefined || Number.isNaN(time)) return null;
    return {
      time,
      open24h: known(this.#numbers[place + 2]),
      change24hPercent: known(this.#numbers[place + 3]),
    };
  };
}

function known(number: number | undefined): number | null {
  return number === undefined || Number.isNaN(number) ? null : number;
}
