/** Bounds of the buckets grow by so much: percentiles are right to 5 %. */
const GROWTH = 1.05;
const LOG = Math.log(GROWTH);
/** Up to 0.001 × 1.05^510, some 6e7. */
const BUCKETS = 512;
const LEAST = 0.001;

/**
 * Percentiles of the values of the last one to two windows, within 5 %; values below 0.001 count as 0.001. Adding a value
 * is a logarithm and an addition, and nothing is allocated.
 */
export class RecentValues {
  readonly #windowMs: number;
  #now = new Uint32Array(BUCKETS);
  #before = new Uint32Array(BUCKETS);
  #turnAt = 0;

  /** @param windowMs how long a window is, ms */
  constructor(windowMs = 30_000) {
    this.#windowMs = windowMs;
  }

  add(value: number): void {
    const bucket = value <= LEAST ? 0 : Math.ceil(Math.log(value / LEAST) / LOG);
    const index = Math.min(BUCKETS - 1, bucket);
    this.#now[index] = (this.#now[index] ?? 0) + 1;
  }

  /** Forgets what is older than two windows; to be called about once a second. `now` in ms. */
  turn(now: number): void {
    if (now < this.#turnAt) return;
    const isLong = now >= this.#turnAt + this.#windowMs;
    [this.#now, this.#before] = [this.#before, this.#now];
    this.#now.fill(0);
    if (isLong && this.#turnAt !== 0) this.#before.fill(0);
    this.#turnAt = now + this.#windowMs;
  }

  /** Gives the values' percentiles, each 0–1, from one walk; null: there is no value. */
  percentiles<const P extends readonly number[]>(places: P): { readonly [K in keyof P]: number | null } {
    let count = 0;
    for (let index = 0; index < BUCKETS; index++) count += this.#at(index);
    const found = places.map((place) => {
      if (count === 0) return null;
      const wanted = Math.max(1, Math.ceil(place * count));
      let seen = 0;
      for (let index = 0; index < BUCKETS; index++) {
        seen += this.#at(index);
        if (seen >= wanted) return Number((LEAST * GROWTH ** index).toPrecision(3));
      }
      return null;
    });
    return found as { readonly [K in keyof P]: number | null };
  }

  #at(index: number): number {
    return (this.#now[index] ?? 0) + (this.#before[index] ?? 0);
  }
}
