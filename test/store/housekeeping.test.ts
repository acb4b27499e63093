import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { Housekeeping, type HousekeepingOptions } from '../../src/store/housekeeping.js';
import type { HousekeepingTask, TaskRun } from '../../src/store/housekeeping-tasks.js';
import type { Pool } from '../../src/store/pool.js';
import {
  type BackgroundTask,
  BackgroundTaskRepository,
} from '../../src/store/repositories/background-tasks.js';
import { createTestDatabase } from '../support/database.js';
import { silent } from '../support/folder.js';
import { until } from '../support/until.js';

const database = await createTestDatabase();
t.teardown(() => database.drop());
const { pool } = database;
const rows = new BackgroundTaskRepository(pool);
t.beforeEach(() => pool.query('TRUNCATE background_tasks'));

const HOUR_MS = 3_600_000;

async function runs(name: string): Promise<readonly BackgroundTask[]> {
  return (await rows.list({ name })).items;
}

async function states(name: string): Promise<readonly string[]> {
  return (await runs(name)).map(({ status }) => status);
}

function sweep(run: (run: TaskRun) => Promise<Record<string, unknown>>, everyMs: number | null = HOUR_MS) {
  return { name: 'sweep', type: 'cleanup', everyMs, run } as const satisfies HousekeepingTask;
}

function start(t: Test, tasks: readonly HousekeepingTask[], options: Partial<HousekeepingOptions> = {}) {
  const housekeeping = new Housekeeping({ pool, logger: silent, tasks, checkMs: 20, ...options });
  t.teardown(() => housekeeping.stop());
  housekeeping.start();
  return housekeeping;
}

/** Lets it look several times. */
async function looks(): Promise<void> {
  await sleep(150);
}

t.test('all tasks run as the server’s own role on a fresh database, once', async (t) => {
  const engine = await database.connect({ role: 'cryptopredict_engine' });
  const now = Date.UTC(2025, 4, 6);
  const housekeeping = new Housekeeping({ pool: engine, logger: silent, checkMs: 20, now: () => now });
  t.teardown(() => housekeeping.stop());
  housekeeping.start();
  const done = async (): Promise<readonly BackgroundTask[]> =>
    (await rows.list({ status: 'completed' })).items;
  await until('five are done', async () => (await done()).length === 5);
  await housekeeping.request('price_analyze', { from: '2025-05-01T00:00:00Z', to: '2025-06-02T00:00:00Z' });
  await until('six are done', async () => (await done()).length === 6);
  await looks();
  t.same((await rows.list({ status: 'failed' })).items, []);
  t.same(Object.fromEntries((await done()).map(({ name, result }) => [name, result])), {
    price_partitions: { made: ['price_data_2025_05', 'price_data_2025_06', 'price_data_2025_07'] },
    price_archive: { months: [], late: 0 },
    log_retention: {
      deleted: {
        api_request_logs: 0,
        external_api_logs: 0,
        system_health: 0,
        analytics_data: 0,
        user_activities: 0,
        user_sessions: 0,
        notifications: 0,
        background_tasks: 0,
        metrics_snapshot: 0,
        sector_history: 0,
      },
    },
    outbox_prune: { deleted: 0 },
    use_figures: { periods: 0, figures: 0 },
    price_analyze: {},
  });
  t.match(housekeeping.stats, { running: null, completed: 6, failed: 0, lastError: null });
  await t.rejects(housekeeping.request('unheard_of'), RangeError);
});

t.test('what is due is read from the table: a restart neither repeats nor skips', async (t) => {
  let count = 0;
  const task = sweep(async () => ({ count: ++count }));
  const first = start(t, [task]);
  await until('it ran', async () => (await states('sweep')).includes('completed'));
  await first.stop();
  start(t, [task]);
  await looks();
  t.equal(count, 1, 'not yet');
  await pool.query(`UPDATE background_tasks SET completed_at = now() - interval '61 minutes'`);
  await until('an hour later', () => count === 2);
  await looks();
  t.equal(count, 2);
});

t.test('of several servers one does each run', async (t) => {
  let atOnce = 0;
  let count = 0;
  const task = sweep(async () => {
    t.equal(++atOnce, 1);
    await sleep(30);
    atOnce--;
    return { count: ++count };
  });
  for (let i = 0; i < 4; i++) start(t, [task], { pool: await database.connect({ size: 3 }) });
  await until('it ran', () => count > 0);
  await looks();
  t.equal(count, 1);
  t.same(await states('sweep'), ['completed']);
});

t.test('a failure is written down and tried again, later and later', async (t) => {
  let isBroken = true;
  let tries = 0;
  const task = sweep(async () => {
    tries++;
    if (isBroken) throw new Error('no room');
    return {};
  });
  const housekeeping = start(t, [task]);
  await until('it failed', async () => (await states('sweep')).includes('failed'));
  await looks();
  t.equal(tries, 1, 'not at once');
  t.match(await runs('sweep'), [{ status: 'failed', error: 'no room' }]);
  t.match(housekeeping.stats, { failed: 1, lastError: 'sweep: no room' });
  const pass = (seconds: number): Promise<unknown> =>
    pool.query(`UPDATE background_tasks SET completed_at = completed_at - $1 * interval '1 second'`, [
      seconds,
    ]);
  await pass(61);
  await until('it failed again', async () => (await states('sweep')).length === 2);
  await until('and said so', () => housekeeping.stats.failed === 2);
  isBroken = false;
  await pass(61);
  await looks();
  t.equal(tries, 2, 'twice as late');
  await pass(60);
  await until('it is mended', async () => (await states('sweep'))[0] === 'completed');
  await until('all is well', () => housekeeping.stats.lastError === null);
});

t.test('a run whose process died is marked, and done anew', async (t) => {
  await rows.begin('sweep', 'cleanup');
  const task = sweep(async () => ({}));
  start(t, [task], { retryMs: 1 });
  await until('it ran', async () => (await states('sweep')).includes('completed'));
  t.match(await runs('sweep'), [{ status: 'completed' }, { status: 'failed', error: /process .* is gone/ }]);
});

t.test('a run is broken off by a stop, and the next server takes it up', async (t) => {
  const params = { from: 'here' };
  const given: unknown[] = [];
  const task = sweep(async ({ signal, params }) => {
    given.push(params);
    await sleep(60_000, undefined, { signal });
    return {};
  }, null);
  const housekeeping = start(t, [task]);
  await looks();
  t.same(await states('sweep'), [], 'it is not done unless it is asked for');
  await housekeeping.request('sweep', params);
  await until('it runs', () => given.length === 1);
  t.equal(housekeeping.stats.running, 'sweep');
  await housekeeping.stop();
  t.match(await runs('sweep'), [{ status: 'pending', params }]);
  t.equal(housekeeping.stats.lastError, null, 'a stop is no failure');
  start(t, [task]);
  await until('it runs again', () => given.length === 2);
  t.same(given, [params, params]);
});

t.test('a run that loses its lock is broken off', async (t) => {
  const pools: Pool[] = [await database.connect({ size: 3 }), await database.connect({ size: 3 })];
  let began = 0;
  const task = sweep(async ({ signal }) => {
    began++;
    if (began === 1) await sleep(60_000, undefined, { signal });
    return {};
  });
  for (const pool of pools) start(t, [task], { pool, retryMs: 1 });
  await until('it runs', () => began === 1);
  await pool.query(
    `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
  );
  await until('it is done', async () => (await states('sweep')).includes('completed'));
  t.equal(began, 2);
});

t.test('a database that is away for a while is tried again', async (t) => {
  let count = 0;
  const away = await database.connect({ size: 3 });
  await pool.query('ALTER TABLE background_tasks RENAME TO hidden');
  const housekeeping = start(t, [sweep(async () => ({ count: ++count }))], { pool: away });
  await until('it is told', () => housekeeping.stats.lastError !== null);
  await pool.query('ALTER TABLE hidden RENAME TO background_tasks');
  await until('it ran', () => count === 1);
  await until('all is well', () => housekeeping.stats.lastError === null);
});
