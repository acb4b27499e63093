import type { MethodSpecs } from '../../src/api/method.js';
import { METHODS } from '../../src/api/methods.js';
import { namesIn, type Route } from '../../src/api/route.js';
import { API_PATH } from '../../src/api/routes.js';
import { ask } from './ask.js';
import type { Answer } from './method-site.js';
import type { SocketClient } from './socket-client.js';
import type { WalkSite } from './walk-site.js';

const SPECS: MethodSpecs = METHODS;

/** What became of a call: `ok` with the result, or a code, with the param that was wrong. */
export interface Outcome {
  readonly code: string;
  readonly field: string | undefined;
  readonly message: string | undefined;
  /** HTTP status; null over a WebSocket. */
  readonly status: number | null;
  readonly result: unknown;
}

/** Calls a method over a WebSocket. */
export async function callSocket(client: SocketClient, method: string, params: Answer): Promise<Outcome> {
  const reply = await client.request({ op: 'query', method, params });
  const error = (reply.error ?? {}) as { code?: string; field?: string; message?: string };
  return {
    code: reply.ok === true ? 'ok' : (error.code ?? 'none'),
    ...{ field: error.field, message: error.message, status: null, result: reply.result },
  };
}

/** A request of an address. */
export interface RestCall {
  readonly path: string;
  readonly body: string | null;
}

/**
 * Writes the request of a route.
 * @param params of the method @param texts of params that are sent as they stand there, over the others
 */
export async function restCall(
  site: WalkSite,
  route: Route,
  params: Answer,
  ownId: number,
  texts: Readonly<Record<string, string>> = {},
): Promise<RestCall> {
  const sent = new Map(Object.entries(route.rename ?? {}).map(([from, to]) => [to, from]));
  const left = new Map(Object.entries(params).map(([name, value]) => [sent.get(name) ?? name, value]));
  if (route.entry !== undefined) {
    left.set(route.entry, (await entryId(site, params)) ?? 1);
    for (const name of ['watchlist_id', 'symbol']) if (!namesIn(route.path).includes(name)) left.delete(name);
  }
  if (route.own !== undefined) left.set(route.own, ownId);
  for (const [name, text] of Object.entries(texts)) left.set(sent.get(name) ?? name, text);
  let path = route.path;
  for (const name of namesIn(path)) {
    path = path.replace(`{${name}}`, encodeURIComponent(String(left.get(name) ?? 1)));
    left.delete(name);
  }
  if (route.http !== 'GET' && route.http !== 'DELETE') {
    return { path, body: JSON.stringify(Object.fromEntries(left)) };
  }
  const pairs = [...left].map(([name, value]): [string, string] => [name, String(value)]);
  return { path: `${path}${pairs.length === 0 ? '' : `?${new URLSearchParams(pairs)}`}`, body: null };
}

async function entryId(site: WalkSite, { watchlist_id, symbol }: Answer): Promise<number | undefined> {
  const { rows } = await site.owner.query<{ id: number }>(
    `SELECT wa.id FROM watchlist_assets wa JOIN assets a ON a.id = wa.asset_id
     WHERE wa.watchlist_id = $1 AND a.symbol = $2`,
    [watchlist_id, symbol],
  );
  return rows[0]?.id;
}

/** Sends a request of a route. */
export async function callRest(
  site: WalkSite,
  route: Route,
  { path, body }: RestCall,
  token: string | null,
): Promise<Outcome> {
  const headers = {
    ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    ...(body === null ? {} : { 'content-type': 'application/json' }),
  };
  const bytes = body === null ? undefined : Buffer.from(body);
  const answer = await ask(site.port, route.http, `${API_PATH}${path}`, headers, bytes);
  const value: unknown = JSON.parse(answer.body.toString());
  const error =
    answer.status >= 400
      ? (value as { error: { code: string; field?: string; message: string } }).error
      : null;
  return {
    code: error?.code ?? 'ok',
    ...{ field: error?.field, message: error?.message, status: answer.status, result: value },
  };
}

/** Values of all kinds, of which some are wrong for any param. */
const CANDIDATES: readonly unknown[] = [
  'no such thing',
  '',
  'x'.repeat(20_000),
  -1,
  0.5,
  1e300,
  'NaN',
  true,
  [],
  {},
  [{}],
  { no_such: 1 },
];
const TEXTS: readonly string[] = [
  'no such thing',
  '',
  '-1',
  '0.5',
  '1e300',
  'x'.repeat(300),
  'x,y',
  '0',
  '\u0000',
];

/** Gives values that a param's schema refuses, of each kind one. */
export function wrongValues(method: string, param: string): readonly unknown[] {
  const schema = SPECS[method]?.params.shape[param];
  const wrong = CANDIDATES.filter((value) => schema?.safeParse(value).success === false);
  return [...new Map(wrong.map((value) => [typeof value, value])).values()];
}

/** Gives texts in an address that a param's schema refuses as `read` reads them: one, or none where any text is right. */
export function wrongTexts(
  method: string,
  param: string,
  read: (param: string, texts: readonly string[]) => unknown,
): readonly string[] {
  const schema = SPECS[method]?.params.shape[param];
  return TEXTS.filter((text) => schema?.safeParse(read(param, [text])).success === false).slice(0, 1);
}
