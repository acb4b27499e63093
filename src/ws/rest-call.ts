import type { MethodSpecs } from '../api/method.js';
import { METHODS } from '../api/methods.js';
import type { Route } from '../api/route.js';
import { RequestError } from '../errors.js';
import { watchlistEntry } from '../store/repositories/watchlist-entry.js';
import { callMethod, type MethodContext } from './methods/registry.js';
import { type GivenParams, readParams } from './rest-params.js';
import type { Found } from './rest-router.js';
import { TextReader } from './rest-text.js';
import type { HttpRequest } from './transport.js';

const SPECS: MethodSpecs = METHODS;
const readers = new Map<string, TextReader>();

/** Calls the method of a route with what a request gives. @throws RequestError that names params as the request does */
export async function callRoute(
  { route, names }: Found,
  request: HttpRequest,
  context: MethodContext,
): Promise<unknown> {
  const { user } = context.caller;
  // Who may not call it learns that, whatever the params are.
  if (user === null && specOf(route).role !== 'guest') return callMethod(context, route.method, {});
  const given = readParams(route, names, request, readerOf(route), context.market);
  if (given.own !== null && given.own !== String(user?.id)) {
    throw new RequestError('not_found', `${route.own}: not your own id`, route.own);
  }
  try {
    return await callMethod(context, route.method, await withEntry(route, given, context));
  } catch (error) {
    throw renamed(error, route.rename ?? {});
  }
}

function specOf({ method }: Route): MethodSpecs[string] {
  const spec = SPECS[method];
  if (spec === undefined) throw new RequestError('unknown_method', `${method} is not a method`);
  return spec;
}

function readerOf(route: Route): TextReader {
  const known = readers.get(route.method);
  if (known !== undefined) return known;
  const reader = new TextReader(specOf(route).params);
  readers.set(route.method, reader);
  return reader;
}

/** Finds the list and the asset of an entry, as far as the caller sees it. */
async function withEntry(
  { entry: name }: Route,
  { entry, params }: GivenParams,
  { users, caller }: MethodContext,
): Promise<Record<string, unknown>> {
  if (name === undefined) return params;
  if (users === null || caller.user === null)
    throw new RequestError('unavailable', 'this server has no users');
  const isId = typeof entry === 'number' && entry >= 1 && entry <= 2_147_483_647;
  if (!isId) throw new RequestError('invalid_params', `${name}: has to be the id of an entry`, name);
  const found = await users.as(caller.user.id, (connection) => watchlistEntry(connection, entry));
  const isThere = found !== null && (params.watchlist_id ?? found.watchlistId) === found.watchlistId;
  if (!isThere) throw new RequestError('not_found', `there is no entry ${entry}`, name);
  return { ...params, watchlist_id: found.watchlistId, symbol: found.symbol };
}

/** Gives a refusal with its field under the name that the request has for it. */
function renamed(error: unknown, rename: Readonly<Record<string, string>>): unknown {
  if (!(error instanceof RequestError) || error.field === undefined) return error;
  const [param = '', ...rest] = error.field.split('.');
  const name = Object.entries(rename).find(([, to]) => to === param)?.[0];
  if (name === undefined) return error;
  const field = [name, ...rest].join('.');
  const message = error.message.startsWith(`${error.field}:`)
    ? `${field}${error.message.slice(error.field.length)}`
    : error.message;
  return new RequestError(error.code, message, field);
}
