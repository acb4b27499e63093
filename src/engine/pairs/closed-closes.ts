/** The newest closed candles of one series, time and close: a ring that forgets the oldest. */
export class ClosedCloses {
  readonly #times: Float64Array;
  readonly #closes: Float64Array;
  readonly #mask: number;
  #count = 0;

  /** @param atLeast how many candles are kept */
  constructor(atLeast: number) {
    let capacity = 1;
    while (capacity < atLeast) capacity *= 2;
    this.#times = new Float64Array(capacity);
    this.#closes = new Float64Array(capacity);
    this.#mask = capacity - 1;
  }

  /** Candles taken in so far: the number of the next one. */
  get count(): number {
    return this.#count;
  }

  /** Number of the oldest candle that is still kept. */
  get oldest(): number {
    return Math.max(0, this.#count - this.#times.length);
  }

  /** @throws RangeError if the candle is not later than the one before: a programming error */
  add(time: number, close: number): void {
    if (this.#count > 0 && !(time > this.time(this.#count - 1))) {
      throw new RangeError(`candle ${time} does not follow ${this.time(this.#count - 1)}`);
    }
    this.#times[this.#count & this.#mask] = time;
    this.#closes[this.#count & this.#mask] = close;
    this.#count += 1;
  }

  /** Start of a kept candle's bucket, ms. */
  time(number: number): number {
    return this.#times[number & this.#mask] as number;
  }

  close(number: number): number {
    return this.#closes[number & this.#mask] as number;
  }
}
