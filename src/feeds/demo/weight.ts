import { MINUTE_MS } from '../../timeframe.js';

/**
 * Binance's weight budget per minute of real time. Over it requests get 429; a client that goes on regardless, for
 * as many requests as `PATIENCE`, gets 418 until the minute is over.
 */
export class WeightBudget {
  readonly #limit: number;
  #minute = 0;
  #used = 0;
  #refused = 0;

  /** `limit` per minute; 0 for none. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Weight used in the present minute, for the header X-MBX-USED-WEIGHT-1M. */
  get used(): number {
    return this.#used;
  }

  /** Counts a request at real time `now` (ms); gives its refusal if it is one too many. */
  spend(weight: number, now: number): { status: 429 | 418; retryAfter: number } | null {
    const minute = Math.floor(now / MINUTE_MS);
    if (minute !== this.#minute) {
      this.#minute = minute;
      this.#used = 0;
      this.#refused = 0;
    }
    this.#used += weight;
    if (this.#limit === 0 || this.#used <= this.#limit) return null;
    this.#refused += 1;
    const retryAfter = Math.ceil(((minute + 1) * MINUTE_MS - now) / 1_000);
    return { status: this.#refused > PATIENCE ? 418 : 429, retryAfter };
  }
}

const PATIENCE = 10;
