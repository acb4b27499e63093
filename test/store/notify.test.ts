import t, { type Test } from 'tap';
import type { Connection } from '../../src/store/pool.js';
import {
  ASSET_ROWS,
  PORTFOLIO_ASSET_ROWS,
  PORTFOLIO_ROWS,
  RISK_ROWS,
  SETTING_ROWS,
  WATCHLIST_ASSET_ROWS,
  WATCHLIST_ROWS,
} from '../../src/store/repositories/live-rows.js';
import { NOTIFYING_TABLES, parseTableChange, type TableChange } from '../../src/store/table-change.js';
import { insertAlert, makeUser } from '../app/live-site.js';
import { createTestDatabase } from '../support/database.js';

interface Site {
  readonly connection: Connection;
  readonly userId: number;
  /** What a statement notifies, and how many bytes its longest payload has. */
  changes(sql: string, values?: unknown[]): Promise<{ changes: readonly TableChange[]; bytes: number }>;
}

async function setUp(t: Test): Promise<Site> {
  const database = await createTestDatabase();
  t.teardown(() => database.drop());
  const userId = await makeUser(database.pool);
  const connection = await database.pool.connect();
  t.teardown(() => connection.release());
  const payloads: string[] = [];
  connection.on('notification', ({ payload = '' }) => payloads.push(payload));
  await connection.query('LISTEN cryptopredict_changes');
  return {
    ...{ connection, userId },
    async changes(sql, values) {
      payloads.length = 0;
      await connection.query(sql, values);
      // What a statement of ours notifies comes before the answer to the next one.
      await connection.query('SELECT');
      const bytes = Math.max(0, ...payloads.map((payload) => Buffer.byteLength(payload)));
      return { changes: payloads.map(parseTableChange), bytes };
    },
  };
}

const ASSETS = `INSERT INTO assets (symbol, name, asset_type, data_source)
  SELECT 'S' || g || '/USDT', 'S', 'crypto', 'elsewhere' FROM generate_series(1, 3) AS g RETURNING id`;

t.test('a statement tells the keys of all its rows at once, whatever it does to them', async (t) => {
  const { changes, connection } = await setUp(t);
  const ids = async (): Promise<number[]> => {
    const { rows } = await connection.query<{ id: number }>(
      `SELECT id FROM assets WHERE data_source = 'elsewhere' ORDER BY id`,
    );
    return rows.map(({ id }) => id);
  };
  t.same((await changes(ASSETS)).changes, [{ table: 'assets', keys: await ids() }]);
  const [first, second] = await ids();
  t.same((await changes('UPDATE assets SET is_supported = false WHERE id = $1', [first])).changes, [
    { table: 'assets', keys: [first] },
  ]);
  t.same((await changes('DELETE FROM assets WHERE id = $1', [second])).changes, [
    { table: 'assets', keys: [second] },
  ]);
  const all = (await changes('TRUNCATE assets CASCADE')).changes;
  t.ok(all.some(({ table, keys }) => table === 'assets' && keys === null));
  t.ok(all.some(({ table, keys }) => table === 'signal_alerts' && keys === null));
  t.same((await changes(`DELETE FROM assets`)).changes, [], 'no row, no word');
});

t.test('what the server itself writes again and again is not told', async (t) => {
  const { changes, connection, userId } = await setUp(t);
  const { rows } = await connection.query<{ id: number }>(ASSETS);
  const id = rows[0]?.id ?? 0;
  await insertAlert(connection, userId, id);
  await connection.query('INSERT INTO risk_management (user_id) VALUES ($1)', [userId]);
  for (const sql of [
    'UPDATE assets SET current_price = 5, last_price_update = now(), ath = 6, total_volume = 1',
    'UPDATE assets SET access_count = access_count + 1, last_accessed_at = now()',
    'UPDATE assets SET is_active = is_active, name = name',
    `UPDATE signal_alerts SET last_checked = now(), message = 'x', fired_count = 2`,
    `UPDATE risk_management SET current_exposure = '{"a": 1}', risk_metrics = '{}', last_calculated = now()`,
    `UPDATE system_config SET description = 'other'`,
  ]) {
    t.same((await changes(sql)).changes, [], sql);
  }
  t.equal((await changes('UPDATE signal_alerts SET is_active = false')).changes.length, 1);
});

t.test('a key that is changed is told as it was and as it is', async (t) => {
  const { changes } = await setUp(t);
  await changes(`INSERT INTO system_config (key, value) VALUES ('a.one', '1')`);
  t.same((await changes(`UPDATE system_config SET key = 'a.two' WHERE key = 'a.one'`)).changes, [
    { table: 'system_config', keys: ['a.one', 'a.two'] },
  ]);
});

t.test('thousands of rows are told in parts, tens of thousands as all', async (t) => {
  const { changes } = await setUp(t);
  const insert = `INSERT INTO system_config (key, value) SELECT $1 || g, '1' FROM generate_series(1, $2::int) AS g`;
  await changes('ALTER TABLE system_config DISABLE TRIGGER trg_system_config_audit');
  const thousands = await changes(insert, ['a', 5_000]);
  t.ok(thousands.bytes < 8_000);
  const keys = thousands.changes.flatMap((change) => change.keys ?? []);
  t.equal(keys.length, 5_000);
  t.equal(new Set(keys).size, 5_000);
  t.same((await changes(insert, ['b', 20_000])).changes, [{ table: 'system_config', keys: null }]);
});

t.test('what goes with its parent is told', async (t) => {
  const { changes, connection, userId } = await setUp(t);
  const { rows } = await connection.query<{ id: number }>(ASSETS);
  const alert = await insertAlert(connection, userId, rows[0]?.id ?? 0);
  t.same((await changes('DELETE FROM users WHERE id = $1', [userId])).changes, [
    { table: 'signal_alerts', keys: [alert] },
  ]);
});

t.test('every column that is held in memory is among those whose change is told', async (t) => {
  const { connection } = await setUp(t);
  const { rows } = await connection.query<{ table: string; columns: string[] }>(
    `SELECT c.relname AS table, string_to_array(trim(trailing chr(92) || '000' FROM encode(t.tgargs, 'escape')),
       chr(92) || '000') AS columns
     FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
     WHERE t.tgname = format('trg_%s_notify_update', c.relname)`,
  );
  const told = new Map(rows.map(({ table, columns }) => [table, columns]));
  t.same([...told.keys()].toSorted(), [...NOTIFYING_TABLES].toSorted());
  const sources = [
    ...[ASSET_ROWS, WATCHLIST_ROWS, WATCHLIST_ASSET_ROWS, PORTFOLIO_ROWS, PORTFOLIO_ASSET_ROWS],
    ...[RISK_ROWS, SETTING_ROWS],
  ];
  for (const source of sources) {
    const asked: string[] = [];
    const query = (sql: string): Promise<{ rows: [] }> => {
      asked.push(sql);
      return Promise.resolve({ rows: [] });
    };
    await source.page({ query } as never, null, 1);
    const list = /^SELECT (.*) FROM/s.exec(asked[0] ?? '')?.[1] ?? '';
    const columns = list.split(',').map((column) => column.trim().split(' ')[0]);
    t.same(columns.toSorted(), told.get(source.table)?.toSorted(), source.table);
  }
});
