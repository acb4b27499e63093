import { insertValid, type Row, type TableCase } from '../../support/schema-cases.js';
import { priceDataCase } from './market.cases.js';
import { usersCase } from './users.cases.js';

function each(column: string, values: readonly unknown[]): Row[] {
  return values.map((value) => ({ [column]: value }));
}

const NO_OBJECT = ['[]', '1'] as const;
const REQUEST_TIMES = [-1, 'Infinity', 'NaN'] as const;
const HEX = '0123456789abcdef0123456789abcdef';

/** One look at the server's health. */
export const systemHealthCase: TableCase = {
  table: 'system_health',
  valid: async (_, n) => ({ check_time: new Date(n), overall_health_score: 99.5, error_logs: '[]' }),
  refused: {
    chk_system_health_check_time: each('check_time', ['infinity', '-infinity']),
    chk_system_health_api_status: each('api_status', NO_OBJECT),
    chk_system_health_database_status: each('database_status', NO_OBJECT),
    chk_system_health_ml_models_status: each('ml_models_status', NO_OBJECT),
    chk_system_health_data_pipeline_status: each('data_pipeline_status', NO_OBJECT),
    chk_system_health_overall_health_score: each('overall_health_score', [-0.1, 100.1, 'NaN']),
    chk_system_health_performance_metrics: each('performance_metrics', NO_OBJECT),
    chk_system_health_error_logs: each('error_logs', ['{}', '1']),
  },
};

/** One figure of use. */
export const analyticsDataCase: TableCase = {
  table: 'analytics_data',
  valid: async () => ({
    category: 'api_usage',
    metric_name: 'requests',
    metric_value: -1.5,
    aggregation_level: 'hourly',
  }),
  refused: {
    chk_analytics_data_metric_name: each('metric_name', ['', 'x'.repeat(101)]),
    chk_analytics_data_metric_value: each('metric_value', ['Infinity', '-Infinity', 'NaN']),
    chk_analytics_data_dimensions: each('dimensions', NO_OBJECT),
  },
};

/** A request to the server. */
export const apiRequestLogsCase: TableCase = {
  table: 'api_request_logs',
  valid: async (database, n) => ({
    user_id: await insertValid(database, usersCase, n),
    endpoint: 'candles.list',
    http_method: 'WS',
    response_status: 200,
    response_time_ms: 1.25,
  }),
  refused: {
    chk_api_request_logs_endpoint: each('endpoint', ['', 'x'.repeat(501)]),
    chk_api_request_logs_response_status: each('response_status', [99, 600]),
    chk_api_request_logs_response_time_ms: each('response_time_ms', REQUEST_TIMES),
    chk_api_request_logs_sampled_one_in: each('sampled_one_in', [0, -1]),
  },
};

/** A request by the server. */
export const externalApiLogsCase: TableCase = {
  table: 'external_api_logs',
  valid: async () => ({
    api_provider: 'binance',
    endpoint: '/api/v3/klines',
    http_method: 'GET',
    response_status: 200,
    response_time_ms: 80,
  }),
  refused: {
    chk_external_api_logs_api_provider: each('api_provider', ['', 'x'.repeat(65)]),
    chk_external_api_logs_endpoint: each('endpoint', ['', 'x'.repeat(501)]),
    chk_external_api_logs_response_status: each('response_status', [99, 600]),
    chk_external_api_logs_response_time_ms: each('response_time_ms', REQUEST_TIMES),
  },
};

const THEN = new Date(0);

/** A run that failed: what has every column. */
export const backgroundTasksCase: TableCase = {
  table: 'background_tasks',
  valid: async () => ({
    task_name: 'outbox_prune',
    task_type: 'cleanup',
    status: 'failed',
    error_message: 'the database is away',
    started_at: THEN,
    heartbeat_at: THEN,
    completed_at: THEN,
    execution_time_seconds: 0,
  }),
  refused: {
    chk_background_tasks_task_name: each('task_name', ['', 'Prune', '1st', 'x'.repeat(101)]),
    chk_background_tasks_task_params: each('task_params', NO_OBJECT),
    chk_background_tasks_result_data: each('result_data', NO_OBJECT),
    chk_background_tasks_error_message: each('error_message', ['', 'x'.repeat(10_001)]),
    chk_background_tasks_execution_time_seconds: each('execution_time_seconds', REQUEST_TIMES),
    chk_background_tasks_started: [{ started_at: null }, { status: 'pending' }],
    chk_background_tasks_alive: [{ heartbeat_at: null }, { started_at: null }],
    chk_background_tasks_ended: [{ completed_at: null }, { status: 'running' }],
    chk_background_tasks_timed: [{ execution_time_seconds: null }, { completed_at: null }],
    chk_background_tasks_failed: [{ error_message: null }, { status: 'completed' }],
  },
};

/** A setting. */
export const systemConfigCase: TableCase = {
  table: 'system_config',
  valid: async (database, n) => ({
    key: `test.setting_${n}`,
    value: { most: n },
    description: 'What a test sets',
    updated_by: await insertValid(database, usersCase, n),
  }),
  refused: {
    chk_system_config_key: each('key', ['', 'A', 'a b', 'x'.repeat(101)]),
    chk_system_config_description: each('description', ['', 'x'.repeat(1001)]),
  },
};

const CHANNELS = ['', 'a b', 'x'.repeat(201)] as const;
const EPOCHS = ['', HEX.slice(1), HEX.toUpperCase()] as const;

/** The position of one user's channel. */
export const outboxChannelsCase: TableCase = {
  table: 'outbox_channels',
  valid: async (database, n) => ({
    channel: 'alerts',
    user_id: await insertValid(database, usersCase, n),
    epoch: HEX,
  }),
  refused: {
    chk_outbox_channels_channel: each('channel', CHANNELS),
    chk_outbox_channels_epoch: each('epoch', EPOCHS),
    chk_outbox_channels_last_offset: each('last_offset', [-1]),
  },
};

/** An event for everybody. */
export const outboxCase: TableCase = {
  table: 'outbox',
  valid: async (_, n) => ({ channel: 'signals', epoch: HEX, offset: n, data: { n } }),
  refused: {
    chk_outbox_channel: each('channel', CHANNELS),
    chk_outbox_epoch: each('epoch', EPOCHS),
    chk_outbox_offset: each('offset', [0, -1]),
  },
};

/** A candle of a month that is archived. */
export const priceDataArchiveCase: TableCase = {
  table: 'price_data_archive',
  valid: async (database, n) => {
    await database.query(
      'CREATE TABLE IF NOT EXISTS price_data_archive_rest PARTITION OF price_data_archive DEFAULT',
    );
    return { ...(await priceDataCase.valid(database, n)), id: n };
  },
  // Of the same names, so that a month is attached as it is.
  refused: priceDataCase.refused,
};
