import t from 'tap';
import { BackgroundTaskRepository } from '../../../src/store/repositories/background-tasks.js';
import { createTestDatabase } from '../../support/database.js';

const database = await createTestDatabase();
t.teardown(() => database.drop());
const { pool } = database;
const tasks = new BackgroundTaskRepository(pool);
t.beforeEach(() => pool.query('TRUNCATE background_tasks'));

t.test('a run goes from pending over running to its end', async (t) => {
  const asked = await tasks.request('price_analyze', 'maintenance', { from: '2024-01-01' });
  t.match((await tasks.list()).items, [
    {
      id: asked,
      name: 'price_analyze',
      type: 'maintenance',
      status: 'pending',
      result: null,
      startedAt: null,
    },
  ]);
  const begun = await tasks.begin('price_analyze', 'maintenance');
  t.same(begun, { id: asked, params: { from: '2024-01-01' } });
  await pool.query(
    `UPDATE background_tasks SET started_at = now() - interval '2 seconds', heartbeat_at = 'epoch'`,
  );
  await tasks.heartbeat(asked);
  const [running] = (await tasks.list({ status: 'running' })).items;
  t.ok((running?.heartbeatAt ?? 0) > 0, 'it lives');
  await tasks.complete(asked, { rows: 7 });
  const [ended] = (await tasks.list()).items;
  t.match(ended, { status: 'completed', result: { rows: 7 }, error: null });
  t.ok((ended?.executionSeconds ?? 0) >= 2);
  await tasks.fail(asked, 'too late');
  await tasks.requeue(asked);
  t.same((await tasks.list()).items, [ended], 'what has ended stays as it is');
});

t.test('what is asked for twice is done once, with other parameters once more', async (t) => {
  const first = await tasks.request('price_analyze', 'maintenance', { from: 'a', to: 'b' });
  t.equal(await tasks.request('price_analyze', 'maintenance', { to: 'b', from: 'a' }), first);
  const other = await tasks.request('price_analyze', 'maintenance', { from: 'c' });
  t.not(other, first);
  t.equal((await tasks.begin('price_analyze', 'maintenance')).id, first, 'the oldest is the first to begin');
  t.not(
    await tasks.request('price_analyze', 'maintenance', { from: 'a', to: 'b' }),
    first,
    'it runs already',
  );
});

t.test('the outlook of a task counts from its last success', async (t) => {
  const run = async (end: 'complete' | 'fail', ago: string): Promise<void> => {
    const { id } = await tasks.begin('outbox_prune', 'cleanup');
    await (end === 'complete' ? tasks.complete(id, {}) : tasks.fail(id, 'no room'));
    await pool.query('UPDATE background_tasks SET completed_at = now() - $2::interval WHERE id = $1', [
      id,
      ago,
    ]);
  };
  const nothing = { isRequested: false, sinceCompletedMs: null, failures: 0, sinceFailedMs: null };
  t.same(await tasks.outlook(['outbox_prune']), [{ name: 'outbox_prune', ...nothing }]);
  await run('fail', '9 hours');
  await run('complete', '8 hours');
  await run('fail', '2 hours');
  await run('fail', '1 hour');
  await tasks.request('price_analyze', 'maintenance');
  const [prune, analyze] = await tasks.outlook(['outbox_prune', 'price_analyze']);
  t.match(prune, { isRequested: false, failures: 2 });
  t.equal(Math.round((prune?.sinceCompletedMs ?? 0) / 3_600_000), 8);
  t.equal(Math.round((prune?.sinceFailedMs ?? 0) / 3_600_000), 1);
  t.same(analyze, { name: 'price_analyze', ...nothing, isRequested: true });
});

t.test('a run without a process is marked, one that was broken off waits again', async (t) => {
  const { id: dead } = await tasks.begin('price_archive', 'maintenance');
  t.equal(await tasks.abandon('outbox_prune'), 0);
  t.equal(await tasks.abandon('price_archive'), 1);
  const { id: broken } = await tasks.begin('price_archive', 'maintenance');
  await tasks.requeue(broken);
  t.match((await tasks.list()).items, [
    { id: broken, status: 'pending', startedAt: null },
    { id: dead, status: 'failed', error: 'the process that ran it is gone' },
  ]);
  t.equal((await tasks.begin('price_archive', 'maintenance')).id, broken);
});

t.test('a clock that is set back and a reason of any length are taken', async (t) => {
  const { id } = await tasks.begin('price_archive', 'maintenance');
  await pool.query(`UPDATE background_tasks SET started_at = now() + interval '1 hour'`);
  await tasks.fail(id, 'x'.repeat(20_000));
  const { id: silent } = await tasks.begin('price_archive', 'maintenance');
  await tasks.fail(silent, '');
  t.match((await tasks.list()).items, [
    { error: 'no reason given' },
    { error: 'x'.repeat(10_000), executionSeconds: 0 },
  ]);
});

t.test('runs are listed by pages, newest first', async (t) => {
  for (let i = 0; i < 5; i++) await tasks.request(i % 2 === 0 ? 'even' : 'odd', 'cleanup', { i });
  const seen: unknown[] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await tasks.list({ limit: 2, ...(cursor === undefined ? {} : { cursor }) });
    seen.push(...page.items.map(({ params }) => params.i));
    cursor = page.nextCursor;
  }
  t.same(seen, [4, 3, 2, 1, 0]);
  t.same(
    (await tasks.list({ name: 'odd', status: 'pending' })).items.map(({ params }) => params.i),
    [3, 1],
  );
  t.same((await tasks.list({ name: 'odd', status: 'failed' })).items, []);
});
