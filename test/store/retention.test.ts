import t from 'tap';
import { DEFAULT_SETTINGS, deleteOldRows, parseSettings, readSettings } from '../../src/store/retention.js';
import { makeSnapshot } from '../support/analyses.js';
import { createTestDatabase } from '../support/database.js';
import { insertRow, insertValid, type TableCase } from '../support/schema-cases.js';
import {
  analyticsDataCase,
  apiRequestLogsCase,
  externalApiLogsCase,
  systemHealthCase,
} from './schema/system.cases.js';
import { usersCase } from './schema/users.cases.js';

const DAY_MS = 86_400_000;
const daysAgo = (days: number): Date => new Date(Date.now() - days * DAY_MS);

t.test('settings: what is said, by default what is not or is wrong', (t) => {
  t.same(parseSettings(undefined), { settings: DEFAULT_SETTINGS, problems: [] });
  t.same(
    parseSettings({ archive_after_months: 0, keep_days: { api_request_logs: 7, user_activities: null } }),
    {
      settings: {
        archiveAfterMonths: 0,
        keepDays: { ...DEFAULT_SETTINGS.keepDays, api_request_logs: 7, user_activities: null },
      },
      problems: [],
    },
  );
  const wrong = parseSettings({
    archive_after_months: 2,
    keep_days: { api_request_logs: -1, system_health: 1.5, notifications: '3', users: 1 },
    other: 1,
  });
  t.same(wrong.settings, DEFAULT_SETTINGS);
  t.same(wrong.problems, [
    'other is unknown',
    'keep_days.users: no such table has old rows',
    'archive_after_months: 2 is not 0 or 3-1200',
    'keep_days.api_request_logs: -1 is not 0-36500 or null',
    'keep_days.system_health: 1.5 is not 0-36500 or null',
    'keep_days.notifications: "3" is not 0-36500 or null',
  ]);
  for (const value of [null, [], 3]) {
    t.match(parseSettings(value), { settings: DEFAULT_SETTINGS, problems: [/is not an object/] });
  }
  t.end();
});

t.test('deletes what is older than it is kept, in chunks, as the server’s own role', async (t) => {
  const database = await createTestDatabase();
  t.teardown(() => database.drop());
  const { pool } = database;
  const engine = await database.connect({ role: 'cryptopredict_engine' });
  const user = await insertValid(pool, usersCase, 1);
  const log = async (of: TableCase, n: number, days: number): Promise<void> => {
    await insertRow(pool, of.table, { ...(await of.valid(pool, n)), created_at: daysAgo(days) });
  };
  for (let n = 2; n < 9; n++) await log(apiRequestLogsCase, n, 31);
  await log(apiRequestLogsCase, 9, 29);
  await log(externalApiLogsCase, 1, 31);
  await log(externalApiLogsCase, 2, 29);
  await insertRow(pool, 'system_health', { check_time: daysAgo(31) });
  await insertRow(pool, 'system_health', {
    ...(await systemHealthCase.valid(pool, 1)),
    check_time: daysAgo(29),
  });
  for (const days of [731, 729]) {
    await insertRow(pool, 'analytics_data', {
      ...(await analyticsDataCase.valid(pool, 1)),
      created_at: daysAgo(days),
    });
  }
  for (const days of [366, 364]) {
    await insertRow(pool, 'user_activities', {
      user_id: user,
      activity_type: 'login',
      action: 'create',
      created_at: daysAgo(days),
    });
  }
  const session = (n: number, expires: number, refresh: number | null): Promise<unknown> =>
    insertRow(pool, 'user_sessions', {
      user_id: user,
      session_token: String(n).repeat(64),
      expires_at: daysAgo(expires),
      ...(refresh === null
        ? {}
        : { refresh_token: String(n + 4).repeat(64), refresh_expires_at: daysAgo(refresh) }),
    });
  await session(1, 40, 31);
  await session(2, 31, null);
  await session(3, 40, 29);
  for (const [days, title] of [
    [1, 'old'],
    [-1, 'new'],
    [null, 'for good'],
  ] as const) {
    await insertRow(pool, 'notifications', {
      user_id: user,
      notification_type: 'system',
      title,
      message: 'm',
      expires_at: days === null ? null : daysAgo(days),
    });
  }
  await pool.query(
    `INSERT INTO background_tasks (task_name, task_type, status, started_at, heartbeat_at, completed_at, execution_time_seconds)
     SELECT 'x', 'cleanup', 'completed', at, at, at, 0 FROM unnest($1::timestamptz[]) AS at`,
    [[daysAgo(91), daysAgo(89)]],
  );
  await pool.query(
    `INSERT INTO background_tasks (task_name, task_type, created_at) VALUES ('waits', 'cleanup', 'epoch')`,
  );

  for (const [timeframe, days] of [
    ['1m', 91],
    ['15m', 91],
    ['1h', 91],
    ['1m', 89],
  ] as const) {
    const at = daysAgo(days).getTime();
    await makeSnapshot(pool, { timeframe, snapshotTime: at });
    await pool.query(
      `INSERT INTO sector_history (sector_id, data_source, timeframe, candle_time)
       SELECT min(id), 'binance', $1, to_timestamp($2::float8 / 1000) FROM sectors`,
      [timeframe, at + 60 * 86_400_000],
    );
  }

  const { settings } = await readSettings(engine);
  t.same(settings, DEFAULT_SETTINGS);
  const stopped = new AbortController();
  stopped.abort();
  t.same(await deleteOldRows(engine, settings, { signal: stopped.signal }), { api_request_logs: 0 });
  t.same(await deleteOldRows(engine, settings, { chunkRows: 3 }), {
    api_request_logs: 7,
    external_api_logs: 1,
    system_health: 1,
    analytics_data: 1,
    user_activities: 1,
    user_sessions: 2,
    notifications: 1,
    background_tasks: 1,
    metrics_snapshot: 2,
    sector_history: 2,
  });
  const { rows } = await pool.query('SELECT title FROM notifications ORDER BY title');
  t.same(rows, [{ title: 'for good' }, { title: 'new' }]);

  await pool.query(
    `INSERT INTO system_config (key, value) VALUES ('housekeeping', '{"keep_days": {"api_request_logs": 28, "external_api_logs": null}}')
     ON CONFLICT (key) DO UPDATE SET value = excluded.value`,
  );
  await pool.query(`UPDATE external_api_logs SET created_at = 'epoch'`);
  const { settings: shorter } = await readSettings(engine);
  t.match(await deleteOldRows(engine, shorter), { api_request_logs: 1, external_api_logs: undefined });
});
