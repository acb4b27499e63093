import type { Received, SocketClient } from '../support/socket-client.js';
import {
  join,
  joined,
  type Peer,
  query,
  refusal,
  result,
  type Statements,
  subscribe,
  updates,
} from './peer.js';

/** Sets an alert that fires whenever the price has moved by next to nothing, so that events come. */
export async function restlessAlert(client: SocketClient, { symbols: [symbol] }: Peer): Promise<void> {
  const condition = { condition: 'percentage_change', trigger_value: 0.000_1, is_repeating: true };
  await query(client, 'alerts.create', { symbol, alert_type: 'price_target', ...condition });
}

/** Switches off all alerts of who is at the other end. */
export async function calm(client: SocketClient): Promise<void> {
  const { items } = await query(client, 'alerts.list');
  for (const { id } of items as Received[]) await query(client, 'alerts.delete', { id });
}

const places = (messages: readonly Received[]): number[] => messages.map(({ offset }) => Number(offset));

/** Statements of "Recovery" and "Queries". */
export const RECOVERING: Statements = {
  async C33(t, { connect, symbols: [symbol] }) {
    const before = await connect();
    const channel = `ticker:${symbol}`;
    await subscribe(before, [channel]);
    await updates(before, channel, 1);
    const epoch = before.of('snapshot')[0]?.epoch;
    const offset = before.of('update').at(-1)?.offset;
    before.ws.terminate();
    const client = await connect();
    await subscribe(client, [channel], { recover: { [channel]: { epoch, offset } } });
    t.match(client.of('snapshot')[0], { recovered: true, data: null, offset, epoch });
    const offsets = places(await updates(client, channel, 2));
    t.ok(Number(offsets[0]) > Number(offset));
  },

  async C34(t, { connect, symbols: [symbol] }) {
    const client = await connect();
    const channel = `ticker:${symbol}`;
    await subscribe(client, [channel], { recover: { [channel]: { epoch: 'another', offset: 1 } } });
    const [snapshot] = client.of('snapshot');
    t.equal(snapshot?.recovered, false);
    t.ok(snapshot?.data);
    t.not(snapshot?.epoch, 'another');
  },

  async C35(t, peer) {
    const { client: witness, me } = await joined(peer);
    const cut = await peer.connect();
    await result(cut, { op: 'auth', token: me.access });
    await subscribe(witness, ['alerts']);
    await subscribe(cut, ['alerts']);
    await restlessAlert(witness, peer);
    await updates(cut, 'alerts', 2);
    const epoch = cut.of('snapshot')[0]?.epoch;
    cut.ws.terminate();
    const known = cut.of('update');
    const offset = known.at(-1)?.offset;
    const seen = witness.of('update').length;
    await updates(witness, 'alerts', seen + 3);
    const back = await peer.connect();
    await result(back, { op: 'auth', token: me.access });
    await subscribe(back, ['alerts'], { recover: { alerts: { epoch, offset } } });
    t.match(back.of('snapshot')[0], { recovered: true, data: null, offset, epoch });
    await calm(witness);
    await updates(back, 'alerts', 3);
    const last = Number(witness.of('update').at(-1)?.offset);
    await back.until('all', () => Number(back.of('update').at(-1)?.offset) >= last);
    const all = [...known, ...back.of('update')];
    t.same(
      places(all),
      all.map((_, n) => n + 1),
    );
    const expected = witness.of('update').slice(0, all.length);
    t.same(
      all.slice(0, expected.length).map(({ data }) => data),
      expected.map(({ data }) => data),
    );
  },

  async C36(t, { connect, symbols }) {
    const client = await connect();
    const found: unknown[] = [];
    let cursor: unknown;
    do {
      const params = cursor === undefined ? { limit: 1 } : { limit: 1, cursor };
      const { items, next_cursor } = await query(client, 'assets.list', params);
      found.push(...(items as Received[]).map((item) => item.symbol));
      cursor = next_cursor;
    } while (cursor !== null);
    t.same(found.toSorted(), symbols.toSorted());
  },

  async C37(t, { connect, symbols: [symbol] }) {
    const client = await connect();
    const params = { symbol, timeframe: '1m' };
    const all = (await query(client, 'candles.list', { ...params, limit: 500 })).items as Received[];
    const times = all.map(({ time }) => Number(time));
    t.ok(times.length > 1);
    t.same(
      times,
      [...new Set(times)].toSorted((a, b) => a - b),
    );
    const [from = 0, to = 0] = times;
    const { items } = await query(client, 'candles.list', { ...params, from, to, exact: true });
    t.same(
      (items as Received[]).map(({ time }) => time),
      [from],
    );
    const [{ open, close, volume } = {}] = items as Received[];
    for (const value of [open, close, volume]) t.match(value, /^\d+(\.\d+)?$/);
  },

  async C38(t, { connect }) {
    t.match(await refusal(await connect(), { op: 'query', method: 'assets.nothing' }), {
      code: 'unknown_method',
    });
  },

  async C39(t, { connect, symbols: [symbol] }) {
    const client = await connect();
    const bad: [string, Received, string][] = [
      ['assets.list', { hello: 1 }, 'hello'],
      ['assets.list', { limit: 0 }, 'limit'],
      ['assets.list', { limit: '5' }, 'limit'],
      ['assets.get', {}, 'symbol'],
      ['assets.get', { symbol: 'NO/SUCH' }, 'symbol'],
      ['candles.list', { symbol, timeframe: '2m' }, 'timeframe'],
    ];
    for (const [method, params, field] of bad) {
      t.match(await refusal(client, { op: 'query', method, params }), { code: 'invalid_params', field });
    }
  },
};

/** Statements of "Who is at the other end". */
export const IDENTIFYING: Statements = {
  async C40(t, { connect }) {
    const client = await connect();
    for (const channel of [
      'portfolio',
      'dashboard',
      'alerts',
      'notifications',
      'watchlist:1',
      'system-status',
    ]) {
      const told = await refusal(client, { op: 'subscribe', channels: [channel] });
      t.match(told, { code: 'unauthenticated', field: 'channels[0]' });
    }
    for (const method of ['alerts.list', 'portfolios.get', 'admin.systemHealth', 'auth.logout']) {
      t.match(await refusal(client, { op: 'query', method }), { code: 'unauthenticated' });
    }
  },

  async C41(t, { connect }) {
    const client = await connect();
    const { id, access } = await join(client);
    t.match(await refusal(client, { op: 'auth', token: 'nobody' }), {
      code: 'unauthenticated',
      field: 'token',
    });
    const { user, expires_at: end } = await result(client, { op: 'auth', token: access });
    t.same(user, { id, role: 'public' });
    t.ok(Number.isInteger(end));
    await refusal(client, { op: 'auth', token: 'nobody' });
    t.match(await query(client, 'users.profile'), { id });
  },

  async C42(t, { connect }) {
    const { id, access } = await join(await connect());
    const client = await connect({ headers: { Authorization: `Bearer ${access}` } });
    t.match(await query(client, 'users.profile'), { id });
    const nobody = await connect({ headers: { Authorization: 'Bearer nobody' } });
    t.equal(await nobody.closed(), 4401);
    t.match(nobody.of('closing'), [{ code: 4401, retry_ms: 1000 }]);
  },

  async C43(t, peer) {
    const { client } = await joined(peer);
    for (const channel of ['system-status', 'recommendations']) {
      t.match(await refusal(client, { op: 'subscribe', channels: [channel] }), { code: 'forbidden' });
    }
    for (const method of ['admin.systemHealth', 'recommendations.queue']) {
      t.match(await refusal(client, { op: 'query', method }), { code: 'forbidden' });
    }
  },
};
