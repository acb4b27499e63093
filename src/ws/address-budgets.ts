import { isLoopback, networkOf } from '../network-address.js';
import { TokenBucket } from './token-bucket.js';

/** Addresses above which those that have been quiet are forgotten. */
const SWEEP_ABOVE = 10_000;

/** A budget for each address; loopback has no bound. Addresses whose budget is full again are forgotten. */
export class AddressBudgets {
  readonly #buckets = new Map<string, TokenBucket>();
  readonly #burst: number;
  #sweepAbove = SWEEP_ABOVE;

  constructor(
    private readonly perSecond: number,
    burstSeconds: number,
  ) {
    this.#burst = perSecond * burstSeconds;
  }

  /** How many addresses are remembered. */
  get size(): number {
    return this.#buckets.size;
  }

  /** Takes one, or gives false. @param address canonical @param now ms */
  take(address: string, now: number): boolean {
    if (isLoopback(address)) return true;
    const network = networkOf(address);
    let bucket = this.#buckets.get(network);
    if (bucket === undefined) {
      this.#sweep(now);
      bucket = new TokenBucket(this.perSecond, this.#burst, now);
      this.#buckets.set(network, bucket);
    }
    return bucket.take(1, now);
  }

  /** Twice as many as were left last time may come before the next: a sweep costs little per address. */
  #sweep(now: number): void {
    if (this.#buckets.size < this.#sweepAbove) return;
    for (const [network, bucket] of this.#buckets) {
      if (bucket.left(now) >= this.#burst) this.#buckets.delete(network);
    }
    this.#sweepAbove = Math.max(SWEEP_ABOVE, this.#buckets.size * 2);
  }
}
