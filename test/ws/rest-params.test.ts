import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import t from 'tap';
import { z } from 'zod';
import { type Route, route } from '../../src/api/route.js';
import { MemoryBroker } from '../../src/broker/broker-memory.js';
import type { Publication } from '../../src/events.js';
import { readParams } from '../../src/ws/rest-params.js';
import { TextReader } from '../../src/ws/rest-text.js';
import { FakeMarket } from './gateway-site.js';

const market = new FakeMarket(new MemoryBroker<Publication>());
const schema = z.strictObject({
  id: z.int().optional(),
  ratio: z.number().min(0).optional(),
  isDeep: z.boolean().default(false),
  ids: z.array(z.int()).optional(),
  names: z.array(z.enum(['a', 'b'])).optional(),
  kind: z.enum(['7', 'x']).optional(),
  either: z.union([z.string(), z.null()]).optional(),
  level: z.number().nullable().optional(),
  symbol: z.string().optional(),
  symbols: z.array(z.string()).optional(),
  q: z.string().optional(),
});
const reader = new TextReader(schema);

interface Sent {
  readonly names?: Readonly<Record<string, string>>;
  readonly query?: string;
  readonly body?: unknown;
  readonly raw?: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

function read(at: Route, { names = {}, query = '', body, raw, headers }: Sent) {
  const bytes = raw ?? (body === undefined ? new Uint8Array(0) : Buffer.from(JSON.stringify(body)));
  const request = { query, body: bytes, headers: headers ?? { 'content-type': 'application/json' } };
  return readParams(at, names, request, reader, market);
}
const GET = route('GET /things/{id}', 'assets.get');
const POST = route('POST /things/{id}', 'assets.get');

t.test('reads texts as the schema has them', async (t) => {
  const of = (query: string) => read(GET, { query }).params;
  t.same(of('ratio=0.5&isDeep=true&ids=1,2,3&names=a&names=b'), {
    ratio: 0.5,
    isDeep: true,
    ids: [1, 2, 3],
    names: ['a', 'b'],
  });
  t.same(of('ratio=-1e3&isDeep=false&level=null'), { ratio: -1000, isDeep: false, level: null });
  t.same(of('kind=7&q=42&either=null'), { kind: '7', q: '42', either: 'null' }, 'texts stay texts');
  t.same(of('q=a+b%20c%2B&&q2'), { q: 'a b c+', q2: '' });
  t.same(read(GET, { names: { id: '7' } }).params, { id: 7 });
});

t.test('leaves to the schema what is none of its values', async (t) => {
  const of = (query: string) => read(GET, { query }).params;
  t.same(of('ratio=0x10&isDeep=yes&ids=1,x&ids2=3'), {
    ratio: '0x10',
    isDeep: 'yes',
    ids: [1, 'x'],
    ids2: '3',
  });
  t.same(of('ratio=1&ratio=2'), { ratio: ['1', '2'] });
  t.same(of('ratio=Infinity&level='), { ratio: 'Infinity', level: '' });
});

t.test('gives any number, boolean and list of them back as it was written', async (t) => {
  const values = fc.record({
    ratio: fc.double({ noNaN: true, noDefaultInfinity: true }),
    isDeep: fc.boolean(),
    ids: fc.array(fc.integer(), { minLength: 1 }),
    q: fc.string(),
  });
  fc.assert(
    fc.property(values, (given) => {
      const query = new URLSearchParams(
        Object.entries(given).map(([name, value]): [string, string] => [name, String(value)]),
      ).toString();
      // -0 is written as 0.
      return isDeepStrictEqual(read(GET, { query }).params, { ...given, ratio: Number(String(given.ratio)) });
    }),
    { numRuns: 200 },
  );
  t.pass();
});

t.test('reads the body of what changes something', async (t) => {
  t.same(read(POST, { names: { id: '7' }, body: { q: 'x', ids: [1] } }).params, { id: 7, q: 'x', ids: [1] });
  t.same(read(POST, { names: { id: '7' } }).params, { id: 7 });
  t.same(
    read(POST, { body: { level: '5' } }).params,
    { level: '5' },
    'as it is: JSON has numbers of its own',
  );
});

t.test('takes a param once, and each where it belongs', async (t) => {
  const twice = { code: 'invalid_params', field: 'id', message: /given twice/ };
  t.throws(() => read(POST, { names: { id: '7' }, body: { id: 8 } }), twice);
  t.throws(() => read(GET, { names: { id: '7' }, query: 'id=8' }), twice);
  const renamed = route('GET /x', 'assets.get', { rename: { crypto_id: 'symbol' } });
  t.throws(() => read(renamed, { query: 'symbol=BTC/USDT&crypto_id=1' }), { message: /given twice/ });
  t.throws(() => read(GET, { body: { q: 'x' } }), { code: 'bad_message', message: /takes no body/ });
  t.throws(() => read(POST, { query: 'q=x' }), { code: 'bad_message', message: /takes no query string/ });
});

t.test('refuses bodies that are no object of params', async (t) => {
  const bad = (raw: string | Uint8Array) => () => read(POST, { raw: Buffer.from(raw) });
  for (const raw of ['{', '[]', '1', 'null', '"x"', '']) {
    if (raw === '') t.same(bad(raw)().params, {});
    else t.throws(bad(raw), { code: 'bad_message' }, raw);
  }
  t.throws(
    bad(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])),
    { code: 'bad_message' },
    'invalid UTF-8',
  );
  for (const key of ['__proto__', 'constructor', 'prototype']) {
    t.throws(bad(`{"${key}":{"x":1}}`), { code: 'bad_message', message: new RegExp(key) });
    t.throws(bad(`{"a":[{"${key}":1}]}`), { code: 'bad_message' });
    t.throws(() => read(GET, { query: `${key}=1` }), { code: 'bad_message' });
  }
  t.throws(bad(`{"a":${'['.repeat(30_000)}${']'.repeat(30_000)}}`), { message: /nested deeper/ });
  const kinds = [
    {},
    { 'content-type': 'text/plain' },
    { 'content-type': 'application/json', 'content-encoding': 'gzip' },
  ];
  for (const headers of kinds)
    t.throws(() => read(POST, { body: {}, headers }), { code: 'bad_message', message: /content-type/ });
  t.doesNotThrow(() =>
    read(POST, { body: {}, headers: { 'content-type': 'Application/JSON; charset=utf-8' } }),
  );
});

t.test('refuses query strings that are too long in names, or not UTF-8', async (t) => {
  t.throws(() => read(GET, { query: 'a=1&'.repeat(101) }), { code: 'bad_message' });
  t.throws(() => read(GET, { query: 'q=%ff' }), { code: 'bad_message' });
});

t.test('takes ids of assets for their symbols, by any name', async (t) => {
  const at = route('GET /x', 'assets.get', { rename: { crypto_id: 'symbol', crypto_ids: 'symbols' } });
  t.same(read(at, { query: 'crypto_id=2' }).params, { symbol: 'ETH/USDT' });
  t.same(read(at, { query: 'symbol=ETH/USDT' }).params, { symbol: 'ETH/USDT' });
  t.same(read(at, { query: 'crypto_ids=1,3' }).params, { symbols: ['BTC/USDT', 'DOGE/USDT'] });
  const post = route('POST /x', 'assets.get', { rename: { crypto_ids: 'symbols' } });
  t.same(read(post, { body: { crypto_ids: [3, 'BTC/USDT'] } }).params, {
    symbols: ['DOGE/USDT', 'BTC/USDT'],
  });
  t.throws(() => read(at, { query: 'crypto_id=99' }), {
    code: 'invalid_params',
    field: 'crypto_id',
    message: /no asset 99/,
  });
});

t.test('an address that says a param by itself is not contradicted', async (t) => {
  const at = route('GET /dashboard/casual', 'ui.dashboard', { fixed: { view: 'casual' } });
  t.same(read(at, {}).params, { view: 'casual' });
  for (const view of ['professional', 'casual']) {
    t.throws(() => read(at, { query: `view=${view}` }), {
      code: 'invalid_params',
      field: 'view',
      message: /the address says it already/,
    });
  }
});

t.test('does what else a route says', async (t) => {
  const at = route('GET /x/{entry_id}', 'assets.get', {
    ...{ all: ['q'], own: 'user_id', entry: 'entry_id', unused: ['tier'], defaults: { ratio: 1 } },
  });
  t.same(read(at, { names: { entry_id: '9' }, query: 'q=all&user_id=42&tier=1' }), {
    params: { ratio: 1 },
    own: '42',
    entry: 9,
    tier: undefined,
  });
  t.same(read(at, { query: 'q=some&ratio=2' }).params, { q: 'some', ratio: 2 });
});
