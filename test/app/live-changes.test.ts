import t, { type Test } from 'tap';
import type { Pool } from '../../src/store/pool.js';
import { recordingLogger } from '../support/recording-logger.js';
import { until } from '../support/until.js';
import { type LiveSite, makeLiveSite } from './live-site.js';

async function begin(t: Test, options?: Parameters<typeof makeLiveSite>[1]): Promise<LiveSite> {
  const site = await makeLiveSite(t, options);
  await site.live.start();
  return site;
}

/** Ends the connection that listens, from the database's side. */
async function cut(pool: Pool): Promise<void> {
  const { rowCount } = await pool.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE application_name = 'cryptopredict listener' AND datname = current_database()`,
  );
  if (rowCount !== 1) throw new Error(`${rowCount} connections listen`);
}

/** Gives the names of the user's watchlists. */
function listsOf({ tables, userId }: LiveSite): string {
  return [...tables.watchlists.of(userId)]
    .map(({ name }) => name)
    .toSorted()
    .join();
}

/** Waits until a change is in memory and gives how long it took, ms. */
async function latency(what: string, holds: () => boolean): Promise<number> {
  const started = performance.now();
  await until(what, holds, 5_000);
  return Math.round(performance.now() - started);
}

t.test('what is in the database at the start is in memory when it is over', async (t) => {
  const site = await makeLiveSite(t);
  const { pool, engine, tables, userId, assetIds } = site;
  const ids = [await site.alert(), await site.alert({ condition: 'below', trigger_value: '0.00000001' })];
  await site.alert({ is_active: false });
  await site.alert({ is_triggered: true, triggered_at: new Date() });
  await pool.query(`INSERT INTO watchlists (name, user_id) VALUES ('Mine', $1)`, [userId]);
  await pool.query(`INSERT INTO system_config (key, value) VALUES ('limits.lists', '{"max": 3}')`);
  await site.live.start();
  t.equal(engine.alerts.size, 2, 'those that can fire');
  t.match(engine.alerts.get(ids[1] ?? 0), { asset: 0, condition: 'below', value: 1e-8, repeating: false });
  t.match([...tables.watchlists.of(userId)], [{ name: 'Mine', userId }]);
  t.same(tables.settings.get('limits.lists'), { key: 'limits.lists', value: { max: 3 } });
  t.equal(tables.assets.get(assetIds[0] ?? 0)?.symbol, 'BTC/USDT');
  t.match(site.live.stats, { isConnected: true, isBehind: false, alerts: 2, failedReads: 0 });
});

t.test('a change by any other connection gets into memory', async (t) => {
  const site = await begin(t);
  const { pool, engine, tables, userId, assetIds } = site;
  const took: Record<string, number> = {};
  const id = await site.alert();
  took.insert = await latency('the alert is watched', () => engine.alerts.get(id) !== undefined);
  await pool.query('UPDATE signal_alerts SET trigger_value = 107.5 WHERE id = $1', [id]);
  took.update = await latency('it watches the new price', () => engine.alerts.get(id)?.value === 107.5);
  await pool.query('DELETE FROM signal_alerts WHERE id = $1', [id]);
  took.delete = await latency('it is gone', () => engine.alerts.get(id) === undefined);
  const lists: number[] = [];
  tables.watchlists.subscribe(({ set, removed }) => lists.push(set.length, -removed.length));
  const { rows } = await pool.query<{ id: number }>(
    `INSERT INTO watchlists (name, user_id) VALUES ('Mine', $1) RETURNING id`,
    [userId],
  );
  const list = rows[0]?.id ?? 0;
  took.watchlist = await latency('the list is there', () => tables.watchlists.get(list)?.name === 'Mine');
  await pool.query('INSERT INTO watchlist_assets (watchlist_id, asset_id) SELECT $1, unnest($2::int[])', [
    list,
    assetIds,
  ]);
  took.entries = await latency('so are its entries', () => [...tables.watchlistAssets.of(list)].length === 2);
  const entries = tables.watchlistAssets.size;
  await pool.query('INSERT INTO risk_management (user_id, max_portfolio_risk) VALUES ($1, 0.05)', [userId]);
  took.risk = await latency('the limits of risk are', () =>
    [...tables.riskSettings.of(userId)].some(({ maxPortfolioRisk }) => maxPortfolioRisk === '0.05'),
  );
  await pool.query(`INSERT INTO system_config (key, value) VALUES ('a.b', '1')`);
  took.setting = await latency('the setting is', () => tables.settings.get('a.b')?.value === 1);
  await pool.query(`UPDATE system_config SET value = '2' WHERE key = 'a.b'`);
  took.setSetting = await latency('it changes', () => tables.settings.get('a.b')?.value === 2);
  await pool.query('DELETE FROM watchlists WHERE id = $1', [list]);
  took.cascade = await latency('its entries go with it', () => tables.watchlistAssets.size === entries - 2);
  t.same(lists, [1, -0, 0, -1]);
  t.comment(`ms: ${JSON.stringify(took)}`);
});

t.test('what is notified in one turn is read with one query for a table', async (t) => {
  const site = await begin(t);
  const { pool, userId, live } = site;
  const { reads } = live.stats;
  await pool.query(
    `INSERT INTO signal_alerts (user_id, asset_id, alert_type, condition, trigger_value)
     SELECT $1, (SELECT min(id) FROM assets), 'price_target', 'above', g FROM generate_series(1, 2000) AS g`,
    [userId],
  );
  await until('all are watched', () => site.engine.alerts.size === 2_000 && !live.stats.isBehind);
  t.ok(live.stats.reads - reads <= 3, `${live.stats.reads - reads} readings`);
  t.equal(live.stats.refused, 0);
});

t.test('what changes while the listener is away is there when it has come back', async (t) => {
  const site = await begin(t);
  const { pool, engine, tables, userId, live } = site;
  const [kept, changed, deleted] = [await site.alert(), await site.alert(), await site.alert()] as const;
  await until('all are watched', () => engine.alerts.size === 3);
  await pool.query(`INSERT INTO watchlists (name, user_id) VALUES ('Old', $1), ('Gone', $1)`, [userId]);
  await until('the lists are there', () => listsOf(site) === 'Gone,Old');
  const { version } = tables.watchlists;
  site.gate.shut();
  await until('it is away', () => !live.stats.isConnected);
  await pool.query('UPDATE signal_alerts SET trigger_value = 99 WHERE id = $1', [changed]);
  await pool.query('DELETE FROM signal_alerts WHERE id = $1', [deleted]);
  await pool.query(`UPDATE watchlists SET name = 'New' WHERE name = 'Old'`);
  await pool.query(`DELETE FROM watchlists WHERE name = 'Gone'`);
  const added = await site.alert({ condition: 'below' });
  site.gate.open();
  await until('it is back', () => live.stats.reconnects === 1 && live.stats.isConnected);
  await until('all is as in the database', () => {
    const { alerts } = engine;
    return (
      alerts.size === 3 &&
      alerts.get(kept)?.value === 105 &&
      alerts.get(changed)?.value === 99 &&
      alerts.get(added)?.condition === 'below' &&
      listsOf(site) === 'New'
    );
  });
  t.ok(tables.watchlists.version > version);
  const later = await site.alert();
  await until('it hears again', () => engine.alerts.get(later) !== undefined);
});

t.test('an alert that stays as it is keeps what it counts from, however often it is read', async (t) => {
  const site = await begin(t);
  const { pool, engine, live } = site;
  site.trade(1, 100);
  const id = await site.alert({ condition: 'percentage_change', trigger_value: 10 });
  await until('it counts from the last price, also in the database', async () => {
    const { rows } = await pool.query('SELECT reference_price FROM signal_alerts WHERE id = $1', [id]);
    return engine.alerts.get(id)?.reference === 100 && rows[0]?.reference_price === '100';
  });
  site.trade(2, 104);
  await cut(pool);
  await until('everything is read again', () => live.stats.reconnects === 1 && !live.stats.isBehind);
  t.equal(engine.alerts.get(id)?.reference, 100);
  await pool.query(`UPDATE signal_alerts SET message = 'look', trigger_value = 20 WHERE id = $1`, [id]);
  await until('it is changed', () => engine.alerts.get(id)?.value === 20);
  t.equal(engine.alerts.get(id)?.reference, 100, 'also with another percentage');
});

t.test('an alert that waits for the first price of its asset has its reference stored then', async (t) => {
  const site = await begin(t);
  const id = await site.alert({ condition: 'percentage_change', trigger_value: 10 });
  await until('it is watched', () => site.engine.alerts.get(id) !== undefined);
  t.equal(site.engine.alerts.get(id)?.reference, null);
  site.trade(1, 100.25);
  await until('it is stored', async () => {
    const { rows } = await site.pool.query('SELECT reference_price FROM signal_alerts');
    return rows[0]?.reference_price === '100.25';
  });
});

t.test('an asset that is switched off is told once, and its alerts wait until it is on again', async (t) => {
  const site = await begin(t);
  const { pool, engine, assetIds, switched } = site;
  const [btc, eth] = assetIds;
  const id = await site.alert();
  const other = await site.alert({ asset_id: eth });
  await until('both are watched', () => engine.alerts.size === 2);
  await pool.query('UPDATE assets SET is_supported = false WHERE id = $1', [btc]);
  await until('its alert is out', () => engine.alerts.get(id) === undefined);
  t.ok(engine.alerts.get(other));
  const meanwhile = await site.alert();
  await pool.query('UPDATE assets SET is_active = false WHERE id = $1', [btc]);
  await until('the list is up to date', () => site.tables.assets.get(btc ?? 0)?.isActive === false);
  t.equal(engine.alerts.get(meanwhile), undefined);
  await pool.query('UPDATE assets SET is_supported = true, is_active = true WHERE id = $1', [btc]);
  await until('they are in again', () => engine.alerts.size === 3);
  t.same(switched, ['-BTC/USDT', '+BTC/USDT']);
});

t.test('alerts on assets that are not served are none of our business', async (t) => {
  const site = await begin(t);
  const { rows } = await site.pool.query<{ id: number }>(
    `INSERT INTO assets (symbol, name, asset_type, data_source) VALUES ('X/USDT', 'X', 'crypto', 'kraken') RETURNING id`,
  );
  await site.alert({ asset_id: rows[0]?.id });
  const id = await site.alert();
  await until('the other one is watched', () => site.engine.alerts.get(id) !== undefined);
  t.equal(site.engine.alerts.size, 1);
  t.equal(site.live.stats.refusedAlerts, 0);
});

t.test(
  'an alert that the book refuses is set aside, logged once, and watched once it is mended',
  async (t) => {
    const { logger, lines } = recordingLogger();
    const site = await begin(t, { logger });
    const { pool, engine, live } = site;
    await pool.query('ALTER TABLE signal_alerts DROP CONSTRAINT chk_signal_alerts_trigger_value');
    const id = await site.alert({ trigger_value: '1e200' });
    await until('it is set aside', () => live.stats.refusedAlerts === 1);
    await cut(pool);
    await until('everything is read again', () => live.stats.reconnects === 1 && !live.stats.isBehind);
    t.match(
      lines.filter(({ msg }) => msg.includes('set aside')),
      [{ alert: id, reason: /value is 1e\+200/ }],
      'once',
    );
    await pool.query('UPDATE signal_alerts SET trigger_value = 3');
    await until('it is watched', () => engine.alerts.get(id)?.value === 3);
    t.equal(live.stats.refusedAlerts, 0);
  },
);

t.test('a notification that names rows that cannot exist does no harm', async (t) => {
  const site = await begin(t);
  const notify = (keys: unknown): Promise<unknown> =>
    site.pool.query('SELECT pg_notify($1, $2)', [
      'cryptopredict_changes',
      JSON.stringify({ table: 'signal_alerts', keys }),
    ]);
  await notify(['x', '1); DROP TABLE users']);
  await notify([2 ** 40]);
  await notify('all');
  const id = await site.alert();
  await until('it goes on', () => site.engine.alerts.get(id) !== undefined);
  t.equal(site.live.stats.refused, 1, 'what is no list of keys');
});

t.test('while the database cannot be read it is tried again, and nothing is forgotten', async (t) => {
  const site = await begin(t);
  const { pool, live } = site;
  await pool.query('ALTER TABLE watchlists RENAME COLUMN sort_order TO sorted');
  await pool.query(`UPDATE system_config SET value = '1'`);
  await pool.query(`SELECT pg_notify('cryptopredict_changes', '{"table": "watchlists", "keys": [1]}')`);
  await until('it fails', () => live.stats.failedReads > 0);
  await pool.query('ALTER TABLE watchlists RENAME COLUMN sorted TO sort_order');
  await pool.query(`INSERT INTO watchlists (name, user_id) VALUES ('Mine', $1)`, [site.userId]);
  await until('it is up to date', () => listsOf(site) === 'Mine' && !live.stats.isBehind);
});

t.test('a start on a database that cannot be read fails', async (t) => {
  const site = await makeLiveSite(t);
  await site.pool.query('ALTER TABLE portfolios RENAME TO elsewhere');
  await t.rejects(site.live.start(), { code: '42P01' });
});
