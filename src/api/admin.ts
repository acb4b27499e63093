import { z } from 'zod';
import {
  document,
  idParam,
  numberOrNull,
  page,
  pageParams,
  textOrNull,
  time,
  timeOrNull,
  timeParam,
} from './fields.js';
import { type MethodSpecs, method } from './method.js';
import { SETTING_KEYS, SETTINGS, settingField } from './settings.js';
import { partState, partStatus } from './system-status.js';

const TASK_TYPES = ['data_sync', 'model_training', 'cleanup', 'maintenance'] as const;
const TASK_STATES = ['pending', 'running', 'completed', 'failed'] as const;
const ANALYTICS_CATEGORIES = ['user_behavior', 'api_usage', 'performance'] as const;
const AGGREGATION_LEVELS = ['hourly', 'daily', 'weekly', 'monthly'] as const;
const documentOrNull = document.nullable();
const healthScore = z.number().min(0).max(100).describe('0–100; 100: nothing is wrong');

/** Words in which the documents tell how something stands. */
export const HEALTH_WORDS = ['healthy', 'warning', 'error'] as const;
const apiStatus = z
  .record(z.string(), z.enum(HEALTH_WORDS))
  .describe('layer1 to layer4 and gateway, each: it works, works worse, does not work');

/** A row of `system_health`. */
const healthRow = z.object({
  id: z.int(),
  check_time: time,
  overall_health_score: healthScore.nullable(),
  api_status: documentOrNull,
  database_status: documentOrNull,
  data_pipeline_status: documentOrNull.describe('feeds, sources, engine and what writes, by name'),
  performance_metrics: documentOrNull.describe('state of the whole, gateway, event loop, memory, disk'),
  error_logs: z.array(z.unknown()).nullable().describe('parts that were not well, with their reason'),
});

const activity = z.object({
  id: z.int(),
  user_id: z.int().nullable().describe('null: a guest, or a user who is gone'),
  session_id: z.int().nullable(),
  activity_type: z.string(),
  entity_type: textOrNull,
  entity_id: z.int().nullable(),
  action: z.string(),
  details: documentOrNull,
  ip_address: textOrNull,
  user_agent: textOrNull,
  created_at: time,
});

const config = z.object({
  watchlist_limits: z.object({ tier1_max: z.int(), tier2_max: z.int() }),
  ai_thresholds: z.object({ suggestion_confidence_min: z.number(), signal_confidence_min: z.number() }),
  housekeeping: z.object({
    archive_after_months: z.int(),
    keep_days: z.record(z.string(), z.int().nullable()),
  }),
  settings: z.array(
    z.object({
      key: z.enum(SETTING_KEYS),
      description: textOrNull,
      updated_by: z.int().nullable().describe('admin who set it last; null: as it came, or one who is gone'),
      updated_at: time,
      fields: z.array(settingField),
    }),
  ),
});

const task = z.object({
  id: z.int(),
  task_name: z.string(),
  task_type: z.enum(TASK_TYPES),
  status: z.enum(TASK_STATES),
  task_params: document,
  result_data: documentOrNull.describe('what was done; null: it has not ended well so far'),
  error_message: textOrNull.describe('why it failed; null: it did not'),
  started_at: timeOrNull,
  heartbeat_at: timeOrNull.describe('last sign of life of who runs it, ms'),
  completed_at: timeOrNull,
  execution_time_seconds: numberOrNull,
  created_at: time,
});

const figure = z.object({
  id: z.int(),
  category: z.enum(ANALYTICS_CATEGORIES),
  metric_name: z.string(),
  metric_value: z.number(),
  dimensions: documentOrNull,
  aggregation_level: z.enum(AGGREGATION_LEVELS).nullable(),
  created_at: time,
});

const apiLog = z.object({
  id: z.int(),
  user_id: z
    .int()
    .nullable()
    .describe('null: a guest, a user who is gone, or a request of the server itself'),
  api_provider: textOrNull.describe('who was asked by the server; null: the server was asked'),
  endpoint: z.string(),
  http_method: z.string().describe('WS: a method over a WebSocket'),
  response_status: z.int().nullable().describe('null: no answer came'),
  response_time_ms: z.number(),
  sampled_one_in: z.int().describe('how many requests this one stands for: under load some are not logged'),
  created_at: time,
});

const endpointFigures = z.object({
  endpoint: z.string(),
  requests: z.int(),
  failures: z.int().describe('answered with 500 or more'),
  mean_ms: z.number(),
  p95_ms: z.number(),
});

export const ADMIN_METHODS = {
  'admin.systemHealth': method({
    role: 'admin',
    summary: 'How the server and its parts stand now, and how they stood before',
    params: z.strictObject(pageParams),
    result: z.object({
      overall_health_score: healthScore,
      state: partState,
      reason: textOrNull.describe('what is wrong; null: nothing'),
      since: time.describe('since when the state is what it is, ms'),
      uptime_seconds: z.number(),
      simulated: z.boolean(),
      api_status: apiStatus,
      ml_models_status: z.object({
        active_models: z.int(),
        training_models: z.int(),
        error_models: z.int(),
      }),
      database_performance: document.describe('figures of the part database'),
      parts: z.array(partStatus),
      last_updated: time,
      history: page(healthRow).describe(
        'rows of system_health, the newest first: one a minute and one at each change',
      ),
    }),
  }),
  'admin.userActivities': method({
    role: 'admin',
    summary: 'What users did, the newest first',
    params: z.strictObject({
      days: z.int().min(1).max(3_650).default(7).describe('of the last so many days'),
      activity_type: z
        .string()
        .regex(/^[a-z][a-z_]{0,49}$/, 'must be a word such as login, or all')
        .default('all')
        .describe('such as login or admin_action; all: every one'),
      user_id: idParam.optional(),
      ...pageParams,
    }),
    result: page(activity),
  }),
  'admin.config': method({
    role: 'admin',
    summary: 'The settings that may be changed while the server runs, with their ranges and defaults',
    params: z.strictObject({}),
    result: config,
  }),
  'admin.setConfig': method({
    role: 'admin',
    summary:
      'Changes settings, by key and value or each under its own name; running servers follow within a second',
    writes: true,
    errors: ['not_found'],
    params: z.strictObject({
      key: z.enum(SETTING_KEYS).optional().describe('the setting that value is for'),
      value: document.optional().describe('fields of the setting; those left out stay as they are'),
      description: z.string().min(1).max(1_000).optional().describe('a new one for the setting of key'),
      watchlist_limits: SETTINGS.watchlist_limits.optional(),
      ai_thresholds: SETTINGS.ai_thresholds.optional(),
      housekeeping: SETTINGS.housekeeping.optional(),
    }),
    result: config,
  }),
  'admin.tasks': method({
    role: 'admin',
    summary: 'Runs of background tasks, the newest first',
    params: z.strictObject({
      task_name: z.string().min(1).max(100).optional(),
      status: z.enum(TASK_STATES).optional(),
      ...pageParams,
    }),
    result: page(task),
  }),
  'admin.analytics': method({
    role: 'admin',
    summary: 'Figures of the use of the server, the newest first',
    params: z.strictObject({
      category: z.enum(ANALYTICS_CATEGORIES).optional(),
      metric_name: z.string().min(1).max(100).optional(),
      aggregation_level: z.enum(AGGREGATION_LEVELS).optional(),
      from: timeParam.optional().describe('inclusive, ms since the epoch'),
      to: timeParam.optional().describe('exclusive, ms since the epoch'),
      ...pageParams,
    }),
    result: page(figure),
  }),
  'admin.apiLogs': method({
    role: 'admin',
    summary: 'Requests to the server, or of the server to others, the newest first',
    params: z.strictObject({
      source: z
        .enum(['api', 'external'])
        .default('api')
        .describe('api: to the server; external: of the server'),
      user_id: idParam.optional().describe('of source api'),
      endpoint: z.string().min(1).max(500).optional().describe('of source api'),
      status_min: z.int().min(100).max(599).optional().describe('of source api; 400: all that failed'),
      api_provider: z.string().min(1).max(64).optional().describe('of source external'),
      failed_only: z.boolean().default(false).describe('no answer, or one of 400 or more'),
      figures_hours: z
        .int()
        .min(1)
        .max(720)
        .optional()
        .describe('of source api: adds endpoints, figures of the last so many hours'),
      ...pageParams,
    }),
    result: page(apiLog).extend({
      endpoints: z
        .array(endpointFigures)
        .nullable()
        .describe('the most asked first; null: figures_hours was not given'),
    }),
  }),
} as const satisfies MethodSpecs;
