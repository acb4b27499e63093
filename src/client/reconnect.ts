import { backoffMs } from '../backoff.js';
import { CLOSE_CODES } from '../errors.js';

/** First pause after an unexpected end, in ms; doubles with each further failure. */
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
}

/**
 * Gives the pause in ms before the next attempt, or null if there must be none. A window named by the server, or by
 * the close code, is honoured by a random moment in it; else the pause doubles per failure, half of it random.
 *
 * @param failures attempts that failed in a row, this one counted, ≥ 1
 * @param random 0 ≤ x < 1
 */
export function pauseBeforeRetry(ending: Ending, failures: number, random: () => number): number | null {
  const window = ending.retryMs === undefined ? windowOf(ending.code) : ending.retryMs;
  if (window === null) return null;
  const backoff = backoffMs(failures - 1, { baseMs: FIRST_PAUSE_MS, maxMs: LONGEST_PAUSE_MS, random });
  // The first return spreads over the server's window; who keeps failing never comes faster than without one.
  if (window === undefined) return backoff;
  return failures === 1 ? random() * window : Math.max(random() * window, backoff);
}

function windowOf(code: number): number | null | undefined {
  return Object.values(CLOSE_CODES).find((known) => known.code === code)?.retryMs;
}
