import type { Route } from '../api/route.js';
import { RequestError } from '../errors.js';
import type { MarketView } from './ports.js';
import { HttpRefusal } from './rest-status.js';
import type { TextReader } from './rest-text.js';
import type { HttpRequest } from './transport.js';
import { checkTree, FORBIDDEN_KEYS } from './untrusted.js';

/** Names in one query string. */
const MAX_NAMES = 100;

/** What a request gives a method. */
export interface GivenParams {
  readonly params: Record<string, unknown>;
  /** What it gave for the route's `own`, and by which name; null: nothing. */
  readonly own: number | string | null;
  /** What it gave for the route's `entry`. */
  readonly entry: unknown;
  /** What it gave for the route's `tier`; undefined: nothing. */
  readonly tier: unknown;
}

/**
 * Reads the params of a request: the names in its address and, with GET and DELETE, its query string, else its JSON body.
 * Names become those of the method, ids of assets symbols, `all` nothing, as the route says.
 *
 * @param names of the address, decoded
 * @throws RequestError `bad_message`, `invalid_params`
 */
export function readParams(
  route: Route,
  names: Readonly<Record<string, string>>,
  request: Pick<HttpRequest, 'query' | 'body' | 'headers'>,
  reader: TextReader,
  market: MarketView,
): GivenParams {
  const byText = route.http === 'GET' || route.http === 'DELETE';
  if (byText && request.body.length > 0) {
    throw new RequestError('bad_message', `${route.http} takes no body: params go into the query string`);
  }
  if (!byText && request.query !== '') {
    throw new RequestError('bad_message', `${route.http} takes no query string: params go into the body`);
  }
  const given = byText ? queryTexts(request.query) : new Map(Object.entries(jsonBody(request)));
  const params: Record<string, unknown> = {};
  const { rename = {}, all = [], unused = [], defaults = {}, fixed = {} } = route;
  let own: number | string | null = null;
  let entry: unknown;
  let tier: unknown;
  const put = (name: string, value: unknown): void => {
    const param = Object.hasOwn(rename, name) ? (rename[name] ?? name) : name;
    if (Object.hasOwn(params, param))
      throw new RequestError('invalid_params', `${name}: is given twice`, name);
    if (Object.hasOwn(fixed, param))
      throw new RequestError('invalid_params', `${name}: the address says it already`, name);
    params[param] = value;
  };
  const texts = new Map<string, readonly string[]>(
    Object.entries(names).map(([name, text]) => [name, [text]]),
  );
  for (const [name, value] of given) {
    if (texts.has(name)) throw new RequestError('invalid_params', `${name}: is given twice`, name);
    if (byText) texts.set(name, value as readonly string[]);
    else if (name === route.tier) tier = value;
    else if (!unused.includes(name)) put(name, value);
  }
  for (const [name, list] of texts) {
    const text = list[0] ?? '';
    if (name === route.own) own = text;
    else if (name === route.entry) entry = /^\d+$/.test(text) ? Number(text) : text;
    else if (all.includes(name) && list.length === 1 && text === 'all') continue;
    else if (!unused.includes(name)) put(name, reader.read(rename[name] ?? name, list));
  }
  for (const [name, value] of Object.entries(defaults))
    if (!Object.hasOwn(params, name)) params[name] = value;
  Object.assign(params, fixed);
  for (const name of ['symbol', 'symbols']) {
    if (Object.hasOwn(params, name)) params[name] = symbolsOf(params[name], market, sentName(rename, name));
  }
  return { params, own, entry, tier };
}

/** Gives the name under which a request sends a param. */
export function sentName(rename: Readonly<Record<string, string>>, param: string): string {
  return Object.entries(rename).find(([, to]) => to === param)?.[0] ?? param;
}

/** Gives the symbols of ids; what is no id stays as it is. */
function symbolsOf(value: unknown, market: MarketView, name: string): unknown {
  if (Array.isArray(value)) return value.map((item) => symbolsOf(item, market, name));
  const id = typeof value === 'string' && /^\d{1,10}$/.test(value) ? Number(value) : value;
  if (typeof id !== 'number') return value;
  const symbol = market.symbols().find((candidate) => market.assetId(candidate) === id);
  if (symbol === undefined)
    throw new RequestError('invalid_params', `${name}: no asset ${id} is served here`, name);
  return symbol;
}

function queryTexts(query: string): Map<string, readonly string[]> {
  const texts = new Map<string, string[]>();
  if (query === '') return texts;
  const parts = query.split('&').filter((part) => part !== '');
  if (parts.length > MAX_NAMES)
    throw new RequestError('bad_message', `a query string has at most ${MAX_NAMES} names`);
  for (const part of parts) {
    const mark = part.indexOf('=');
    const name = decoded(mark === -1 ? part : part.slice(0, mark));
    if (FORBIDDEN_KEYS.has(name)) throw new RequestError('bad_message', `the name "${name}" is not allowed`);
    const value = mark === -1 ? '' : decoded(part.slice(mark + 1));
    const before = texts.get(name);
    if (before === undefined) texts.set(name, [value]);
    else before.push(value);
  }
  return texts;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw new RequestError('bad_message', 'the query string is not percent-encoded UTF-8');
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function jsonBody({ body, headers }: Pick<HttpRequest, 'body' | 'headers'>): object {
  if (body.length === 0) return {};
  const type = (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/json' || headers['content-encoding'] !== undefined) {
    throw new HttpRefusal(
      415,
      'bad_message',
      'a body is JSON: content-type has to be application/json, without content-encoding',
    );
  }
  let value: unknown;
  try {
    value = JSON.parse(utf8.decode(body));
  } catch {
    throw new RequestError('bad_message', 'the body is not JSON in UTF-8');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new RequestError('bad_message', 'the body is one JSON object of params');
  }
  checkTree(value);
  return value;
}
