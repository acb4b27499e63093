import t from 'tap';
import { ensureChannels } from '../../src/store/outbox.js';
import { sendNotifications } from '../../src/store/repositories/notifications.js';
import { PORTFOLIO_FIELDS, WATCHLIST_FIELDS } from '../../src/user-view-fields.js';
import type { SocketClient } from '../support/socket-client.js';
import { until } from '../support/until.js';
import { openUserSite } from '../support/user-site.js';
import { accountSite } from './account-site.js';
import { DRIVERS, tickerRow } from './gateway-site.js';

const users = await openUserSite(t);
const { owner, inEngine, engine } = users;

t.beforeEach(async () => {
  await owner.query('TRUNCATE outbox, outbox_channels, notifications');
  await ensureChannels(engine, ['signals', 'recommendations', 'system-status']);
});

async function subscribed(client: SocketClient, ...channels: string[]): Promise<void> {
  const reply = await client.request({ op: 'subscribe', channels });
  if (reply.ok !== true) throw new Error(JSON.stringify(reply));
  for (const channel of channels) {
    await client.until(`snapshot of ${channel}`, () => client.of('snapshot', channel).length > 0);
  }
}

for (const transport of DRIVERS) {
  t.test(`${transport}: who logs in gets their own events, and nobody else does`, async (at) => {
    const { connect, accounts, tell } = await accountSite(at, users, transport);
    const [ann, bob] = [await users.addUser(), await users.addUser()];
    const one = await connect();
    const token = accounts.logIn(ann);
    at.match(await one.request({ op: 'auth', token }), {
      ok: true,
      result: { user: { id: ann, role: 'public' }, expires_at: accounts.users.get(token)?.expiresAt },
    });
    const two = await connect({ headers: { Authorization: `Bearer ${accounts.logIn(bob)}` } });
    await subscribed(one, 'alerts');
    await subscribed(two, 'alerts');
    at.match(one.of('snapshot', 'alerts'), [{ offset: 0, data: [], epoch: /^[0-9a-f]{32}$/ }]);
    await tell('alerts', ann, { alert_id: 1 });
    await tell('alerts', bob, { alert_id: 2 });
    await tell('alerts', ann, { alert_id: 3 });
    await one.until('both', () => one.of('update').length === 2);
    await two.until('one', () => two.of('update').length === 1);
    at.match(one.of('update'), [
      { channel: 'alerts', offset: 1, data: { alert_id: 1 } },
      { offset: 2, data: { alert_id: 3 } },
    ]);
    at.match(two.of('update'), [{ offset: 1, data: { alert_id: 2 } }]);
    const again = await connect({ headers: { Authorization: `Bearer ${token}` } });
    await subscribed(again, 'alerts');
    at.match(again.of('snapshot', 'alerts'), [{ offset: 2, data: [{ alert_id: 3 }, { alert_id: 1 }] }]);
  });

  t.test(`${transport}: portfolio and list are rows that move, at a rate if wanted`, async (at) => {
    const { connect, accounts, views } = await accountSite(at, users, transport);
    const [ann, bob] = [await users.addUser(), await users.addUser()];
    const row = (value: number): readonly unknown[] => [7, value];
    views.change(`portfolio#${ann}`, row(100));
    const client = await connect({ headers: { Authorization: `Bearer ${accounts.logIn(ann)}` } });
    await subscribed(client, 'portfolio', 'portfolio@100ms', 'dashboard');
    at.match(client.of('snapshot', 'portfolio'), [{ offset: 1, data: { portfolio_id: 7, time: 100 } }]);
    at.same(Object.keys(client.of('snapshot', 'portfolio')[0]?.data as object), PORTFOLIO_FIELDS);
    at.match(client.of('snapshot', 'dashboard'), [{ offset: 0, data: null }]);
    views.change(`portfolio#${ann}`, row(101));
    views.change(`portfolio#${bob}`, row(666));
    views.change(`portfolio#${ann}`, row(102));
    await client.until('updates', () => client.of('update').length === 3);
    at.match(client.of('update', 'portfolio'), [
      { offset: 2, data: { time: 101 } },
      { offset: 3, data: { time: 102 } },
    ]);
    at.match(client.of('update', 'portfolio@100ms'), [{ offset: 3, data: { time: 102 } }]);
  });
}

t.test('a change between the reading of a state and its snapshot is not lost', async (at) => {
  const { connect, accounts, views } = await accountSite(at, users);
  const ann = await users.addUser();
  const read = views.state.bind(views);
  views.state = async (view, userId) => {
    const state = await read(view, userId);
    views.change(`portfolio#${ann}`, [7, 5]);
    return state;
  };
  const client = await connect({ headers: { Authorization: `Bearer ${accounts.logIn(ann)}` } });
  await subscribed(client, 'portfolio');
  at.match(client.of('snapshot'), [{ offset: 1, data: { time: 5 } }]);
});

t.test("a list is its owner's or everybody's; another user's is as one that is not there", async (at) => {
  const { connect, accounts, views } = await accountSite(at, users);
  const [ann, bob] = [await users.addUser(), await users.addUser()];
  const make = async (userId: number | null, name: string): Promise<number> => {
    const { rows } = await owner.query<{ id: number }>(
      'INSERT INTO watchlists (user_id, name, watchlist_type) VALUES ($1, $2, $3) RETURNING id',
      [userId, name, userId === null ? 'default' : 'personal'],
    );
    return rows[0]?.id ?? 0;
  };
  const common = await make(null, 'for all');
  const own = await make(ann, 'mine');
  const one = await connect({ headers: { Authorization: `Bearer ${accounts.logIn(ann)}` } });
  const two = await connect({ headers: { Authorization: `Bearer ${accounts.logIn(bob)}` } });
  await subscribed(one, `watchlist:${own}`, `watchlist:${common}`);
  await subscribed(two, `watchlist:${common}`);
  at.match(await two.request({ op: 'subscribe', channels: [`watchlist:${own}`] }), {
    error: { code: 'unknown_channel', message: `there is no watchlist ${own}`, field: 'channels[0]' },
  });
  at.match(await two.request({ op: 'subscribe', channels: ['watchlist:999999'] }), {
    error: { code: 'unknown_channel', message: 'there is no watchlist 999999' },
  });
  at.match(await two.request({ op: 'explain', channel: `watchlist:${own}` }), {
    error: { code: 'unknown_channel', message: `there is no watchlist ${own}`, field: 'channel' },
  });
  at.match(await one.request({ op: 'explain', channel: `watchlist:${own}` }), { result: { subscribers: 1 } });
  views.change(
    `watchlist:${common}`,
    WATCHLIST_FIELDS.map((_, n) => n),
  );
  for (const client of [one, two]) await client.until('it', () => client.of('update').length === 1);
});

t.test('what a role may not have is refused by name', async (at) => {
  const { connect, accounts } = await accountSite(at, users);
  const guest = await connect();
  for (const channel of [
    'alerts',
    'notifications',
    'portfolio',
    'watchlist:1',
    'dashboard',
    'recommendations',
  ]) {
    at.match(await guest.request({ op: 'subscribe', channels: ['ticker:BTC/USDT', channel] }), {
      error: { code: 'unauthenticated', field: 'channels[1]' },
    });
  }
  const user = await connect({
    headers: { Authorization: `Bearer ${accounts.logIn(await users.addUser())}` },
  });
  for (const channel of ['recommendations', 'system-status']) {
    at.match(await user.request({ op: 'subscribe', channels: [channel] }), { error: { code: 'forbidden' } });
  }
  at.match(await user.request({ op: 'auth', token: 'no' }), {
    error: { code: 'unauthenticated', field: 'token' },
  });
  at.match(
    await user.request({ op: 'subscribe', channels: ['alerts'] }),
    { ok: true },
    'they are still who they were',
  );
});

t.test('unread notifications are the snapshot, new ones follow', async (at) => {
  const { connect, accounts } = await accountSite(at, users);
  const ann = await users.addUser();
  const send = (title: string) =>
    inEngine((db) =>
      sendNotifications(db, [{ userId: ann, notificationType: 'system', title, message: 'm' }]),
    );
  await send('one');
  await send('two');
  await owner.query(`UPDATE notifications SET status = 'read', read_at = now() WHERE title = 'one'`);
  const client = await connect({ headers: { Authorization: `Bearer ${accounts.logIn(ann)}` } });
  await subscribed(client, 'notifications');
  at.match(client.of('snapshot'), [{ offset: 2, data: [{ title: 'two', status: 'unread' }] }]);
  await send('three');
  await client.until('it', () => client.of('update').length === 1);
  at.match(client.of('update'), [{ offset: 3, data: { title: 'three' } }]);
});

t.test('admins are told of states and of their changes, and of nothing once they are gone', async (at) => {
  const { connect, accounts, status, tell } = await accountSite(at, users);
  const admin = await users.addUser('admin');
  const client = await connect({ headers: { Authorization: `Bearer ${accounts.logIn(admin, 'admin')}` } });
  await subscribed(client, 'system-status', 'recommendations');
  at.match(client.of('snapshot', 'system-status'), [{ offset: 0, data: { state: 'ok', score: 1 } }]);
  at.match(client.of('snapshot', 'recommendations'), [{ offset: 0, data: [] }]);
  status.look(0.5);
  await client.until('the state', () => client.of('snapshot', 'system-status').length === 2);
  await tell('system-status', null, { event: 'state', part: 'database' });
  await client.until('the change', () => client.of('update').length === 1);
  status.look(0.25);
  await client.until('the state', () => client.of('snapshot', 'system-status').length === 3);
  at.match(client.of('snapshot', 'system-status').slice(1), [
    { offset: 0, data: { score: 0.5 } },
    { offset: 1, data: { score: 0.25 } },
  ]);
  at.match(client.of('update', 'system-status'), [{ offset: 1, data: { part: 'database' } }]);
  await tell('recommendations', null, { id: 5, status: 'pending' });
  await client.until('it', () => client.of('update', 'recommendations').length === 1);
  at.equal(status.listeners, 1);
  await client.request({ op: 'unsubscribe', channels: ['system-status'] });
  await until('nobody listens', () => status.listeners === 0);
});

t.test(
  'who comes back is told each event that was missed, and who missed too much begins anew',
  async (at) => {
    const { connect, accounts, tell } = await accountSite(at, users);
    const ann = await users.addUser();
    const token = accounts.logIn(ann);
    const headers = { Authorization: `Bearer ${token}` };
    const first = await connect({ headers });
    await subscribed(first, 'alerts');
    const { epoch } = first.of('snapshot')[0] ?? {};
    await tell('alerts', ann, { n: 1 });
    await first.until('it', () => first.of('update').length === 1);
    first.ws.terminate();
    for (let n = 2; n <= 120; n++) await tell('alerts', ann, { n });
    const back = await connect({ headers });
    const recover = { alerts: { epoch, offset: 1 } };
    await back.request({ op: 'subscribe', channels: ['alerts'], recover });
    await back.until('all', () => back.of('update').length === 119);
    at.match(back.of('snapshot'), [{ recovered: true, data: null, offset: 1, epoch }]);
    at.same(
      back.of('update').map(({ offset, data }) => [offset, (data as { n: number }).n]),
      Array.from({ length: 119 }, (_, i) => [i + 2, i + 2]),
    );
    await owner.query('DELETE FROM outbox WHERE "offset" < 50');
    const late = await connect({ headers });
    await late.request({ op: 'subscribe', channels: ['alerts'], recover });
    await late.until('the snapshot', () => late.of('snapshot').length === 1);
    at.match(late.of('snapshot'), [{ recovered: false, offset: 120 }]);
    at.equal((late.of('snapshot')[0]?.data as unknown[] | undefined)?.length, 71);
    const other = await connect({
      headers: { Authorization: `Bearer ${accounts.logIn(await users.addUser())}` },
    });
    await other.request({ op: 'subscribe', channels: ['alerts'], recover });
    await other.until('the snapshot', () => other.of('snapshot').length === 1);
    at.match(
      other.of('snapshot'),
      [{ recovered: false, offset: 0, data: [] }],
      "another user's position is nobody's",
    );
  },
);

t.test(
  'a session that ends closes its connections with 4401, at once if this process ended it',
  async (at) => {
    const { connect, accounts } = await accountSite(at, users);
    const token = accounts.logIn(await users.addUser());
    const headers = { Authorization: `Bearer ${token}` };
    const [one, two] = [await connect({ headers }), await connect({ headers })];
    for (const client of [one, two]) await subscribed(client, 'alerts');
    const other = await connect({
      headers: { Authorization: `Bearer ${accounts.logIn(await users.addUser())}` },
    });
    await subscribed(other, 'alerts');
    accounts.change(token, null);
    for (const client of [one, two]) {
      at.equal(await client.closed(), 4401);
      at.match(client.of('closing'), [{ code: 4401, retry_ms: 1_000 }]);
    }
    at.match(await other.request({ op: 'ping' }), { ok: true });
    const refused = await connect({ headers });
    at.equal(await refused.closed(), 4401, 'a token that speaks for nobody');
  },
);

t.test('an admin who is none any more loses the channels of admins', async (at) => {
  const { connect, accounts } = await accountSite(at, users);
  const admin = await users.addUser('admin');
  const token = accounts.logIn(admin, 'admin');
  const headers = { Authorization: `Bearer ${token}` };
  const [watching, idle] = [await connect({ headers }), await connect({ headers })];
  await subscribed(watching, 'system-status');
  await subscribed(idle, 'alerts');
  accounts.change(token, 'public');
  at.equal(await watching.closed(), 4401);
  at.match(await idle.request({ op: 'subscribe', channels: ['system-status'] }), {
    error: { code: 'forbidden' },
  });
});

t.test('who logs out is a guest: their channels end, those of guests stay', async (at) => {
  const { market, connect, accounts, gateway, tell } = await accountSite(at, users);
  const ann = await users.addUser();
  const token = accounts.logIn(ann);
  const client = await connect();
  await subscribed(client, 'ticker:BTC/USDT');
  await client.request({ op: 'auth', token });
  await subscribed(client, 'alerts', 'portfolio');
  at.equal(gateway.stats.subscriptions, 3);
  at.match(await client.request({ op: 'query', method: 'auth.logout' }), { ok: true });
  await until('they have ended', () => gateway.stats.subscriptions === 1);
  await tell('alerts', ann, { n: 1 });
  market.change('ticker:BTC/USDT', tickerRow(1));
  await client.until('the price', () => client.of('update').length === 1);
  at.match(client.of('update'), [{ channel: 'ticker:BTC/USDT' }]);
  at.match(await client.request({ op: 'subscribe', channels: ['alerts'] }), {
    error: { code: 'unauthenticated' },
  });
  at.equal(client.closeCode, null);
  await client.request({ op: 'auth', token: accounts.logIn(ann) });
  await subscribed(client, 'alerts');
  const bob = await users.addUser();
  await client.request({ op: 'auth', token: accounts.logIn(bob) });
  at.match(await client.request({ op: 'list' }), {
    result: { subscriptions: [{ channel: 'ticker:BTC/USDT' }] },
  });
  at.equal(
    ((await client.request({ op: 'list' })).result as { subscriptions: unknown[] }).subscriptions.length,
    1,
  );
});

t.test('while the database is away nobody can log in, and who has stays', async (at) => {
  const { connect, accounts } = await accountSite(at, users);
  const token = accounts.logIn(await users.addUser());
  const client = await connect({ headers: { Authorization: `Bearer ${token}` } });
  await subscribed(client, 'alerts');
  accounts.isAway = true;
  accounts.change(token, 'admin');
  at.match(await client.request({ op: 'auth', token }), {
    error: { code: 'unavailable', message: 'accounts are away' },
  });
  at.match(await client.request({ op: 'ping' }), { ok: true });
  accounts.authenticate = async () => {
    throw new Error('password authentication failed for user "cryptopredict"');
  };
  const { error } = await client.request({ op: 'auth', token });
  at.match(error, { code: 'internal', message: /has been logged/ });
});

t.test("the documents' addresses subscribe by themselves, for whom they are", async (at) => {
  const { market, connect, accounts } = await accountSite(at, users);
  const [ann, admin] = [await users.addUser(), await users.addUser('admin')];
  const headers = { Authorization: `Bearer ${accounts.logIn(ann)}` };
  const asAdmin = { Authorization: `Bearer ${accounts.logIn(admin, 'admin')}` };
  const open = async (
    path: string,
    options: { headers?: Record<string, string> } = {},
    ...channels: string[]
  ) => {
    const client = await connect({ path: `/api/v1/ws/${path}`, ...options });
    await client.until('snapshots', () =>
      channels.every((channel) => client.of('snapshot', channel).length === 1),
    );
    at.same(client.of('reply'), [], `${path}: no reply to what was not asked`);
    return client;
  };
  const prices = await open('prices/1,ETH%2FUSDT', {}, 'ticker:BTC/USDT', 'ticker:ETH/USDT');
  market.change('ticker:ETH/USDT', tickerRow(3));
  await prices.until('it', () => prices.of('update').length === 1);
  await open(`dashboard/${ann}`, { headers }, 'dashboard');
  await open(`signals/${ann}`, { headers }, 'signals', 'alerts');
  await open('admin/system-status', { headers: asAdmin }, 'system-status');
  await open('admin/suggestions', { headers: asAdmin }, 'recommendations');
  const waiting = await connect({ path: `/api/v1/ws/signals/${ann}` });
  at.match(await waiting.request({ op: 'auth', token: accounts.logIn(ann) }), { ok: true });
  await waiting.until('it was waited for', () => waiting.of('snapshot').length === 2);
  const refusals: [string, Record<string, string>, number][] = [
    [`dashboard/${admin}`, headers, 4403],
    [`dashboard/${ann}`, asAdmin, 4403],
    ['admin/suggestions', headers, 4403],
    [`dashboard/${ann}`, { Authorization: 'Bearer nobody' }, 4401],
  ];
  for (const [path, sent, code] of refusals) {
    const client = await connect({ path: `/api/v1/ws/${path}`, headers: sent });
    at.equal(await client.closed(), code, path);
  }
  for (const ids of ['1,NOPE', '%E0%A4%A']) {
    const client = await connect({ path: `/api/v1/ws/prices/${ids}` });
    await client.until('what is wrong', () => client.of('reply').length === 1);
    at.match(client.of('reply'), [{ id: null, ok: false, error: { code: 'unknown_channel' } }]);
    at.match(await client.request({ op: 'ping' }), { ok: true });
  }
  for (const path of [
    '/api/v1/ws/',
    '/api/v1/ws/dashboard',
    '/api/v1/ws/admin/x',
    '/api/v1/ws/signals/1/2',
  ]) {
    await at.rejects(connect({ path }), path);
  }
});
