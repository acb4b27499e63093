import t from 'tap';
import { parseChannel } from '../../src/channels.js';
import type { User } from '../../src/ws/caller.js';
import { Connection } from '../../src/ws/connection.js';
import { Framer } from '../../src/ws/form.js';
import type { Subscription } from '../../src/ws/group.js';
import { becomeGuest } from '../../src/ws/identity.js';
import { DEFAULT_LIMITS } from '../../src/ws/limits.js';
import { Slices } from '../../src/ws/slices.js';
import { GatewayStats } from '../../src/ws/stats.js';
import { type SubscribeContext, subscribe } from '../../src/ws/subscribe.js';
import { recordingLogger } from '../support/recording-logger.js';
import { EPOCH } from './gateway-site.js';

const ADMIN: User = { id: 7, sessionId: 1, role: 'admin', isVerified: true, expiresAt: Date.now() + 60_000 };

/** A connection of an admin, and what is held for it; `meanwhile` is done in the pause after the first channel. */
function asking(meanwhile: (connection: Connection) => unknown, fault: Error | null = null) {
  const held = new Set<string>();
  const { logger, lines } = recordingLogger();
  const socket = {
    ...{ address: '127.0.0.1', subprotocol: 'cryptopredict.v1.json', isOpen: true, queuedBytes: 0 },
    ...{ send: () => undefined, close: () => undefined, terminate: () => undefined },
  };
  const framer = new Framer(
    { frame: (bytes, isBinary) => ({ bytes, isBinary }), audience: () => null },
    EPOCH,
  );
  const connection = new Connection(
    socket,
    { user: ADMIN, address: '127.0.0.1', agent: null },
    { framer, limits: DEFAULT_LIMITS, stats: new GatewayStats(), epoch: EPOCH, now: Date.now },
  );
  let isFirst = true;
  const hub = {
    async acquire({ text }: Subscription) {
      if (fault !== null) throw fault;
      held.add(text);
    },
    join: () => [],
    leave: ({ text }: Subscription) => held.delete(text),
    release: () => undefined,
  };
  const channels = {
    find: (text: string, _field: string, user: User | null) => {
      const channel = parseChannel(text, user);
      if ('fault' in channel) throw new Error(channel.fault);
      return channel;
    },
    admit: async () => undefined,
    symbols: () => [],
  };
  const slices = {
    get isOver() {
      return held.size > 0 && isFirst;
    },
    async pause() {
      isFirst = false;
      await meanwhile(connection);
    },
  };
  const limits = { maxSubscriptions: 10 };
  const context = { hub, channels, slices, limits, logger } as unknown as SubscribeContext;
  const ask = (...channels: string[]) => subscribe(context, connection, { channels }, () => undefined);
  return { connection, held, ask, log: lines };
}

t.test('who logs out while channels are subscribed to has none of their own behind it', async (t) => {
  const ending = { hub: { leave: () => undefined, release: () => undefined }, slices: new Slices() };
  for (const own of ['alerts', 'portfolio', 'watchlist:3', 'recommendations', 'system-status']) {
    const { connection, held, ask } = asking((one) =>
      becomeGuest(ending as unknown as Parameters<typeof becomeGuest>[0], one),
    );
    await t.rejects(ask('ticker:BTC/USDT', own), { code: 'unauthenticated', field: 'channels' }, own);
    t.same([...connection.subscriptions.keys(), ...held], [], own);
  }
});

t.test('an admin who is none any more gets no channel of admins that was asked for before', async (t) => {
  const { connection, ask } = asking((one) => one.become({ ...ADMIN, role: 'public' }));
  await t.rejects(ask('alerts', 'recommendations'), { code: 'unauthenticated' });
  t.notOk(connection.subscriptions.has('recommendations'));
  const other = asking((one) => one.become({ ...ADMIN, role: 'public' }));
  await other.ask('ticker:BTC/USDT', 'alerts');
  t.ok(other.connection.subscriptions.has('alerts'), 'their own stay theirs');
});

t.test('why the database is away is in the log, and not in the answer', async (t) => {
  const { ask, log } = asking(() => undefined, new Error('connect ECONNREFUSED 10.1.2.3:5432'));
  await t.rejects(ask('alerts'), { code: 'unavailable', message: /^[^0-9]*$/ });
  t.match(log, [{ error: /10\.1\.2\.3/ }]);
});
