import type { z } from 'zod';
import type { ADMIN_METHODS, HEALTH_WORDS } from '../../api/admin.js';
import type { PartState, StatusMap } from '../../api/system-status.js';
import { RequestError } from '../../errors.js';
import { listActivities } from '../../store/repositories/activities.js';
import { listAnalytics } from '../../store/repositories/analytics.js';
import { apiLogFigures, listApiLogs } from '../../store/repositories/api-logs.js';
import { BackgroundTaskRepository } from '../../store/repositories/background-tasks.js';
import { listExternalApiLogs } from '../../store/repositories/external-api-logs.js';
import { countModels } from '../../store/repositories/model-counts.js';
import { listHealthChecks } from '../../store/repositories/system-health.js';
import type { ApiLog, ExternalApiLog, HealthCheck } from '../../store/system-records.js';
import { HOUR_MS } from '../../timeframe.js';
import { changeConfig, readConfig } from './admin-config.js';
import type { Handlers, MethodContext } from './handler.js';
import { asCaller, given, toNumber } from './user-rows.js';

type ResultOf<M extends keyof typeof ADMIN_METHODS> = z.input<(typeof ADMIN_METHODS)[M]['result']>;
type ApiLogs = ResultOf<'admin.apiLogs'>;
type LogItem = ApiLogs['items'][number];
type HealthItem = ResultOf<'admin.systemHealth'>['history']['items'][number];

const WORDS = { ok: 'healthy', degraded: 'warning', down: 'error' } as const satisfies Record<
  PartState,
  (typeof HEALTH_WORDS)[number]
>;

export const adminHandlers: Handlers<typeof ADMIN_METHODS> = {
  'admin.systemHealth': async ({ limit, cursor }, context) => {
    const status = statusOf(context);
    const { models, history } = await asCaller(context, async (connection) => ({
      models: await countModels(connection),
      history: await listHealthChecks(connection, { limit, ...given({ cursor }) }),
    }));
    return {
      overall_health_score: Math.round(status.score * 1_000) / 10,
      state: status.state,
      reason: status.reason,
      since: status.since,
      uptime_seconds: status.uptime_seconds,
      simulated: status.simulated,
      api_status: Object.fromEntries(
        status.parts
          .filter(({ name }) => /^layer\d$/.test(name) || name === 'gateway')
          .map(({ name, state }) => [name, WORDS[state]]),
      ),
      ml_models_status: {
        active_models: models.active,
        training_models: models.training,
        error_models: models.error,
      },
      database_performance: { ...status.parts.find(({ name }) => name === 'database')?.figures },
      parts: [...status.parts],
      last_updated: status.time,
      history: { items: history.items.map(healthItem), next_cursor: history.nextCursor },
    };
  },

  'admin.userActivities': ({ days, activity_type: activityType, user_id: userId, limit, cursor }, context) =>
    asCaller(context, async (connection) => {
      const type = activityType === 'all' ? undefined : activityType;
      const page = await listActivities(connection, {
        ...{ days, limit },
        ...given({ activityType: type, userId, cursor }),
      });
      return {
        items: page.items.map((activity) => ({
          id: activity.id,
          user_id: activity.userId,
          session_id: activity.sessionId,
          activity_type: activity.activityType,
          entity_type: activity.entityType,
          entity_id: activity.entityId,
          action: activity.action,
          details: activity.details === null ? null : { ...activity.details },
          ip_address: activity.ipAddress,
          user_agent: activity.userAgent,
          created_at: activity.createdAt,
        })),
        next_cursor: page.nextCursor,
      };
    }),

  'admin.config': (_, context) => asCaller(context, readConfig),

  'admin.setConfig': (params, context) =>
    asCaller(context, (connection, user) => changeConfig(params, connection, user, context)),

  'admin.tasks': ({ task_name: name, status, limit, cursor }, context) =>
    asCaller(context, async (connection) => {
      const tasks = new BackgroundTaskRepository(connection);
      const page = await tasks.list({ limit, ...given({ name, status, cursor }) });
      return {
        items: page.items.map((task) => ({
          id: task.id,
          task_name: task.name,
          task_type: task.type,
          status: task.status,
          task_params: { ...task.params },
          result_data: task.result === null ? null : { ...task.result },
          error_message: task.error,
          started_at: task.startedAt,
          heartbeat_at: task.heartbeatAt,
          completed_at: task.completedAt,
          execution_time_seconds: task.executionSeconds,
          created_at: task.createdAt,
        })),
        next_cursor: page.nextCursor,
      };
    }),

  'admin.analytics': (
    { category, metric_name: metricName, aggregation_level: aggregationLevel, from, to, limit, cursor },
    context,
  ) =>
    asCaller(context, async (connection) => {
      const page = await listAnalytics(connection, {
        limit,
        ...given({ category, metricName, aggregationLevel, from, to, cursor }),
      });
      return {
        items: page.items.map((figure) => ({
          id: figure.id,
          category: figure.category,
          metric_name: figure.metricName,
          metric_value: toNumber(figure.metricValue),
          dimensions: figure.dimensions === null ? null : { ...figure.dimensions },
          aggregation_level: figure.aggregationLevel,
          created_at: figure.createdAt,
        })),
        next_cursor: page.nextCursor,
      };
    }),

  'admin.apiLogs': (params, context) =>
    params.source === 'api' ? ownLogs(params, context) : othersLogs(params, context),
};

type LogParams = z.output<(typeof ADMIN_METHODS)['admin.apiLogs']['params']>;

/** Requests to the server. */
function ownLogs(params: LogParams, context: MethodContext): Promise<ApiLogs> {
  const { user_id: userId, endpoint, status_min: statusMin, failed_only: failedOnly, limit, cursor } = params;
  refuse(params, ['api_provider']);
  const least = failedOnly ? Math.max(400, statusMin ?? 0) : statusMin;
  return asCaller(context, async (connection) => {
    const page = await listApiLogs(connection, {
      limit,
      ...given({ userId, endpoint, statusMin: least, cursor }),
    });
    const hours = params.figures_hours;
    const figures =
      hours === undefined ? null : await apiLogFigures(connection, Date.now() - hours * HOUR_MS);
    return {
      items: page.items.map((log) => logItem(log, log.userId, null)),
      next_cursor: page.nextCursor,
      endpoints:
        figures?.map(({ endpoint: of, requests, failures, meanMs, p95Ms }) => ({
          ...{ endpoint: of, requests, failures, mean_ms: meanMs, p95_ms: p95Ms },
        })) ?? null,
    };
  });
}

/** Requests of the server. */
function othersLogs(params: LogParams, context: MethodContext): Promise<ApiLogs> {
  const { api_provider: apiProvider, failed_only: failedOnly, limit, cursor } = params;
  refuse(params, ['user_id', 'endpoint', 'status_min', 'figures_hours']);
  return asCaller(context, async (connection) => {
    const page = await listExternalApiLogs(connection, {
      limit,
      ...given({ apiProvider, cursor }),
      ...(failedOnly ? { failedOnly } : {}),
    });
    return {
      items: page.items.map((log) => logItem(log, null, log.apiProvider)),
      next_cursor: page.nextCursor,
      endpoints: null,
    };
  });
}

/** @throws RequestError `invalid_params` for a param that the source does not take */
function refuse(params: LogParams, names: readonly (keyof LogParams)[]): void {
  for (const name of names) {
    if (params[name] === undefined) continue;
    throw new RequestError('invalid_params', `${name}: source ${params.source} does not take it`, name);
  }
}

function logItem(log: ApiLog | ExternalApiLog, userId: number | null, apiProvider: string | null): LogItem {
  return {
    id: log.id,
    user_id: userId,
    api_provider: apiProvider,
    endpoint: log.endpoint,
    http_method: log.httpMethod,
    response_status: log.responseStatus,
    response_time_ms: log.responseTimeMs,
    sampled_one_in: 'sampledOneIn' in log ? log.sampledOneIn : 1,
    created_at: log.createdAt,
  };
}

function healthItem(check: HealthCheck): HealthItem {
  return {
    id: check.id,
    check_time: check.checkTime,
    overall_health_score: check.overallHealthScore,
    api_status: check.apiStatus,
    database_status: check.databaseStatus,
    data_pipeline_status: check.dataPipelineStatus,
    performance_metrics: check.performanceMetrics,
    error_logs: check.errorLogs === null ? null : [...check.errorLogs],
  };
}

/** Gives how the server stands. @throws RequestError `unavailable` if nobody looks */
function statusOf({ status }: MethodContext): StatusMap {
  if (status !== null) return status.current();
  throw new RequestError('unavailable', 'the parts of this server are not looked at');
}
