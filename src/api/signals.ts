import { z } from 'zod';
import { TIMEFRAMES } from '../timeframe.js';
import {
  cursorParam,
  document,
  limitParam,
  missing,
  numberOrNull,
  page,
  symbolParam,
  textOrNull,
  time,
  timeframeParam,
  timeOrNull,
} from './fields.js';
import { type MethodSpecs, method } from './method.js';

export const SIGNAL_STATUSES = ['active', 'executed', 'expired', 'cancelled', 'invalidated'] as const;
const RISK_LEVELS = ['low', 'medium', 'high', 'extreme'] as const;
/** How far back `signals.performance` looks, by name, in days. */
export const PERFORMANCE_DAYS = { '1d': 1, '7d': 7, '30d': 30, '90d': 90, '365d': 365 } as const;
type PerformanceWindow = keyof typeof PERFORMANCE_DAYS;
const WINDOWS = Object.keys(PERFORMANCE_DAYS) as [PerformanceWindow, ...PerformanceWindow[]];

/** The columns of `ai_trading_signals`. */
export const signalColumns = {
  id: z.int(),
  symbol: z.string(),
  asset_id: z.int(),
  ai_model_id: z.int(),
  model_name: z.string(),
  model_version: z.string(),
  user_id: z.int().nullable().describe("null: it is everybody's"),
  metrics_snapshot_id: z.int().nullable(),
  watchlist_analysis_id: z.int().nullable(),
  portfolio_analysis_id: z.int().nullable(),
  timeframe: z.enum(TIMEFRAMES),
  candle_time: time.describe('start of the candle at whose close it was made, ms'),
  signal_type: z.enum(['long', 'short']),
  signal_origin: z.enum([
    'watchlist_screening',
    'portfolio_rebalancing',
    'market_opportunity',
    'risk_management',
  ]),
  signal_quality: z.enum(['low', 'medium', 'high']),
  signal_strength: z.enum(['weak', 'moderate', 'strong', 'very_strong']).nullable(),
  confidence_score: z.number().describe('0–1'),
  entry_price: numberOrNull.describe('quote currency'),
  target_price: numberOrNull.describe('quote currency'),
  stop_loss: numberOrNull.describe('quote currency'),
  risk_level: z.enum(RISK_LEVELS).nullable(),
  risk_reward_ratio: numberOrNull,
  time_horizon_hours: numberOrNull,
  optimal_entry_timeframe: z.enum(TIMEFRAMES).nullable(),
  monitoring_timeframe: z.enum(TIMEFRAMES).nullable(),
  confluence_count: z.int().nullable(),
  confluence_factors: z.array(z.unknown()).nullable(),
  invalidation_criteria: z.array(z.unknown()).nullable(),
  risk_management: document.nullable(),
  market_correlation: numberOrNull.describe('-1 to 1'),
  market_context: document.nullable(),
  sector_context: document.nullable(),
  status: z.enum(SIGNAL_STATUSES),
  actual_entry_price: numberOrNull.describe('quote currency'),
  max_favorable_excursion: numberOrNull.describe('best price since its entry, quote currency'),
  max_adverse_excursion: numberOrNull.describe('worst price since its entry, quote currency'),
  signal_successful: z.boolean().nullable(),
  expires_at: timeOrNull,
  invalidated_at: timeOrNull,
  created_at: time,
};

/** A signal as it stands. */
export const signalItem = z.object({
  ...signalColumns,
  generated_at: time,
  simulated: z.boolean(),
  missing,
});

const figures = {
  total_signals: z.int(),
  active_signals: z.int(),
  judged_signals: z.int().describe('of which it is known whether they were successful'),
  successful_signals: z.int(),
  success_rate: numberOrNull.describe('of those judged, 0–1'),
  mean_confidence: numberOrNull.describe('0–1'),
  mean_risk_reward: numberOrNull,
  mean_favorable_pct: numberOrNull.describe('percent of the entry price'),
  mean_adverse_pct: numberOrNull.describe('percent of the entry price'),
};
const figuresByName = z.record(z.string(), z.object({ ...figures, missing }));

export const SIGNALS_METHODS = {
  'signals.list': method({
    role: 'guest',
    summary: 'Signals for everybody, the newest first',
    params: z.strictObject({
      status: z.enum(SIGNAL_STATUSES).optional(),
      symbol: symbolParam.optional(),
      confidence_min: z.number().min(0).max(1).optional().describe('0–1'),
      limit: limitParam,
      cursor: cursorParam.optional(),
    }),
    result: page(signalItem),
  }),
  'signals.get': method({
    role: 'guest',
    summary: 'One signal, with what led to it and what it risks',
    params: z.strictObject({ id: z.int().min(1) }),
    result: z.object({
      id: z.int(),
      signal_details: signalItem,
      ai_analysis: z.object({
        key_factors: z.array(z.unknown()).nullable(),
        market_context: document.nullable(),
        sector_context: document.nullable(),
        probability_analysis: z.null().describe('no probabilities are measured'),
        missing,
      }),
      risk_assessment: z.object({
        risk_level: signalColumns.risk_level,
        risk_reward_ratio: signalColumns.risk_reward_ratio,
        stop_loss: signalColumns.stop_loss,
        risk_management: signalColumns.risk_management,
        invalidation_criteria: signalColumns.invalidation_criteria,
        missing,
      }),
      simulated: z.boolean(),
    }),
    errors: ['not_found'],
  }),
  'signals.performance': method({
    role: 'guest',
    summary: 'What became of the signals of a window, as recorded, before fees',
    params: z.strictObject({
      timeframe: z.enum(WINDOWS).default('30d').describe('how far back'),
      model: z.string().min(1).max(100).optional().describe('name of a model; left out or all: every model'),
      symbol: symbolParam.optional(),
      candles: timeframeParam.optional().describe('timeframe of the candles that signals were made of'),
    }),
    result: z.object({
      timeframe: z.enum(WINDOWS),
      ...figures,
      average_return: z.null().describe('exit prices are not stored'),
      best_performing_model: textOrNull.describe('name and version'),
      missing,
      performance_by_model: figuresByName.describe('by name and version'),
      performance_by_timeframe: figuresByName,
      performance_by_risk_level: figuresByName,
      performance_by_regime: figuresByName,
      simulated: z.boolean(),
    }),
  }),
} as const satisfies MethodSpecs;
