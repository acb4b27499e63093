import t, { type Test } from 'tap';
import { type Client, connect } from '../../src/client/client.js';
import type { ClientOptions } from '../../src/client/options.js';
import { TICKER_FIELDS } from '../../src/protocol.js';
import { ServedMarket } from '../support/served-market.js';
import { until } from '../support/until.js';
import { cuttable } from './cuttable.js';

async function served(t: Test, limits = {}): Promise<ServedMarket> {
  const market = await new ServedMarket(limits).start();
  t.teardown(() => market.stop());
  return market;
}

function connected(t: Test, market: ServedMarket, options: ClientOptions = {}): Client {
  const client = connect(market.url, { random: () => 0, ...options });
  t.teardown(() => client.close());
  return client;
}

function tick(market: ServedMarket, symbol: string, last: number): void {
  market.publish(
    `ticker:${symbol}`,
    TICKER_FIELDS.map((field) => (field === 'last' ? last : null)),
  );
}

/** As many channels as two symbols have. */
function names() {
  const symbols = ['BTC/USDT', 'ETH/USDT'];
  const frames = ['1m', '5m', '15m', '1h', '4h', '1d', '1w', '1M'] as const;
  const rates = ['', '@100ms', '@250ms', '@1s'] as const;
  const series = frames.flatMap((frame) =>
    rates.map((rate) => [
      `candles:${symbols[0]}:${frame}${rate}`,
      `indicators:${symbols[1]}:${frame}${rate}`,
    ]),
  );
  return series.flat() as `candles:${string}:1m`[];
}

t.test('a pattern brings every symbol under its own name, beside a subscription by name', async (t) => {
  const market = await served(t);
  const { webSocket, cut } = cuttable();
  const client = connected(t, market, { webSocket });
  const all: [string, number][] = [];
  const one: number[] = [];
  await client.subscribe('ticker:*', ({ channel, data }) => all.push([channel, data.last]));
  await client.subscribe('ticker:BTC/USDT', ({ data }) => one.push(data.last));
  tick(market, 'BTC/USDT', 1);
  tick(market, 'ETH/USDT', 2);
  await until('both came', () => all.length === 2);
  t.same(all, [
    ['ticker:BTC/USDT', 1],
    ['ticker:ETH/USDT', 2],
  ]);
  t.same(one, [1]);
  cut();
  await until('it was noticed', () => client.state !== 'open');
  await client.ping();
  tick(market, 'BTC/USDT', 3);
  await until('it goes on', () => all.length === 3 && one.length === 2);
  await client.unsubscribe('ticker:*');
  tick(market, 'ETH/USDT', 4);
  tick(market, 'BTC/USDT', 5);
  await until('the other one stays', () => one.length === 3);
  t.equal(all.length, 3);
  t.equal(market.gateway.stats.connectionsTotal, 2);
});

t.test('a view is the state, and says while it is not known to be how things are', async (t) => {
  const market = await served(t);
  const client = connected(t, market);
  const one = client.view('ticker:BTC/USDT');
  const all = client.view('ticker:*');
  t.same([one.current, one.isLive, all.current.size], [null, false, 0]);
  await Promise.all([one.ready, all.ready]);
  tick(market, 'BTC/USDT', 1);
  await until('it is live', () => one.current?.last === 1 && one.isLive && all.isLive);
  const changes: unknown[] = [];
  one.on('change', ({ current }) => changes.push(current?.last));
  await market.stop();
  await until('it is not', () => !one.isLive && !all.isLive);
  t.equal(one.current?.last, 1);
  tick(market, 'BTC/USDT', 2);
  await market.start();
  await until('it is again', () => one.isLive && one.current?.last === 2);
  await until('all are', () => all.current.get('ticker:BTC/USDT')?.last === 2);
  t.same(changes, [2]);
  const ended: unknown[] = [];
  one.on('ended', (error) => ended.push(error));
  await one.close();
  t.same(ended, [null]);
  t.equal(one.isLive, false);
  const none = client.view('ticker:NO/NO');
  await t.rejects(none.ready, { code: 'unknown_channel' });
});

t.test('channels that are given up and wanted anew in one turn are there in the end', async (t) => {
  const market = await served(t);
  const client = connected(t, market);
  const got: number[] = [];
  await client.subscribe('ticker:BTC/USDT', () => t.fail('it was given up'));
  const given = client.unsubscribe('ticker:BTC/USDT');
  await client.subscribe('ticker:BTC/USDT', ({ data }) => got.push(data.last));
  await given;
  const never = client.subscribe('ticker:ETH/USDT', () => t.fail('it was given up'));
  never.catch(() => undefined);
  await client.unsubscribe('ticker:ETH/USDT');
  await t.rejects(never, { name: 'ConnectionError' });
  tick(market, 'ETH/USDT', 1);
  tick(market, 'BTC/USDT', 2);
  await until('it came', () => got.length === 1);
});

t.test('hundreds of channels are given up and wanted anew as fast as the server takes them', async (t) => {
  const market = await served(t, { maxMessagesPerSecond: 5, maxSubscriptions: 100 });
  const client = connected(t, market);
  const channels = names();
  for (let round = 0; round < 4; round += 1) {
    await Promise.all(channels.map((name) => client.subscribe(name, () => undefined)));
    await Promise.all(channels.map((name) => client.unsubscribe(name)));
  }
  t.equal(client.state, 'open');
  t.equal(market.gateway.stats.connectionsTotal, 1, 'and it was never cut off');
});

t.test('a channel that the server has no time to give up is given up later', async (t) => {
  const market = await served(t, { maxMessagesPerSecond: 5 });
  const client = connected(t, market);
  const channels = names().slice(0, 12);
  await Promise.all(channels.map((name) => client.subscribe(name, () => undefined)));
  const gone = [];
  for (const name of channels) {
    gone.push(client.unsubscribe(name));
    await new Promise(setImmediate);
  }
  await Promise.all(gone);
  t.equal(market.gateway.stats.connectionsTotal, 1);
});
