/** Bounds of a backoff, in ms. */
export interface BackoffOptions {
  /** Upper end of the first wait. */
  readonly baseMs: number;
  /** No wait is longer. */
  readonly maxMs: number;
  /** 0 ≤ x < 1. */
  readonly random: () => number;
}

/**
 * Waits between attempts: the upper end doubles from `baseMs` to `maxMs`, each wait is random in its upper half, so
 * that many who failed together do not come back together.
 */
export class Backoff {
  private failures = 0;

  constructor(private readonly options: BackoffOptions) {}

  /** Attempts since the last `reset`. */
  get attempts(): number {
    return this.failures;
  }

  /** Gives the ms to wait before the next attempt, and counts one. */
  next(): number {
    const { baseMs, maxMs, random } = this.options;
    const top = Math.min(maxMs, baseMs * 2 ** Math.min(this.failures, 30));
    this.failures++;
    return Math.round(top / 2 + (random() * top) / 2);
  }

  /** The attempt held: the next wait is the shortest again. */
  reset(): void {
    this.failures = 0;
  }
}
