export interface BackoffOptions {
  /** Longest first pause, ms. */
  readonly baseMs: number;
  /** Longest pause of all, ms. */
  readonly maxMs: number;
  /** Gives 0 ≤ x < 1; default `Math.random`. */
  readonly random?: () => number;
}

/**
 * Gives the pause before try number `attempt` + 1, ms: doubling from `baseMs` to `maxMs`, and a random half of it
 * off, so that servers which failed together do not come back together.
 */
export function backoffMs(attempt: number, { baseMs, maxMs, random = Math.random }: BackoffOptions): number {
  const ceiling = Math.min(maxMs, baseMs * 2 ** Math.min(attempt, 30));
  return ceiling * (1 - random() / 2);
}
