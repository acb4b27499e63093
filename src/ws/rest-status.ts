import { type ErrorCode, RequestError } from '../errors.js';

/** A refusal that only HTTP knows, with its own status and headers. */
export class HttpRefusal extends RequestError {
  constructor(
    readonly status: number,
    code: ErrorCode,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(code, message);
  }
}

/** HTTP status of each refusal. */
const STATUS_OF: Readonly<Record<ErrorCode, number>> = {
  bad_message: 400,
  unknown_op: 400,
  unknown_method: 404,
  unknown_channel: 404,
  invalid_params: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  rate_limited: 429,
  too_many_subscriptions: 429,
  unavailable: 503,
  internal: 500,
};

/** When to come again after a refusal that may pass and does not say when, s. */
const RETRY_S: Partial<Record<ErrorCode, number>> = { rate_limited: 5, unavailable: 5 };

/** Gives the HTTP status of a refusal's code. */
export function statusOfCode(code: ErrorCode): number {
  return STATUS_OF[code];
}

/** Gives the HTTP status of whatever a method threw; 500 of what is no refusal. */
export function statusOf(error: unknown): number {
  if (error instanceof HttpRefusal) return error.status;
  return error instanceof RequestError ? STATUS_OF[error.code] : 500;
}

/** Gives the headers that a refusal has besides those of every answer. */
export function refusalHeaders(error: RequestError): Readonly<Record<string, string>> {
  if (error instanceof HttpRefusal) return error.headers;
  if (error.code === 'unauthenticated') return { 'www-authenticate': 'Bearer' };
  const { retryMs } = error;
  const retry = retryMs === undefined ? RETRY_S[error.code] : Math.ceil(retryMs / 1_000);
  return retry === undefined ? {} : { 'retry-after': String(retry) };
}
