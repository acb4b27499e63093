/**
 * Stands where ccxt keeps its rolling cache of a symbol's trades or candles, so that each entry reaches us the
 * moment it is appended. Waiting for ccxt's promises instead loses wake-ups in a burst: entries that come before the
 * caller waits again are only seen with the symbol's next message. Keeps the newest entry only; append is O(1).
 */
export class TapCache extends Array<unknown> {
  // Results of slice, filter and map are plain arrays, not taps.
  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }

  readonly #onEntry: (entry: unknown) => void;

  constructor(onEntry: (entry: unknown) => void) {
    super();
    this.#onEntry = onEntry;
  }

  append(entry: unknown): void {
    this[0] = entry;
    this.#onEntry(entry);
  }

  /** ccxt asks how many entries are new; they have been handed on already. */
  getLimit(_symbol: unknown, limit: number | undefined): number {
    return limit === undefined ? this.length : Math.min(limit, this.length);
  }

  clear(): void {
    this.length = 0;
  }
}
