import t from 'tap';
import { ask } from '../support/ask.js';
import { clientFrame } from '../support/client-frame.js';
import { until } from '../support/until.js';
import { DRIVERS, type GatewaySite, gatewaySite, NOW, record } from './gateway-site.js';

const TIMEFRAMES = ['1m', '5m', '15m', '1h', '4h', '1d', '1w', '1M'];
const ALL_CANDLES = ['BTC/USDT', 'ETH/USDT', 'DOGE/USDT'].flatMap((symbol) =>
  TIMEFRAMES.flatMap((tf) => ['', '@100ms', '@250ms', '@1s'].map((rate) => `candles:${symbol}:${tf}${rate}`)),
);

/** Every limit of an address counts here, since a proxy that is trusted names strangers. */
const PROXY = { trustedProxies: ['127.0.0.1'] };

async function statusOf(connecting: Promise<unknown>): Promise<string> {
  return connecting.then(
    () => 'open',
    (error: Error) => /\d{3}/.exec(error.message)?.[0] ?? error.message,
  );
}

function from({ connect }: GatewaySite, address: string, others: Record<string, string> = {}) {
  return connect({ headers: { 'x-forwarded-for': address, ...others } });
}

for (const transport of DRIVERS) {
  t.test(
    `${transport}: more bytes a second than allowed are refused, then close the connection`,
    async (at) => {
      const limits = { maxMessagesPerSecond: 20, maxBytesPerSecond: 1_000, maxFrameBytes: 2_000 };
      const { connect } = await gatewaySite(at, { transport, limits });
      const client = await connect({ encoding: 'json' });
      const large = (id: number) => `{"id":${id},"op":"ping"}${' '.repeat(1_500)}`;
      for (let i = 0; i < 90; i++) if (client.ws.readyState === client.ws.OPEN) client.ws.send(large(i));
      at.equal(await client.closed(), 4429);
      at.match(
        client.of('reply').find((m) => m.ok === false),
        { error: { code: 'rate_limited', message: /1000 bytes of messages a second/ } },
      );
      at.equal(client.of('reply').filter((m) => m.ok === true).length, 2);
    },
  );

  t.test(`${transport}: pings count as messages`, async (at) => {
    const site = await gatewaySite(at, { transport, limits: { maxMessagesPerSecond: 20 } });
    const client = await site.connect();
    const other = await site.connect();
    for (let i = 0; i < 200; i++) client.ws.ping('x', true, () => undefined);
    at.equal(await client.closed(), 4429);
    at.match(await other.request({ op: 'ping' }), { ok: true });
  });

  t.test(
    `${transport}: subscriptions and queries are bounded per connection, and so is their change`,
    async (at) => {
      const limits = { maxSubscriptions: 100, maxPendingQueries: 3, maxMessagesPerSecond: 1_000 };
      const { connect, store, gateway } = await gatewaySite(at, { transport, limits });
      const client = await connect();
      at.match(await client.request({ op: 'subscribe', channels: [...ALL_CANDLES, ...ALL_CANDLES] }), {
        ok: true,
      });
      await until('all are there', () => gateway.stats.subscriptions === 96);
      const more = TIMEFRAMES.map((tf) => `indicators:BTC/USDT:${tf}`);
      at.match(await client.request({ op: 'subscribe', channels: more }), {
        error: { code: 'too_many_subscriptions', field: 'channels' },
      });
      const codes: unknown[] = [];
      for (let round = 0; round < 10; round++) {
        await client.request({ op: 'unsubscribe', channels: ALL_CANDLES });
        const reply = await client.request({ op: 'subscribe', channels: ALL_CANDLES });
        codes.push((reply.error as { code: string } | undefined)?.code ?? 'ok');
      }
      at.ok(codes.includes('rate_limited'), codes.join());
      at.match(await client.request({ op: 'ping' }), { ok: true }, 'and the connection lives on');
      const waiting: (() => void)[] = [];
      store.list = () => new Promise((resolve) => waiting.push(() => resolve([])));
      for (let i = 0; i < 4; i++) client.send({ id: `q${i}`, op: 'query', method: 'assets.list' });
      const refused = await client.wait('a refusal', (m) => m.id === 'q3');
      at.match(refused, { error: { code: 'rate_limited', message: /3 queries wait/ } });
      for (const answer of waiting) answer();
      for (const id of ['q0', 'q1', 'q2']) at.match(await client.wait(id, (m) => m.id === id), { ok: true });
      at.match(await client.request({ op: 'query', method: 'ping' }), { error: { code: 'unknown_method' } });
    },
  );

  t.test(
    `${transport}: behind a trusted proxy each address has its own limits; of strangers the header is nothing`,
    async (at) => {
      const limits = { maxConnectionsPerAddress: 3, maxNewConnectionsPerSecond: 1, maxRequestsPerSecond: 2 };
      const site = await gatewaySite(at, { transport, limits, ...PROXY });
      const clients = await Promise.all([1, 2, 3, 4].map(() => from(site, 'forged, 203.0.113.1')));
      const codes = await Promise.all(
        clients.map(async (client) => {
          await client.until('an answer', () => client.received.length > 0);
          return client.received[0]?.type;
        }),
      );
      at.same(
        codes.sort(),
        ['closing', 'welcome', 'welcome', 'welcome'],
        'the fourth of an address is sent away',
      );
      at.match(await (await from(site, '203.0.113.2')).request({ op: 'ping' }), { ok: true });
      const statuses: string[] = [];
      for (let i = 0; i < 12; i++) statuses.push(await statusOf(from(site, '203.0.113.3')));
      at.same(
        new Set(statuses),
        new Set(['open', '429']),
        'opening is bounded even of those that are closed at once',
      );
      at.equal(await statusOf(from(site, '203.0.113.4')), 'open');
      const asked: number[] = [];
      const get = async (address: string) => {
        const { status, headers } = await ask(site.gateway.port, 'GET', '/metrics', {
          'x-forwarded-for': address,
        });
        return { status, retry: headers['retry-after'] };
      };
      for (let i = 0; i < 8; i++) asked.push((await get('203.0.113.5')).status);
      at.same(asked.slice(0, 4), [200, 200, 200, 200]);
      at.same(await get('203.0.113.5'), { status: 429, retry: '1' });
      at.equal((await get('203.0.113.6')).status, 200);
      const plain = await gatewaySite(at, { transport, limits });
      const loopback = Array.from({ length: 10 }, () => statusOf(from(plain, '203.0.113.1')));
      at.same(
        new Set(await Promise.all(loopback)),
        new Set(['open']),
        'who is no trusted proxy speaks for itself',
      );
    },
  );

  t.test(`${transport}: a page's origin is compared with the host that a trusted proxy names`, async (at) => {
    const site = await gatewaySite(at, { transport, ...PROXY });
    const origin = 'https://shop.example';
    const page = (host: string) => statusOf(from(site, '203.0.113.1', { origin, 'x-forwarded-host': host }));
    at.equal(await page('shop.example'), 'open');
    at.equal(await page('evil.example'), '403');
    const plain = await gatewaySite(at, { transport });
    at.equal(
      await statusOf(from(plain, '203.0.113.1', { origin, 'x-forwarded-host': 'shop.example' })),
      '403',
    );
    at.equal(await statusOf(plain.connect({ headers: { origin: 'null' } })), '403', 'a page without origin');
  });

  t.test(
    `${transport}: connections beyond all that are allowed are told so, and leave no trace`,
    async (at) => {
      const site = await gatewaySite(at, { transport, limits: { maxConnections: 20 } });
      const good = await site.connect();
      for (let round = 0; round < 3; round++) {
        const flood = await Promise.all(Array.from({ length: 100 }, () => site.connect()));
        at.match(await good.request({ op: 'ping' }), { ok: true });
        await until(
          'the others are sent away',
          () => flood.filter((c) => c.closeCode === 4503).length === 81,
        );
        for (const client of flood) client.ws.terminate();
        await until('none is left', () => site.gateway.stats.connections === 1);
      }
    },
  );

  t.test(`${transport}: a client that reads nothing of what it asks for is closed`, async (at) => {
    const limits = {
      maxMessagesPerSecond: 100_000,
      maxBytesPerSecond: 1e9,
      maxQueuedBytes: 200_000,
      highMarkBytes: 100_000,
    };
    const { connect, store, gateway } = await gatewaySite(at, { transport, limits });
    const client = await connect({ encoding: 'json' });
    store.candles = Array.from({ length: 500 }, (_, n) => record(NOW - n * 60_000));
    const ask = (id: number) => {
      const params = { symbol: 'BTC/USDT', timeframe: '1m', limit: 500 };
      client.send({ id, op: 'query', method: 'candles.list', params });
    };
    client.ws.pause();
    const other = await connect();
    await until('too much waits', async () => {
      ask(1);
      await other.request({ op: 'ping' });
      return gateway.queuedBytes() > 200_000;
    });
    const waiting = gateway.queuedBytes();
    for (let i = 0; i < 50; i++) ask(i);
    client.ws.resume();
    at.equal(await client.closed(), 4408);
    at.ok(waiting < 1_000_000, `${waiting} bytes waited`);
  });

  for (const [encoding, bytes, message] of [
    ['msgpack', Buffer.from([0x81, 0xa2, 0xc3, 0x28, 0x01]), /not UTF-8/],
    ['msgpack', Buffer.from([0xc6, 0xff, 0xff, 0xff, 0xff]), /no binary/],
    ['msgpack', Buffer.alloc(40, 0x91), /nested deeper than 16/],
    ['msgpack', Buffer.from([0x81, 0xa9, ...Buffer.from('__proto__'), 0x80]), /"__proto__" is not allowed/],
    ['msgpack', Buffer.from([0xdf, 0xff, 0xff, 0xff, 0xff]), /ends too early/],
    ['json', Buffer.from(`{"id":1,"a":${'['.repeat(40)}${']'.repeat(40)}}`), /nested deeper than 16/],
    ['json', Buffer.from('{"id":1,"constructor":{}}'), /"constructor" is not allowed/],
    ['json', Buffer.from('{"id":1,"\\u005f_proto__":{}}'), /"__proto__" is not allowed/],
  ] as const) {
    t.test(`${transport}, ${encoding}: ${String(message)}`, async (at) => {
      const { connect } = await gatewaySite(at, { transport });
      const client = await connect({ encoding });
      client.ws.send(bytes, { binary: encoding === 'msgpack' });
      at.match(await client.wait('a refusal', (m) => m.ok === false), {
        error: { code: 'bad_message', message },
      });
      at.match(await client.request({ op: 'ping' }), { ok: true });
    });
  }
}

t.test('frames of the tests are what the library makes', async (at) => {
  at.same(
    [...clientFrame({ opcode: 9, payload: Buffer.from('a') })],
    [0x89, 0x81, 0x12, 0x34, 0x56, 0x78, 0x61 ^ 0x12],
  );
});
