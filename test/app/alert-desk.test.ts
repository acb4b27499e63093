import t from 'tap';
import type { Pool } from '../../src/store/pool.js';
import { until } from '../support/until.js';
import { type LiveSite, makeLiveSite } from './live-site.js';

async function count(pool: Pool, from: string): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(`SELECT count(*)::int AS count FROM ${from}`);
  return rows[0]?.count ?? -1;
}

/** Waits until nothing is on its way, in either direction. */
function quiet({ desk, live }: LiveSite): Promise<void> {
  return until('all has settled', () => desk.pending === 0 && !live.stats.isBehind);
}

t.test('a trade that crosses an alert is told once, and the alert is gone', async (t) => {
  const site = await makeLiveSite(t);
  const { pool, engine } = site;
  const id = await site.alert();
  await site.live.start();
  site.trade(1, 100);
  t.equal(site.events.length, 0);
  site.trade(2, 105.5);
  t.match(site.events, [
    { kind: 'fired', alertId: id, assetId: site.assetIds[0], value: 105.5, previous: 100 },
  ]);
  await quiet(site);
  t.equal(await count(pool, 'signal_alerts WHERE is_triggered AND NOT is_active'), 1);
  t.equal(await count(pool, 'notifications'), 1);
  site.trade(3, 100);
  site.trade(4, 106);
  t.equal(site.events.length, 1);
  await site.write(true);
  await quiet(site);
  t.equal(await count(pool, 'notifications'), 1, 'also when the write is repeated');
  t.equal(await count(pool, 'outbox'), 2);
  t.equal(engine.alerts.size, 0, 'and what was notified of it has put nothing in again');
});

t.test('until it is written, an alert that has fired is not put in again by being read', async (t) => {
  const site = await makeLiveSite(t, { isWriting: false });
  const { pool, engine, live, desk } = site;
  const once = await site.alert();
  const repeating = await site.alert({
    ...{ condition: 'percentage_change', trigger_value: 5, is_repeating: true, reference_price: 100 },
  });
  await live.start();
  site.trade(1, 100);
  site.trade(2, 106);
  t.same(
    site.events.map(({ alertId }) => alertId),
    [once, repeating],
  );
  t.equal(engine.alerts.get(repeating)?.reference, 106);
  await pool.query(`UPDATE signal_alerts SET message = 'new words', expires_at = now() + interval '1 year'`);
  site.gate.shut();
  await until('the listener is away', () => !live.stats.isConnected);
  site.gate.open();
  await until('everything is read anew', () => live.stats.reconnects === 1 && !live.stats.isBehind);
  t.equal(engine.alerts.get(once), undefined);
  t.match(engine.alerts.get(repeating), { reference: 106, expiresAt: null }, 'it is as it was when it fired');
  t.equal(desk.pending, 2);
  await site.write();
  await until('it is as its user has changed it', () => engine.alerts.get(repeating)?.expiresAt !== null);
  t.equal(engine.alerts.get(repeating)?.reference, 106);
  t.equal(engine.alerts.size, 1);
  t.equal(await count(pool, `notifications WHERE message LIKE 'new words%'`), 2);
});

t.test('an alert whose user changed it before its firing was written waits for the new price', async (t) => {
  const site = await makeLiveSite(t, { isWriting: false });
  const { pool, engine } = site;
  const id = await site.alert();
  await site.live.start();
  site.trade(1, 100);
  site.trade(2, 106);
  await pool.query('UPDATE signal_alerts SET trigger_value = 110');
  await site.write();
  await until('it is in again', () => engine.alerts.get(id)?.value === 110);
  t.equal(await count(pool, 'notifications'), 0);
  site.trade(3, 110);
  await site.write();
  t.equal(await count(pool, `notifications WHERE title = 'BTC/USDT price above 110'`), 1);
});

t.test('an alert that is deleted before its firing is written is not told', async (t) => {
  const site = await makeLiveSite(t, { isWriting: false });
  await site.alert();
  await site.live.start();
  site.trade(1, 100);
  site.trade(2, 106);
  await site.pool.query('DELETE FROM signal_alerts');
  await site.write();
  await quiet(site);
  t.equal(await count(site.pool, 'notifications'), 0);
  t.equal(site.engine.alerts.size, 0);
});

t.test('an alert that is armed anew is watched and fires anew', async (t) => {
  const site = await makeLiveSite(t);
  const { pool, engine } = site;
  const id = await site.alert();
  await site.live.start();
  site.trade(1, 100);
  site.trade(2, 106);
  await quiet(site);
  await pool.query('UPDATE signal_alerts SET is_active = true, is_triggered = false');
  await until('it is watched', () => engine.alerts.get(id) !== undefined);
  site.trade(3, 107);
  site.trade(4, 100);
  site.trade(5, 105);
  await quiet(site);
  t.equal(await count(pool, 'notifications'), 2);
  t.equal(await count(pool, 'signal_alerts WHERE fired_count = 2 AND NOT is_active'), 1);
});

t.test('an alert whose time is over is no longer active', async (t) => {
  const site = await makeLiveSite(t);
  const id = await site.alert({ expires_at: new Date(Date.UTC(2024, 6, 1, 12, 1)) });
  await site.live.start();
  t.ok(site.engine.alerts.get(id));
  site.trade(1, 100);
  site.watermark(180);
  t.match(site.events, [{ kind: 'expired', alertId: id }]);
  await quiet(site);
  t.equal(await count(site.pool, 'signal_alerts WHERE NOT is_active AND NOT is_triggered'), 1);
});

t.test('two thousand alerts that one trade crosses are each told once', async (t) => {
  const site = await makeLiveSite(t);
  const { pool } = site;
  await pool.query(
    `INSERT INTO signal_alerts (user_id, asset_id, alert_type, condition, trigger_value)
     SELECT $1, $2, 'price_target', 'above', 100 + g / 1000.0 FROM generate_series(1, 2000) AS g`,
    [site.userId, site.assetIds[0]],
  );
  await site.live.start();
  site.trade(1, 100);
  site.trade(2, 110);
  t.equal(site.events.length, 2_000);
  await quiet(site);
  await site.write(true);
  await quiet(site);
  t.equal(await count(pool, 'notifications'), 2_000);
  t.equal(await count(pool, 'signal_alerts WHERE fired_count = 1 AND NOT is_active'), 2_000);
  t.equal(await count(pool, `outbox WHERE channel = 'alerts'`), 2_000);
  t.equal(site.engine.alerts.size, 0);
});

t.test('firings whose writing is cut off again and again are each told once', async (t) => {
  const site = await makeLiveSite(t);
  const { pool, engine } = site;
  await pool.query(
    `INSERT INTO signal_alerts (user_id, asset_id, alert_type, condition, trigger_value, is_repeating)
     SELECT $1, $2, 'price_target', 'equals', 100.5, true FROM generate_series(1, 300)`,
    [site.userId, site.assetIds[0]],
  );
  await site.live.start();
  for (let seconds = 1; seconds <= 10; seconds++) {
    site.trade(seconds, seconds % 2 === 0 ? 101 : 100);
    await pool.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid()`,
    );
  }
  t.equal(site.events.length, 9 * 300);
  await quiet(site);
  t.equal(await count(pool, 'notifications'), 9 * 300);
  t.equal(await count(pool, 'signal_alerts WHERE fired_count = 9 AND is_active'), 300);
  t.equal(await count(pool, `outbox WHERE channel = 'alerts'`), 9 * 300);
  t.equal(engine.alerts.size, 300);
});

t.test('an alert that fires with every trade is not told with every trade', async (t) => {
  const site = await makeLiveSite(t);
  const change = { condition: 'percentage_change', trigger_value: 0.000_001, is_repeating: true };
  const id = await site.alert(change);
  await site.live.start();
  for (let seconds = 1; seconds <= 40; seconds++) site.trade(seconds, 100 + (seconds % 2));
  const told = site.events.filter((event) => event.kind === 'fired' && event.alertId === id);
  t.equal(told.length, 20);
  t.equal(site.desk.heldBack, 19);
  t.equal(site.live.stats.heldBackFirings, 19);
});
