import t from 'tap';
import { MemoryBroker } from '../../src/broker/broker-memory.js';
import type { Publication } from '../../src/events.js';
import { until } from '../support/until.js';
import { FakeAccounts, FakeViews } from './account-site.js';
import { candleRow, DRIVERS, EPOCH, gatewaySite, SYMBOLS, tickerRow } from './gateway-site.js';

for (const transport of DRIVERS) {
  t.test(`${transport}: a pattern is one subscription to the channels of all symbols`, async (at) => {
    const { market, connect, gateway } = await gatewaySite(at, {
      transport,
      limits: { maxSubscriptions: 2 },
    });
    const client = await connect();
    const patterns = ['ticker:*@100ms', 'candles:*:1m'];
    at.match(await client.request({ op: 'subscribe', channels: patterns, rows: true }), {
      ok: true,
      result: { channels: patterns },
    });
    await client.until('snapshots', () => client.of('snapshot').length === 6);
    const channels = SYMBOLS.flatMap((symbol) => [`ticker:${symbol}@100ms`, `candles:${symbol}:1m`]);
    at.same(
      client
        .of('snapshot')
        .map(({ channel }) => channel)
        .toSorted(),
      channels.toSorted(),
    );
    market.change('ticker:ETH/USDT', tickerRow(7));
    market.change('candles:DOGE/USDT:1m', candleRow(1));
    await client.until('updates', () => client.of('update').length === 2);
    at.match(client.of('update', 'ticker:ETH/USDT@100ms'), [{ offset: 1, data: tickerRow(7) }]);
    at.match((await client.request({ op: 'list' })).result, {
      patterns,
      subscriptions: Array.from({ length: 6 }, () => ({ rows: true })),
    });
    at.match(
      await client.request({ op: 'unsubscribe', channels: ['ticker:*@100ms', 'ticker:BTC/USDT@100ms'] }),
      {
        result: { channels: ['ticker:*@100ms'] },
      },
    );
    at.equal(gateway.stats.subscriptions, 3);
    at.match((await client.request({ op: 'list' })).result, { patterns: ['candles:*:1m'] });
  });
}

t.test(
  'a channel that is named and of a pattern comes once, and stays as long as one of the two does',
  async (at) => {
    const { market, connect } = await gatewaySite(at);
    const client = await connect();
    await client.request({ op: 'subscribe', channels: ['ticker:BTC/USDT'] });
    await client.request({ op: 'subscribe', channels: ['ticker:*'] });
    await client.until('snapshots', () => client.of('snapshot').length === 4);
    market.change('ticker:BTC/USDT', tickerRow(1));
    await client.request({ op: 'unsubscribe', channels: ['ticker:*'] });
    market.change('ticker:BTC/USDT', tickerRow(2));
    market.change('ticker:ETH/USDT', tickerRow(2));
    await client.request({ op: 'subscribe', channels: ['ticker:*'] });
    at.match(await client.request({ op: 'unsubscribe', channels: ['ticker:BTC/USDT'] }), {
      result: { channels: ['ticker:BTC/USDT'] },
    });
    market.change('ticker:BTC/USDT', tickerRow(3));
    await client.request({ op: 'unsubscribe', channels: ['ticker:*'] });
    market.change('ticker:BTC/USDT', tickerRow(4));
    await client.request({ op: 'ping' });
    at.same(
      client.of('update').map(({ channel, offset }) => [channel, offset]),
      [
        ['ticker:BTC/USDT', 1],
        ['ticker:BTC/USDT', 2],
        ['ticker:BTC/USDT', 3],
      ],
    );
  },
);

t.test('symbols that are listed later belong to a pattern as well', async (at) => {
  const { market, connect } = await gatewaySite(at);
  const listed = [...SYMBOLS];
  market.symbols = () => listed;
  market.assetId = (symbol) => (listed.includes(symbol) ? listed.indexOf(symbol) + 1 : undefined);
  const client = await connect();
  await client.request({ op: 'subscribe', channels: ['ticker:*'] });
  await client.until('snapshots', () => client.of('snapshot').length === 3);
  listed.push('NEW/USDT');
  await client.until('the new one', () => client.of('snapshot', 'ticker:NEW/USDT').length === 1);
  market.change('ticker:NEW/USDT', tickerRow(1));
  await client.until('its price', () => client.of('update', 'ticker:NEW/USDT').length === 1);
  at.equal(client.of('snapshot').length, 4, 'the others go on');
});

t.test('a pattern goes on where each of its channels was', async (at) => {
  const { market, connect } = await gatewaySite(at);
  market.change('ticker:BTC/USDT', tickerRow(1));
  const client = await connect();
  const recover = { 'ticker:BTC/USDT': { epoch: EPOCH, offset: 0 } };
  await client.request({ op: 'subscribe', channels: ['ticker:*'], recover });
  await client.until('all', () => client.of('snapshot').length === 3);
  at.match(client.of('snapshot', 'ticker:BTC/USDT'), [{ recovered: true }]);
  at.match(client.of('update'), [{ channel: 'ticker:BTC/USDT', offset: 1 }]);
});

t.test('what patterns of a connection stand for is bounded', async (at) => {
  const { connect } = await gatewaySite(at, { limits: { maxSubscriptions: 2 } });
  const client = await connect();
  for (const channels of [['ticker:*'], ['trades:*']]) await client.request({ op: 'subscribe', channels });
  at.match(await client.request({ op: 'subscribe', channels: ['ticker:*', 'trades:*', 'ticker:BTC/USDT'] }), {
    error: { code: /too_many_subscriptions|rate_limited/ },
  });
  at.match((await client.request({ op: 'list' })).result, { patterns: ['ticker:*', 'trades:*'] });
});

t.test('thousands of channels are subscribed to in turns, and one may be given up meanwhile', async (at) => {
  const limits = { maxSubscriptions: 5_000, maxFrameBytes: 1_000_000, maxBytesPerSecond: 10_000_000 };
  const { market, connect, gateway } = await gatewaySite(at, { limits });
  const symbols = Array.from({ length: 5_000 }, (_, n) => `S${n}/USDT`);
  const ids = new Map(symbols.map((symbol, n) => [symbol, n + 1]));
  market.symbols = () => symbols;
  market.assetId = (symbol) => ids.get(symbol);
  const live = await connect();
  await live.request({ op: 'subscribe', channels: ['trades:S1/USDT'] });
  const many = await connect();
  const channels = symbols.map((symbol) => `ticker:${symbol}`);
  many.send({ id: 'all', op: 'subscribe', channels });
  let ticks = 0;
  const turn = async (): Promise<void> => {
    market.change('trades:S1/USDT', [['x', 1, 1, 1, 'buy', true, 1, 1]]);
    ticks += 1;
    await new Promise(setImmediate);
  };
  const givenUp = channels.slice(-10);
  for (const channel of givenUp) {
    await turn();
    many.send({ id: channel, op: 'unsubscribe', channels: [channel] });
  }
  const isDone = () => many.of('snapshot').length >= 4_990 && many.of('reply').length === 11;
  while (!isDone()) await turn();
  await live.until('all ticks', () => live.of('update').length === ticks);
  at.ok(ticks > 20, `${ticks} turns of the loop while it was done`);
  for (const { id, result } of many.of('reply')) {
    const { channels: done } = result as { channels: readonly string[] };
    if (id === 'all') at.equal(done.length, 5_000);
    else at.same(done, [id], 'given up, whether it had begun or not');
  }
  const again = await many.request({ op: 'unsubscribe', channels: givenUp });
  at.match(again, { result: { channels: [] } }, 'and stays so');
  at.equal(gateway.stats.subscriptions, 4_991);
  many.ws.terminate();
  await until('all have ended', () => gateway.stats.subscriptions === 1);
});

t.test('a channel is explained', async (at) => {
  const { market, connect } = await gatewaySite(at);
  market.change('ticker:BTC/USDT', tickerRow(5));
  const client = await connect();
  await client.request({ op: 'subscribe', channels: ['ticker:BTC/USDT', 'ticker:BTC/USDT@1s'] });
  at.match(await client.request({ op: 'explain', channel: 'ticker:BTC/USDT' }), {
    ok: true,
    result: {
      ...{
        channel: 'ticker:BTC/USDT',
        kind: 'ticker',
        role: 'guest',
        delivery: 'latest',
        epoch: EPOCH,
        offset: 1,
      },
      ...{ lag_ms: 1, subscribers: 2, gaps: null, missing: { gaps: /no feed/, source: /no database/ } },
    },
  });
  at.match(await client.request({ op: 'explain', channel: 'trades:ETH/USDT' }), {
    result: { last_event: null, lag_ms: null, missing: { last_event: /nothing has come/ } },
  });
  at.match(await client.request({ op: 'explain', channel: 'ticker:*' }), {
    error: { code: 'unknown_channel' },
  });
  at.match(await client.request({ op: 'explain', channel: 'alerts' }), {
    error: { code: 'unauthenticated' },
  });
});

t.test('what is given up while it is asked for is not begun', async (at) => {
  const broker = new MemoryBroker<Publication>();
  const accounts = new FakeAccounts();
  let release: () => void = () => undefined;
  let isAsked = false;
  // Whether the list is there is answered when the test says so.
  const as = (): Promise<never> => {
    isAsked = true;
    return new Promise((resolve) => {
      release = () => resolve({ id: 7 } as never);
    });
  };
  const more = { accounts, userViews: new FakeViews(broker), users: { as, dataSource: 'demo' } };
  const { connect, gateway } = await gatewaySite(at, {}, broker, null, true, more);
  const client = await connect();
  await client.request({ op: 'auth', token: accounts.logIn(1) });
  client.send({ id: 'all', op: 'subscribe', channels: ['watchlist:7', 'ticker:BTC/USDT', 'ticker:*@1s'] });
  await until('it was asked for', () => isAsked);
  const channels = ['ticker:BTC/USDT', 'ticker:*@1s', 'ticker:ETH/USDT'];
  at.match(await client.request({ op: 'unsubscribe', channels }), {
    result: { channels: channels.slice(0, 2) },
  });
  release();
  await client.until('the list', () => client.of('snapshot').length === 1);
  const { result } = await client.request({ op: 'list' });
  const { patterns, subscriptions } = result as { patterns: unknown; subscriptions: { channel: string }[] };
  at.same([patterns, subscriptions.map(({ channel }) => channel)], [[], ['watchlist:7']]);
  at.equal(gateway.stats.subscriptions, 1);
});
