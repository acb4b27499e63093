import t, { type Test } from 'tap';
import { BadAnswer, Refused } from '../../../src/feeds/sources/source.js';
import { retryAfterMs, WebClient } from '../../../src/feeds/sources/web-client.js';
import { type ProviderStub, type StubReply, startProviderStub } from '../../support/provider-stub.js';
import { type ToldEvents, toldEvents } from '../../support/told-events.js';
import { until } from '../../support/until.js';

interface Site {
  readonly stub: ProviderStub;
  readonly told: ToldEvents;
  readonly client: WebClient;
  readonly stopping: AbortController;
}

async function makeSite(
  t: Test,
  options: {
    gapMs?: number;
    maxBytes?: number;
    timeoutMs?: number;
    isSimulated?: boolean;
    pace?: number;
  } = {},
): Promise<Site> {
  const stub = await startProviderStub();
  const { isSimulated = false, pace = 1, ...limits } = options;
  const told = toldEvents({ isSimulated, pace });
  const stopping = new AbortController();
  t.teardown(async () => {
    stopping.abort();
    await stub.close();
  });
  const client = new WebClient({
    ...{ context: told.context, provider: 'stub', baseUrl: stub.url, gapMs: 0, maxBytes: 1_000 },
    ...limits,
    headers: { 'x-key': 'hidden' },
    signal: stopping.signal,
  });
  return { stub, told, client, stopping };
}

/** Gives what asking throws. */
async function failure(asked: Promise<unknown>): Promise<Error> {
  const error: unknown = await asked.then(
    () => new Error('nothing was thrown'),
    (thrown: unknown) => thrown,
  );
  return error instanceof Error ? error : new Error(String(error));
}

t.test('each request leaves a row with provider, path, status and time, and no key', async (t) => {
  const { stub, told, client } = await makeSite(t);
  stub.answer('/a', { body: { ok: 1 } });
  t.same(await client.json('/a?b=1&token=secret'), { ok: 1 });
  await failure(client.text('/nowhere'));
  t.match(told.calls, [
    { apiProvider: 'stub', endpoint: '/a?b=1&token=***', httpMethod: 'GET', responseStatus: 200 },
    { endpoint: '/nowhere', responseStatus: 404 },
  ]);
  t.ok(told.calls.every(({ responseTimeMs }) => responseTimeMs > 0 && responseTimeMs < 60_000));
  t.equal(stub.requests[0]?.headers['x-key'], 'hidden', 'the key is sent');
  t.equal(stub.requests[0]?.query.get('token'), 'secret');
  t.equal(client.calls, 2);
});

t.test('what cannot be used is refused, and said why', async (t) => {
  const cases: readonly (readonly [name: string, reply: StubReply, told: RegExp, status: number | null])[] = [
    ['a page with 200', { body: '<html><body>busy</body></html>' }, /no JSON: "<html>/, 200],
    ['half a JSON', { body: '{"a": [1, 2' }, /no JSON/, 200],
    ['nothing', { body: '' }, /no JSON: ""/, 200],
    ['an error', { status: 500, body: 'oh' }, /answered with 500: "oh"/, 500],
    ['a refusal', { status: 403, body: 'key' }, /answered with 403/, 403],
    [
      'a redirect',
      { status: 302, headers: { location: 'http://elsewhere/' } },
      /redirected \(302\) to http:\/\/elsewhere/,
      302,
    ],
    ['too much at once', { body: 'x'.repeat(1_001) }, /more than 1000 bytes/, 200],
    ['too much without end', { isEndless: true }, /more than 1000 bytes/, 200],
    ['an answer that is cut off', { body: `"${'x'.repeat(500)}"`, isCutOff: true }, /cannot be reached/, 200],
    ['no answer in time', { afterMs: 5_000 }, /did not answer within 150 ms/, null],
    [
      'simulated figures',
      { headers: { 'x-simulated': 'true' }, body: '1' },
      /simulated figures, which do not go with real/,
      200,
    ],
  ];
  const { stub, told, client } = await makeSite(t, { timeoutMs: 150 });
  for (const [name, reply, message, status] of cases) {
    stub.answer('/x', reply);
    const error = await failure(client.json('/x'));
    t.match(error.message, message, name);
    t.equal(told.calls.at(-1)?.responseStatus, status, `${name}: status`);
  }
  t.equal(stub.requests.length, cases.length, 'no redirect was followed');
});

t.test('a provider that is not there is told so', async (t) => {
  const { stub, told, client } = await makeSite(t);
  await stub.close();
  const error = await failure(client.text('/'));
  t.match(error.message, /^cannot be reached: .*ECONNREFUSED/);
  t.notOk(error instanceof BadAnswer);
  t.equal(told.calls[0]?.responseStatus, null);
});

t.test('with simulated prices nothing real is taken', async (t) => {
  const { stub, client } = await makeSite(t, { isSimulated: true });
  stub.answer('/x', { body: '1' }, { body: '1', headers: { 'x-simulated': 'true' } });
  t.match((await failure(client.json('/x'))).message, /real figures, which do not go with simulated/);
  t.equal(await client.json('/x'), 1);
});

t.test('requests go one at a time, with a gap between their beginnings', async (t) => {
  const { stub, client } = await makeSite(t, { gapMs: 60 });
  stub.answer('/x', { body: '1' });
  await Promise.all([client.text('/x'), client.text('/x'), client.text('/x')]);
  const [first, second, third] = stub.requests.map(({ at }) => at);
  t.ok((second ?? 0) - (first ?? 0) > 45);
  t.ok((third ?? 0) - (second ?? 0) > 45);
});

t.test('Retry-After holds back whatever else is asked of the provider', async (t) => {
  for (const status of [429, 503, 418]) {
    const { stub, client } = await makeSite(t, { pace: 0.1 });
    stub.answer('/x', { status, headers: { 'retry-after': '2' } }, { body: '1' });
    const error = await failure(client.text('/x'));
    t.ok(error instanceof Refused && error.retryAfterMs === 2_000, String(status));
    const before = stub.requests[0]?.at ?? 0;
    await client.text('/x');
    t.ok((stub.requests[1]?.at ?? 0) - before > 180, 'two seconds at a tenth of the pace');
  }
});

t.test('Retry-After is read as seconds or as a date, within bounds', async (t) => {
  const now = (): number => Date.parse('2025-01-31T12:00:00Z');
  t.equal(retryAfterMs('30', { now }), 30_000);
  t.equal(retryAfterMs('Fri, 31 Jan 2025 12:00:10 GMT', { now }), 10_000);
  t.equal(retryAfterMs('999999', { now }), 3_600_000, 'an hour at most');
  for (const senseless of [null, '', 'soon', '-5', 'Fri, 31 Jan 2020 12:00:10 GMT'])
    t.equal(retryAfterMs(senseless, { now }), 60_000, String(senseless));
});

t.test('a stop cancels the request that is under way and those that wait, and logs neither', async (t) => {
  const { stub, told, client, stopping } = await makeSite(t, { gapMs: 10_000 });
  stub.answer('/slow', { afterMs: 20_000 });
  const asked = [failure(client.text('/slow')), failure(client.text('/slow'))];
  await until('the first is under way', () => stub.requests.length === 1);
  stopping.abort();
  const errors = await Promise.all(asked);
  t.same(
    errors.map(({ name }) => name),
    ['AbortError', 'AbortError'],
  );
  t.equal(stub.requests.length, 1);
  t.same(told.calls, []);
});
