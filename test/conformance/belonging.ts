import { DASHBOARD_FIELDS, PORTFOLIO_FIELDS } from '../../src/user-view-fields.js';
import type { Received } from '../support/socket-client.js';
import {
  expectClose,
  joined,
  memberOf,
  query,
  refusal,
  result,
  type Statements,
  subscribe,
  updates,
} from './peer.js';
import { calm, restlessAlert } from './recovering.js';

/** Statements of what belongs to users, of their sessions, of admins, and of "Addresses". */
export const BELONGING: Statements = {
  async C44(t, peer) {
    const { client } = await joined(peer);
    await subscribe(client, ['portfolio', 'dashboard@1s']);
    const [portfolio] = client.of('snapshot', 'portfolio');
    t.same(Object.keys(portfolio?.data as object), PORTFOLIO_FIELDS);
    const [dashboard] = client.of('snapshot', 'dashboard@1s');
    t.same(Object.keys(dashboard?.data as object), DASHBOARD_FIELDS);
  },

  async C45(t, peer) {
    const { client: ann } = await joined(peer);
    const { client: bob } = await joined(peer);
    for (const client of [ann, bob]) await subscribe(client, ['alerts']);
    t.match(ann.of('snapshot'), [{ data: [], epoch: /./ }]);
    await restlessAlert(ann, peer);
    const events = await updates(ann, 'alerts', 3);
    await calm(ann);
    const from = Number(ann.of('snapshot')[0]?.offset) + 1;
    t.same(
      events.map(({ offset }) => offset),
      events.map((_, n) => from + n),
    );
    for (const { data } of events)
      t.match(data, { alert_id: Number, symbol: peer.symbols[0], cause: /./, title: /./ });
    await result(bob, { op: 'ping' });
    t.same(bob.of('update'), []);
  },

  async C46(t, peer) {
    const { client: ann } = await joined(peer);
    const { client: bob } = await joined(peer);
    const { id } = await query(ann, 'watchlists.create', { name: 'mine' });
    await subscribe(ann, [`watchlist:${id}`]);
    for (const channel of [`watchlist:${id}`, 'watchlist:2147483647']) {
      t.match(await refusal(bob, { op: 'subscribe', channels: [channel] }), { code: 'unknown_channel' });
    }
  },

  async C47(t, peer) {
    const ticker = `ticker:${peer.symbols[0]}`;
    const client = await peer.connect();
    await subscribe(client, [ticker]);
    const answer = await query(client, 'auth.register', {
      email: `c47-${Date.now()}-${peer.port}@example.com`,
      password: 'correct horse battery',
    });
    await result(client, { op: 'auth', token: memberOf(answer).access });
    await subscribe(client, ['portfolio']);
    await query(client, 'auth.logout');
    const { subscriptions } = await result(client, { op: 'list' });
    t.same(
      (subscriptions as Received[]).map(({ channel }) => channel),
      [ticker],
    );
    t.equal(client.of('snapshot', ticker).length, 1);
    t.match(await refusal(client, { op: 'query', method: 'users.profile' }), { code: 'unauthenticated' });
  },

  async C48(t, peer) {
    const { client, me } = await joined(peer);
    const guest = await peer.connect();
    const newer = memberOf(await query(guest, 'auth.refresh', { refresh_token: me.refresh }));
    t.equal(newer.id, me.id);
    t.not(newer.access, me.access);
    t.match(await query(client, 'users.profile'), { id: me.id });
    t.match(
      await refusal(guest, { op: 'query', method: 'auth.refresh', params: { refresh_token: me.refresh } }),
      {
        code: 'unauthenticated',
      },
    );
    t.match(await expectClose(t, client, 4401), { retry_ms: 1000 });
    t.match(await refusal(guest, { op: 'auth', token: newer.access }), { code: 'unauthenticated' });
  },

  async C49(t, peer) {
    const { email, password } = {
      email: `c49-${Date.now()}-${peer.port}@example.com`,
      password: 'correct horse battery',
    };
    const one = await peer.connect();
    await result(one, {
      op: 'auth',
      token: memberOf(await query(one, 'auth.register', { email, password })).access,
    });
    const other = await peer.connect();
    await result(other, {
      op: 'auth',
      token: memberOf(await query(other, 'auth.login', { email, password })).access,
    });
    await query(other, 'auth.revoke', { all: true });
    t.match(await expectClose(t, one, 4401), { retry_ms: 1000 });
    t.match(await query(other, 'users.profile'), { email });
  },

  async C50(t, { connect, admin }) {
    const client = await connect();
    const { access } = memberOf(await query(client, 'auth.login', admin));
    t.match(await result(client, { op: 'auth', token: access }), { user: { role: 'admin' } });
    await subscribe(client, ['system-status', 'recommendations']);
    t.match(client.of('snapshot', 'system-status')[0]?.data, { state: /./, parts: Array, score: Number });
    t.ok(Array.isArray(client.of('snapshot', 'recommendations')[0]?.data));
  },

  async C51(t, { connect, symbols: [symbol = '', other = ''] }) {
    const guest = await connect();
    const { id } = await query(guest, 'assets.get', { symbol });
    const path = `/api/v1/ws/prices/${id},${encodeURIComponent(other)}`;
    const client = await connect({ path });
    await client.until('snapshots', () => client.of('snapshot').length === 2);
    t.same(
      client.of('snapshot').map(({ channel }) => channel),
      [`ticker:${symbol}`, `ticker:${other}`],
    );
    t.same(client.of('reply'), []);
    const wrong = await connect({ path: '/api/v1/ws/prices/NO%2FSUCH' });
    const reply = await wrong.wait('a reply', ({ type }) => type === 'reply');
    t.match(reply, { id: null, ok: false, error: { code: 'unknown_channel' } });
  },

  async C52(t, peer) {
    const { me } = await joined(peer);
    const headers = { Authorization: `Bearer ${me.access}` };
    const client = await peer.connect({ path: `/api/v1/ws/dashboard/${me.id}`, headers });
    await client.wait('a snapshot', ({ type, channel }) => type === 'snapshot' && channel === 'dashboard');
    const another = await peer.connect({ path: `/api/v1/ws/dashboard/${me.id + 1}`, headers });
    t.match(await expectClose(t, another, 4403), { retry_ms: null });
  },
};
