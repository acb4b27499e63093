/**
 * SQLSTATEs of a database that cannot be worked with now: no connection (08), no room for one (53), one that stops, has
 * crashed or starts (57P0x), one that takes no writes since another one took over (25006).
 */
const AWAY_STATE = /^(08...|53...|57P0[123]|25006)$/;
/** What the system says of a connection that is not to be had. */
const AWAY_SYSTEM = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);
/** What the driver says without a code. */
const AWAY_TEXT =
  /^(Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client has encountered a connection error)/;

/** Says whether an error tells that the database is away, so that the same may go a moment later. */
export function isDatabaseAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ('code' in error && typeof error.code === 'string') {
    return AWAY_STATE.test(error.code) || AWAY_SYSTEM.has(error.code);
  }
  return AWAY_TEXT.test(error.message);
}
