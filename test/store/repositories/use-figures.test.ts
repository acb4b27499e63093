import t from 'tap';
import { duePeriods, type UsePeriod, writeUseFigures } from '../../../src/store/repositories/use-figures.js';
import { DAY_MS, HOUR_MS, MINUTE_MS, momentText } from '../../../src/timeframe.js';
import { openUserSite } from '../../support/user-site.js';

const { owner, engine, addUser, addAssets } = await openUserSite(t);
const [ada, bob, eve] = [await addUser(), await addUser(), await addUser()];
/** Begin of the hour and of the day that are looked at. */
const HOUR = Date.UTC(2026, 2, 3, 5);
const DAY = Date.UTC(2026, 2, 3);
const hour: UsePeriod = { level: 'hourly', from: HOUR, to: HOUR + HOUR_MS };
const KEPT = 30 * DAY_MS;

async function request(
  at: number,
  endpoint: string,
  status: number,
  ms: number,
  userId: number | null,
  n = 1,
): Promise<void> {
  await owner.query(
    `INSERT INTO api_request_logs
       (created_at, endpoint, http_method, response_status, response_time_ms, user_id, sampled_one_in)
     VALUES (to_timestamp($1::float8 / 1000), $2, 'GET', $3, $4, $5, $6)`,
    [at, endpoint, status, ms, userId, n],
  );
}

async function activity(at: number, type: string, action: string, userId: number | null): Promise<void> {
  await owner.query(
    `INSERT INTO user_activities (created_at, activity_type, action, user_id)
     VALUES (to_timestamp($1::float8 / 1000), $2, $3, $4)`,
    [at, type, action, userId],
  );
}

/** Figures of a period as `name dimensions: value`. */
async function figures({ level, from, to }: UsePeriod): Promise<readonly string[]> {
  const { rows } = await owner.query<{ name: string; value: string; rest: unknown; to: string }>(
    `SELECT metric_name AS name, metric_value::text AS value, dimensions - 'from' - 'to' AS rest,
       dimensions ->> 'to' AS to
     FROM analytics_data WHERE aggregation_level = $1 AND dimensions ->> 'from' = $2 ORDER BY 1, 3`,
    [level, momentText(from)],
  );
  t.ok(rows.every((row) => row.to === momentText(to)));
  return rows.map(({ name, value, rest }) => `${name} ${JSON.stringify(rest)}: ${value}`);
}

t.test('where nothing was ever logged no period is due', async (t) => {
  t.same(await duePeriods(engine, HOUR + DAY_MS, KEPT), []);
});

t.test('an hour is summed up by what its rows stand for, once', async (t) => {
  await request(HOUR, 'alerts.list', 200, 10, ada);
  await request(HOUR + 1, '/alerts/{id}', 404, 2, ada);
  await request(HOUR + 2, 'signals.list', 200, 20, null, 8);
  await request(HOUR + HOUR_MS - 1, '/api/v1/signals', 500, 100, bob);
  await request(HOUR - 1, 'signals.list', 200, 1, eve);
  await request(HOUR + HOUR_MS, 'signals.list', 200, 1, eve);
  await activity(HOUR + 5, 'login', 'succeeded', bob);
  await activity(HOUR + 6, 'login', 'failed', null);
  await activity(HOUR + 7, 'login', 'failed', null);
  await activity(HOUR - 1, 'login', 'succeeded', eve);
  await owner.query(
    `INSERT INTO notifications (user_id, notification_type, title, message, dedup_key, created_at)
     VALUES ($1, 'alert', 'a', 'a', 'alert:1:price:1:1', to_timestamp($2::float8 / 1000)),
       ($1, 'system', 'a', 'a', 'other', to_timestamp($2::float8 / 1000))`,
    [ada, HOUR + 8],
  );
  const told = [
    'active_users {"at_least":true}: 2',
    'activities {"action":"failed","activity_type":"login"}: 2',
    'activities {"action":"succeeded","activity_type":"login"}: 1',
    'alerts_fired {}: 1',
    'failures {}: 1',
    'refusals {}: 1',
    'requests {}: 11',
    'requests_of_area {"area":"alerts"}: 2',
    'requests_of_area {"area":"signals"}: 9',
    // (10 + 2 + 8 × 20 + 100) ÷ 11
    'response_time_mean_ms {}: 24.727',
    'response_time_p95_ms {}: 100.000',
  ];
  const written = await Promise.all([1, 2, 3].map(() => writeUseFigures(engine, hour)));
  t.same(
    written.toSorted((a, b) => a - b),
    [0, 0, told.length],
    'by one of several',
  );
  t.same(await figures(hour), told);
  await request(HOUR + 3, 'alerts.list', 200, 10, ada);
  t.equal(await writeUseFigures(engine, hour), 0);
  t.same(await figures(hour), told, 'it stays as it was');
});

t.test('of an hour without requests it is said that there were none, and no time of answers', async (t) => {
  const quiet: UsePeriod = { level: 'hourly', from: HOUR + 5 * HOUR_MS, to: HOUR + 6 * HOUR_MS };
  await writeUseFigures(engine, quiet);
  t.same(await figures(quiet), [
    'active_users {"at_least":false}: 0',
    'alerts_fired {}: 0',
    'failures {}: 0',
    'refusals {}: 0',
    'requests {}: 0',
  ]);
});

t.test('signals are counted by the source of their prices', async (t) => {
  const [asset] = await addAssets(1);
  const at = HOUR + 3 * HOUR_MS;
  await owner.query(
    `INSERT INTO ai_trading_signals (ai_model_id, asset_id, timeframe, candle_time, signal_type, signal_origin,
       signal_quality, confidence_score, created_at)
     SELECT (SELECT min(id) FROM ai_models), $1, '1h', to_timestamp($2::float8 / 1000) + n * interval '1 hour', 'long',
       'market_opportunity', 'high', 0.9, to_timestamp($2::float8 / 1000)
     FROM generate_series(1, 3) n`,
    [asset, at],
  );
  const { rows } = await owner.query('SELECT data_source FROM assets WHERE id = $1', [asset]);
  const period: UsePeriod = { level: 'hourly', from: at, to: at + HOUR_MS };
  await writeUseFigures(engine, period);
  const source = JSON.stringify(rows[0]);
  t.ok((await figures(period)).includes(`signals_made ${source}: 3`));
});

t.test(
  'hours and days are due when they are over and logs are written, and only while logs are kept',
  async (t) => {
    const now = HOUR + 3 * HOUR_MS + 9 * MINUTE_MS;
    const due = async (at: number, kept = KEPT): Promise<readonly string[]> =>
      (await duePeriods(engine, at, kept)).map(({ level, from, to }) => {
        t.equal(to - from, level === 'hourly' ? HOUR_MS : DAY_MS);
        return `${level} ${momentText(from).slice(5, 13)}`;
      });
    // The hour of 4 has the oldest log; that of 5 has its figures; that of 7 ended 9 minutes ago.
    t.same(await due(now), ['hourly 03-03T04', 'hourly 03-03T06']);
    t.same(await due(now + MINUTE_MS), ['hourly 03-03T04', 'hourly 03-03T06', 'hourly 03-03T07']);
    t.same(await due(now, 2.5 * HOUR_MS), ['hourly 03-03T06']);
    const later = await due(DAY + 4 * DAY_MS);
    t.same(
      later.filter((period) => period.startsWith('daily')),
      ['daily 03-03T00', 'daily 03-04T00', 'daily 03-05T00'],
    );
    t.equal(later.length, 24 + 3, 'of hours a day is made up for');
    await writeUseFigures(engine, { level: 'daily', from: DAY, to: DAY + DAY_MS });
    t.notOk((await due(DAY + 4 * DAY_MS)).includes('daily 03-03T00'));
  },
);
