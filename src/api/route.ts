import type { MethodName } from './methods.js';

export const HTTP_METHODS = ['GET', 'POST', 'PUT', 'DELETE'] as const;
export type HttpMethod = (typeof HTTP_METHODS)[number];

/** An address under `/api/v1` that answers a method. */
export interface Route {
  readonly http: HttpMethod;
  /** Below `/api/v1`, with `{names}` of what stands in it: `/layer2/sectors/{sector_id}`. */
  readonly path: string;
  readonly method: MethodName;
  /** Params by the name that the address has for them, where it is another: `{crypto_id: 'symbol'}`. */
  readonly rename?: Readonly<Record<string, string>>;
  /** Params that are given where the request leaves them out. */
  readonly defaults?: Readonly<Record<string, unknown>>;
  /** Params that the address says by itself: the request may not say otherwise. */
  readonly fixed?: Readonly<Record<string, unknown>>;
  /** Params of which `all` means that they are left out. */
  readonly all?: readonly string[];
  /** A name in the address that has to be the caller's own id; no param of the method. */
  readonly own?: string;
  /** A name in the address that is the id of an entry in a watchlist: it becomes `watchlist_id` and `symbol`. */
  readonly entry?: string;
  /** A name in the body that says a default watchlist by its tier, `tier2`: it becomes the `target` of a review. */
  readonly tier?: string;
  /** Names that the documents send and that say nothing the rest does not say: taken, and not used. */
  readonly unused?: readonly string[];
  /** Status of a success; default 200. */
  readonly success?: 201;
}

/** What a route has besides address and method. */
type More = Omit<Route, 'http' | 'path' | 'method'>;

/** Declares a route; `at` is its HTTP method and path, `GET /signals`. */
export function route(at: `${HttpMethod} /${string}`, method: MethodName, more: More = {}): Route {
  const space = at.indexOf(' ');
  return { http: at.slice(0, space) as HttpMethod, path: at.slice(space + 1), method, ...more };
}

/** Gives the names in an address: `['sector_id']`. */
export function namesIn(path: string): readonly string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '');
}
