import t, { type Test } from 'tap';
import { WebSocketServer } from 'ws';
import { type Client, connect } from '../../src/client/client.js';
import type { CandleItem } from '../../src/client/methods.js';
import type { ClientOptions } from '../../src/client/options.js';
import type { Resumed, Snapshot, Update } from '../../src/client/types.js';
import { CANDLE_FIELDS, type CandleData, TICKER_FIELDS, TRADE_FIELDS } from '../../src/protocol.js';
import { ServedMarket } from '../support/served-market.js';
import { until } from '../support/until.js';

const MINUTE = 60_000;
const START = Date.UTC(2024, 7, 8, 12, 0);
const CANDLES = 'candles:BTC/USDT:1m';

async function served(t: Test, limits = {}): Promise<ServedMarket> {
  const market = await new ServedMarket(limits).start();
  t.teardown(() => market.stop());
  return market;
}

function connected(t: Test, url: string, options: ClientOptions = {}): Client {
  const client = connect(url, { random: () => 0, ...options });
  t.teardown(() => client.close());
  return client;
}

for (const encoding of ['msgpack', 'json'] as const) {
  t.test(`${encoding}: a subscription gives the snapshot, then every update as a map`, async (t) => {
    const market = await served(t);
    market.candle(START, 101, false);
    const client = connected(t, market.url, { encoding });
    const snapshots: Snapshot<CandleData>[] = [];
    const updates: Update<CandleData>[] = [];
    const subscription = await client.subscribe(CANDLES, {
      snapshot: (snapshot) => snapshots.push(snapshot),
      update: (update) => updates.push(update),
    });
    await until('the snapshot came', () => snapshots.length === 1);
    market.candle(START, 102, false);
    market.candle(START, 103.25, true);
    await until('both updates came', () => updates.length === 2);
    t.equal(snapshots[0]?.data?.close, 101);
    t.same(snapshots[0]?.position, { epoch: 'first', offset: 1 });
    t.notOk(snapshots[0]?.resumed);
    t.same(
      updates.map((u) => [u.position.offset, u.data.close, u.data.closed]),
      [
        [2, 102, false],
        [3, 103.25, true],
      ],
    );
    t.same(Object.keys(updates[0]?.data ?? {}), [...CANDLE_FIELDS]);

    await subscription.unsubscribe();
    market.candle(START + MINUTE, 104, false);
    await client.ping();
    t.equal(updates.length, 2, 'nothing comes after unsubscribe');
  });

  t.test(`${encoding}: trades are lists of maps, a ticker is a map, no value yet is null`, async (t) => {
    const market = await served(t);
    const client = connected(t, market.url, { encoding });
    const got: unknown[] = [];
    const first: unknown[] = [];
    await client.subscribe('trades:BTC/USDT', {
      snapshot: (s) => first.push(s.data),
      update: (u) => got.push(u.data),
    });
    await client.subscribe('ticker:BTC/USDT', {
      snapshot: (s) => first.push(s.data),
      update: (u) => got.push(u.data.last),
    });
    await until('both snapshots came', () => first.length === 2);
    t.same(first, [null, null]);
    const trade = ['t1', START, 100.5, 0.25, 'buy', true, START, START + 1];
    market.publish('trades:BTC/USDT', [trade, trade]);
    market.publish(
      'ticker:BTC/USDT',
      TICKER_FIELDS.map((field) => (field === 'last' ? 99.5 : null)),
    );
    await until('both came', () => got.length === 2);
    const map = Object.fromEntries(TRADE_FIELDS.map((field, i) => [field, trade[i]]));
    t.same(got, [[map, map], 99.5]);
  });

  t.test(`${encoding}: the four methods are answered, refusals are typed`, async (t) => {
    const market = await served(t);
    market.candle(START, 101, true);
    market.candle(START + MINUTE, 102, false);
    const client = connected(t, market.url, { encoding });
    t.same(
      (await client.query('assets.list', {})).items.map(({ symbol }) => symbol),
      ['BTC/USDT', 'ETH/USDT'],
    );
    t.equal((await client.query('assets.get', { symbol: 'ETH/USDT' })).name, 'ETH');
    const { items } = await client.query('candles.list', { symbol: 'BTC/USDT', timeframe: '1m' });
    t.same(
      items.map(({ time, close, closed }) => [time, close, closed]),
      [
        [START, 101, true],
        [START + MINUTE, 102, false],
      ],
    );
    await t.rejects(client.query('indicators.get', { symbol: 'BTC/USDT', timeframe: '1m' }), {
      name: 'RequestError',
      code: 'unavailable',
    });
    await t.rejects(client.query('assets.get', { symbol: 'BTC/USDC' }), {
      name: 'RequestError',
      code: 'invalid_params',
      field: 'symbol',
    });
    await t.rejects(client.query('no.such' as 'assets.list'), {
      name: 'RequestError',
      code: 'unknown_method',
    });
    t.ok((await client.ping()) >= 0);
    market.publish('indicators:BTC/USDT:1m', [
      START,
      false,
      'forming',
      'built',
      1,
      9,
      true,
      START,
      START,
      100.5,
      null,
    ]);
    const { values, forming } = await client.query('indicators.get', { symbol: 'BTC/USDT', timeframe: '1m' });
    t.same([values, forming], [{ sma_20: 100.5, ema_20: null }, true]);
  });
}

t.test('introduces the server, and takes an http address', async (t) => {
  const market = await served(t);
  const client = connected(t, market.url.replace('ws:', 'http:'));
  t.equal(client.state, 'connecting');
  const welcome = await client.ready();
  t.equal(welcome.simulated, true);
  t.equal(welcome.epoch, 'first');
  t.equal(client.state, 'open');
  t.throws(() => connect('not an address'), TypeError);
});

t.test(
  'refuses an unknown channel, a second subscription of one, and both leave the rest alone',
  async (t) => {
    const market = await served(t);
    const client = connected(t, market.url);
    const got: number[] = [];
    const good = client.subscribe(CANDLES, (update) => got.push(update.data.close));
    const bad = client.subscribe('candles:DOGE/USDT:1m', () => undefined);
    await t.rejects(
      client.subscribe(CANDLES, () => undefined),
      { message: /already/ },
    );
    await t.rejects(bad, { name: 'RequestError', code: 'unknown_channel' });
    await good;
    market.candle(START, 105, false);
    await until('it came', () => got.length === 1);
    await t.rejects(
      client.subscribe('candles:DOGE/USDT:1m', () => undefined),
      { code: 'unknown_channel' },
      'and may be asked again',
    );
  },
);

t.test('hundreds of subscriptions in one turn stay below the message limit', async (t) => {
  const market = await served(t, { maxMessagesPerSecond: 5 });
  const client = connected(t, market.url);
  await client.ready();
  const kinds = ['candles', 'indicators'] as const;
  const frames = ['1m', '5m', '15m', '1h', '4h', '1d', '1w', '1M'] as const;
  const rates = ['', '@100ms', '@250ms', '@1s'] as const;
  const names = kinds.flatMap((kind) =>
    frames.flatMap((frame) => rates.map((rate) => `${kind}:BTC/USDT:${frame}${rate}` as const)),
  );
  await Promise.all(names.map((name) => client.subscribe(name, () => undefined)));
  t.equal(client.state, 'open');
  t.equal(market.gateway.stats.connectionsTotal, 1);
});

t.test('comes back after a restart, subscribes anew and says what it missed', async (t) => {
  const market = await served(t);
  market.candle(START, 101, false);
  const client = connected(t, market.url);
  const resumed: Resumed[] = [];
  const closes: unknown[] = [];
  const drains: number[] = [];
  client.on('resumed', (event) => resumed.push(event));
  client.on('close', (event) => closes.push(event.code));
  client.on('draining', (event) => drains.push(event.retry_ms));
  const snapshots: Snapshot<CandleData>[] = [];
  const updates: number[] = [];
  await client.subscribe(CANDLES, {
    snapshot: (s) => snapshots.push(s),
    update: (u) => updates.push(u.data.close),
  });
  await until('the first snapshot', () => snapshots.length === 1);

  await market.stop();
  await until('the client noticed', () => client.state !== 'open');
  const waiting = client.query('assets.get', { symbol: 'BTC/USDT' });
  market.candle(START, 102, false);
  market.candle(START, 103, false);
  await market.start();
  await until('it resumed', () => resumed.length === 1);
  t.same(resumed, [
    {
      channel: CANDLES,
      from: { epoch: 'first', offset: 1 },
      to: { epoch: 'first', offset: 3 },
      recovered: false,
      missed: 2,
    },
  ]);
  t.same(snapshots[1]?.resumed, resumed[0]);
  t.equal((await waiting).symbol, 'BTC/USDT', 'a query that was asked meanwhile waits for the connection');
  market.candle(START, 104, false);
  await until('updates go on', () => updates.includes(104));
  t.equal(drains.length, 1);
  t.ok(closes.includes(1001));

  await market.stop();
  await market.start('second');
  await until('it resumed again', () => resumed.length === 2);
  t.equal(resumed[1]?.missed, null, 'how much was missed is unknown in another epoch');
});

t.test('a rate thins candles to the newest', async (t) => {
  const market = await served(t);
  const client = connected(t, market.url);
  const got: number[] = [];
  await client.subscribe(`${CANDLES}@100ms`, (update) => got.push(update.data.close));
  for (let close = 1; close <= 50; close += 1) market.candle(START, close, false);
  await until('the last came', () => got.includes(50));
  t.ok(got.length < 50);
});

t.test('tells how many trades were skipped, to the subscriber and as an event', async (t) => {
  const market = await served(t);
  const client = connected(t, market.url);
  let seen = 0;
  let skipped = 0;
  let events = 0;
  client.on('skipped', ({ count }) => {
    events += count;
  });
  await client.subscribe('trades:BTC/USDT@100ms', {
    update: (update) => {
      seen += update.data.length;
    },
    skipped: (count) => {
      skipped += count;
    },
  });
  for (let i = 1; i <= 150; i += 1) {
    market.publish('trades:BTC/USDT', [[`t${i}`, START, 1, 1, null, true, START, START]]);
  }
  await until('each trade is accounted for', () => seen + skipped === 150);
  t.ok(skipped >= 1);
  t.equal(events, skipped);
});

t.test('a stream gives snapshot and updates, and leaving the loop unsubscribes', async (t) => {
  const market = await served(t);
  market.candle(START, 1, false);
  const client = connected(t, market.url);
  const closes: unknown[] = [];
  for await (const change of client.stream(CANDLES)) {
    closes.push([change.type, change.data?.close]);
    if (closes.length === 3) break;
    market.candle(START, closes.length + 1, false);
  }
  t.same(closes, [
    ['snapshot', 1],
    ['update', 2],
    ['update', 3],
  ]);
  t.resolves(
    client.subscribe(CANDLES, () => undefined),
    'the channel is free again',
  );
});

t.test(
  'a stream ends without an error when the client is closed, and with one when it is refused',
  async (t) => {
    const market = await served(t);
    const client = connected(t, market.url);
    let changes = 0;
    for await (const _ of client.stream(CANDLES)) {
      changes += 1;
      client.close();
    }
    t.equal(changes, 1);
    const other = connected(t, market.url);
    await t.rejects(other.stream('candles:NO/NO:1m').next(), { code: 'unknown_channel' });
  },
);

t.test('closed candles come each once and in order, also those that closed during an outage', async (t) => {
  const market = await served(t);
  market.candle(START, 1, false);
  const client = connected(t, market.url);
  const got: CandleItem[] = [];
  const loop = (async () => {
    for await (const candle of client.closedCandles('BTC/USDT', '1m')) got.push(candle);
  })();
  await client.ready();
  await client.ping();
  market.candle(START, 2, true);
  market.candle(START + MINUTE, 3, false);
  await until('the first closed', () => got.length === 1);

  await market.stop();
  await until('the client noticed', () => client.state !== 'open');
  for (let i = 1; i <= 700; i += 1) market.candle(START + i * MINUTE, i, true);
  market.candle(START + 701 * MINUTE, 5, false);
  await market.start('second');
  await until('what was missed is fetched, two pages of it', () => got.length === 701);
  market.candle(START + 701 * MINUTE, 6, true);
  market.candle(START + 701 * MINUTE, 6, true);
  market.candle(START + 702 * MINUTE, 7, true);
  await until('the stream goes on', () => got.length >= 703);
  t.same(
    got.map(({ time }) => time),
    Array.from({ length: 703 }, (_, i) => START + i * MINUTE),
  );
  t.ok(got.every(({ closed }) => closed));
  client.close();
  await loop;
});

t.test('a code that says not to come back closes the client for good and tells everyone', async (t) => {
  const market = await served(t, { maxFrameBytes: 2_000 });
  const client = connected(t, market.url);
  const errors: Error[] = [];
  const ended: (Error | null)[] = [];
  client.on('error', (error) => errors.push(error));
  await client.subscribe(CANDLES, { ended: (error) => ended.push(error) });
  await t.rejects(client.query('assets.get', { symbol: 'x'.repeat(4_000) }), { name: 'ConnectionError' });
  t.equal(client.state, 'closed');
  t.match(errors, [/1009/]);
  t.match(ended, [/1009/]);
  await t.rejects(client.query('assets.list', {}), { name: 'ConnectionError' });
  await t.rejects(
    client.subscribe(CANDLES, () => undefined),
    { name: 'ConnectionError' },
  );
});

t.test('close ends subscriptions and refuses whoever waits', async (t) => {
  const client = connect('ws://127.0.0.1:1');
  const ready = client.ready();
  const query = client.query('assets.list', {});
  const subscription = client.subscribe(CANDLES, () => undefined);
  client.close();
  await t.rejects(ready, { name: 'ConnectionError' });
  await t.rejects(query, { name: 'ConnectionError' });
  await t.rejects(subscription, { name: 'ConnectionError' });
  t.equal(client.state, 'closed');
});

t.test('a query waits for a connection no longer than the timeout', async (t) => {
  const client = connected(t, 'ws://127.0.0.1:1', { timeoutMs: 50 });
  await t.rejects(client.query('assets.list', {}), { name: 'ConnectionError', message: /50 ms/ });
});

/** A server that takes connections and welcomes them, and answers nothing else. */
async function muteServer(
  t: Test,
): Promise<{ url: string; connections: () => number; send: (text: string) => void }> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  let connections = 0;
  const welcome = { type: 'welcome', server: 'mute', epoch: 'e', time: 0, limits: {}, simulated: false };
  server.on('connection', (socket) => {
    connections += 1;
    socket.send(JSON.stringify(welcome));
  });
  t.teardown(() => {
    for (const socket of server.clients) socket.terminate();
    server.close();
  });
  await until('it listens', () => server.address() !== null);
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  return {
    url: `ws://127.0.0.1:${address.port}`,
    connections: () => connections,
    send: (text) => {
      for (const socket of server.clients) socket.send(text);
    },
  };
}

t.test('gives up a connection that leaves a request or a ping unanswered, and makes another', async (t) => {
  const server = await muteServer(t);
  const client = connected(t, server.url, { encoding: 'json', timeoutMs: 50, pingMs: 1_000_000 });
  await t.rejects(client.query('assets.list', {}), {
    name: 'ConnectionError',
    message: /no answer to query within 50 ms/,
  });
  await until('it came back', () => server.connections() >= 2);
  const quiet = connected(t, server.url, { encoding: 'json', timeoutMs: 30, pingMs: 10 });
  let reason = '';
  quiet.on('close', (event) => {
    reason = event.reason;
  });
  await until('silence was noticed', () => reason.includes('no answer to ping'));
});

t.test(
  'an unreadable message is an error event, or thrown if nobody listens, and the connection lives on',
  async (t) => {
    const server = await muteServer(t);
    const client = connected(t, server.url, { encoding: 'json' });
    const errors: Error[] = [];
    client.on('error', (error) => errors.push(error));
    await client.ready();
    server.send('{"broken');
    server.send('[1]');
    server.send('{"type":"of a later version"}');
    await until('both were reported', () => errors.length === 2);
    t.match(errors, [/cannot be read/, /cannot be read/]);
    t.equal(client.state, 'open');
    t.equal(server.connections(), 1);
  },
);

t.test(
  'a snapshot whose rows do not fit its fields is never shown: the connection begins anew',
  async (t) => {
    const server = await muteServer(t);
    const client = connected(t, server.url, { encoding: 'json' });
    const errors: Error[] = [];
    client.on('error', (error) => errors.push(error));
    client.subscribe(CANDLES, { snapshot: () => t.fail('it was shown') }).catch(() => undefined);
    await client.ready();
    server.send(
      JSON.stringify({
        type: 'snapshot',
        channel: CANDLES,
        epoch: 'e',
        offset: 1,
        time: 0,
        fields: ['a', 'b'],
        data: [1],
      }),
    );
    await until('it was refused', () => errors.length === 1 && server.connections() === 2);
    t.match(errors[0], /2 values/);
  },
);
