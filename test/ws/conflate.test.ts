import t from 'tap';
import { until } from '../support/until.js';
import { candleRow, DRIVERS, gatewaySite, tickerRow, tradeRow } from './gateway-site.js';

const CANDLES = 'candles:BTC/USDT:1m';

for (const transport of DRIVERS) {
  t.test(
    `${transport}: a rate gives the newest state, always the last one, and each closed candle at once`,
    async (at) => {
      const { market, connect, gateway } = await gatewaySite(at, { transport });
      const clients = await Promise.all([connect(), connect()]);
      for (const client of clients) await client.request({ op: 'subscribe', channels: [`${CANDLES}@100ms`] });
      const encodes = gateway.stats.encodes;
      for (let n = 1; n <= 50; n++) market.change(CANDLES, candleRow(n));
      market.change(CANDLES, candleRow(51, true), { lossless: true });
      for (let n = 52; n <= 60; n++) market.change(CANDLES, candleRow(n));
      for (const client of clients) {
        await client.until('the trailing one', () => client.of('update').at(-1)?.offset === 60);
        at.same(
          client.of('update').map((m) => m.offset),
          [51, 60],
        );
        at.match(client.of('update')[0], { channel: `${CANDLES}@100ms`, data: { closed: true, open: 151 } });
        at.same(client.of('skipped'), [], 'who asks for a rate asks to be spared');
      }
      at.equal(gateway.stats.encodes - encodes, 2, 'once for both clients');
      market.change(CANDLES, candleRow(61, true), { lossless: true });
      market.change(CANDLES, candleRow(62, true), { lossless: true });
      await clients[0]?.until('both closes', () => clients[0]?.of('update').length === 4);
    },
  );

  t.test(
    `${transport}: trades at a rate are merged, the newest 100, and the rest are counted`,
    async (at) => {
      const { market, connect } = await gatewaySite(at, { transport });
      const client = await connect();
      const channels = ['trades:BTC/USDT', 'trades:BTC/USDT@100ms'];
      await client.request({ op: 'subscribe', channels, rows: true });
      for (let n = 0; n < 130; n += 2) market.change('trades:BTC/USDT', [tradeRow(n), tradeRow(n + 1)]);
      // Comes while trades wait that its snapshot has already.
      const late = await connect();
      await late.request({ op: 'subscribe', channels: ['trades:BTC/USDT@100ms'], rows: true });
      market.change('trades:BTC/USDT', [tradeRow(130)]);
      await client.until('the merged ones', () => client.of('update', channels[1]).length === 2);
      await late.until('the last one', () => late.of('update').length === 1);
      at.equal(client.of('update', channels[0]).length, 66, 'without a rate each publication comes');
      at.match(client.of('skipped', channels[1]), [{ count: 30 }]);
      const ids = (data: unknown) => (data as unknown[][]).map((row) => row[0]);
      const merged = client.of('update', channels[1]).flatMap((m) => ids(m.data));
      at.same(
        merged,
        Array.from({ length: 101 }, (_, i) => `t${i + 30}`),
      );
      at.same(ids(late.of('update')[0]?.data), ['t130'], 'none is doubled for a newcomer');
    },
  );

  t.test(
    `${transport}: a client that stops reading gets the newest state later, every close, and a count`,
    async (at) => {
      const { market, connect, gateway } = await gatewaySite(at, { transport });
      const slow = await connect();
      const quick = await connect();
      const channels = [CANDLES, 'ticker:ETH/USDT', 'trades:ETH/USDT'];
      for (const client of [slow, quick]) await client.request({ op: 'subscribe', channels, rows: true });
      const slowBefore = slow.received.length;
      slow.ws.pause();
      const filler = Array.from({ length: 100 }, (_, n) => [...tradeRow(n), 'x'.repeat(1_000)]);
      for (let i = 0; gateway.queuedBytes() < 131_072 && i < 500; i++) {
        market.change('trades:ETH/USDT', filler);
        await new Promise(setImmediate);
      }
      at.ok(gateway.queuedBytes() > 131_072, 'it has really stopped');
      const queued = gateway.queuedBytes();
      for (let n = 1; n <= 300; n++) {
        market.change(CANDLES, candleRow(n, n % 100 === 0), { lossless: n % 100 === 0 });
        market.change('ticker:ETH/USDT', tickerRow(n));
        if (n % 50 === 0) await new Promise(setImmediate);
      }
      market.change(CANDLES, candleRow(301));
      await quick.until('all for the quick one', () => quick.of('update', CANDLES).at(-1)?.offset === 301);
      at.equal(quick.of('update', CANDLES).length, 301);
      at.same(quick.of('skipped'), []);
      await until('no more is queued', () => gateway.queuedBytes() <= queued);
      slow.ws.resume();
      await slow.until('the newest', () => slow.of('update', CANDLES).at(-1)?.offset === 301);
      await slow.until('the ticker', () => slow.of('update', 'ticker:ETH/USDT').at(-1)?.offset === 300);
      at.same(
        slow.of('update', CANDLES).map((m) => m.offset),
        [100, 200, 300, 301],
      );
      at.same(
        slow.of('skipped').map((m) => [m.channel, m.count]),
        [
          [CANDLES, 297],
          ['ticker:ETH/USDT', 299],
        ],
      );
      at.ok(slow.received.length > slowBefore);
      market.change(CANDLES, candleRow(302));
      await slow.until('live again', () => slow.of('update', CANDLES).at(-1)?.offset === 302);
    },
  );

  t.test(`${transport}: a client that lets too many closed candles wait is closed with 4408`, async (at) => {
    const { market, connect, gateway } = await gatewaySite(at, {
      transport,
      limits: { maxHeldLossless: 10 },
    });
    const slow = await connect();
    await slow.request({ op: 'subscribe', channels: [CANDLES, 'trades:ETH/USDT'] });
    slow.ws.pause();
    const filler = Array.from({ length: 100 }, (_, n) => [...tradeRow(n).with(0, 'x'.repeat(2_000))]);
    for (let i = 0; gateway.queuedBytes() < 131_072 && i < 500; i++) {
      market.change('trades:ETH/USDT', filler);
      await new Promise(setImmediate);
    }
    for (let n = 1; n <= 11; n++) market.change(CANDLES, candleRow(n, true), { lossless: true });
    slow.ws.resume();
    at.equal(await slow.closed(), 4408);
    at.match(slow.of('closing')[0], { code: 4408, retry_ms: 1_000 });
    at.same(slow.of('update', CANDLES), []);
  });

  t.test(
    `${transport}: a client that asks and never reads is closed before it fills the memory`,
    async (at) => {
      const limits = { maxQueuedBytes: 400_000, maxMessagesPerSecond: 100_000 };
      const { market, connect, gateway } = await gatewaySite(at, { transport, limits });
      market.change(
        'trades:ETH/USDT',
        Array.from({ length: 100 }, (_, n) => tradeRow(n).with(0, 'x'.repeat(2_000))),
      );
      const greedy = await connect();
      greedy.ws.pause();
      for (let i = 0; gateway.stats.connections > 0 && gateway.queuedBytes() < 400_000 && i < 500; i++) {
        greedy.send({ id: i, op: 'subscribe', channels: ['trades:ETH/USDT'] });
        await new Promise(setImmediate);
      }
      greedy.ws.resume();
      at.equal(await greedy.closed(), 4408);
    },
  );
}
