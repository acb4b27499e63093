import t from 'tap';
import { MemoryBroker } from '../../src/broker/broker-memory.js';
import type { Publication } from '../../src/events.js';
import { CANDLE_FIELDS, TICKER_FIELDS, TRADE_FIELDS } from '../../src/protocol.js';
import { VERSION } from '../../src/version.js';
import { until } from '../support/until.js';
import { candleRow, DRIVERS, EPOCH, gatewaySite, NOW, tickerRow, tradeRow } from './gateway-site.js';

const TICKER = 'ticker:BTC/USDT';
const CANDLES = 'candles:BTC/USDT:1m';

function mapOf(fields: readonly string[], row: readonly unknown[]): Record<string, unknown> {
  return Object.fromEntries(fields.map((field, i) => [field, row[i]]));
}

for (const transport of DRIVERS) {
  for (const encoding of ['msgpack', 'json'] as const) {
    t.test(
      `${transport}, ${encoding}: welcome, then snapshot, then the updates that follow it`,
      async (at) => {
        const { market, connect, gateway } = await gatewaySite(at, { transport });
        at.equal(gateway.driver.name, transport);
        market.change(CANDLES, candleRow(1));
        const client = await connect({ encoding });
        const welcome = await client.wait('welcome', (m) => m.type === 'welcome');
        const limits = { max_frame_bytes: 65_536, max_subscriptions: 1_000, max_messages_per_second: 50 };
        at.match(welcome, { server: `cryptopredict/${VERSION}`, epoch: EPOCH, limits, simulated: true });
        const reply = await client.request({ op: 'subscribe', channels: [CANDLES, 'ticker:ETH/USDT'] });
        at.match(reply, { ok: true, result: { channels: [CANDLES, 'ticker:ETH/USDT'] } });
        market.change(CANDLES, candleRow(2));
        market.change(CANDLES, candleRow(3, true), { lossless: true });
        market.change('ticker:ETH/USDT', tickerRow(5));
        await client.until('updates', () => client.of('update').length === 3);
        at.same(client.received.slice(2), [
          {
            type: 'snapshot',
            channel: CANDLES,
            epoch: EPOCH,
            offset: 1,
            time: 1_760_000_000_001,
            data: mapOf(CANDLE_FIELDS, candleRow(1)),
          },
          {
            type: 'snapshot',
            channel: 'ticker:ETH/USDT',
            epoch: EPOCH,
            offset: 0,
            time: 1_760_000_000_000,
            data: null,
          },
          {
            type: 'update',
            channel: CANDLES,
            offset: 2,
            time: 1_760_000_000_002,
            data: mapOf(CANDLE_FIELDS, candleRow(2)),
          },
          {
            type: 'update',
            channel: CANDLES,
            offset: 3,
            time: 1_760_000_000_003,
            data: mapOf(CANDLE_FIELDS, candleRow(3, true)),
          },
          {
            type: 'update',
            channel: 'ticker:ETH/USDT',
            offset: 1,
            time: 1_760_000_000_001,
            data: mapOf(TICKER_FIELDS, tickerRow(5)),
          },
        ]);
      },
    );

    t.test(`${transport}, ${encoding}: rows come as arrays whose fields the snapshot names`, async (at) => {
      const { market, connect } = await gatewaySite(at, { transport });
      market.change('trades:BTC/USDT', [tradeRow(1)]);
      const client = await connect({ encoding });
      await client.request({
        op: 'subscribe',
        channels: ['trades:BTC/USDT', 'indicators:BTC/USDT:1h'],
        rows: true,
      });
      market.change('trades:BTC/USDT', [tradeRow(2), tradeRow(3)]);
      await client.until('update', () => client.of('update').length === 1);
      at.match(client.of('snapshot', 'trades:BTC/USDT')[0], {
        fields: [...TRADE_FIELDS],
        data: [tradeRow(1)],
      });
      at.same(client.of('update')[0]?.data, [tradeRow(2), tradeRow(3)]);
      const indicators = client.of('snapshot', 'indicators:BTC/USDT:1h')[0];
      at.same((indicators?.fields as string[] | undefined)?.slice(-2), ['sma_20', 'rsi_14']);
    });
  }

  t.test(
    `${transport}: encodes once per form however many clients there are, and not at all for none`,
    async (at) => {
      const { market, connect, gateway } = await gatewaySite(at, { transport });
      market.change(CANDLES, candleRow(1));
      at.equal(gateway.stats.encodes, 0);
      const clients = await Promise.all([
        ...Array.from({ length: 10 }, () => connect()),
        ...Array.from({ length: 5 }, () => connect({ encoding: 'json' })),
      ]);
      for (const [i, client] of clients.entries()) {
        await client.request({ op: 'subscribe', channels: [CANDLES], rows: i < 3 });
      }
      market.change(CANDLES, candleRow(2));
      await Promise.all(clients.map((c) => c.until('update', () => c.of('update').length === 1)));
      at.equal(gateway.stats.encodes, 3, 'MessagePack rows, MessagePack maps, JSON maps');
      for (const client of clients) await client.request({ op: 'unsubscribe', channels: [CANDLES] });
      market.change(CANDLES, candleRow(3));
      at.equal(gateway.stats.encodes, 3);
      at.equal(gateway.stats.subscriptions, 0);
    },
  );

  t.test(`${transport}: list, unsubscribe and subscribing anew`, async (at) => {
    const { market, connect } = await gatewaySite(at, { transport });
    const client = await connect();
    await client.request({ op: 'subscribe', channels: [CANDLES, 'ticker:BTC/USDT@1s'] });
    market.change(CANDLES, candleRow(1));
    const listed = await client.request({ op: 'list' });
    at.same(listed.result, {
      subscriptions: [
        { channel: CANDLES, epoch: EPOCH, offset: 1, rows: false },
        { channel: 'ticker:BTC/USDT@1s', epoch: EPOCH, offset: 0, rows: false },
      ],
      patterns: [],
    });
    await client.request({ op: 'subscribe', channels: [CANDLES], rows: true });
    await client.wait('a snapshot with rows', (m) => m.type === 'snapshot' && m.fields !== undefined);
    market.change(CANDLES, candleRow(2));
    await client.until('updates', () => client.of('update').length === 2);
    at.same(client.of('update')[1]?.data, candleRow(2), 'once, in the new form');
    at.match(await client.request({ op: 'unsubscribe', channels: [CANDLES, 'ticker:ETH/USDT'] }), {
      ok: true,
      result: { channels: [CANDLES] },
    });
    market.change(CANDLES, candleRow(3));
    at.match(await client.request({ op: 'ping' }), { ok: true });
    at.equal(client.of('update').length, 2);
  });

  t.test(`${transport}: refuses by name, subscribes to all or none, and lives on`, async (at) => {
    const { connect, gateway } = await gatewaySite(at, { transport, limits: { maxSubscriptions: 3 } });
    const client = await connect();
    const cases: [Record<string, unknown>, Record<string, unknown>][] = [
      [
        { op: 'login', token: 'x' },
        { code: 'unknown_op', message: /auth, subscribe, unsubscribe, query, ping, list, explain/ },
      ],
      [
        { op: 'auth', token: 'x' },
        { code: 'unavailable', message: /no database/ },
      ],
      [{ op: 'auth' }, { code: 'bad_message', field: 'token' }],
      [
        { op: 'explain', channel: 'candles' },
        { code: 'unknown_channel', field: 'channel' },
      ],
      [{ op: 'subscribe' }, { code: 'bad_message', field: 'channels' }],
      [
        { op: 'subscribe', channels: CANDLES },
        { code: 'bad_message', field: 'channels' },
      ],
      [
        { op: 'ping', extra: 1 },
        { code: 'bad_message', field: 'extra' },
      ],
      [
        { op: 'subscribe', channels: [CANDLES, 'candle:X'] },
        { code: 'unknown_channel', field: 'channels[1]' },
      ],
      [
        { op: 'subscribe', channels: ['ticker:BTC/USDC'] },
        { code: 'unknown_channel', message: /nearest: BTC\/USDT/ },
      ],
      [
        { op: 'subscribe', channels: [`${CANDLES}@3s`] },
        { code: 'unknown_channel', message: /@100ms, @250ms, @1s/ },
      ],
      [
        { op: 'subscribe', channels: ['1m', '5m', '15m', '1h'].map((tf) => `candles:BTC/USDT:${tf}`) },
        { code: 'too_many_subscriptions', field: 'channels' },
      ],
      [
        { op: 'query', method: 'candles.get' },
        { code: 'unknown_method', message: /candles\.list/, field: 'method' },
      ],
    ];
    for (const [message, error] of cases) {
      at.match(await client.request(message), { ok: false, error }, JSON.stringify(message));
    }
    at.same((await client.request({ op: 'list' })).result, { subscriptions: [], patterns: [] });
    at.equal(gateway.stats.errors.get('subscribe unknown_channel'), 3);
    at.equal(gateway.stats.errors.get('- unknown_op'), 1);
  });

  t.test(`${transport}: ten bad messages in a row close with 4400, nine do not`, async (at) => {
    const { connect, gateway } = await gatewaySite(at, { transport });
    const client = await connect();
    for (let i = 0; i < 9; i++) client.ws.send('text on a binary protocol');
    at.match(await client.request({ op: 'ping' }), { ok: true });
    for (let i = 0; i < 10; i++) client.ws.send(Buffer.from([0xc1]));
    at.equal(await client.closed(), 4400);
    at.match(client.of('closing')[0], { code: 4400, retry_ms: null });
    const errors = client.received.filter((m) => m.ok === false);
    at.equal(errors.length, 19);
    at.match(errors[0], { id: null, error: { code: 'bad_message', message: /MessagePack/ } });
    await until('the count', () => gateway.stats.closes.get(4400) === 1);
  });

  t.test(`${transport}: a flood is told rate_limited, then closed with 4429`, async (at) => {
    const { connect } = await gatewaySite(at, { transport, limits: { maxMessagesPerSecond: 5 } });
    const client = await connect();
    for (let i = 0; i < 60; i++) client.send({ id: i, op: 'ping' });
    at.equal(await client.closed(), 4429);
    const replies = client.of('reply');
    at.ok(replies.filter((m) => m.ok === true).length >= 10);
    at.match(
      replies.find((m) => m.ok === false),
      { error: { code: 'rate_limited' } },
    );
    at.match(client.of('closing')[0], { code: 4429, retry_ms: 30_000 });
  });

  t.test(
    `${transport}: a message that is too large closes with 1009, and one connection too many with 4503`,
    async (at) => {
      const { connect } = await gatewaySite(at, {
        transport,
        limits: { maxFrameBytes: 2_000, maxConnections: 2 },
      });
      const big = await connect();
      const other = await connect();
      const third = await connect();
      at.equal(await third.closed(), 4503);
      at.match(third.of('closing')[0], { code: 4503, retry_ms: 30_000 });
      at.same(third.of('welcome'), []);
      big.send({ id: 'x'.repeat(3_000), op: 'ping' });
      at.equal(await big.closed(), 1009);
      at.match(await other.request({ op: 'ping' }), { ok: true });
    },
  );

  t.test(
    `${transport}: lost publications show as a fresh snapshot, after which updates go on`,
    async (at) => {
      const { market, connect, gateway } = await gatewaySite(at, { transport });
      const client = await connect();
      await client.request({ op: 'subscribe', channels: [TICKER, `${TICKER}@100ms`] });
      market.change(TICKER, tickerRow(1));
      market.change(TICKER, tickerRow(2), { publish: false });
      market.change(TICKER, tickerRow(3));
      market.change(TICKER, tickerRow(4));
      await client.until('the conflated one', () => client.of('snapshot', `${TICKER}@100ms`).length === 2);
      at.same(
        client.received.filter((m) => m.channel === TICKER).map((m) => [m.type, m.offset]),
        [
          ['snapshot', 0],
          ['update', 1],
          ['snapshot', 3],
          ['update', 4],
        ],
      );
      at.match(client.of('snapshot', `${TICKER}@100ms`)[1], { offset: 4, data: { last: 4 } });
      at.equal(gateway.stats.gaps, 2);
    },
  );

  t.test(
    `${transport}: closed candles that were lost are told in their place at any rate; a snapshot tells of the loss`,
    async (at) => {
      const { market, connect } = await gatewaySite(at, { transport });
      const client = await connect();
      const texts = [CANDLES, `${CANDLES}@100ms`];
      await client.request({ op: 'subscribe', channels: texts });
      const close = (n: number, options = {}): void => {
        const row = candleRow(n, true, NOW + n);
        market.recent.push(row);
        market.change(CANDLES, row, { lossless: true, ...options });
      };
      market.change(CANDLES, candleRow(1), { publish: false });
      close(2);
      close(3, { publish: false });
      market.change(CANDLES, candleRow(4));
      close(5);
      market.change(CANDLES, candleRow(6));
      const closes = (text: string) =>
        client.of('update', text).filter(({ data }) => (data as { closed: boolean }).closed);
      for (const text of texts) {
        await client.until('the loss is told', () => client.of('snapshot', text).length === 2);
        at.match(client.of('snapshot', text)[1], { offset: 6, data: { closed: false } });
        at.match(
          closes(text),
          [2, 3, 5].map((offset) => ({ offset, data: { open: 100 + offset } })),
        );
      }
      market.change(CANDLES, candleRow(7));
      for (const text of texts)
        await client.until('the next', () => client.of('update', text).at(-1)?.offset === 7);
    },
  );

  t.test(
    `${transport}: closed candles that are neither in memory nor stored are told of by a snapshot alone`,
    async (at) => {
      const { market, connect } = await gatewaySite(at, { transport });
      const client = await connect();
      await client.request({ op: 'subscribe', channels: [CANDLES] });
      market.change(CANDLES, candleRow(1, true), { lossless: true, publish: false });
      market.change(CANDLES, candleRow(2));
      await client.until('a second snapshot', () => client.of('snapshot').length === 2);
      market.change(CANDLES, candleRow(3));
      await client.until('an update', () => client.of('update').length === 1);
      at.match(client.of('snapshot')[1], { offset: 2 });
      at.match(client.of('update'), [{ offset: 3 }]);
    },
  );

  t.test(
    `${transport}: a broker that was away is followed by the state of each channel that moved`,
    async (at) => {
      let reconnected: () => void = () => at.fail('no callback was given');
      const broker = new MemoryBroker<Publication>();
      broker.onReconnect = (callback) => {
        reconnected = callback;
      };
      const { market, connect } = await gatewaySite(at, { transport }, broker);
      const client = await connect();
      await client.request({ op: 'subscribe', channels: [CANDLES, 'ticker:BTC/USDT'] });
      market.change(CANDLES, candleRow(1), { publish: false });
      market.change(CANDLES, candleRow(2), { publish: false });
      reconnected();
      await client.until('a second snapshot', () => client.of('snapshot', CANDLES).length === 2);
      market.change(CANDLES, candleRow(3));
      await client.until('an update', () => client.of('update').length === 1);
      at.match(client.of('snapshot', CANDLES)[1], { offset: 2, data: { open: 102 } });
      at.match(client.of('update')[0], { offset: 3 });
      at.equal(client.of('snapshot', 'ticker:BTC/USDT').length, 1);
    },
  );

  t.test(
    `${transport}: a broker that is away is told as unavailable, and asking again works once it is back`,
    async (at) => {
      const broker = new MemoryBroker<Publication>();
      const subscribe = broker.subscribe.bind(broker);
      let isAway = true;
      broker.subscribe = async (topic, listener) => {
        if (isAway) throw new Error('no connection');
        await subscribe(topic, listener);
      };
      const { market, connect, gateway } = await gatewaySite(at, { transport }, broker);
      const client = await connect();
      const message = { op: 'subscribe', channels: [CANDLES, 'ticker:BTC/USDT'] };
      at.match(await client.request(message), { ok: false, error: { code: 'unavailable' } });
      at.same((await client.request({ op: 'list' })).result, { subscriptions: [], patterns: [] });
      isAway = false;
      at.match(await client.request(message), { ok: true });
      market.change(CANDLES, candleRow(1));
      await client.until('an update', () => client.of('update').length === 1);
      await client.close();
      await until('no topic is held', () => !broker.wanted(CANDLES) && !broker.wanted('ticker:BTC/USDT'));
      at.equal(gateway.stats.subscriptions, 0);
    },
  );

  t.test(
    `${transport}: subscriptions that end before the broker has answered leave nothing behind`,
    async (at) => {
      const broker = new MemoryBroker<Publication>();
      const subscribe = broker.subscribe.bind(broker);
      const answers: (() => void)[] = [];
      broker.subscribe = async (topic, listener) => {
        await new Promise<void>((resolve) => answers.push(resolve));
        await subscribe(topic, listener);
      };
      const { market, connect } = await gatewaySite(at, { transport }, broker);
      const [leaves, stays, goes] = [await connect(), await connect(), await connect()];
      for (const client of [leaves, stays, goes])
        client.send({ id: 's', op: 'subscribe', channels: [CANDLES] });
      at.match(await leaves.request({ op: 'unsubscribe', channels: [CANDLES] }), {
        result: { channels: [CANDLES] },
      });
      await until('the broker is asked', () => answers.length === 1);
      await goes.close();
      answers[0]?.();
      await stays.until('its snapshot', () => stays.of('snapshot').length === 1);
      market.change(CANDLES, candleRow(1));
      await stays.until('an update', () => stays.of('update').length === 1);
      await leaves.request({ op: 'ping' });
      at.same([leaves.of('snapshot').length, leaves.of('update').length], [0, 0]);
      await stays.close();
      await until('the topic is given back', () => !broker.wanted(CANDLES));
    },
  );

  t.test(`${transport}: shutdown tells positions, says closing, and closes with 1001`, async (at) => {
    const { market, connect, gateway } = await gatewaySite(at, { transport });
    const client = await connect();
    const stuck = await connect();
    await client.request({ op: 'subscribe', channels: [CANDLES, 'ticker:BTC/USDT@1s'] });
    stuck.ws.pause();
    market.change(CANDLES, candleRow(1));
    market.change('ticker:BTC/USDT', tickerRow(9));
    await gateway.close(300);
    at.equal(await client.closed(), 1001);
    at.match(
      client.of('update', 'ticker:BTC/USDT@1s')[0],
      { data: { last: 9 } },
      'what the rate held back is sent',
    );
    at.same(client.received.slice(-2), [
      {
        type: 'draining',
        positions: {
          [CANDLES]: { epoch: EPOCH, offset: 1 },
          'ticker:BTC/USDT@1s': { epoch: EPOCH, offset: 1 },
        },
        retry_ms: 5_000,
      },
      { type: 'closing', code: 1001, reason: 'the server shuts down', retry_ms: 5_000 },
    ]);
    at.equal(gateway.stats.connections, 0);
    at.equal(gateway.stats.subscriptions, 0);
    await at.rejects(connect(), 'nothing listens any more');
  });

  t.test(
    `${transport}: an origin that is not ours is refused, and a subprotocol that is not known`,
    async (at) => {
      const { connect, gateway } = await gatewaySite(at, {
        transport,
        originAllowList: ['https://friend.example'],
      });
      await at.rejects(connect({ headers: { origin: 'https://evil.example' } }), /403/);
      await at.rejects(connect({ subprotocols: ['graphql-ws'] }), /400/);
      for (const origin of ['https://friend.example', `http://127.0.0.1:${gateway.port}`]) {
        const client = await connect({ headers: { origin }, subprotocols: [] });
        at.match(await client.request({ op: 'ping' }), { ok: true }, origin);
      }
    },
  );
}
