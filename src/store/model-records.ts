import type { Timeframe } from '../timeframe.js';
import {
  byDefault,
  figure,
  flag,
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

export type DeploymentEnvironment = 'development' | 'staging' | 'production';
export type EvaluationStatus = 'completed' | 'failed' | 'partial' | 'invalidated';
export type EvaluationType =
  | 'backtesting'
  | 'forward_testing'
  | 'cross_validation'
  | 'live_performance'
  | 'job_triggered';
export type JobCategory = 'training' | 'prediction' | 'evaluation' | 'optimization' | 'deployment';
export type JobPriority = 'low' | 'normal' | 'high' | 'urgent';
export type JobStatus = 'pending' | 'running' | 'completed' | 'failed' | 'cancelled' | 'paused';
export type MarketCondition = 'bull' | 'bear' | 'sideways' | 'volatile';
export type ModelArchitecture = 'lstm' | 'transformer' | 'ensemble' | 'regression' | 'rule_based';
export type ModelStatus = 'active' | 'training' | 'inactive' | 'error' | 'deprecated';
export type ModelType = 'macro' | 'sector' | 'asset' | 'timing';
export type PerformanceGrade = 'A' | 'B' | 'C' | 'D' | 'F';
export type TargetVariable =
  | 'price_direction'
  | 'trend_strength'
  | 'volatility_regime'
  | 'regime_change_probability';

/** A version of a model. */
export const MODELS = new TypedTable(
  'ai_models',
  {
    name: text(),
    version: text(),
    architecture: oneOf<ModelArchitecture>('model_architecture'),
    model_type: oneOf<ModelType>('model_type'),
    status: byDefault(oneOf<ModelStatus>('model_status'), "'inactive'"),
    configuration: optional(object()),
    performance_metrics: optional(object()),
    training_features: optional(object()),
    training_data_range: optional(object()),
    training_data_timeframe: oneOf<Timeframe>('timeframe'),
    target_variable: oneOf<TargetVariable>('target_variable'),
    input_schema: optional(object()),
    output_schema: optional(object()),
    health_status: optional(object()),
    training_notes: optional(text()),
    model_file_path: optional(text()),
    framework: optional(text()),
    deployment_environment: optional(oneOf<DeploymentEnvironment>('deployment_environment')),
    last_trained: optional(time()),
    last_prediction: optional(time()),
    deployed_at: optional(time()),
    deprecated_at: optional(time()),
    is_active: byDefault(flag(), 'false'),
    prediction_count: byDefault(integer(), '0'),
    model_size_mb: optional(figure()),
    training_duration_minutes: optional(integer()),
    min_confidence_threshold: byDefault(figure(), '0.5'),
    max_predictions_per_hour: optional(integer()),
    requires_manual_approval: byDefault(flag(), 'false'),
  },
  ['name', 'model_type', 'version'],
);

export type ModelRecord = RecordOf<typeof MODELS>;
export type NewModel = NewOf<typeof MODELS>;

/** A run that trains, evaluates or deploys a model. */
export const MODEL_JOBS = new TypedTable('model_jobs', {
  model_id: integer(),
  job_status: oneOf<JobStatus>('job_status'),
  job_category: oneOf<JobCategory>('job_category'),
  job_type: text(),
  job_name: optional(text()),
  progress_pct: byDefault(figure(), '0'),
  current_phase: optional(text()),
  total_steps: optional(integer()),
  completed_steps: optional(integer()),
  job_config: object(),
  job_metrics: optional(object()),
  log_output: optional(text()),
  error_message: optional(text()),
  started_at: optional(time()),
  completed_at: optional(time()),
  execution_time_seconds: optional(figure()),
  estimated_completion: optional(time()),
  job_results: optional(object()),
  is_recurring: byDefault(flag(), 'false'),
  cron_schedule: optional(text()),
  next_run_time: optional(time()),
  initiated_by: optional(integer()),
  priority: byDefault(oneOf<JobPriority>('job_priority'), "'normal'"),
  retry_count: byDefault(integer(), '0'),
  max_retries: byDefault(integer(), '3'),
  resource_limits: optional(object()),
});

export type ModelJob = RecordOf<typeof MODEL_JOBS>;
export type NewModelJob = NewOf<typeof MODEL_JOBS>;

/** What an evaluation of a model found. */
export const MODEL_PERFORMANCE = new TypedTable('model_performance', {
  model_id: integer(),
  source_job_id: optional(integer()),
  evaluation_date: time(),
  evaluation_type: oneOf<EvaluationType>('evaluation_type'),
  accuracy: optional(figure()),
  precision_score: optional(figure()),
  recall: optional(figure()),
  f1_score: optional(figure()),
  auc_score: optional(figure()),
  win_rate: optional(figure()),
  profit_factor: optional(figure()),
  sharpe_ratio: optional(figure()),
  max_drawdown: optional(figure()),
  total_return: optional(figure()),
  mse: optional(figure()),
  mae: optional(figure()),
  r2_score: optional(figure()),
  sample_count: optional(integer()),
  confidence_avg: optional(figure()),
  confidence_std: optional(figure()),
  true_positives: optional(integer()),
  false_positives: optional(integer()),
  true_negatives: optional(integer()),
  false_negatives: optional(integer()),
  market_regime: optional(oneOf<MarketCondition>('market_condition')),
  market_volatility: optional(figure()),
  btc_correlation: optional(figure()),
  detailed_metrics: optional(object()),
  evaluation_metadata: optional(object()),
  meets_threshold: optional(flag()),
  performance_grade: optional(oneOf<PerformanceGrade>('performance_grade')),
  overall_score: optional(figure()),
  evaluation_status: optional(oneOf<EvaluationStatus>('evaluation_status')),
  evaluation_notes: optional(text()),
  recommendations: optional(text()),
});

export type ModelEvaluation = RecordOf<typeof MODEL_PERFORMANCE>;
export type NewModelEvaluation = NewOf<typeof MODEL_PERFORMANCE>;
