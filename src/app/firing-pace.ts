import { TokenBucket } from '../ws/token-bucket.js';

/** A repeating alert is told so often at once, and then once in a minute. */
const BURST = 20;
const PER_SECOND = 1 / 60;
/** Alerts above which those are forgotten that have been quiet. */
const SWEEP_ABOVE = 10_000;

/**
 * Bounds how often one repeating alert is told. One that counts a millionth of a percent fires with every trade, and
 * each firing is written for good, a notification and two events: a user with many of them would hold everybody's up.
 */
export class FiringPace {
  readonly #buckets = new Map<number, TokenBucket>();
  #sweepAbove = SWEEP_ABOVE;
  #heldBack = 0;

  /** Firings so far that were not told. */
  get heldBack(): number {
    return this.#heldBack;
  }

  /** Says whether a firing is told. @param time the market's, ms */
  allows(alertId: number, time: number): boolean {
    let bucket = this.#buckets.get(alertId);
    if (bucket === undefined) {
      this.#sweep(time);
      bucket = new TokenBucket(PER_SECOND, BURST, time);
      this.#buckets.set(alertId, bucket);
    }
    if (bucket.take(1, time)) return true;
    this.#heldBack += 1;
    return false;
  }

  /** Twice as many as were left last time may come before the next: a sweep costs little per alert. */
  #sweep(time: number): void {
    if (this.#buckets.size < this.#sweepAbove) return;
    for (const [alertId, bucket] of this.#buckets) {
      if (bucket.left(time) >= BURST) this.#buckets.delete(alertId);
    }
    this.#sweepAbove = Math.max(SWEEP_ABOVE, this.#buckets.size * 2);
  }
}
