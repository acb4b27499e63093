import { CANDLE_FIELDS, INDICATOR_HEAD_FIELDS, TICKER_FIELDS, TRADE_FIELDS } from '../../src/protocol.js';
import type { Received, SocketClient } from '../support/socket-client.js';
import { query, refusal, result, type Statements, subscribe, updates } from './peer.js';

const offsetsOf = (messages: readonly Received[]): number[] => messages.map(({ offset }) => Number(offset));
const first = (client: SocketClient, channel: string): Received => client.of('snapshot', channel)[0] ?? {};
const isAscending = (values: readonly number[]): boolean =>
  values.every((value, n) => n === 0 || value > (values[n - 1] ?? 0));

/** Statements of "Subscribing". */
export const SUBSCRIBING: Statements = {
  async C17(t, { connect, symbols: [symbol] }) {
    const client = await connect();
    const channels = [`ticker:${symbol}`, `candles:${symbol}:1m`, `trades:${symbol}`];
    const answer = await result(client, { op: 'subscribe', channels: [...channels, channels[0]] });
    t.same(answer, { channels });
    await client.until('snapshots', () => client.of('snapshot').length === 3);
    const types = client.received.map(({ type }) => type);
    t.ok(types.indexOf('reply') < types.indexOf('snapshot'));
    t.same(new Set(client.of('snapshot').map(({ channel }) => channel)), new Set(channels));
    for (const { epoch, offset, time, data } of client.of('snapshot')) {
      t.ok(
        typeof epoch === 'string' && Number.isInteger(offset) && Number.isInteger(time) && data !== undefined,
      );
    }
  },

  async C18(t, { connect, symbols: [symbol] }) {
    const client = await connect();
    const channels = [`ticker:${symbol}`, 'ticker:NO/SUCH'];
    t.match(await refusal(client, { op: 'subscribe', channels }), {
      code: 'unknown_channel',
      field: 'channels[1]',
    });
    t.match(await result(client, { op: 'list' }), { subscriptions: [] });
    t.same(client.of('snapshot'), []);
  },

  async C19(t, { connect, symbols: [symbol] }) {
    const client = await connect();
    const none = [
      `book:${symbol}`,
      'ticker:NO/SUCH',
      'ticker',
      `candles:${symbol}:2m`,
      `ticker:${symbol}@2s`,
      'signals@1s',
    ];
    for (const channel of none) {
      t.match(await refusal(client, { op: 'subscribe', channels: [channel] }), {
        ...{ code: 'unknown_channel', field: 'channels[0]', message: /./ },
      });
    }
  },

  async C20(t, { connect, symbols: [symbol] }) {
    const client = await connect();
    const channel = `ticker:${symbol}`;
    await subscribe(client, [channel]);
    const offsets = offsetsOf(await updates(client, channel, 5));
    const from = Number(first(client, channel).offset) + 1;
    t.same(
      offsets,
      offsets.map((_, n) => from + n),
    );
  },

  async C21(t, { connect, symbols: [symbol] }) {
    const client = await connect();
    const channels = [
      `ticker:${symbol}`,
      `trades:${symbol}`,
      `candles:${symbol}:1m`,
      `indicators:${symbol}:1m`,
    ];
    await subscribe(client, channels);
    const found = await Promise.all(
      channels.map(async (channel) => (await updates(client, channel, 1))[0]?.data),
    );
    const [ticker, trades, candle, indicators] = found;
    t.same(Object.keys(ticker as object), TICKER_FIELDS);
    for (const trade of trades as object[]) t.same(Object.keys(trade), TRADE_FIELDS);
    t.same(Object.keys(candle as object), CANDLE_FIELDS);
    const head = Object.keys(indicators as object).slice(0, INDICATOR_HEAD_FIELDS.length);
    t.same(head, INDICATOR_HEAD_FIELDS);
  },

  async C22(t, { connect, symbols: [symbol] }) {
    const client = await connect();
    await subscribe(client, [`ticker:${symbol}`, `trades:${symbol}`], { rows: true });
    t.same(first(client, `ticker:${symbol}`).fields, TICKER_FIELDS);
    t.same(first(client, `trades:${symbol}`).fields, TRADE_FIELDS);
    const [ticker] = await updates(client, `ticker:${symbol}`, 1);
    t.equal((ticker?.data as unknown[] | undefined)?.length, TICKER_FIELDS.length);
    const [trades] = await updates(client, `trades:${symbol}`, 1);
    for (const row of (trades?.data ?? []) as unknown[][]) t.equal(row.length, TRADE_FIELDS.length);
  },

  async C23(t, { connect, symbols: [symbol] }) {
    const client = await connect();
    const channel = `ticker:${symbol}@250ms`;
    const begun = performance.now();
    await subscribe(client, [channel]);
    const offsets = offsetsOf(await updates(client, channel, 2));
    t.ok(isAscending([Number(first(client, channel).offset), ...offsets]));
    t.ok(offsets.length <= (performance.now() - begun) / 250 + 1);
  },

  async C24(t, { connect, symbols: [symbol] }) {
    const client = await connect();
    const channels = [`ticker:${symbol}`, `ticker:${symbol}@100ms`];
    await subscribe(client, channels);
    for (const channel of channels) await updates(client, channel, 2);
    await result(client, { op: 'unsubscribe', channels: [channels[1]] });
    const before = client.of('update', channels[0]).length;
    const offsets = offsetsOf(await updates(client, channels[0] ?? '', before + 2));
    t.same(
      offsets,
      offsets.map((_, n) => (offsets[0] ?? 0) + n),
    );
  },

  async C25(t, { connect, symbols: [symbol] }) {
    const client = await connect();
    const channel = `ticker:${symbol}`;
    await subscribe(client, [channel]);
    await subscribe(client, [channel], { rows: true });
    const [plain, rows] = client.of('snapshot', channel);
    t.ok(!Array.isArray(plain?.data) && Array.isArray(rows?.data) && rows?.fields !== undefined);
    const place = client.received.lastIndexOf(rows as Received);
    await client.until('an update', () => client.received.slice(place).some(({ type }) => type === 'update'));
    t.ok(client.received.slice(place).every(({ type, data }) => type !== 'update' || Array.isArray(data)));
  },

  async C26(t, { connect, symbols: [symbol] }) {
    const client = await connect();
    const channels = [`candles:${symbol}:1m`, `candles:${symbol}:1m@1s`];
    await subscribe(client, channels);
    const closesOf = (channel: string): number[] =>
      client
        .of('update', channel)
        .map(({ data }) => data as Received)
        .flatMap(({ closed, time }) => (closed === true ? [Number(time)] : []));
    await client.until('closes', () => channels.every((channel) => closesOf(channel).length >= 2));
    const [all = [], thinned = []] = channels.map(closesOf);
    t.ok(isAscending(all) && isAscending(thinned));
    // One of them may have closed between the two snapshots.
    const from = Math.max(all[0] ?? 0, thinned[0] ?? 0);
    const [some = [], others = []] = [all, thinned].map((times) => times.filter((time) => time >= from));
    const both = Math.min(some.length, others.length);
    t.same(others.slice(0, both), some.slice(0, both));
    for (const channel of channels) {
      const times = client.of('update', channel).map(({ data }) => Number((data as Received).time));
      t.same(
        times,
        times.toSorted((a, b) => a - b),
      );
    }
  },

  async C27(t, { connect, symbols: [symbol] }) {
    const client = await connect();
    const channel = `trades:${symbol}`;
    await subscribe(client, [channel]);
    await updates(client, channel, 3);
    const lists = [first(client, channel), ...client.of('update', channel)].map(
      ({ data }) => (data ?? []) as Received[],
    );
    const trades = lists.flat();
    t.same(
      trades.map(({ time }) => time),
      trades.map(({ time }) => Number(time)).toSorted((a, b) => a - b),
    );
    t.equal(new Set(trades.map(({ id }) => id)).size, trades.length);
  },

  async C28(t, { connect, symbols: [symbol, other] }) {
    const client = await connect();
    await subscribe(client, [`ticker:${symbol}`, `ticker:${other}`]);
    t.same(await result(client, { op: 'unsubscribe', channels: [`ticker:${symbol}`, 'ticker:NO/SUCH'] }), {
      channels: [`ticker:${symbol}`],
    });
    const place = client.received.findLastIndex(({ type }) => type === 'reply');
    const before = client.of('update', `ticker:${other}`).length;
    await updates(client, `ticker:${other}`, before + 3);
    t.same(
      client.received.slice(place).filter(({ channel }) => channel === `ticker:${symbol}`),
      [],
    );
  },

  async C29(t, { connect, symbols: [symbol] }) {
    const client = await connect();
    await subscribe(client, [`ticker:${symbol}`], { rows: true });
    await subscribe(client, ['trades:*@1s']);
    const { subscriptions, patterns } = await result(client, { op: 'list' });
    t.same(patterns, ['trades:*@1s']);
    const mine = (subscriptions as Received[]).find(({ channel }) => channel === `ticker:${symbol}`);
    const { epoch, offset } = first(client, `ticker:${symbol}`);
    t.match(mine, { epoch, rows: true });
    t.ok(Number(mine?.offset) >= Number(offset));
  },

  async C30(t, { connect, symbols }) {
    const client = await connect();
    const [symbol = ''] = symbols;
    t.same(await result(client, { op: 'subscribe', channels: ['ticker:*@100ms'] }), {
      channels: ['ticker:*@100ms'],
    });
    for (const each of symbols) {
      await client.wait(
        each,
        ({ type, channel }) => type === 'snapshot' && channel === `ticker:${each}@100ms`,
      );
    }
    await subscribe(client, [`ticker:${symbol}@100ms`]);
    t.same(await result(client, { op: 'unsubscribe', channels: ['ticker:*@100ms'] }), {
      channels: ['ticker:*@100ms'],
    });
    const place = client.received.findLastIndex(({ type }) => type === 'reply');
    const after = (): Received[] => client.received.slice(place).filter(({ type }) => type === 'update');
    await client.until('updates of the other', () => after().length >= 2);
    t.ok(after().every(({ channel }) => channel === `ticker:${symbol}@100ms`));
  },

  async C31(t, { connect, symbols }) {
    const client = await connect();
    const { limits } = await client.wait('welcome', ({ type }) => type === 'welcome');
    const max = Number((limits as Received).max_subscriptions);
    const rates = ['', '@100ms', '@250ms', '@1s'];
    const timeframes = ['1m', '5m', '15m', '1h', '4h', '1d', '1w', '1M'];
    const all = symbols.flatMap((symbol) =>
      timeframes.flatMap((timeframe) =>
        rates.flatMap((rate) => [
          `candles:${symbol}:${timeframe}${rate}`,
          `indicators:${symbol}:${timeframe}${rate}`,
        ]),
      ),
    );
    const channels = all.slice(0, max + 1);
    t.equal(channels.length, max + 1);
    t.match(await refusal(client, { op: 'subscribe', channels }), { code: 'too_many_subscriptions' });
    t.match(await result(client, { op: 'list' }), { subscriptions: [] });
  },

  async C32(t, { connect, symbols: [symbol] }) {
    const client = await connect();
    const channel = `ticker:${symbol}`;
    await query(client, 'assets.get', { symbol });
    const told = await result(client, { op: 'explain', channel });
    const names = [
      'channel',
      'kind',
      'role',
      'delivery',
      'source',
      'feeds',
      'epoch',
      'offset',
      'last_event',
      'lag_ms',
    ];
    t.same(Object.keys(told), [...names, 'gaps', 'subscribers', 'missing']);
    t.match(told, { channel, kind: 'ticker', role: 'guest', delivery: 'latest' });
    t.match(await refusal(client, { op: 'explain', channel: 'ticker:NO/SUCH' }), { code: 'unknown_channel' });
  },
};
