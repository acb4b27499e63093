import { CLOSE_CODES, type ErrorCode, RequestError } from '../errors.js';

/** First pause after an unexpected end is up to this, in ms; doubles with each further failure. */
export const FIRST_PAUSE_MS = 250;
/** Longest pause between two attempts, in ms. */
export const LONGEST_PAUSE_MS = 15_000;

/** How a connection ended. */
export interface Ending {
  /** WebSocket close code; 1006 if the connection just broke, or was never made. */
  readonly code: number;
  readonly reason: string;
  /** What the server's `closing` or `draining` said: a window in ms, or null: do not come back. Absent: said nothing. */
  readonly retryMs?: number | null;
  /** Header `Retry-After` of a refused upgrade, ms: not before. */
  readonly afterMs?: number;
}

/** Refusals that mean "not now". */
const TEMPORARY: readonly ErrorCode[] = ['rate_limited', 'unavailable', 'internal'];

/** Says whether a refusal means "not now". */
export function isTemporary(error: unknown): boolean {
  return error instanceof RequestError && TEMPORARY.includes(error.code);
}

/**
 * Gives a pause in ms, random from 0 to a top that doubles from `firstMs` to `LONGEST_PAUSE_MS` with each failure.
 *
 * @param failures in a row before the latest one, ≥ 0
 * @param random 0 ≤ x < 1
 */
export function fullJitter(failures: number, firstMs: number, random: () => number): number {
  return random() * Math.min(LONGEST_PAUSE_MS, firstMs * 2 ** Math.min(failures, 30));
}

/**
 * Gives the pause in ms before the next attempt, or null if there must be none. A window named by the server, or by
 * the close code, is honoured by a random moment in it; else it is a random moment of a time that doubles per failure.
 *
 * @param failures attempts that failed in a row, this one counted, ≥ 1
 * @param random 0 ≤ x < 1
 */
export function pauseBeforeRetry(ending: Ending, failures: number, random: () => number): number | null {
  const window = windowOf(ending);
  if (window === null) return null;
  const backoff = fullJitter(failures - 1, FIRST_PAUSE_MS, random);
  if (ending.afterMs !== undefined) return ending.afterMs + backoff;
  // The first return spreads over the server's window; who keeps failing never comes faster than without one.
  if (window === undefined) return backoff;
  return failures === 1 ? random() * window : Math.max(random() * window, backoff);
}

/** Gives the window in ms in which the server wants this client back; undefined: it said nothing; null: never. */
export function windowOf({ code, retryMs }: Ending): number | null | undefined {
  if (retryMs !== undefined) return retryMs;
  return Object.values(CLOSE_CODES).find((known) => known.code === code)?.retryMs;
}
