import t from 'tap';
import { ADMIN_METHODS } from '../../../src/api/admin.js';
import { fieldsOf, SETTING_KEYS } from '../../../src/api/settings.js';
import type { StatusMap } from '../../../src/api/system-status.js';
import { recordActivities } from '../../../src/store/repositories/activities.js';
import { insertAnalytics } from '../../../src/store/repositories/analytics.js';
import { insertApiLogs } from '../../../src/store/repositories/api-logs.js';
import { BackgroundTaskRepository } from '../../../src/store/repositories/background-tasks.js';
import { insertExternalApiLogs } from '../../../src/store/repositories/external-api-logs.js';
import { insertHealthChecks } from '../../../src/store/repositories/system-health.js';
import { parseSettings } from '../../../src/store/retention.js';
import type { MethodContext } from '../../../src/ws/methods/registry.js';
import type { SystemStatus } from '../../../src/ws/ports.js';
import { logIn } from '../../support/logged-in.js';
import { type Answer, openMethodSite } from '../../support/method-site.js';
import { until } from '../../support/until.js';
import { untilBlocked } from '../../support/user-site.js';

const site = await openMethodSite(t);
const { owner, engine } = site;
const { id: adminId, me } = await logIn(site, 'admin');
const { id: userId, me: user } = await logIn(site);

const part = (name: string, state: 'ok' | 'degraded' | 'down', figures: Record<string, number> = {}) => ({
  ...{ name, state, score: state === 'ok' ? 1 : 0.5, reason: state === 'ok' ? null : 'why' },
  ...{ since: 1, figures },
});
const NOW: StatusMap = {
  ...{ time: 5_000, since: 1_000, state: 'degraded', score: 0.875, reason: 'layer1 is degraded: why' },
  ...{ simulated: true, uptime_seconds: 9 },
  parts: [
    ...[part('layer1', 'degraded'), part('layer2', 'ok'), part('layer3', 'ok'), part('layer4', 'down')],
    ...[part('gateway', 'ok'), part('database', 'ok', { round_trip_ms: 2 })],
  ],
};
const status: SystemStatus = { current: () => NOW, onChange: () => () => undefined };

const admin: Partial<MethodContext> = { ...me, status };

/** Asks as an admin, and holds the answer against what the method declares. */
async function ask(method: keyof typeof ADMIN_METHODS, params: Answer = {}): Promise<Answer> {
  const answer = await site.ask(method, params, admin);
  const checked = ADMIN_METHODS[method].result.safeParse(answer);
  if (!checked.success) throw new Error(`${method}: ${checked.error.message}`);
  t.same(checked.data, answer, `${method} answers no more than it declares`);
  return answer;
}

const refusal = (method: string, params: Answer = {}) => site.refusal(method, params, admin);

t.test('guests and users are refused, each with the right code', async (t) => {
  for (const method of Object.keys(ADMIN_METHODS)) {
    t.match(await site.refusal(method, {}), { code: 'unauthenticated' }, method);
    t.match(await site.refusal(method, {}, user), { code: 'forbidden' }, method);
  }
});

t.test('admin.systemHealth tells how it stands, and how it stood before', async (t) => {
  await insertHealthChecks(
    engine,
    [1_000, 2_000, 3_000].map((checkTime) => ({
      ...{ checkTime, overallHealthScore: checkTime / 100, apiStatus: { layer1: 'healthy' } },
      ...{ databaseStatus: null, mlModelsStatus: null, dataPipelineStatus: null },
      ...{ performanceMetrics: null, errorLogs: [{ part: 'x' }] },
    })),
  );
  await owner.query(`UPDATE ai_models SET status = 'active' WHERE name = 'macro_regime'`);
  const answer = await ask('admin.systemHealth', { limit: 2 });
  t.match(answer, {
    overall_health_score: 87.5,
    api_status: {
      layer1: 'warning',
      layer2: 'healthy',
      layer3: 'healthy',
      layer4: 'error',
      gateway: 'healthy',
    },
    ml_models_status: { active_models: 1, training_models: 0, error_models: 0 },
    database_performance: { round_trip_ms: 2 },
    last_updated: 5_000,
    history: {
      items: [
        { check_time: 3_000, overall_health_score: 30 },
        { check_time: 2_000, overall_health_score: 20 },
      ],
    },
  });
  const { next_cursor: cursor } = answer.history as Answer;
  const rest = await ask('admin.systemHealth', { cursor });
  t.match(rest.history, { items: [{ check_time: 1_000, error_logs: [{ part: 'x' }] }], next_cursor: null });
  const nobody = { ...admin, status: null };
  t.match(await site.refusal('admin.systemHealth', {}, nobody), { code: 'unavailable' });
  t.match(await refusal('admin.systemHealth', { cursor: 'x' }), { code: 'invalid_params', field: 'cursor' });
});

t.test('admin.userActivities shows what all users did lately, by type and by user', async (t) => {
  await recordActivities(engine, [
    { userId, activityType: 'login', action: 'login', details: { n: 1 }, ipAddress: '192.0.2.1' },
    { userId: adminId, activityType: 'admin_action', action: 'set' },
    { userId, activityType: 'logout', action: 'logout' },
  ]);
  await owner.query(
    `UPDATE user_activities SET created_at = now() - interval '3 days' WHERE action = 'logout'`,
  );
  const actions = async (params: Answer) =>
    ((await ask('admin.userActivities', params)).items as Answer[]).map(({ action }) => action);
  t.same(await actions({}), ['set', 'login', 'logout']);
  t.same(await actions({ days: 1, activity_type: 'all' }), ['set', 'login']);
  t.same(await actions({ activity_type: 'logout' }), ['logout']);
  t.same(await actions({ user_id: adminId }), ['set']);
  for (const [field, value] of [
    ['days', 0],
    ['activity_type', 'No Word'],
    ['user_id', 0],
    ['limit', 501],
  ] as const) {
    t.match(await refusal('admin.userActivities', { [field]: value }), { code: 'invalid_params', field });
  }
});

t.test('admin.config gives every setting with its fields, ranges and defaults', async (t) => {
  const answer = await ask('admin.config');
  t.match(answer, {
    watchlist_limits: { tier1_max: 20, tier2_max: 100 },
    ai_thresholds: { suggestion_confidence_min: 0.7, signal_confidence_min: 0.8 },
    housekeeping: { archive_after_months: 24, keep_days: { api_request_logs: 30, metrics_snapshot: 90 } },
  });
  const settings = answer.settings as Answer[];
  t.same(settings.map(({ key }) => key).sort(), [...SETTING_KEYS].sort());
  t.match(settings.find(({ key }) => key === 'ai_thresholds')?.fields, [
    { field: 'suggestion_confidence_min' },
    { field: 'signal_confidence_min', minimum: 0, maximum: 1, default: 0.8 },
  ]);
  const { settings: defaults } = parseSettings({});
  t.same(
    Object.fromEntries(fieldsOf('housekeeping').map((field) => [field.field, field.default])),
    {
      archive_after_months: defaults.archiveAfterMonths,
      ...Object.fromEntries(
        Object.entries(defaults.keepDays).map(([table, days]) => [`keep_days.${table}`, days]),
      ),
    },
    'the defaults told are those that hold',
  );
});

t.test(
  'admin.setConfig takes the body of the documents, and changes nothing but what is given',
  async (t) => {
    const answer = await ask('admin.setConfig', {
      watchlist_limits: { tier1_max: 5 },
      ai_thresholds: { signal_confidence_min: 0.9 },
    });
    t.same(answer.watchlist_limits, { tier1_max: 5, tier2_max: 100 });
    t.same(answer.ai_thresholds, { suggestion_confidence_min: 0.7, signal_confidence_min: 0.9 });
    const { rows } = await owner.query(
      `SELECT max_assets FROM watchlists WHERE name LIKE 'Tier %' ORDER BY name`,
    );
    t.same(rows, [{ max_assets: 5 }, { max_assets: 100 }], 'the lists themselves take no more');
    t.match(
      (answer.settings as Answer[]).find(({ key }) => key === 'ai_thresholds'),
      { updated_by: adminId },
    );
    const { rows: told } = await owner.query(
      `SELECT user_id, details, host(ip_address) AS address FROM user_activities
     WHERE entity_type = 'system_config' ORDER BY id`,
    );
    t.match(told, [
      {
        user_id: adminId,
        details: { key: 'watchlist_limits', before: { tier1_max: 20 }, after: { tier1_max: 5 } },
      },
      { details: { key: 'ai_thresholds', after: { signal_confidence_min: 0.9 } }, address: '10.1.2.3' },
    ]);
  },
);

t.test('admin.setConfig takes key and value, and fields of a part', async (t) => {
  const value = { keep_days: { system_health: null, user_activities: 7 } };
  const answer = await ask('admin.setConfig', { key: 'housekeeping', value, description: 'Kept shorter' });
  t.match(answer.housekeeping, {
    archive_after_months: 24,
    keep_days: { system_health: null, user_activities: 7, api_request_logs: 30 },
  });
  t.match(
    (answer.settings as Answer[]).find(({ key }) => key === 'housekeeping'),
    { description: 'Kept shorter' },
  );
});

t.test('admin.setConfig refuses by name, and then nothing has changed', async (t) => {
  const before = await ask('admin.config');
  const cases: readonly (readonly [Answer, string])[] = [
    [{}, 'key'],
    [{ key: 'database.id', value: {} }, 'key'],
    [{ nonsense: 1 }, 'nonsense'],
    [{ value: {} }, 'key'],
    [{ description: 'of what?' }, 'key'],
    [{ key: 'ai_thresholds' }, 'value'],
    [{ key: 'ai_thresholds', value: { signal_confidence_min: 2 } }, 'value.signal_confidence_min'],
    [{ key: 'ai_thresholds', value: { nonsense: 1 } }, 'value.nonsense'],
    [{ key: 'ai_thresholds', value: {}, ai_thresholds: {} }, 'key'],
    [{ ai_thresholds: { signal_confidence_min: -0.1 } }, 'ai_thresholds.signal_confidence_min'],
    [{ ai_thresholds: { signal_confidence_min: '0.5' } }, 'ai_thresholds.signal_confidence_min'],
    [{ watchlist_limits: { tier1_max: 0 } }, 'watchlist_limits.tier1_max'],
    [{ watchlist_limits: { tier2_max: 1.5 } }, 'watchlist_limits.tier2_max'],
    [{ housekeeping: { archive_after_months: 2 } }, 'housekeeping.archive_after_months'],
    [{ housekeeping: { keep_days: { system_health: -1 } } }, 'housekeeping.keep_days.system_health'],
    [{ housekeeping: { keep_days: { users: 1 } } }, 'users'],
    // The first of two is right: neither is set.
    [
      { watchlist_limits: { tier1_max: 7 }, ai_thresholds: { signal_confidence_min: 7 } },
      'ai_thresholds.signal_confidence_min',
    ],
  ];
  for (const [params, field] of cases) {
    t.match(
      await refusal('admin.setConfig', params),
      { code: 'invalid_params', field },
      JSON.stringify(params),
    );
  }
  t.same(await ask('admin.config'), before);
});

t.test('two admins who set parts of one setting at once both get their way', async (t) => {
  let commit: () => void = () => undefined;
  const mayCommit = new Promise<void>((resolve) => {
    commit = resolve;
  });
  let isDone = false;
  const slow: Partial<MethodContext> = {
    ...admin,
    users: {
      dataSource: 'demo',
      as: (id, work) =>
        site.as(id, async (connection) => {
          const result = await work(connection);
          isDone = true;
          await mayCommit;
          return result;
        }),
    },
  };
  const first = site.ask('admin.setConfig', { ai_thresholds: { signal_confidence_min: 0.61 } }, slow);
  await until('the first has written', () => isDone);
  const second = ask('admin.setConfig', { ai_thresholds: { suggestion_confidence_min: 0.62 } });
  await untilBlocked(owner, 1);
  commit();
  await Promise.all([first, second]);
  t.match(await ask('admin.config'), {
    ai_thresholds: { signal_confidence_min: 0.61, suggestion_confidence_min: 0.62 },
  });
});

t.test('admin.tasks shows runs with what came of them', async (t) => {
  const tasks = new BackgroundTaskRepository(engine);
  const done = await tasks.begin('log_retention', 'cleanup');
  await tasks.complete(done.id, { deleted: 3 });
  const failed = await tasks.begin('price_archive', 'maintenance');
  await tasks.fail(failed.id, 'no room');
  t.match(await ask('admin.tasks', { limit: 1 }), {
    items: [{ id: failed.id, status: 'failed', error_message: 'no room', result_data: null }],
  });
  t.match(await ask('admin.tasks', { status: 'completed' }), {
    items: [{ id: done.id, task_name: 'log_retention', result_data: { deleted: 3 } }],
  });
  t.match(await ask('admin.tasks', { task_name: 'nothing' }), { items: [], next_cursor: null });
  t.match(await refusal('admin.tasks', { status: 'over' }), { code: 'invalid_params', field: 'status' });
});

t.test('admin.analytics shows figures by category, name, level and time', async (t) => {
  await insertAnalytics(engine, [
    {
      ...{ category: 'api_usage', metricName: 'requests', metricValue: '12.5' },
      ...{ dimensions: { method: 'x' }, aggregationLevel: 'hourly' },
    },
    {
      category: 'performance',
      metricName: 'latency',
      metricValue: '3',
      dimensions: null,
      aggregationLevel: null,
    },
  ]);
  t.match(await ask('admin.analytics', { category: 'api_usage' }), {
    items: [{ metric_name: 'requests', metric_value: 12.5, dimensions: { method: 'x' } }],
  });
  t.match(await ask('admin.analytics', { metric_name: 'latency' }), { items: [{ aggregation_level: null }] });
  t.match(await ask('admin.analytics', { to: 1_000 }), { items: [] });
  t.match(await refusal('admin.analytics', { from: -1 }), { code: 'invalid_params', field: 'from' });
});

t.test('admin.apiLogs shows requests to the server and of the server', async (t) => {
  const log = {
    userId,
    endpoint: 'alerts.list',
    httpMethod: 'WS' as const,
    responseTimeMs: 2,
    sampledOneIn: 1,
  };
  await insertApiLogs(engine, [
    { ...log, responseStatus: 200 },
    { ...log, responseStatus: 500, userId: null },
    { ...log, responseStatus: 404, endpoint: 'alerts.get' },
  ]);
  const external = {
    apiProvider: 'coingecko',
    endpoint: '/coins',
    httpMethod: 'GET' as const,
    responseTimeMs: 80,
  };
  await insertExternalApiLogs(engine, [
    { ...external, responseStatus: 200 },
    { ...external, responseStatus: null },
  ]);
  const answer = await ask('admin.apiLogs', { figures_hours: 1 });
  t.match(answer.items, [
    { endpoint: 'alerts.get', api_provider: null, user_id: userId },
    { response_status: 500, user_id: null },
    { response_status: 200, response_time_ms: 2 },
  ]);
  t.match(answer.endpoints, [
    { endpoint: 'alerts.list', requests: 2, failures: 1, mean_ms: 2, p95_ms: 2 },
    {},
  ]);
  t.match(await ask('admin.apiLogs', { failed_only: true, endpoint: 'alerts.list' }), {
    items: [{ response_status: 500 }],
    endpoints: null,
    next_cursor: null,
  });
  t.match(await ask('admin.apiLogs', { source: 'external', failed_only: true }), {
    items: [{ api_provider: 'coingecko', response_status: null }],
    next_cursor: null,
  });
  t.match(await refusal('admin.apiLogs', { source: 'external', user_id: 1 }), {
    ...{ code: 'invalid_params', field: 'user_id' },
  });
  t.match(await refusal('admin.apiLogs', { api_provider: 'x' }), {
    code: 'invalid_params',
    field: 'api_provider',
  });
});
