import type { HttpRequest } from './transport.js';

/** What a web page of another origin may send and read. */
const PREFLIGHT = {
  'access-control-allow-headers': 'authorization, content-type, if-none-match',
  'access-control-max-age': '600',
};
const READABLE = 'etag, retry-after, www-authenticate';

/** Gives the headers that let a web page read an answer; none where its origin is not `allowed`. */
export function corsHeaders(
  { method, headers }: Pick<HttpRequest, 'method' | 'headers'>,
  isAllowed: boolean,
  methods: readonly string[],
): Readonly<Record<string, string>> {
  const { origin } = headers;
  if (origin === undefined || !isAllowed) return {};
  const common = { 'access-control-allow-origin': origin, 'access-control-expose-headers': READABLE };
  if (method !== 'OPTIONS' || headers['access-control-request-method'] === undefined) return common;
  return { ...common, ...PREFLIGHT, 'access-control-allow-methods': methods.join(', ') };
}
