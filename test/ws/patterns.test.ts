import t from 'tap';
import { until } from '../support/until.js';
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
  const last = channels.at(-1) ?? '';
  many.send({ id: 'one', op: 'unsubscribe', channels: [last] });
  let ticks = 0;
  while (many.of('snapshot').length < 4_999) {
    market.change('trades:S1/USDT', [['x', 1, 1, 1, 'buy', true, 1, 1]]);
    ticks += 1;
    await new Promise(setImmediate);
  }
  await live.until('all ticks', () => live.of('update').length === ticks);
  at.ok(ticks > 20, `${ticks} turns of the loop while it was done`);
  at.match(
    many
      .of('reply')
      .map(({ id, result }) => [id, (result as { channels: unknown[] }).channels.length])
      .toSorted(),
    [
      ['all', 5_000],
      ['one', 1],
    ],
  );
  at.equal(gateway.stats.subscriptions, 5_000);
  at.match(
    await many.request({ op: 'unsubscribe', channels: [last] }),
    { result: { channels: [] } },
    'given up before it began',
  );
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
