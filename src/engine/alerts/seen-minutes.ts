/** Minutes that are remembered: as many as may be open while history is asked, and some. */
const KEPT = 8;

/**
 * What prices of the last minutes have been seen, of one asset: so that a candle that comes after its minute says
 * nothing twice.
 */
export class SeenMinutes {
  /** Left by `findHull`. */
  hullLow = Number.NaN;
  hullHigh = Number.NaN;
  /** Ascending by minute. */
  readonly #minutes = new Float64Array(KEPT);
  readonly #lows = new Float64Array(KEPT);
  readonly #highs = new Float64Array(KEPT);
  readonly #lasts = new Float64Array(KEPT);
  #count = 0;

  /** Takes prices of a minute in: lowest, highest, last. `minute`: its start, ms; −Infinity: before all others. */
  note(minute: number, low: number, high: number, last: number): void {
    let at = this.#count;
    while (at > 0 && (this.#minutes[at - 1] as number) >= minute) at--;
    if (at < this.#count && this.#minutes[at] === minute) {
      this.#lows[at] = Math.min(this.#lows[at] as number, low);
      this.#highs[at] = Math.max(this.#highs[at] as number, high);
      this.#lasts[at] = last;
      return;
    }
    if (this.#count === KEPT) {
      // The oldest goes; if that is the new one, nothing is left to do.
      if (at === 0) return;
      at -= 1;
      for (const column of this.#columns()) column.copyWithin(0, 1, at + 1);
    } else {
      for (const column of this.#columns()) column.copyWithin(at + 1, at, this.#count);
      this.#count += 1;
    }
    this.#minutes[at] = minute;
    this.#lows[at] = low;
    this.#highs[at] = high;
    this.#lasts[at] = last;
  }

  /**
   * Sets `hullLow` and `hullHigh` to the range of all prices seen from the last one before `minute` on.
   *
   * @returns false if none before it is known
   */
  findHull(minute: number): boolean {
    let at = this.#count - 1;
    this.hullLow = Number.POSITIVE_INFINITY;
    this.hullHigh = Number.NEGATIVE_INFINITY;
    for (; at >= 0 && (this.#minutes[at] as number) >= minute; at--) {
      this.hullLow = Math.min(this.hullLow, this.#lows[at] as number);
      this.hullHigh = Math.max(this.hullHigh, this.#highs[at] as number);
    }
    if (at < 0) return false;
    const before = this.#lasts[at] as number;
    this.hullLow = Math.min(this.hullLow, before);
    this.hullHigh = Math.max(this.hullHigh, before);
    return true;
  }

  #columns(): readonly Float64Array[] {
    return [this.#minutes, this.#lows, this.#highs, this.#lasts];
  }
}
