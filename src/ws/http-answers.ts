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

/** What an address is answered that asks more often than it may. */
export const TOO_MANY_REQUESTS = textAnswer(429, 'too many requests from this address\n', {
  'retry-after': '1',
});

/** Gives a JSON answer. */
export function jsonAnswer(status: number, value: unknown): HttpResponse {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...COMMON_HEADERS },
    body: Buffer.from(`${JSON.stringify(value)}\n`),
  };
}

/** Writes what a handler answers, now or later; if it throws, an answer that tells nothing of why. */
export function answerHttp(
  handle: () => HttpResponse | Promise<HttpResponse>,
  write: (answer: HttpResponse) => void,
  logger: Logger,
): void {
  // `then`, not `await`: an answer that is known now is written now.
  try {
    const answer = handle();
    if (answer instanceof Promise) {
      answer.then(write).catch((error: unknown) => write(internalError(logger, error)));
    } else {
      write(answer);
    }
  } catch (error) {
    write(internalError(logger, error));
  }
}

/** Logs what a handler threw. */
function internalError(logger: Logger, error: unknown): HttpResponse {
  logger.error({ error: messageOf(error) }, 'http request failed');
  return textAnswer(500, 'internal error\n');
}
