import t from 'tap';
import { outboxPublication } from '../../src/app/outbox-publication.js';
import { userStore } from '../../src/app/user-store.js';
import { MemoryBroker } from '../../src/broker/broker-memory.js';
import type { Publication } from '../../src/events.js';
import { createLogger } from '../../src/logger.js';
import { GuestReader } from '../../src/store/guest-reader.js';
import { appendEvents, ensureChannels, findPositions, recover } from '../../src/store/outbox.js';
import { EventWatch } from '../../src/ws/event-watch.js';
import { GatewayStats } from '../../src/ws/stats.js';
import { until } from '../support/until.js';
import { openUserSite } from '../support/user-site.js';
import { FakeAccounts, FakeStatus } from './account-site.js';
import { gatewaySite } from './gateway-site.js';

const WATCH = { everyMs: 40, graceMs: 30 };

/** Loses what it is told to lose, and says nothing of it. */
class LossyBroker extends MemoryBroker<Publication> {
  isLosing = false;

  override publish(topic: string, message: Publication): void {
    if (!this.isLosing) super.publish(topic, message);
  }
}

const users = await openUserSite(t);

/** Commits an event, and publishes it as the relay does. */
async function tell(broker: LossyBroker, channel: string, userId: number | null, n: number): Promise<void> {
  const [at] = await users.inEngine((db) => appendEvents(db, [{ channel, userId, data: { n } }]));
  const from = { epoch: at?.epoch ?? '', offset: (at?.offset ?? 0) - 1 };
  const told = await recover(users.engine, channel, userId, from, 10);
  const [stored] = told.recovered ? told.events : [];
  if (stored === undefined) throw new Error('it is not there');
  const publication = outboxPublication(stored);
  broker.publish(publication.channel, publication);
}

async function site(at: Parameters<typeof gatewaySite>[0], broker: LossyBroker) {
  const accounts = new FakeAccounts();
  const more = { accounts, status: new FakeStatus(), users: userStore(users.gateway, 'demo') };
  const stored = new GuestReader(users.gateway, 'demo');
  return { ...(await gatewaySite(at, { eventWatch: WATCH }, broker, stored, true, more)), accounts };
}

t.test('a last event that was lost on the way is told all the same, to users and to guests', async (at) => {
  await ensureChannels(users.engine, ['signals']);
  const broker = new LossyBroker();
  const { connect, accounts, gateway } = await site(at, broker);
  const user = await users.addUser();
  const other = await users.addUser();
  const mine = await connect({ headers: { Authorization: `Bearer ${accounts.logIn(user)}` } });
  const theirs = await connect({ headers: { Authorization: `Bearer ${accounts.logIn(other)}` } });
  at.match(await mine.request({ op: 'subscribe', channels: ['alerts', 'signals'] }), { ok: true });
  at.match(await theirs.request({ op: 'subscribe', channels: ['alerts', 'signals'] }), { ok: true });
  await until('they have begun', () => mine.of('snapshot').length + theirs.of('snapshot').length === 4);
  await tell(broker, 'alerts', user, 1);
  broker.isLosing = true;
  await tell(broker, 'alerts', user, 2);
  await tell(broker, 'alerts', user, 3);
  await tell(broker, 'signals', null, 1);
  await until('all came', () => mine.of('update').length === 4 && theirs.of('update').length === 1);
  at.match(
    mine.of('update').filter(({ channel }) => channel === 'alerts'),
    [1, 2, 3].map((n) => ({ offset: n, data: { n } })),
  );
  at.match(theirs.of('update'), [{ channel: 'signals', offset: 1, data: { n: 1 } }]);
  at.equal(gateway.stats.unnoticedLosses, 3);
  broker.isLosing = false;
  await tell(broker, 'alerts', user, 4);
  await until('it goes on', () => mine.of('update').length === 5);
  at.equal(mine.of('snapshot').length, 2, 'nobody begins anew');
});

t.test('while nobody is subscribed nothing is asked', async (at) => {
  let looks = 0;
  const watch = new EventWatch({
    watched: () => {
      looks += 1;
      return [];
    },
    reader: {
      places: () => {
        at.fail('it asks');
        return Promise.resolve(new Map());
      },
    },
    stats: new GatewayStats(),
    logger: createLogger({ level: 'silent', format: 'json' }),
    everyMs: 1,
  });
  watch.start();
  at.teardown(() => watch.stop());
  await until('it has looked', () => looks > 3);
});

t.test('the gateway is told how far channels of users have come, by nobody else', async (at) => {
  const user = await users.addUser();
  await users.inEngine((db) => appendEvents(db, [{ channel: 'alerts', userId: user, data: {} }]));
  await ensureChannels(users.engine, ['system-status']);
  const asked = [
    { channel: 'alerts', userId: user },
    { channel: 'system-status', userId: null },
    { channel: 'alerts', userId: null },
    { channel: 'unheard', userId: user },
  ];
  const places = await users.as(null, (db) => findPositions(db, asked));
  at.match(
    places.toSorted((a, b) => (a.channel < b.channel ? -1 : 1)),
    [
      { channel: 'alerts', userId: user, offset: 1, epoch: /^[0-9a-f]{32}$/ },
      { channel: 'system-status', userId: null },
    ],
  );
  at.equal(places.length, 2);
  await at.rejects(
    users.inEngine((db) => findPositions(db, asked)),
    { code: '42501' },
  );
});
