/** Bounds of the pauses between attempts, ms. */
export interface BackoffOptions {
  /** Upper end of the first pause. */
  readonly baseMs: number;
  /** No pause is longer. */
  readonly maxMs: number;
  /** Gives 0 ≤ x < 1; default `Math.random`. */
  readonly random?: () => number;
}

/**
 * Gives the pause before the next attempt, whole ms: its upper end doubles from `baseMs` to `maxMs` with each failure,
 * and it is random in the upper half, so that many who failed together do not come back together.
 *
 * @param failures failures in a row before the latest one, ≥ 0
 */
export function backoffMs(failures: number, { baseMs, maxMs, random = Math.random }: BackoffOptions): number {
  const top = Math.min(maxMs, baseMs * 2 ** Math.min(failures, 30));
  return Math.round(top * (0.5 + random() / 2));
}
