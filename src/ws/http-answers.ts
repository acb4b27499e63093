import { messageOf } from '../errors.js';
import type { Logger } from '../logger.js';
import type { HttpResponse } from './transport.js';

const COMMON_HEADERS = { 'x-content-type-options': 'nosniff', 'cache-control': 'no-cache' };

/** Gives a plain-text answer. */
export function textAnswer(
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): HttpResponse {
  return {
    status,
    headers: { 'content-type': 'text/plain; charset=utf-8', ...COMMON_HEADERS, ...headers },
    body: Buffer.from(text),
  };
}

/** Gives a JSON answer. */
export function jsonAnswer(status: number, value: unknown): HttpResponse {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...COMMON_HEADERS },
    body: Buffer.from(`${JSON.stringify(value)}\n`),
  };
}

/** Logs what a handler threw, and gives an answer that tells nothing of it. */
export function internalError(logger: Logger, error: unknown): HttpResponse {
  logger.error({ error: messageOf(error) }, 'http request failed');
  return textAnswer(500, 'internal error\n');
}
