import t, { type Test } from 'tap';
import type { AlertEvent, FiredAlert } from '../../../src/store/alert-records.js';
import { recover } from '../../../src/store/outbox.js';
import { type Pool, transaction } from '../../../src/store/pool.js';
import { writeAlertEvents } from '../../../src/store/repositories/alert-firings.js';
import { AssetRepository } from '../../../src/store/repositories/assets.js';
import { insertAlert, makeUser } from '../../app/live-site.js';
import { createTestDatabase } from '../../support/database.js';

const TIME = Date.UTC(2024, 6, 1, 12, 0, 30);

interface Site {
  readonly pool: Pool;
  readonly userId: number;
  readonly assetId: number;
  alert(changes?: Readonly<Record<string, unknown>>): Promise<number>;
  /** Writes events in one transaction; gives how many changed something. */
  write(...events: readonly AlertEvent[]): Promise<number>;
  /** What became of an alert. */
  row(id: number): Promise<Readonly<Record<string, unknown>> | undefined>;
  /** Titles of the user's notifications, oldest first. */
  told(): Promise<readonly string[]>;
}

async function setUp(t: Test): Promise<Site> {
  const database = await createTestDatabase();
  t.teardown(() => database.drop());
  const { pool } = database;
  const listing = { symbol: 'BTC/USDT', base: 'BTC', quote: 'USDT', dataSource: 'demo' };
  const [asset] = await new AssetRepository(pool).register([listing]);
  const assetId = asset?.id ?? 0;
  const userId = await makeUser(pool);
  const own = await database.connect({ role: 'cryptopredict_engine' });
  return {
    ...{ pool, userId, assetId },
    alert: (changes) => insertAlert(pool, userId, assetId, changes),
    write: (...events) => transaction(own, (connection) => writeAlertEvents(connection, events)),
    async row(id) {
      const { rows } = await pool.query('SELECT * FROM signal_alerts WHERE id = $1', [id]);
      return rows[0];
    },
    async told() {
      const { rows } = await pool.query<{ title: string }>('SELECT title FROM notifications ORDER BY id');
      return rows.map(({ title }) => title);
    },
  };
}

/** A trade that came from 104.5 to 105.25 and fired the alert, above 105. */
function fired({ assetId }: Site, alertId: number, changes: Partial<FiredAlert> = {}): FiredAlert {
  return {
    ...{ kind: 'fired', alertId, assetId, alertType: 'price_target', condition: 'above', triggerValue: 105 },
    ...{ timeframe: null, isRepeating: false, cause: 'trade', time: TIME, value: 105.25, threshold: 105 },
    ...{ previous: 104.5, direction: 'up', nextReference: null },
    ...changes,
  };
}

t.test('a firing becomes a triggered alert, a notification and two events of the user', async (t) => {
  const site = await setUp(t);
  const id = await site.alert({ message: 'Sell some', notification_method: 'push' });
  t.equal(await site.write(fired(site, id)), 1);
  t.match(await site.row(id), {
    ...{ is_active: false, is_triggered: true, fired_count: 1, triggered_at: TIME, last_checked: TIME },
  });
  const { rows } = await site.pool.query('SELECT * FROM notifications');
  const title = 'BTC/USDT price above 105';
  const message =
    'Sell some\nBTC/USDT rose from 104.5 to 105.25. Your alert: price above 105. 2024-07-01T12:00:30.000Z';
  const data = {
    ...{ alert_id: id, symbol: 'BTC/USDT', alert_type: 'price_target', condition: 'above' },
    ...{ trigger_value: 105, timeframe: null, is_repeating: false, notification_method: 'push' },
    ...{
      cause: 'trade',
      value: 105.25,
      threshold: 105,
      previous: 104.5,
      direction: 'up',
      triggered_at: TIME,
    },
  };
  const expected = { user_id: site.userId, notification_type: 'alert', priority: 'high', status: 'unread' };
  t.match(rows, [{ ...expected, title, message, dedup_key: `alert:${id}:trade:${TIME}:105.25` }]);
  t.same(rows[0]?.data, data);
  const { rows: channels } = await site.pool.query<{ channel: string; user_id: number; data: unknown }>(
    'SELECT channel, user_id, data FROM outbox ORDER BY channel',
  );
  t.same(channels, [
    { channel: 'alerts', user_id: site.userId, data: { ...data, title, message } },
    {
      ...{ channel: 'notifications', user_id: site.userId },
      data: {
        ...{ id: rows[0]?.id, notification_type: 'alert', priority: 'high', status: 'unread' },
        ...{ title, message, data },
      },
    },
  ]);
});

t.test('the same events written again change nothing', async (t) => {
  const site = await setUp(t);
  const [once, repeating, expiring, placed] = [
    await site.alert(),
    await site.alert({ is_repeating: true }),
    await site.alert({ expires_at: new Date(TIME) }),
    await site.alert({ condition: 'percentage_change', trigger_value: 10 }),
  ] as const;
  const events: readonly AlertEvent[] = [
    fired(site, once),
    fired(site, repeating, { isRepeating: true }),
    fired(site, repeating, { isRepeating: true }),
    { kind: 'expired', alertId: expiring, expiresAt: TIME },
    { kind: 'placed', alertId: placed, reference: 1.25e-7 },
    { kind: 'placed', alertId: 999_999, reference: 1 },
    fired(site, 999_999),
  ];
  t.equal(await site.write(...events), 4);
  const rows = await Promise.all([once, repeating, expiring, placed].map((id) => site.row(id)));
  t.match(rows, [
    { is_active: false, is_triggered: true, fired_count: 1 },
    { is_active: true, is_triggered: true, fired_count: 1 },
    { is_active: false, is_triggered: false, fired_count: 0 },
    { is_active: true, reference_price: '0.000000125' },
  ]);
  t.equal(await site.write(...events), 0);
  t.equal(await site.write(...events), 0);
  t.same(await Promise.all([once, repeating, expiring, placed].map((id) => site.row(id))), rows);
  t.equal((await site.told()).length, 2);
  const { rows: outbox } = await site.pool.query('SELECT FROM outbox');
  t.equal(outbox.length, 4);
});

t.test('a transaction that fails leaves nothing, and its events are written later', async (t) => {
  const site = await setUp(t);
  const id = await site.alert();
  await site.pool.query('ALTER TABLE outbox RENAME TO away');
  await t.rejects(site.write(fired(site, id)));
  t.match(await site.row(id), { is_active: true, is_triggered: false });
  t.same(await site.told(), []);
  await site.pool.query('ALTER TABLE away RENAME TO outbox');
  t.equal(await site.write(fired(site, id)), 1);
});

t.test('a repeating alert is told each time, and counts from its newest price', async (t) => {
  const site = await setUp(t);
  const id = await site.alert({
    ...{ condition: 'percentage_change', trigger_value: '5.50', is_repeating: true, reference_price: 100 },
  });
  const terms = { condition: 'percentage_change', triggerValue: 5.5, isRepeating: true } as const;
  await site.write(
    fired(site, id, { ...terms, value: 105.6, threshold: 105.5, nextReference: 105.6 }),
    fired(site, id, {
      ...{ ...terms, time: TIME + 1_000, value: 111.5, threshold: 111.408, nextReference: 111.5 },
      previous: 110,
    }),
  );
  t.match(await site.row(id), {
    ...{ is_active: true, is_triggered: true, fired_count: 2, reference_price: '111.5' },
    triggered_at: TIME + 1_000,
  });
  t.same(await site.told(), [
    'BTC/USDT price changed by 5.5 %, to 105.5',
    'BTC/USDT price changed by 5.5 %, to 111.408',
  ]);
});

t.test('what a restart tells of a candle again is not told twice', async (t) => {
  const site = await setUp(t);
  const id = await site.alert({ is_repeating: true });
  const trade = fired(site, id, { isRepeating: true });
  const candle = fired(site, id, {
    ...{ isRepeating: true, cause: 'candle', time: TIME + 29_999, value: 105.5 },
  });
  t.equal(await site.write(trade), 1);
  t.equal(await site.write(candle), 0, 'the minute of the trade');
  t.equal(await site.write({ ...candle, time: candle.time - 60_000 }), 0, 'one before');
  t.equal(await site.write({ ...candle, time: candle.time + 60_000 }), 1, 'the next one is news');
  const hourly = await site.alert({
    ...{ alert_type: 'volume_spike', trigger_value: 3, timeframe: '4h', is_repeating: true },
  });
  const spike = fired(site, hourly, {
    ...{ alertType: 'volume_spike', triggerValue: 3, timeframe: '4h', isRepeating: true, cause: 'volume' },
    value: 3.25,
  });
  t.equal(await site.write(spike), 1);
  t.equal(await site.write({ ...spike, time: TIME + 3_600_000, value: 4 }), 0, 'the same candle');
  t.equal(await site.write({ ...spike, time: TIME + 4 * 3_600_000 }), 1);
});

t.test('what the user has changed since prevails', async (t) => {
  const site = await setUp(t);
  const changed: readonly Readonly<Record<string, unknown>>[] = [
    { is_active: false },
    { trigger_value: 106 },
    { condition: 'equals' },
    { is_repeating: true },
    { alert_type: 'volume_spike' },
    { is_triggered: true, triggered_at: new Date(TIME) },
  ];
  for (const changes of changed) {
    const id = await site.alert(changes);
    const before = await site.row(id);
    t.equal(await site.write(fired(site, id)), 0, JSON.stringify(changes));
    t.same(await site.row(id), before);
  }
  const prolonged = await site.alert({ expires_at: new Date(TIME + 1) });
  t.equal(await site.write({ kind: 'expired', alertId: prolonged, expiresAt: TIME }), 0);
  t.match(await site.row(prolonged), { is_active: true });
  const placed = await site.alert({
    ...{ condition: 'percentage_change', trigger_value: 10, reference_price: 7 },
  });
  t.equal(await site.write({ kind: 'placed', alertId: placed, reference: 8 }), 0);
  const reworded = await site.alert({ message: 'new words' });
  t.equal(await site.write(fired(site, reworded)), 1);
  t.equal((await site.told()).length, 1);
});

t.test('a user who is no longer active is told nothing', async (t) => {
  const site = await setUp(t);
  const id = await site.alert();
  await site.pool.query('UPDATE users SET is_active = false');
  t.equal(await site.write(fired(site, id)), 0);
  t.same(await site.told(), []);
});

t.test('an alert that is armed anew fires anew', async (t) => {
  const site = await setUp(t);
  const id = await site.alert();
  await site.write(fired(site, id));
  await site.pool.query('UPDATE signal_alerts SET is_active = true, is_triggered = false');
  t.equal(await site.write(fired(site, id)), 0, 'not by the former crossing');
  t.equal(await site.write(fired(site, id, { time: TIME + 1 })), 1);
  t.match(await site.row(id), { fired_count: 2, is_active: false });
});

t.test('firings of a user who is being deleted wait, and are dropped', async (t) => {
  const site = await setUp(t);
  const ids = [await site.alert(), await site.alert()];
  const connection = await site.pool.connect();
  await connection.query('BEGIN');
  await connection.query('DELETE FROM users');
  const writing = site.write(...ids.map((id) => fired(site, id)));
  await connection.query('COMMIT');
  connection.release();
  t.equal(await writing, 0);
});

t.test('many users are told with the same few statements, each on their own channels', async (t) => {
  const site = await setUp(t);
  const { pool } = site;
  await pool.query(
    `INSERT INTO users (email, password_hash) SELECT 'u' || g || '@example.com', '$scrypt$x' FROM generate_series(1, 50) g`,
  );
  const { rows } = await pool.query<{ id: number; user_id: number }>(
    `INSERT INTO signal_alerts (user_id, asset_id, alert_type, condition, trigger_value)
     SELECT u.id, $1, 'price_target', 'above', 105 FROM users u, generate_series(1, 8) RETURNING id, user_id`,
    [site.assetId],
  );
  t.equal(await site.write(...rows.map(({ id }) => fired(site, id))), 408);
  const last = rows.at(-1)?.user_id ?? 0;
  const { rows: heads } = await pool.query<{ epoch: string; last_offset: number }>(
    `SELECT epoch, last_offset FROM outbox_channels WHERE channel = 'alerts' AND user_id = $1`,
    [last],
  );
  t.equal(heads[0]?.last_offset, 8);
  const recovery = await recover(pool, 'alerts', last, { epoch: heads[0]?.epoch ?? '', offset: 0 }, 100);
  t.ok(recovery.recovered && recovery.events.every(({ userId }) => userId === last));
});
