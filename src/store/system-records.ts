import {
  array,
  decimal,
  figure,
  integer,
  type NewOf,
  object,
  oneOf,
  optional,
  type RecordOf,
  TypedTable,
  text,
  time,
} from './typed-table.js';

export type AggregationLevel = 'hourly' | 'daily' | 'weekly' | 'monthly';
export type AnalyticsCategory = 'user_behavior' | 'api_usage' | 'performance';
export type RequestMethod = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS' | 'WS';

/** What the server found of itself. */
export const HEALTH_CHECKS = new TypedTable('system_health', {
  check_time: time(),
  api_status: optional(object()),
  database_status: optional(object()),
  ml_models_status: optional(object()),
  data_pipeline_status: optional(object()),
  overall_health_score: optional(figure()),
  performance_metrics: optional(object()),
  error_logs: optional(array()),
});

export type HealthCheck = RecordOf<typeof HEALTH_CHECKS>;
export type NewHealthCheck = NewOf<typeof HEALTH_CHECKS>;

/** A figure of the use of the server. */
export const ANALYTICS = new TypedTable('analytics_data', {
  category: oneOf<AnalyticsCategory>('analytics_category'),
  metric_name: text(),
  metric_value: decimal(),
  dimensions: optional(object()),
  aggregation_level: optional(oneOf<AggregationLevel>('aggregation_level')),
});

export type AnalyticsRecord = RecordOf<typeof ANALYTICS>;
export type NewAnalytics = NewOf<typeof ANALYTICS>;

/** A request to the server, which stands for `sampled_one_in` of its kind: under load not all are written. */
export const API_LOGS = new TypedTable('api_request_logs', {
  user_id: optional(integer()),
  endpoint: text(),
  http_method: oneOf<RequestMethod>('request_method'),
  response_status: integer(),
  response_time_ms: figure(),
  sampled_one_in: integer(),
});

export type ApiLog = RecordOf<typeof API_LOGS>;
export type NewApiLog = NewOf<typeof API_LOGS>;

/** A request of the server to another. */
export const EXTERNAL_API_LOGS = new TypedTable('external_api_logs', {
  api_provider: text(),
  endpoint: text(),
  http_method: oneOf<RequestMethod>('request_method'),
  response_status: optional(integer()),
  response_time_ms: figure(),
});

export type ExternalApiLog = RecordOf<typeof EXTERNAL_API_LOGS>;
export type NewExternalApiLog = NewOf<typeof EXTERNAL_API_LOGS>;
