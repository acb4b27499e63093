import { gunzipSync } from 'node:zlib';
import t, { type Test } from 'tap';
import { RequestError } from '../../src/errors.js';
import type { User } from '../../src/ws/caller.js';
import type { GatewayPorts } from '../../src/ws/ports.js';
import type { AnsweredRequest } from '../../src/ws/request-log.js';
import type { GatewayOptions } from '../../src/ws/server.js';
import { ask } from '../support/ask.js';
import { SocketClient } from '../support/socket-client.js';
import { DRIVERS, gatewaySite, record } from './gateway-site.js';

const ADA: User = {
  id: 7,
  sessionId: 1,
  role: 'public',
  isVerified: true,
  expiresAt: Number.MAX_SAFE_INTEGER,
};

/** Opens a gateway with a user `ada`, and asks it. */
async function site(t: Test, options: Partial<GatewayOptions> = {}, ports: Partial<GatewayPorts> = {}) {
  const log: AnsweredRequest[] = [];
  const accounts = {
    authenticate: async (token: string) => (token === 'ada' ? ADA : null),
    holding: async () => new Map(),
    onRevoked: () => () => undefined,
  };
  const requestLog = (request: AnsweredRequest): void => void log.push(request);
  const { gateway, store } = await gatewaySite(t, { requestLog, ...options }, undefined, null, true, {
    accounts,
    ...ports,
  });
  const call = async (
    method: string,
    path: string,
    headers: Record<string, string> = {},
    body?: string | Buffer,
  ) => {
    const answer = await ask(
      gateway.port,
      method,
      `/api/v1${path}`,
      body === undefined ? headers : { 'content-type': 'application/json', ...headers },
      body === undefined ? undefined : Buffer.from(body),
    );
    const isJson = answer.headers['content-encoding'] === undefined && answer.body[0] === 0x7b;
    return { ...answer, json: isJson ? JSON.parse(answer.body.toString()) : null };
  };
  return { gateway, store, log, call };
}

const ASSETS = '/assets?limit=1';

for (const transport of DRIVERS) {
  t.test(`${transport}: answers a method at its address, with what HTTP adds`, async (t) => {
    const { call } = await site(t, { transport });
    const found = await call('GET', ASSETS);
    t.equal(found.status, 200);
    t.same(found.json, { items: [], next_cursor: null });
    t.match(found.headers, {
      'content-type': 'application/json; charset=utf-8',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-cache',
      vary: /authorization/,
      etag: /^"[\w-]{22}"$/,
    });
    const head = await call('HEAD', ASSETS);
    t.same([head.status, head.body.length, head.headers.etag], [200, 0, found.headers.etag]);
    t.equal(head.headers['content-length'], String(found.body.length));
    const mine = await call('GET', ASSETS, { authorization: 'Bearer ada' });
    t.same([mine.status, mine.headers['cache-control']], [200, 'no-store'], 'of a user nothing is kept');
  });

  t.test(`${transport}: gives a body again only if it is another`, async (t) => {
    const { call, store } = await site(t, { transport });
    const path = '/assets/1/candles?timeframe=1m';
    const first = await call('GET', path);
    const { etag = '' } = first.headers;
    for (const tags of [etag, `"x", ${etag}`, `W/${etag}`, '*']) {
      const again = await call('GET', path, { 'if-none-match': tags });
      t.same([again.status, again.body.length, again.headers.etag], [304, 0, etag], tags);
      t.equal(again.headers['content-length'], '0', 'no length that a proxy would refuse');
    }
    t.equal((await call('GET', path, { 'if-none-match': '"x"' })).status, 200);
    store.candles = [record(1_760_000_000_000 - 60_000)];
    const changed = await call('GET', path, { 'if-none-match': etag });
    t.equal(changed.status, 200);
    t.not(changed.headers.etag, etag);
  });

  t.test(`${transport}: compresses what is large, for who takes it`, async (t) => {
    const { call, store } = await site(t, { transport });
    store.candles = Array.from({ length: 500 }, (_, n) => record(1_760_000_000_000 - (n + 1) * 60_000));
    const path = '/candles?symbol=BTC/USDT&timeframe=1m&limit=500';
    const plain = await call('GET', path);
    t.ok(plain.body.length > 50_000);
    const small = await call('GET', path, { 'accept-encoding': 'br, gzip;q=0.5' });
    t.equal(small.headers['content-encoding'], 'gzip');
    t.ok(small.body.length < plain.body.length / 4);
    t.same(gunzipSync(small.body), plain.body);
    t.not(small.headers.etag, plain.headers.etag, 'another representation has another tag');
    const again = await call('GET', path, {
      'accept-encoding': 'gzip',
      'if-none-match': small.headers.etag ?? '',
    });
    t.equal(again.status, 304);
    const refused = await call('GET', path, { 'accept-encoding': 'gzip;q=0, identity' });
    t.same(refused.body, plain.body);
    t.equal(
      (await call('GET', ASSETS, { 'accept-encoding': 'gzip' })).headers['content-encoding'],
      undefined,
    );
  });

  t.test(`${transport}: says by status and name what is wrong`, async (t) => {
    const { call, log } = await site(t, { transport });
    const wrong = async (method: string, path: string, headers = {}, body?: string | Buffer) => {
      const { status, json } = await call(method, path, headers, body);
      return [status, json?.error.code, json?.error.field];
    };
    t.same(await wrong('GET', '/assets?limit=x'), [400, 'invalid_params', 'limit']);
    t.same(await wrong('GET', '/assets?nope=1'), [400, 'invalid_params', 'nope']);
    t.same(await wrong('GET', '/layer3/assets/99/analysis'), [400, 'invalid_params', 'crypto_id']);
    t.same(await wrong('GET', '/layer3/assets/NO%2FUSDT/analysis'), [400, 'invalid_params', 'crypto_id']);
    t.same(await wrong('GET', '/assets/%ff'), [400, 'bad_message', undefined]);
    t.same(await wrong('GET', '/nothing'), [404, 'not_found', undefined]);
    for (const [method, path] of [
      ['GET', '/nothing'],
      ['OPTIONS', '/assets'],
      ['POST', '/auth/logout'],
    ] as const) {
      t.equal((await call(method, path)).headers['cache-control'], 'no-store', method);
    }
    t.same(await wrong('GET', '/'), [404, 'not_found', undefined]);
    t.same(await wrong('GET', '/auth/sessions', { authorization: 'Bearer bob' }), [
      401,
      'unauthenticated',
      undefined,
    ]);
    t.same(await wrong('GET', ASSETS, { authorization: 'Bearer bob' }), [401, 'unauthenticated', undefined]);
    t.same(await wrong('GET', ASSETS, { authorization: 'Basic eDp5' }), [401, 'unauthenticated', undefined]);
    t.equal((await call('GET', '/auth/sessions')).headers['www-authenticate'], 'Bearer');
    t.same(await wrong('POST', '/auth/login', {}, '{'), [400, 'bad_message', undefined]);
    t.same(await wrong('POST', '/auth/login', { 'content-type': 'text/plain' }, '{}'), [
      415,
      'bad_message',
      undefined,
    ]);
    t.equal((await call('DELETE', ASSETS)).headers.allow, 'GET, HEAD, OPTIONS');
    t.equal((await call('DELETE', ASSETS)).status, 405);
    t.equal((await call('POST', '/auth/login', {}, Buffer.alloc(70_000, 32))).status, 413);
    for (const entry of log)
      t.equal(/[?%]|NO|bob/.test(entry.endpoint), false, 'only templates are remembered');
  });

  t.test(`${transport}: lets pages of the listed origins read, and no other change anything`, async (t) => {
    const { call } = await site(t, { transport, originAllowList: ['https://app.example'] });
    const origin = 'https://app.example';
    const allowed = await call('GET', ASSETS, { origin });
    t.equal(allowed.headers['access-control-allow-origin'], origin);
    t.equal((await call('GET', '/nothing', { origin })).headers['access-control-allow-origin'], origin);
    const preflight = await call('OPTIONS', '/watchlists', {
      origin,
      'access-control-request-method': 'POST',
    });
    t.equal(preflight.status, 204);
    t.match(preflight.headers, {
      allow: 'GET, HEAD, POST, OPTIONS',
      'access-control-allow-methods': /POST/,
      'access-control-allow-headers': /authorization/,
    });
    const foreign = { origin: 'https://evil.example' };
    const other = await call('GET', ASSETS, foreign);
    t.same([other.status, other.headers['access-control-allow-origin']], [200, undefined]);
    t.equal(
      (await call('OPTIONS', '/watchlists', foreign)).headers['access-control-allow-origin'],
      undefined,
    );
    t.same((await call('POST', '/auth/login', foreign, '{}')).json.error.code, 'forbidden');
  });

  t.test(`${transport}: the OpenAPI document is there`, async (t) => {
    const { call } = await site(t, { transport });
    const { status, json, headers } = await call('GET', '/openapi.json');
    t.equal(status, 200);
    t.equal(json.openapi, '3.1.0');
    t.equal((await call('GET', '/openapi.json', { 'if-none-match': headers.etag ?? '' })).status, 304);
  });
}

t.test('remembers templates, statuses and users, over both ways', async (t) => {
  const { call, gateway, log } = await site(t);
  await call('GET', '/assets/BTC%2FUSDT/candles?timeframe=1m', { authorization: 'Bearer ada' });
  await call('GET', '/assets/secret');
  await call('GET', '/secret');
  await call('PATCH', '/assets');
  const client = await SocketClient.connect(gateway.port);
  await client.request({ op: 'query', method: 'assets.list' });
  await client.request({ op: 'query', method: 'assets.list', params: { limit: -1 } });
  await client.request({ op: 'query', method: 'secret' });
  await client.close();
  t.same(
    log.map(({ endpoint, httpMethod, status, userId }) => [endpoint, httpMethod, status, userId]),
    [
      ['/assets/{symbol}/candles', 'GET', 200, 7],
      ['/assets/{symbol}', 'GET', 400, null],
      ['unknown', 'GET', 404, null],
      ['/assets', 'PATCH', 405, null],
      ['assets.list', 'WS', 200, null],
      ['assets.list', 'WS', 400, null],
      ['unknown', 'WS', 404, null],
    ],
  );
  t.ok(log.every(({ ms }) => ms >= 0));
});

t.test('bounds what waits of one address, and says when to come again', async (t) => {
  const waiting: (() => void)[] = [];
  const assets = {
    list: () =>
      new Promise<never>((_, reject) => waiting.push(() => reject(new RequestError('unavailable', 'gone')))),
    get: async () => null,
  };
  const { call } = await site(
    t,
    { trustedProxies: ['127.0.0.1'], limits: { maxPendingQueries: 2 } },
    { assets },
  );
  const from = (address: string) => call('GET', ASSETS, { 'x-forwarded-for': address });
  const two = [from('203.0.113.5'), from('203.0.113.5')];
  while (waiting.length < 2) await new Promise(setImmediate);
  const third = await from('203.0.113.5');
  t.same([third.status, third.json.error.code, third.headers['retry-after']], [429, 'rate_limited', '1']);
  const other = from('203.0.113.6');
  while (waiting.length < 3) await new Promise(setImmediate);
  for (const end of waiting) end();
  for (const { status, headers } of await Promise.all([...two, other])) {
    t.same([status, headers['retry-after']], [503, '5']);
  }
  const next = from('203.0.113.5');
  while (waiting.length < 4) await new Promise(setImmediate);
  waiting[3]?.();
  t.equal((await next).status, 503, 'what has ended waits no more');
});

t.test('bounds the requests of one address', async (t) => {
  const { call } = await site(t, { trustedProxies: ['127.0.0.1'], limits: { maxRequestsPerSecond: 1 } });
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => call('GET', ASSETS, { 'x-forwarded-for': '203.0.113.5' })),
  );
  const refused = answers.filter(({ status }) => status === 429);
  t.ok(refused.length >= 10);
  t.match(refused[0], { json: { error: { code: 'rate_limited' } }, headers: { 'retry-after': '1' } });
});

t.test('says when to come again, where that is known', async (t) => {
  const list = () => Promise.reject(new RequestError('rate_limited', 'wait', undefined, 61_500));
  const { call } = await site(t, {}, { assets: { list, get: async () => null } });
  const { status, headers } = await call('GET', ASSETS);
  t.same([status, headers['retry-after']], [429, '62']);
});

t.test('tells nothing of a failure of its own', async (t) => {
  const assets = {
    list: () => Promise.reject(new Error('password=secret')),
    get: async () => null,
  };
  const { call } = await site(t, {}, { assets });
  const { status, json } = await call('GET', ASSETS);
  t.same(
    [status, json],
    [500, { error: { code: 'internal', message: 'the server failed; it has been logged' } }],
  );
});

t.test('says that the database is away, and when to come again', async (t) => {
  const away = Object.assign(new Error('the database system is starting up'), { code: '57P03' });
  const { call } = await site(t, {}, { assets: { list: () => Promise.reject(away), get: async () => null } });
  const { status, json, headers } = await call('GET', ASSETS);
  t.match([status, json], [503, { error: { code: 'unavailable', message: /^the database is away/ } }]);
  t.equal(headers['retry-after'], '5');
});
