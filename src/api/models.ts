import { z } from 'zod';
import { TIMEFRAMES } from '../timeframe.js';
import {
  cursorParam,
  document,
  idParam,
  limitParam,
  missing,
  numberOrNull,
  page,
  pageParams,
  textOrNull,
  time,
  timeOrNull,
} from './fields.js';
import { type MethodSpecs, method } from './method.js';

const TYPES = ['macro', 'sector', 'asset', 'timing'] as const;
const STATUSES = ['active', 'training', 'inactive', 'error', 'deprecated'] as const;
const JOB_STATUSES = ['pending', 'running', 'completed', 'failed', 'cancelled', 'paused'] as const;

/** A version of a model. */
export const modelItem = z.object({
  id: z.int(),
  name: z.string(),
  version: z.string(),
  type: z.enum(TYPES),
  architecture: z.enum(['lstm', 'transformer', 'ensemble', 'regression', 'rule_based']),
  status: z.enum(STATUSES),
  is_active: z.boolean(),
  target_variable: z.enum([
    'price_direction',
    'trend_strength',
    'volatility_regime',
    'regime_change_probability',
  ]),
  training_data_timeframe: z.enum(TIMEFRAMES),
  configuration: document.nullable(),
  performance_metrics: document.nullable().describe('accuracy and precision (0–1) of the last evaluation'),
  last_trained: timeOrNull,
  deployed_at: timeOrNull,
  training_notes: textOrNull,
  created_at: time,
  missing,
});

/** What one evaluation of a model found. */
export const evaluationItem = z.object({
  id: z.int(),
  model_id: z.int(),
  source_job_id: z.int().nullable(),
  evaluation_date: time,
  evaluation_type: z.enum([
    'backtesting',
    'forward_testing',
    'cross_validation',
    'live_performance',
    'job_triggered',
  ]),
  evaluation_status: z.enum(['completed', 'failed', 'partial', 'invalidated']).nullable(),
  accuracy: numberOrNull.describe('0–1'),
  precision_score: numberOrNull.describe('0–1'),
  recall: numberOrNull.describe('0–1'),
  f1_score: numberOrNull.describe('0–1'),
  win_rate: numberOrNull.describe('0–1'),
  profit_factor: numberOrNull,
  sharpe_ratio: numberOrNull,
  max_drawdown: numberOrNull.describe('0–1'),
  total_return: numberOrNull,
  sample_count: z.int().nullable(),
  confidence_avg: numberOrNull.describe('0–1'),
  confidence_std: numberOrNull,
  true_positives: z.int().nullable(),
  false_positives: z.int().nullable(),
  detailed_metrics: document.nullable(),
  evaluation_metadata: document
    .nullable()
    .describe('part (training: the older, validation), days, split, times'),
  evaluation_notes: textOrNull,
  missing,
});

/** A run that evaluates a model. */
export const jobItem = z.object({
  id: z.int(),
  model_id: z.int(),
  job_status: z.enum(JOB_STATUSES),
  job_category: z.enum(['training', 'prediction', 'evaluation', 'optimization', 'deployment']),
  job_type: z.string(),
  progress_pct: z.number().describe('percent'),
  current_phase: textOrNull,
  job_config: document,
  job_results: document.nullable(),
  error_message: textOrNull,
  started_at: timeOrNull,
  completed_at: timeOrNull,
  execution_time_seconds: numberOrNull,
  initiated_by: z.int().nullable(),
  created_at: time,
  missing,
});

export const MODELS_METHODS = {
  'models.list': method({
    role: 'admin',
    summary: 'The models, by id',
    params: z.strictObject({
      type: z.enum(TYPES).optional(),
      status: z.enum(STATUSES).optional(),
      ...pageParams,
    }),
    result: page(modelItem),
  }),
  'models.get': method({
    role: 'admin',
    summary: 'One model',
    params: z.strictObject({ model_id: idParam }),
    result: modelItem,
    errors: ['not_found'],
  }),
  'models.performance': method({
    role: 'admin',
    summary: 'What evaluations of a model found, the newest first',
    params: z.strictObject({ model_id: idParam, limit: limitParam, cursor: cursorParam.optional() }),
    result: page(evaluationItem),
    errors: ['not_found'],
  }),
  'models.retrain': method({
    role: 'admin',
    summary: 'Queues an evaluation of what a model has said: rules are not trained',
    params: z.strictObject({
      model_id: idParam,
      training_data_days: z.int().min(1).max(3_650).default(90).describe('how far back'),
      validation_split: z
        .number()
        .min(0)
        .max(0.9)
        .default(0.2)
        .describe('share of the newest that is measured apart, 0–0.9'),
      hyperparameters: z
        .record(z.string().max(100), z.unknown())
        .optional()
        .describe('refused by name: rules have none'),
    }),
    result: jobItem,
    writes: true,
    errors: ['not_found', 'conflict'],
  }),
  'models.jobs': method({
    role: 'admin',
    summary: 'Jobs of models, the newest first',
    params: z.strictObject({
      model_id: idParam.optional(),
      status: z.enum(JOB_STATUSES).optional(),
      ...pageParams,
    }),
    result: page(jobItem),
  }),
  'models.cancelJob': method({
    role: 'admin',
    summary: 'Cancels a job that waits or runs',
    params: z.strictObject({ id: idParam }),
    result: jobItem,
    writes: true,
    errors: ['not_found', 'conflict'],
  }),
} as const satisfies MethodSpecs;
