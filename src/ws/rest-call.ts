import type { MethodSpecs } from '../api/method.js';
import { METHODS } from '../api/methods.js';
import type { Route } from '../api/route.js';
import { RequestError } from '../errors.js';
import { watchlistEntry } from '../store/repositories/watchlist-entry.js';
import { defaultWatchlists } from '../store/repositories/watchlists.js';
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
    return await callMethod(context, route.method, await withRows(route, given, context));
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

/** Adds the params that stand in rows which the request names, as far as the caller sees them. */
async function withRows(
  route: Route,
  given: GivenParams,
  context: MethodContext,
): Promise<Record<string, unknown>> {
  const { params } = given;
  if (route.entry !== undefined) return { ...params, ...(await entryOf(route.entry, given, context)) };
  if (route.tier === undefined || given.tier === undefined) return params;
  if (Object.hasOwn(params, 'target')) {
    throw new RequestError('invalid_params', `${route.tier}: target says it already`, route.tier);
  }
  return { ...params, target: { type: 'watchlist', id: await tierOf(route.tier, given.tier, context) } };
}

/** Finds the list and the asset of an entry. */
async function entryOf(
  name: string,
  { entry, params }: GivenParams,
  { users, caller }: MethodContext,
): Promise<{ watchlist_id: number; symbol: string }> {
  if (users === null || caller.user === null)
    throw new RequestError('unavailable', 'this server has no users');
  const isId = typeof entry === 'number' && entry >= 1 && entry <= 2_147_483_647;
  if (!isId) throw new RequestError('invalid_params', `${name}: has to be the id of an entry`, name);
  const found = await users.as(caller.user.id, (connection) => watchlistEntry(connection, entry));
  const isThere = found !== null && (params.watchlist_id ?? found.watchlistId) === found.watchlistId;
  if (!isThere) throw new RequestError('not_found', `there is no entry ${entry}`, name);
  return { watchlist_id: found.watchlistId, symbol: found.symbol };
}

/** Finds the default list of a tier: `tier2` is "Tier 2". */
async function tierOf(name: string, tier: unknown, { users, caller }: MethodContext): Promise<number> {
  if (users === null || caller.user === null)
    throw new RequestError('unavailable', 'this server has no users');
  const number = typeof tier === 'string' ? /^tier([12])$/.exec(tier)?.[1] : undefined;
  if (number === undefined)
    throw new RequestError('invalid_params', `${name}: has to be tier1 or tier2`, name);
  const [list] = await users.as(caller.user.id, (connection) =>
    defaultWatchlists(connection, [`Tier ${number}`]),
  );
  if (list === undefined)
    throw new RequestError('not_found', `there is no default watchlist "Tier ${number}"`, name);
  return list.id;
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
