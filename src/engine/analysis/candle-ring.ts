const ROW = 6;

/** What is kept of a closed candle. */
export interface ClosedCandle {
  /** Start of the bucket, ms. */
  readonly time: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  /** Base units. */
  readonly volume: number;
}

/** The newest closed candles of a series. */
export class CandleRing {
  readonly #rows: Float64Array;
  readonly #capacity: number;
  #count = 0;

  /** @param capacity how many candles are kept, at least 1 */
  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#rows = new Float64Array(capacity * ROW);
  }

  /** Candles that are kept. */
  get length(): number {
    return Math.min(this.#count, this.#capacity);
  }

  /** Candles that were ever pushed. */
  get depth(): number {
    return this.#count;
  }

  /** @throws RangeError if the candle does not follow the newest one */
  push(candle: ClosedCandle): void {
    const { time, open, high, low, close, volume } = candle;
    if (this.#count > 0 && !(time > this.time(0))) {
      throw new RangeError(`the candle at ${time} does not follow the one at ${this.time(0)}`);
    }
    const row = (this.#count % this.#capacity) * ROW;
    this.#rows[row] = time;
    this.#rows[row + 1] = open;
    this.#rows[row + 2] = high;
    this.#rows[row + 3] = low;
    this.#rows[row + 4] = close;
    this.#rows[row + 5] = volume;
    this.#count += 1;
  }

  /** `back` candles ago, 0 being the newest; NaN: not kept. */
  time(back: number): number {
    return this.#at(back, 0);
  }

  open(back: number): number {
    return this.#at(back, 1);
  }

  high(back: number): number {
    return this.#at(back, 2);
  }

  low(back: number): number {
    return this.#at(back, 3);
  }

  close(back: number): number {
    return this.#at(back, 4);
  }

  volume(back: number): number {
    return this.#at(back, 5);
  }

  #at(back: number, field: number): number {
    if (!(back >= 0 && back < this.length)) return Number.NaN;
    return this.#rows[((this.#count - 1 - back) % this.#capacity) * ROW + field] as number;
  }
}
