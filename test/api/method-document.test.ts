import t from 'tap';
import { z } from 'zod';
import { type MethodSpecs, method } from '../../src/api/method.js';
import { methodsDocument, withMethodTable } from '../../src/api/method-document.js';
import { METHODS } from '../../src/api/methods.js';
import { ROUTES } from '../../src/api/routes.js';

const row = z.object({ a: z.int(), b: z.int(), c: z.int(), d: z.int(), e: z.int(), f: z.int() });
const SPECS: MethodSpecs = {
  'b.get': method({
    role: 'user',
    summary: 'Gives one',
    params: z.strictObject({
      id: z.int().min(1).describe('its id'),
      limit: z.int().default(5),
      q: z.string().optional(),
    }),
    result: row,
    writes: true,
    errors: ['not_found'],
  }),
  'a.list': method({
    role: 'guest',
    summary: 'Gives all',
    params: z.strictObject({}),
    result: z.object({ items: z.array(row) }),
  }),
};

t.test('a method is told with role, params, defaults, refusals, addresses and answer', async (at) => {
  const text = methodsDocument(SPECS, []);
  at.match(text, '| [`a.list`](#alist) | guest | Gives all |\n| [`b.get`](#bget) | user | Gives one |');
  at.match(text, '## b.get\n\nGives one. Whoever has logged in. *Writes.* May answer `not_found`.\n');
  at.match(text, /\| `id` \| integer ≥ 1 \| {2}\| its id \|\n\| `limit` \| integer \| `5` \| {2}\|\n/);
  at.match(text, '| `q` | text | *optional* |  |');
  at.match(text, '## a.list\n\nGives all. Anybody.\n\nNo params.\n');
});

t.test('a map that a method before has is told of once', async (at) => {
  const text = methodsDocument(SPECS, []);
  at.match(text, '| `items[].f` | integer |  |');
  at.match(text, '| `*` |  | as `items[]` of [`a.list`](#alist) |');
  at.notMatch(text, '| `f` |');
});

t.test('every method of the server is there, with every address', async (at) => {
  const text = methodsDocument(METHODS, ROUTES);
  for (const name of Object.keys(METHODS)) at.match(text, `\n## ${name}\n`);
  for (const { http, path } of ROUTES) at.match(text, `\`${http} /api/v1${path}\``);
  at.notMatch(text, /undefined|\[object/);
});

t.test('the list of methods says which params may be left out', async (at) => {
  const text = withMethodTable('<!-- methods: x -->\nold\n<!-- /methods -->', SPECS);
  at.match(text, '| [`b.get`](docs/protocol/METHODS.md#bget) | user | `id`, `limit`?, `q`? |');
  at.notMatch(text, 'old');
});
