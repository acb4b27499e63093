import t, { type Test } from 'tap';
import type { AlertFilter, AlertPatch, AlertRecord, NewAlert } from '../../../src/store/alert-records.js';
import { asUser } from '../../../src/store/as-user.js';
import type { Connection } from '../../../src/store/pool.js';
import {
  createAlert,
  deleteAlert,
  getAlert,
  listAlerts,
  updateAlert,
} from '../../../src/store/repositories/alerts.js';
import { AssetRepository } from '../../../src/store/repositories/assets.js';
import { makeUser } from '../../app/live-site.js';
import { createTestDatabase } from '../../support/database.js';
import { readAll } from '../../support/user-site.js';

/** The queries of a user, each in a transaction of its own. */
interface Alerts {
  list(userId: number, filter: AlertFilter): Promise<readonly AlertRecord[]>;
  get(userId: number, id: number): Promise<AlertRecord | null>;
  create(userId: number, alert: NewAlert, maxAlerts?: number): Promise<AlertRecord>;
  update(userId: number, id: number, patch: AlertPatch): Promise<AlertRecord | null>;
  delete(userId: number, id: number): Promise<boolean>;
}

interface Site {
  readonly alerts: Alerts;
  readonly ada: number;
  readonly bob: number;
  readonly alert: NewAlert;
  query(sql: string): Promise<unknown>;
  as<T>(userId: number, work: (connection: Connection) => Promise<T>): Promise<T>;
}

async function setUp(t: Test): Promise<Site> {
  const database = await createTestDatabase();
  t.teardown(() => database.drop());
  const { pool } = database;
  const listing = { symbol: 'BTC/USDT', base: 'BTC', quote: 'USDT', dataSource: 'demo' };
  const [asset] = await new AssetRepository(pool).register([listing]);
  const gateway = await database.connect({ role: 'cryptopredict_gateway' });
  return {
    alerts: {
      list: async (user, filter) => (await asUser(gateway, user, (db) => listAlerts(db, user, filter))).items,
      get: (user, id) => asUser(gateway, user, (db) => getAlert(db, user, id)),
      create: async (user, alert, most = 100) => {
        const made = await asUser(gateway, user, (db) => createAlert(db, user, alert, most));
        if (made.outcome === 'full') throw new Error('full');
        return made.alert;
      },
      update: (user, id, patch) => asUser(gateway, user, (db) => updateAlert(db, user, id, patch)),
      delete: (user, id) => asUser(gateway, user, (db) => deleteAlert(db, user, id)),
    },
    ada: await makeUser(pool, 'ada'),
    bob: await makeUser(pool, 'bob'),
    alert: {
      ...{ assetId: asset?.id ?? 0, alertType: 'price_target', condition: 'above' },
      triggerValue: '105.000000000000000000001',
    },
    query: (sql) => pool.query(sql),
    as: (userId, work) => asUser(gateway, userId, work),
  };
}

t.test('an alert is given back as it was set, with every digit', async (t) => {
  const { alerts, ada, alert } = await setUp(t);
  const plain = await alerts.create(ada, alert);
  t.match(plain, {
    ...{ ...alert, timeframe: null, isRepeating: false, isActive: true, isTriggered: false, firedCount: 0 },
    ...{ message: null, notificationMethod: null, triggeredAt: null, expiresAt: null, referencePrice: null },
  });
  const expiresAt = Date.UTC(2030, 0, 1, 2, 3, 4, 567);
  const full: NewAlert = {
    ...{ ...alert, alertType: 'volume_spike', triggerValue: '3.5', timeframe: '4h', isRepeating: true },
    ...{ message: 'Look', notificationMethod: 'push', expiresAt },
  };
  const created = await alerts.create(ada, full);
  t.match(created, full);
  t.same(await alerts.get(ada, created.id), created);
  t.ok(Math.abs(created.createdAt - Date.now()) < 3_600_000);
});

t.test('lists come newest first, in pages, as far as asked for', async (t) => {
  const { alerts, ada, alert, as } = await setUp(t);
  const ids: number[] = [];
  for (let i = 0; i < 5; i++) ids.unshift((await alerts.create(ada, alert)).id);
  await alerts.update(ada, ids[1] ?? 0, { isActive: false });
  const listed = async (filter: AlertFilter): Promise<number[]> =>
    (await alerts.list(ada, filter)).map(({ id }) => id);
  t.same(await listed({ limit: 2 }), ids.slice(0, 2));
  const paged = await readAll((cursor) =>
    as(ada, (db) => listAlerts(db, ada, { limit: 2, ...(cursor === undefined ? {} : { cursor }) })),
  );
  t.same(
    paged.map(({ id }) => id),
    ids,
  );
  t.same(await listed({ limit: 9, isActive: false }), [ids[1]]);
  t.same(await listed({ limit: 9, assetId: alert.assetId + 1 }), []);
});

t.test('a change touches what it names and nothing else', async (t) => {
  const { alerts, ada, alert } = await setUp(t);
  const before = await alerts.create(ada, { ...alert, message: 'Look', expiresAt: Date.UTC(2030, 0, 1) });
  const after = await alerts.update(ada, before.id, { triggerValue: '7', expiresAt: null });
  t.same({ ...after, updatedAt: 0 }, { ...before, triggerValue: '7', expiresAt: null, updatedAt: 0 });
});

t.test('what an alert counts from stays unless it watches something else or is armed anew', async (t) => {
  const { alerts, ada, alert, query } = await setUp(t);
  const { id } = await alerts.create(ada, { ...alert, condition: 'percentage_change', triggerValue: '5' });
  const refer = (): Promise<unknown> => query('UPDATE signal_alerts SET reference_price = 100');
  await refer();
  t.match(await alerts.update(ada, id, { triggerValue: '6', message: 'x' }), { referencePrice: '100' });
  t.match(await alerts.update(ada, id, { condition: 'above' }), { referencePrice: null });
  await alerts.update(ada, id, { condition: 'percentage_change' });
  await query(`UPDATE signal_alerts SET reference_price = 100, is_active = false, is_triggered = true,
    triggered_at = '2024-07-01', fired_count = 1`);
  t.match(await alerts.update(ada, id, { message: 'y' }), { isActive: false, isTriggered: true });
  t.match(await alerts.update(ada, id, { isActive: true }), {
    ...{ isActive: true, isTriggered: false, referencePrice: null, firedCount: 1 },
    triggeredAt: Date.UTC(2024, 6, 1),
  });
});

t.test("another user's alerts are not there", async (t) => {
  const { alerts, ada, bob, alert } = await setUp(t);
  const { id } = await alerts.create(ada, alert);
  t.same(await alerts.list(bob, { limit: 9 }), []);
  t.equal(await alerts.get(bob, id), null);
  t.equal(await alerts.update(bob, id, { isActive: false }), null);
  t.equal(await alerts.delete(bob, id), false);
  t.match(await alerts.get(ada, id), { isActive: true });
  t.equal(await alerts.delete(ada, id), true);
  t.equal(await alerts.delete(ada, id), false);
  t.equal(await alerts.get(ada, id), null);
});

t.test('what no alert can be is refused by name, and changes nothing', async (t) => {
  const { alerts, ada, alert } = await setUp(t);
  const { id } = await alerts.create(ada, alert);
  await t.rejects(alerts.create(ada, { ...alert, triggerValue: '0' }), {
    message: /chk_signal_alerts_trigger_value/,
  });
  await t.rejects(alerts.create(ada, { ...alert, assetId: 999_999 }), { message: /fk_signal_alerts_asset/ });
  await t.rejects(alerts.update(ada, id, { timeframe: '1h' }), {
    message: /chk_signal_alerts_timeframe_of_volume/,
  });
  t.match(await alerts.get(ada, id), { timeframe: null, triggerValue: alert.triggerValue });
});

t.test('a user has no more alerts than are allowed, however many come at once', async (t) => {
  const { alerts, ada, bob, alert } = await setUp(t);
  const made = await Promise.allSettled(Array.from({ length: 6 }, () => alerts.create(ada, alert, 4)));
  t.equal(made.filter(({ status }) => status === 'fulfilled').length, 4);
  t.equal((await alerts.list(ada, {})).length, 4);
  t.match(await alerts.create(bob, alert, 4), { symbol: 'BTC/USDT', dataSource: 'demo' }, 'others may');
});
