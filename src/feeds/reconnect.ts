import { type BackoffOptions, backoffMs } from '../backoff.js';

/** Waits between attempts: counts the failures that `backoffMs` needs. */
export class Backoff {
  private failures = 0;

  constructor(private readonly options: BackoffOptions) {}

  /** Attempts since the last `reset`. */
  get attempts(): number {
    return this.failures;
  }

  /** Gives the ms to wait before the next attempt, and counts one. */
  next(): number {
    return backoffMs(this.failures++, this.options);
  }

  /** The attempt held: the next wait is the shortest again. */
  reset(): void {
    this.failures = 0;
  }
}
