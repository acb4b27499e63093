import { readFileSync } from 'node:fs';
import t from 'tap';
import type { MethodSpecs } from '../../src/api/method.js';
import { METHODS } from '../../src/api/methods.js';
import { namesIn } from '../../src/api/route.js';
import { API_PATH, ROUTES } from '../../src/api/routes.js';
import { packageRoot } from '../../src/package-root.js';
import { RestRouter } from '../../src/ws/rest-router.js';

const SPECS: MethodSpecs = METHODS;
const SPEC_FOLDER = new URL('../shared/spec/', packageRoot());

/** Gives the addresses that a document shows, `GET /layer2/sectors/{id}`, without their query; null: it is not here. */
function documented(name: string): readonly string[] | null {
  try {
    const text = readFileSync(new URL(name, SPEC_FOLDER), 'utf8');
    const found = text.matchAll(/\b(GET|POST|PUT|DELETE|PATCH) \/api\/v1(\/[^\s?#|`]+)/g);
    return [...found].map(([, http, path]) => `${http} ${path}`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return null;
  }
}

/** An address with its names made alike. */
function shape(path: string): string {
  return path.replace(/\{\w+\}/g, '{}');
}

t.test('every address answers a method, and names only params that it has', async (t) => {
  for (const { http, path, method, rename = {}, own, entry, all = [], defaults = {}, fixed = {} } of ROUTES) {
    const at = `${http} ${path}`;
    const params = SPECS[method]?.params.shape;
    if (params === undefined) {
      t.fail(`${at}: there is no method ${method}`);
      continue;
    }
    const given = namesIn(path).filter((name) => name !== own && name !== entry);
    const used = [
      ...given.map((name) => rename[name] ?? name),
      ...Object.values(rename),
      ...all,
      ...Object.keys(defaults),
      ...Object.keys(fixed),
    ];
    for (const name of used) t.ok(Object.hasOwn(params, name), `${at}: ${method} takes ${name}`);
    if (entry !== undefined)
      t.ok(Object.hasOwn(params, 'watchlist_id') && Object.hasOwn(params, 'symbol'), at);
    t.equal(
      http !== 'GET',
      SPECS[method]?.writes === true,
      `${at}: GET for what only reads, and for nothing else`,
    );
  }
});

t.test('every method has an address', async (t) => {
  const known = new Set<string>(ROUTES.map(({ method }) => method));
  t.same(
    Object.keys(METHODS).filter((name) => !known.has(name)),
    [],
  );
});

t.test('no two addresses are the same but for the names in them', async (t) => {
  t.doesNotThrow(() => new RestRouter(ROUTES));
  const names = new Map<string, string>();
  for (const { path } of ROUTES) {
    t.equal(names.get(shape(path)) ?? path, path, 'the same names for all HTTP methods of an address');
    names.set(shape(path), path);
  }
});

for (const name of ['erd-v1-overview.md', 'erd-v2-with-api.md']) {
  const found = documented(name);
  t.test(
    `every address of ${name} is there`,
    { skip: found === null && 'the document is not here' },
    async (t) => {
      const ours = new Set(ROUTES.map(({ http, path }) => `${http} ${shape(path)}`));
      const missing = (found ?? []).filter((at) => !ours.has(shape(at)));
      t.ok((found ?? []).length > 20);
      t.same(missing, []);
    },
  );
}

t.test('addresses begin as the documents say', async (t) => {
  t.equal(API_PATH, '/api/v1');
});
