import type { StructureInput } from './structure.js';

/** Candles that are kept: a power of two, so that a candle's place is a bit mask. */
export const KEPT_CANDLES = 128;
const LAST = KEPT_CANDLES - 1;
const ROW = 9;

/**
 * The newest closed candles of a series and what belongs to them, by candle number: 0 is the first one that was ever
 * pushed. Only the newest `KEPT_CANDLES` numbers may be read; others give what has taken their place.
 */
export class InputRing {
  readonly #rows = new Float64Array(KEPT_CANDLES * ROW);
  #count = 0;

  /** Candles that were ever pushed: the next one's number. */
  get count(): number {
    return this.#count;
  }

  /** Number of the oldest candle that is kept. */
  get oldest(): number {
    return Math.max(0, this.#count - KEPT_CANDLES);
  }

  /** @throws RangeError if the candle does not follow the newest one */
  push(input: StructureInput): void {
    const newest = this.#count - 1;
    if (newest >= 0 && !(input.time > this.time(newest))) {
      throw new RangeError(`the candle at ${input.time} does not follow the one at ${this.time(newest)}`);
    }
    const rows = this.#rows;
    const row = (this.#count & LAST) * ROW;
    rows[row] = input.time;
    rows[row + 1] = input.open;
    rows[row + 2] = input.high;
    rows[row + 3] = input.low;
    rows[row + 4] = input.close;
    rows[row + 5] = input.volume;
    rows[row + 6] = input.atr;
    rows[row + 7] = input.rsi;
    rows[row + 8] = input.meanVolume;
    this.#count += 1;
  }

  time(number: number): number {
    return this.#at(number, 0);
  }

  open(number: number): number {
    return this.#at(number, 1);
  }

  high(number: number): number {
    return this.#at(number, 2);
  }

  low(number: number): number {
    return this.#at(number, 3);
  }

  close(number: number): number {
    return this.#at(number, 4);
  }

  volume(number: number): number {
    return this.#at(number, 5);
  }

  atr(number: number): number {
    return this.#at(number, 6);
  }

  rsi(number: number): number {
    return this.#at(number, 7);
  }

  /** Volume against the mean of the 20 before it; NaN: that mean is not known, or nothing was traded. */
  volumeRatio(number: number): number {
    const mean = this.#at(number, 8);
    return mean > 0 ? this.volume(number) / mean : Number.NaN;
  }

  #at(number: number, field: number): number {
    return this.#rows[(number & LAST) * ROW + field] as number;
  }
}
