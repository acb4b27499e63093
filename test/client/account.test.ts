import t, { type Test } from 'tap';
import { userStore } from '../../src/app/user-store.js';
import { MemoryBroker } from '../../src/broker/broker-memory.js';
import type { Tokens } from '../../src/client/account.js';
import { connect } from '../../src/client/client.js';
import type { ClientOptions } from '../../src/client/options.js';
import { RequestError } from '../../src/errors.js';
import type { Publication } from '../../src/events.js';
import { type AccountSite, accountSites, EMAIL, PASSWORD } from '../support/account-site.js';
import { until } from '../support/until.js';
import { gatewaySite, tickerRow } from '../ws/gateway-site.js';
import { cuttable } from './cuttable.js';

const open = await accountSites(t);

/** A gateway before real accounts, and clients of it. */
async function served(t: Test, settings: Parameters<typeof open>[1] = {}) {
  const site: AccountSite = await open(t, settings);
  const broker = new MemoryBroker<Publication>();
  const { accounts, signIn } = site;
  const users = userStore(site.gateway, 'demo');
  const gateway = await gatewaySite(t, {}, broker, null, true, { accounts, signIn, users });
  const client = (options: ClientOptions = {}) => {
    const kept: (Tokens | null)[] = [];
    const errors: Error[] = [];
    const signedOut: (Error | null)[] = [];
    const made = connect(`ws://127.0.0.1:${gateway.gateway.port}`, {
      random: () => 0,
      onTokens: (tokens) => kept.push(tokens),
      ...options,
    });
    made.on('error', (error) => errors.push(error));
    made.on('signedOut', ({ error }) => signedOut.push(error));
    t.teardown(() => made.close());
    return Object.assign(made, { kept, errors, signedOut });
  };
  return { ...site, market: gateway.market, client };
}

function newest(kept: readonly (Tokens | null)[]): Tokens {
  const tokens = kept.at(-1);
  if (tokens === null || tokens === undefined) throw new Error('nobody is logged in');
  return tokens;
}

t.test('registers, logs in by password, goes on by tokens, and logs out', async (t) => {
  const { client } = await served(t);
  const first = client();
  const signedIn: number[] = [];
  first.on('signedIn', ({ id }) => signedIn.push(id));
  t.equal(first.user, null);
  const user = await first.register({ email: EMAIL, password: PASSWORD });
  t.same(user, first.user);
  t.match(user, { role: 'public' });
  t.same(signedIn, [user?.id]);
  t.equal((await first.query('users.profile')).email, EMAIL);

  const second = client({ auth: { email: EMAIL, password: PASSWORD } });
  t.equal((await second.query('users.profile')).email, EMAIL, 'a query waits for the log-in');
  const third = client({ auth: newest(second.kept) });
  const ended: unknown[] = [];
  await third.subscribe('notifications', { ended: (error) => ended.push(error) });
  t.equal(third.kept.length, 0, 'tokens that hold are not exchanged');

  await third.logout();
  t.same(ended, [null]);
  t.same(third.signedOut, [null]);
  t.same(third.kept, [null]);
  await t.rejects(third.query('users.profile'), { code: 'unauthenticated' });
  t.ok(await first.query('users.profile'), 'another log-in is untouched');
  const refused = client();
  await t.rejects(refused.login({ email: EMAIL, password: 'wrong password' }), { code: 'unauthenticated' });
  t.same([refused.kept, refused.signedOut, refused.user], [[], [], null]);
});

t.test("a wrong password at the start signs out with the reason, and guests' channels go on", async (t) => {
  const { client, join, market } = await served(t);
  await join();
  const wrong = client({ auth: { email: EMAIL, password: 'wrong password' } });
  const alerts = wrong.subscribe('alerts', () => undefined);
  const ticker = wrong.view('ticker:BTC/USDT');
  await t.rejects(alerts, { code: 'unauthenticated' });
  t.match(wrong.signedOut, [{ code: 'unauthenticated' }]);
  market.change('ticker:BTC/USDT', tickerRow(5));
  await until('it came', () => ticker.current?.last === 5);
});

t.test('tokens are refreshed by themselves before they end, and subscriptions stay', async (t) => {
  const { client } = await served(t, { sessionTtlMs: 1_500 });
  const mine = client();
  const closes: unknown[] = [];
  mine.on('close', (event) => closes.push(event));
  await mine.register({ email: EMAIL, password: PASSWORD });
  const ended: unknown[] = [];
  await mine.subscribe('alerts', { ended: (error) => ended.push(error) });
  await until('it was refreshed twice', () => mine.kept.length === 3);
  t.equal((await mine.query('users.profile')).email, EMAIL);
  t.same([ended, mine.signedOut, mine.errors, closes], [[], [], [], []], 'nobody noticed');
});

t.test('an access token that is over when a connection begins is refreshed first', async (t) => {
  const { client, join } = await served(t);
  const { accessToken, refreshToken } = await join();
  const late = client({ auth: { accessToken, refreshToken, expiresAt: 1 } });
  t.equal((await late.query('users.profile')).email, EMAIL);
  t.equal(late.kept.length, 1);
  const voided = client({ auth: { ...newest(late.kept), accessToken: 'of long ago', expiresAt: null } });
  t.equal(
    (await voided.query('users.profile')).email,
    EMAIL,
    'one that the server does not know any more, too',
  );
});

t.test('a log-in that was ended elsewhere is noticed: channels of the user end, others go on', async (t) => {
  const { client, market } = await served(t);
  const mine = client();
  await mine.register({ email: EMAIL, password: PASSWORD });
  const ended: unknown[] = [];
  await mine.subscribe('alerts', { ended: (error) => ended.push(error) });
  const ticker = mine.view('ticker:BTC/USDT');
  await ticker.ready;
  const other = client({ auth: { email: EMAIL, password: PASSWORD } });
  await other.query('auth.revoke', { all: true });
  await until('it was told', () => mine.signedOut.length === 1);
  t.match(mine.signedOut, [{ code: 'unauthenticated' }]);
  t.match(ended, [{ code: 'unauthenticated' }]);
  t.equal(mine.kept.at(-1), null);
  await mine.ready();
  market.change('ticker:BTC/USDT', tickerRow(7));
  await until('it came', () => ticker.current?.last === 7);
});

t.test('two clients with the same refresh token: the second use ends the log-in of both', async (t) => {
  const { client, join } = await served(t);
  const { accessToken, refreshToken } = await join();
  const auth = { accessToken, refreshToken, expiresAt: 1 };
  const first = client({ auth });
  await first.query('users.profile');
  const second = client({ auth });
  await until('both are out', () => first.signedOut.length === 1 && second.signedOut.length === 1);
  t.match(
    [...first.signedOut, ...second.signedOut],
    [{ code: 'unauthenticated' }, { code: 'unauthenticated' }],
  );
  t.same([first.user, second.user], [null, null]);
});

t.test(
  'cut off again and again, a client belongs to the same user on each connection, by the same tokens',
  async (t) => {
    const { client } = await served(t);
    const socket = cuttable();
    const mine = client({ webSocket: socket.webSocket });
    await mine.register({ email: EMAIL, password: PASSWORD });
    for (let n = 0; n < 20; n += 1) {
      socket.cut();
      t.equal((await mine.query('users.profile').catch(() => ({ email: EMAIL }))).email, EMAIL);
    }
    await until('it is logged in', () => mine.user !== null);
    t.same([mine.signedOut, mine.kept.length], [[], 1]);
  },
);

t.test('while the database is away the log-in waits, and is made then', async (t) => {
  const { client, join, accounts } = await served(t);
  const { accessToken } = await join();
  const { authenticate } = accounts;
  let asked = 0;
  Object.assign(accounts, {
    authenticate: (token: string) =>
      asked++ === 0
        ? Promise.reject(new RequestError('unavailable', 'no connection'))
        : authenticate.call(accounts, token),
  });
  const mine = client({ auth: { accessToken } });
  await mine.subscribe('alerts', () => undefined);
  t.match(mine.errors, [{ code: 'unavailable' }]);
  t.same(mine.signedOut, []);
});

t.test('nothing that is printed of a client holds a password or token', async (t) => {
  const { client } = await served(t);
  const mine = client();
  await mine.register({ email: EMAIL, password: PASSWORD });
  const { inspect } = await import('node:util');
  const text = inspect(mine, { depth: 10, showHidden: true });
  t.notMatch(text, PASSWORD);
  const { accessToken, refreshToken } = newest(mine.kept);
  // What the test itself has kept hangs on it.
  t.equal(text.split(accessToken).length, 2);
  t.equal(text.split(String(refreshToken)).length, 2);
});
