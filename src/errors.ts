/** Error codes of the protocol: what went wrong, for a program to act on. */
export const ERROR_CODES = [
  'bad_message',
  'unknown_op',
  'unknown_method',
  'unknown_channel',
  'invalid_params',
  'unauthenticated',
  'forbidden',
  'not_found',
  'conflict',
  'rate_limited',
  'too_many_subscriptions',
  'unavailable',
  'internal',
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

/**
 * WebSocket close codes and whether a client should come back. `retryMs` is the window in which a client picks a
 * random moment to reconnect; null: do not reconnect without changing something.
 */
export const CLOSE_CODES = {
  /** The server shuts down or is deployed anew. */
  shutdown: { code: 1001, retryMs: 5_000 },
  /** A frame is larger than `maxFrameBytes`. */
  tooBig: { code: 1009, retryMs: null },
  /** Ten bad messages in a row. */
  badMessages: { code: 4400, retryMs: null },
  /** More messages per second than allowed, and it went on. */
  flood: { code: 4429, retryMs: 30_000 },
  /** The client did not read fast enough for what must not be dropped. */
  slowConsumer: { code: 4408, retryMs: 1_000 },
  /** The session that the connection was authenticated by has ended, or none was given in time. */
  sessionEnded: { code: 4401, retryMs: 1_000 },
  /** The address is another user's, or for admins. */
  forbidden: { code: 4403, retryMs: null },
  /** Too many connections. */
  full: { code: 4503, retryMs: 30_000 },
} as const;
export type CloseReason = keyof typeof CLOSE_CODES;

/** A refusal that a client is told of; everything else that is thrown becomes `internal`. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  constructor(
    readonly code: ErrorCode,
    message: string,
    /** Which param was wrong, where one was. */
    readonly field?: string,
    /** After how many ms it may go, where that is known. */
    readonly retryMs?: number,
  ) {
    super(message);
  }
}

/**
 * A mistake of whoever runs the server: bad flag, port in use, data folder locked. Its message is one line that
 * says what to do; it is printed without a stack and ends the process with code 1.
 */
export class OperatorError extends Error {
  override readonly name = 'OperatorError';
}

/** Gives the message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
