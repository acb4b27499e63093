import t, { type Test } from 'tap';
import type { ControlCommand } from '../../../src/feeds/demo/control.js';
import { type DemoExchange, startDemoExchange } from '../../../src/feeds/demo/exchange.js';
import { StreamClient } from '../../support/demo-client.js';
import { until } from '../../support/until.js';

const START = Date.UTC(2024, 4, 15, 12, 34);
const MINUTE = 60_000;

/** Starts an exchange that stands still, with one client that hears BTC's trades. */
async function setUp(
  t: Test,
  path = '/ws/btcusdt@trade',
): Promise<{ exchange: DemoExchange; client: StreamClient }> {
  const exchange = await startDemoExchange({ startAt: START, paused: true });
  t.teardown(() => exchange.close());
  return { exchange, client: await StreamClient.connect(exchange.url, path) };
}

/** Lets so many minutes pass and waits until the client has heard all of them. */
async function playMinutes(exchange: DemoExchange, client: StreamClient, minutes: number): Promise<void> {
  const { now } = exchange.status();
  exchange.control({ action: 'play', speed: 3_000 });
  await until(`${minutes} minutes`, () => exchange.status().now >= now + minutes * MINUTE);
  exchange.control({ action: 'pause' });
  await caughtUp(client);
}

let requests = 0;
async function caughtUp(client: StreamClient): Promise<void> {
  if (!client.isClosed) await client.request({ method: 'LIST_SUBSCRIPTIONS', id: `n${requests++}` });
}

function ids(client: StreamClient): number[] {
  return client.of('trade').map(({ t }) => Number(t));
}

/** Ids of all BTC trades between the start and now. */
function truth(exchange: DemoExchange): number[] {
  const { now } = exchange.status();
  const minutes = Array.from({ length: Math.ceil((now - START) / MINUTE) }, (_, i) => START / MINUTE + i);
  return minutes.flatMap((minute) =>
    exchange.source.trades(0, minute).flatMap(({ id, time }) => (time < now ? [id] : [])),
  );
}

t.test('without faults every trade comes once, in order', async (t) => {
  const { exchange, client } = await setUp(t);
  await playMinutes(exchange, client, 5);
  t.strictSame(ids(client), truth(exchange));
});

t.test('duplicate sends a share of trades twice, and nothing else', async (t) => {
  const { exchange, client } = await setUp(t);
  exchange.control({ action: 'duplicate', share: 0.3 });
  await playMinutes(exchange, client, 5);
  const heard = ids(client);
  t.strictSame([...new Set(heard)], truth(exchange));
  t.equal(heard.length - truth(exchange).length, exchange.status().counts.duplicated);
  t.ok(exchange.status().counts.duplicated > 50);
});

t.test('reorder lets later trades overtake, by no more than the window, and loses none', async (t) => {
  const { exchange, client } = await setUp(t);
  exchange.control({ action: 'reorder', share: 0.2, window: 4 });
  await playMinutes(exchange, client, 5);
  exchange.control({ action: 'clear' });
  await caughtUp(client);
  const heard = ids(client);
  t.strictSame(
    heard.toSorted((a, b) => a - b),
    truth(exchange),
  );
  t.notSame(heard, truth(exchange));
  const late = heard.map((id, i) => Math.max(...heard.slice(0, i + 1)) - id);
  // Several may be held at once, so one is overtaken by at most the window and what came out meanwhile.
  t.ok(Math.max(...late) >= 1 && Math.max(...late) <= 12, `at most ${Math.max(...late)} ids late`);
});

t.test('skip leaves trades out, which history knows', async (t) => {
  const { exchange, client } = await setUp(t);
  exchange.control({ action: 'skip', share: 0.1 });
  await playMinutes(exchange, client, 5);
  const missing = truth(exchange).filter((id) => !ids(client).includes(id));
  t.equal(missing.length, exchange.status().counts.skipped);
  t.ok(missing.length > 10);
  const answer = await fetch(
    `${exchange.url}/api/v3/historicalTrades?symbol=BTCUSDT&limit=1&fromId=${missing[0]}`,
  );
  t.match(await answer.json(), [{ id: missing[0] }]);
});

t.test('malformed garbles exactly the next frames', async (t) => {
  const { exchange, client } = await setUp(t);
  exchange.control({ action: 'malformed', frames: 7 });
  await playMinutes(exchange, client, 1);
  t.equal(client.garbage.length, 7);
  t.strictSame(ids(client), truth(exchange).slice(7));
});

t.test('drop cuts connections, and refuses new ones for as long as asked', async (t) => {
  const { exchange, client } = await setUp(t);
  const second = await StreamClient.connect(exchange.url);
  t.match(exchange.control({ action: 'drop', count: 1 }).done, 'cut 1 connections');
  await until('the first cut', () => client.isClosed);
  t.notOk(second.isClosed);
  exchange.control({ action: 'drop', refuseSeconds: 60 });
  await until('the second cut', () => second.isClosed);
  await t.rejects(StreamClient.connect(exchange.url));
  exchange.control({ action: 'clear' });
  await (await StreamClient.connect(exchange.url)).close();
});

t.test('stall is silent on open sockets; its data is lost', async (t) => {
  const { exchange, client } = await setUp(t);
  exchange.control({ action: 'stall', seconds: 600 });
  const { now } = exchange.status();
  exchange.control({ action: 'play', speed: 3_000 });
  await until('two minutes', () => exchange.status().now >= now + 2 * MINUTE);
  exchange.control({ action: 'pause' });
  const lost = truth(exchange).length;
  exchange.control({ action: 'clear' });
  await playMinutes(exchange, client, 1);
  t.notOk(client.isClosed);
  t.strictSame(ids(client), truth(exchange).slice(lost));
  t.equal(exchange.status().counts.lost, lost);
});

t.test('stall ends by itself, and delivers late what came meanwhile if asked to', async (t) => {
  const { exchange, client } = await setUp(t);
  exchange.control({ action: 'stall', seconds: 0.2, deliver: 'late' });
  exchange.control({ action: 'play', speed: 3_000 });
  await until('held frames', () => exchange.status().counts.held > 0);
  t.equal(client.of('trade').length, 0);
  exchange.control({ action: 'pause' });
  await until('what was held', () => ids(client).length === truth(exchange).length);
  t.strictSame(ids(client), truth(exchange));
});

t.test('http refuses the next requests with a status and Retry-After', async (t) => {
  const { exchange } = await setUp(t);
  const ping = async (): Promise<[number, string | null]> => {
    const { status, headers } = await fetch(`${exchange.url}/api/v3/ping`);
    return [status, headers.get('retry-after')];
  };
  for (const status of [429, 418, 503]) {
    exchange.control({ action: 'http', status, count: 2, retryAfter: 3 });
    t.strictSame(
      [await ping(), await ping(), await ping()],
      [
        [status, '3'],
        [status, '3'],
        [200, null],
      ],
    );
  }
  exchange.control({ action: 'http', status: 500, seconds: 60 });
  t.strictSame(
    [await ping(), await ping()],
    [
      [500, null],
      [500, null],
    ],
  );
  exchange.control({ action: 'clear' });
  t.strictSame(await ping(), [200, null]);
});

t.test('slow keeps REST answers back', async (t) => {
  const { exchange } = await setUp(t);
  exchange.control({ action: 'slow', ms: 300_000 });
  await t.rejects(fetch(`${exchange.url}/api/v3/ping`, { signal: AbortSignal.timeout(200) }), {
    name: 'TimeoutError',
  });
  exchange.control({ action: 'clear' });
  t.equal((await fetch(`${exchange.url}/api/v3/ping`)).status, 200);
});

t.test('delist removes a pair from lists, history and streams', async (t) => {
  const { exchange, client } = await setUp(t, '/ws/btcusdt@trade/ethusdt@trade/ethusdt@kline_1m');
  exchange.control({ action: 'delist', symbol: 'ETH/USDT' });
  await playMinutes(exchange, client, 2);
  t.strictSame([...new Set(client.messages.flatMap(({ s }) => s ?? []))], ['BTCUSDT']);
  const info = (await (await fetch(`${exchange.url}/api/v3/exchangeInfo`)).json()) as {
    symbols: { symbol: string }[];
  };
  t.notOk(info.symbols.some(({ symbol }) => symbol === 'ETHUSDT'));
  const klines = await fetch(`${exchange.url}/api/v3/klines?symbol=ETHUSDT&interval=1m`);
  t.match(await klines.json(), { code: -1121 });
  t.throws(() => exchange.control({ action: 'delist', symbol: 'NO/PE' }), RangeError);
});

t.test('burst gives the final candles of 300 pairs in one write', async (t) => {
  const exchange = await startDemoExchange({
    source: { type: 'generator', symbols: 300 },
    startAt: START,
    paused: true,
  });
  t.teardown(() => exchange.close());
  const client = await StreamClient.connect(exchange.url);
  const params = exchange.source.listings.map(({ id }) => `${id.toLowerCase()}@kline_1m`);
  await client.request({ method: 'SUBSCRIBE', params, id: 1 });
  await playMinutes(exchange, client, 1);
  exchange.control({ action: 'burst', hold: true });
  client.messages.length = 0;
  await playMinutes(exchange, client, 1);
  t.equal(client.of('kline').length, 0);
  client.reads = 0;
  exchange.control({ action: 'burst', hold: false });
  const finals = (): Set<unknown> =>
    new Set(client.of('kline').flatMap(({ k, s }) => ((k as { x: boolean }).x ? [s] : [])));
  await until('300 final candles', () => finals().size === 300);
  // A read takes at most 64 KiB, whatever was written at once.
  const bytes = client.messages.reduce((sum, message) => sum + JSON.stringify(message).length, 0);
  t.ok(client.reads <= Math.ceil(bytes / 65_536) + 8, `${bytes} bytes in ${client.reads} reads`);
});

t.test('the same seed strikes the same trades', async (t) => {
  const heard: number[][] = [];
  for (let run = 0; run < 2; run++) {
    const { exchange, client } = await setUp(t);
    for (const action of ['duplicate', 'skip', 'reorder'] as const) exchange.control({ action, share: 0.1 });
    await playMinutes(exchange, client, 2);
    heard.push(ids(client).slice(0, 200));
  }
  t.equal(heard[0]?.length, 200);
  t.strictSame(heard[0], heard[1]);
});

t.test('control answers over HTTP: help, done, and what is wrong', async (t) => {
  const { exchange } = await setUp(t);
  const post = async (body: string): Promise<[number, unknown]> => {
    const response = await fetch(`${exchange.url}/control`, { method: 'POST', body });
    return [response.status, await response.json()];
  };
  const help = (await (await fetch(`${exchange.url}/control`)).json()) as { actions: Record<string, string> };
  t.ok(Object.keys(help.actions).includes('burst'));
  t.match(await post('{"action":"play","speed":2}'), [
    200,
    { done: /playing at 2/, status: { speed: 2, paused: false } },
  ]);
  t.match(await post('{"action":"nope"}'), [400, { error: /action.*Actions: play, pause/ }]);
  t.match(await post('{"action":"skip","share":2}'), [400, { error: /share/ }]);
  t.match(await post('{"action":"skip","shares":1}'), [400, { error: /shares|share/ }]);
  t.match(await post('{'), [400, { error: /JSON/ }]);
  const fromPage = { method: 'POST', body: '{"action":"pause"}', headers: { Origin: 'https://example.org' } };
  t.equal((await fetch(`${exchange.url}/control`, fromPage)).status, 403);
  t.throws(() => exchange.control({ action: 'slow', ms: -1 } satisfies ControlCommand), RangeError);
});
