import t from 'tap';
import { parseChannel } from '../../src/channels.js';
import { codecOf } from '../../src/ws/codec.js';
import { Connection } from '../../src/ws/connection.js';
import { Framer } from '../../src/ws/form.js';
import { Subscription } from '../../src/ws/group.js';
import { identify, SessionWatch } from '../../src/ws/identity.js';
import { DEFAULT_LIMITS } from '../../src/ws/limits.js';
import { Slices } from '../../src/ws/slices.js';
import { GatewayStats } from '../../src/ws/stats.js';
import { silent } from '../support/folder.js';
import { FakeAccounts } from './account-site.js';
import { EPOCH } from './gateway-site.js';

/** Connections without a socket, and who looks after them. */
function watched() {
  const accounts = new FakeAccounts();
  const connections: Connection[] = [];
  const closes: (number | null)[] = [];
  const context = {
    hub: { leave: () => undefined, release: () => undefined },
    slices: new Slices(),
  } as unknown as ConstructorParameters<typeof SessionWatch>[2];
  const watch = new SessionWatch(accounts, () => connections, context, silent);
  const framer = new Framer(
    { frame: (bytes, isBinary) => ({ bytes, isBinary }), audience: () => null },
    EPOCH,
  );
  const add = async (token: string): Promise<{ connection: Connection; index: number }> => {
    const index = closes.push(null) - 1;
    const connection = new Connection(
      {
        ...{ address: '127.0.0.1', subprotocol: 'cryptopredict.v1.json', isOpen: true, queuedBytes: 0 },
        send: () => undefined,
        close: (code) => {
          closes[index] = code;
        },
        terminate: () => undefined,
      },
      { user: null, address: '127.0.0.1', agent: null },
      { framer, limits: DEFAULT_LIMITS, stats: new GatewayStats(), epoch: EPOCH, now: Date.now },
    );
    connections.push(connection);
    await identify(context, accounts, connection, token);
    return { connection, index };
  };
  const tryToken = (connection: Connection, token: string) => identify(context, accounts, connection, token);
  return { accounts, closes, watch, add, tryToken };
}

t.test('sessions that another process has ended are found by the next look', async (t) => {
  const { accounts, closes, watch, add } = watched();
  const [ended, other] = [accounts.logIn(1), accounts.logIn(2)];
  await add(ended);
  await add(other);
  accounts.change(ended, null, false);
  await watch.check(() => true);
  t.same(closes, [4401, null]);
});

t.test('while the database is away a session holds as long as it was said to', async (t) => {
  const { accounts, closes, watch, add } = watched();
  await add(accounts.logIn(1, 'public', Date.now() - 1));
  await add(accounts.logIn(2));
  accounts.isAway = true;
  await watch.check(() => true);
  t.same(closes, [4401, null]);
});

t.test('a role is followed, and only who has more than it allows has to come back', async (t) => {
  const { accounts, closes, watch, add } = watched();
  const token = accounts.logIn(1, 'admin');
  const { connection: idle } = await add(token);
  const { connection: watching } = await add(token);
  const channel = parseChannel('recommendations', { id: 1, role: 'admin' });
  if ('fault' in channel) throw new Error(channel.fault);
  const form = { codec: codecOf('cryptopredict.v1.json'), rows: false };
  watching.subscriptions.set('recommendations', new Subscription(watching, 'recommendations', channel, form));
  accounts.change(token, 'public', false);
  await watch.check(() => true);
  t.same(closes, [null, 4401]);
  t.equal(idle.caller.user?.role, 'public');
});

t.test(
  'who tries one token after the other is sent away; one that is right begins the count anew',
  async (t) => {
    const { accounts, closes, add, tryToken } = watched();
    const { connection, index } = await add(accounts.logIn(1));
    for (let n = 0; n < 4; n++) await t.rejects(tryToken(connection, 'x'), { code: 'unauthenticated' });
    await tryToken(connection, accounts.logIn(1));
    for (let n = 0; n < 4; n++) await t.rejects(tryToken(connection, 'x'), { code: 'unauthenticated' });
    t.equal(closes[index], null);
    await t.rejects(tryToken(connection, 'x'), { code: 'unauthenticated' });
    t.equal(closes[index], 4401);
  },
);

t.test('who is asking to log out is a guest, and is not sent away', async (t) => {
  const { accounts, closes, watch, add } = watched();
  const token = accounts.logIn(1);
  const { connection } = await add(token);
  connection.isLoggingOut = true;
  accounts.change(token, null, false);
  await watch.check(() => true);
  t.same(closes, [null]);
  t.equal(connection.caller.user, null);
});

t.test(
  'only those are looked after who are asked for, and who is a guest by then is left alone',
  async (t) => {
    const { accounts, closes, watch, add } = watched();
    const [one, two] = [accounts.logIn(1), accounts.logIn(2)];
    const { connection } = await add(one);
    await add(two);
    accounts.change(one, null, false);
    accounts.change(two, null, false);
    const looking = watch.check(({ id }) => id === 1);
    connection.become(null);
    await looking;
    t.same(closes, [null, null]);
  },
);
