import type { HttpMethod, Route } from '../api/route.js';
import { RequestError } from '../errors.js';

/** A route that an address fits, with the texts of its names, decoded. */
export interface Found {
  readonly route: Route;
  readonly names: Readonly<Record<string, string>>;
}

/** One step of addresses: words, and at most one name. */
interface Step {
  readonly words: Map<string, Step>;
  name: Step | null;
  readonly routes: Map<HttpMethod, Route>;
}

/** Longer addresses are none of ours. */
const MAX_PATH = 1_000;

/** Finds the route of an address. Words go before names: `/sectors/rotation` is no sector's id. */
export class RestRouter {
  readonly #root = step();

  /** @throws Error if two routes have one address */
  constructor(routes: readonly Route[]) {
    for (const route of routes) this.#add(route);
  }

  /**
   * Gives the route of each HTTP method at an address; null: there is no such address.
   * @param path below the root, as it was sent
   * @throws RequestError `bad_message` if it is not percent-encoded UTF-8
   */
  find(path: string): ReadonlyMap<HttpMethod, Found> | null {
    if (path.length > MAX_PATH || !path.startsWith('/')) return null;
    const texts = path.slice(1).split('/');
    const found = follow(this.#root, texts, 0);
    if (found === null || found.routes.size === 0) return null;
    return new Map([...found.routes].map(([http, route]) => [http, { route, names: namesOf(route, texts) }]));
  }

  #add(route: Route): void {
    let at = this.#root;
    for (const part of route.path.slice(1).split('/')) {
      if (part.startsWith('{')) {
        at.name ??= step();
        at = at.name;
      } else {
        const next = at.words.get(part) ?? step();
        at.words.set(part, next);
        at = next;
      }
    }
    if (at.routes.has(route.http)) throw new Error(`${route.http} ${route.path} is there twice`);
    at.routes.set(route.http, route);
  }
}

function step(): Step {
  return { words: new Map(), name: null, routes: new Map() };
}

function follow(at: Step, texts: readonly string[], index: number): Step | null {
  const text = texts[index];
  if (text === undefined) return at;
  const word = at.words.get(text);
  const found = word === undefined ? null : follow(word, texts, index + 1);
  if (found !== null && found.routes.size > 0) return found;
  return at.name === null || text === '' ? null : follow(at.name, texts, index + 1);
}

function namesOf(route: Route, texts: readonly string[]): Readonly<Record<string, string>> {
  const parts = route.path.slice(1).split('/');
  const pairs = parts.flatMap((part, index): [string, string][] =>
    part.startsWith('{') ? [[part.slice(1, -1), decoded(texts[index] ?? '')]] : [],
  );
  return Object.fromEntries(pairs);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new RequestError('bad_message', 'the address is not percent-encoded UTF-8');
  }
}
