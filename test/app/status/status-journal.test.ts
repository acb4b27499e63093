import t from 'tap';
import type { StatusMap } from '../../../src/api/system-status.js';
import { statusEvent } from '../../../src/api/system-status.js';
import { type NewStatusEvent, StatusJournal } from '../../../src/app/status/status-journal.js';
import type { Pool } from '../../../src/store/pool.js';
import { createTestDatabase } from '../../support/database.js';
import { silent } from '../../support/folder.js';
import { until } from '../../support/until.js';

const database = await createTestDatabase();
t.teardown(() => database.drop());
const engine = await database.connect({ role: 'cryptopredict_engine' });
t.beforeEach(async () => {
  await database.pool.query('DELETE FROM outbox');
  await database.pool.query('DELETE FROM system_health');
});

const change = (time: number): NewStatusEvent => ({
  ...{ event: 'state', part: 'feed:demo', from: 'ok', to: 'down', reason: 'not connected', score: 0.1, time },
});
const check = (time: number): StatusMap => ({
  ...{ time, since: 0, state: 'degraded', score: 0.5, reason: null, simulated: true, uptime_seconds: 1 },
  parts: [
    { name: 'engine', state: 'ok', score: 1, reason: null, since: 0, figures: { events_per_second: 5 } },
    { name: 'layer1', state: 'degraded', score: 0.5, reason: 'cold', since: 0, figures: {} },
  ],
});

async function stored() {
  const { rows } = await database.pool.query<{ data: { time: number; id: string }; offset: number }>(
    `SELECT data, "offset" FROM outbox WHERE channel = 'system-status' ORDER BY id`,
  );
  const { rows: checks } = await database.pool.query(`SELECT * FROM system_health ORDER BY check_time`);
  return { events: rows.map(({ data }) => data), offsets: rows.map(({ offset }) => offset), checks };
}

/** A pool of which some transactions fail: before anything is done, or when it is already committed. */
function failing(fails: ('before' | 'after')[]): Pool {
  return {
    async connect() {
      const fault = fails.shift();
      if (fault === 'before') throw new Error('nobody is there');
      const connection = await engine.connect();
      if (fault !== 'after') return connection;
      return {
        async query(sql: string, values?: unknown[]) {
          const answer = await connection.query(sql, values);
          if (sql === 'COMMIT') throw new Error('the connection was cut off');
          return answer;
        },
        release: () => connection.release(),
      };
    },
  } as unknown as Pool;
}

const RETRY = { baseMs: 1, maxMs: 2 };
const journalOf = (pool: Pool) => new StatusJournal({ pool, logger: silent, now: () => 99, retry: RETRY });

t.test('a change is an event of the outbox and a row of the health, with its own time', async (t) => {
  const journal = journalOf(engine);
  journal.add([change(1_000)], check(1_000));
  await journal.stop();
  const { events, checks } = await stored();
  t.equal(events.length, 1);
  t.match(events, [{ event: 'state', part: 'feed:demo', to: 'down', time: 1_000, reason: 'not connected' }]);
  t.ok(statusEvent.safeParse(events[0]).success, 'as its schema says');
  t.match(checks, [
    {
      ...{ check_time: 1_000, overall_health_score: '50', api_status: { layer1: 'warning' } },
      data_pipeline_status: { engine: { state: 'ok', events_per_second: 5 } },
      error_logs: [{ part: 'layer1', reason: 'cold' }],
    },
  ]);
});

t.test('while the database is away events wait, and go out in order with their own times', async (t) => {
  const journal = journalOf(failing(['before', 'before', 'before']));
  journal.add([change(1), change(2)], check(1));
  await until('it has tried in vain', () => journal.stats.retries > 1);
  journal.add([change(3)], check(3));
  await until('nothing waits', () => journal.stats.waiting === 0);
  const { events, offsets, checks } = await stored();
  t.same(
    events.map(({ time }) => time),
    [1, 2, 3],
  );
  t.same(
    offsets.map((offset) => offset - (offsets[0] ?? 0)),
    [0, 1, 2],
  );
  t.same(
    checks.map(({ check_time: time }) => time),
    [1, 3],
  );
  await journal.stop();
});

t.test('what was committed although the answer was lost is not told twice', async (t) => {
  const journal = journalOf(failing(['after', 'after']));
  journal.add([change(1), change(2)], check(7));
  await until('nothing waits', () => journal.stats.waiting === 0);
  journal.add([change(3)], check(8));
  await journal.stop();
  const { events, checks } = await stored();
  t.same(
    events.map(({ time }) => time),
    [1, 2, 3],
  );
  t.equal(new Set(events.map(({ id }) => id)).size, 3);
  t.same(
    checks.map(({ check_time: time }) => time),
    [7, 8],
  );
});

t.test('of too many that wait the oldest go, and it is told how many', async (t) => {
  let isAway = true;
  const pool = { connect: () => (isAway ? Promise.reject(new Error('away')) : engine.connect()) };
  const journal = journalOf(pool as unknown as Pool);
  for (let time = 1; time <= 5_003; time++) journal.add([change(time)], null);
  await until('it has tried in vain', () => journal.stats.retries > 0);
  isAway = false;
  await until('nothing waits', () => journal.stats.waiting === 0);
  const { events } = await stored();
  t.match(events[0], { event: 'lost', count: 3, time: 99 });
  t.same([events[1]?.time, events.at(-1)?.time, events.length], [4, 5_003, 5_001]);
  t.equal(journal.stats.lost, 3);
});

t.test('a stop tries once more and does not wait for a database that is away', async (t) => {
  const journal = new StatusJournal({
    ...{ pool: failing(Array(9).fill('before')), logger: silent, now: () => 1 },
    retry: { baseMs: 60_000, maxMs: 60_000 },
  });
  journal.add([change(1)], null);
  await until('it waits', () => journal.stats.retries === 1);
  await journal.stop();
  t.equal(journal.stats.waiting, 1);
});
