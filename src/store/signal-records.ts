import type { Timeframe } from '../timeframe.js';
import type { MarketCondition } from './model-records.js';
import {
  array,
  byDefault,
  decimal,
  figure,
  flag,
  integer,
  json,
  type NewOf,
  object,
  oneOf,
  optional,
  type RecordOf,
  TypedTable,
  text,
  time,
} from './typed-table.js';

export type PredictionType = 'price' | 'trend' | 'event';
export type RecommendationPriority = 'low' | 'medium' | 'high' | 'urgent';
export type RecommendationStatus =
  | 'pending'
  | 'approved'
  | 'followed'
  | 'implemented'
  | 'ignored'
  | 'expired'
  | 'rejected';
export type RecommendationTarget = 'portfolio' | 'watchlist' | 'asset' | 'user' | 'strategy';
export type RecommendationType =
  | 'entry'
  | 'exit'
  | 'risk_management'
  | 'rebalance'
  | 'allocation'
  | 'position_sizing'
  | 'learning'
  | 'add'
  | 'remove'
  | 'tier_change';
export type RiskLevel = 'low' | 'medium' | 'high' | 'extreme';
export type SignalOrigin =
  | 'watchlist_screening'
  | 'portfolio_rebalancing'
  | 'market_opportunity'
  | 'risk_management';
export type SignalQuality = 'low' | 'medium' | 'high';
export type SignalStatus = 'active' | 'executed' | 'expired' | 'cancelled' | 'invalidated';
export type SignalStrength = 'weak' | 'moderate' | 'strong' | 'very_strong';
export type SignalType = 'long' | 'short';
export type VolatilityLevel = 'low' | 'medium' | 'high' | 'extreme';

/** A signal as it stands. `insertSignals` writes them. */
export const SIGNALS = new TypedTable('ai_trading_signals', {
  user_id: optional(integer()),
  asset_id: integer(),
  ai_model_id: integer(),
  metrics_snapshot_id: optional(integer()),
  watchlist_analysis_id: optional(integer()),
  portfolio_analysis_id: optional(integer()),
  timeframe: oneOf<Timeframe>('timeframe'),
  candle_time: time(),
  signal_type: oneOf<SignalType>('signal_type'),
  signal_origin: oneOf<SignalOrigin>('signal_origin'),
  signal_quality: oneOf<SignalQuality>('signal_quality'),
  confidence_score: figure(),
  entry_price: optional(decimal()),
  target_price: optional(decimal()),
  stop_loss: optional(decimal()),
  risk_level: optional(oneOf<RiskLevel>('risk_level')),
  risk_reward_ratio: optional(figure()),
  market_context: optional(object()),
  sector_context: optional(object()),
  confluence_factors: optional(array()),
  invalidation_criteria: optional(array()),
  risk_management: optional(object()),
  time_horizon_hours: optional(integer()),
  optimal_entry_timeframe: optional(oneOf<Timeframe>('timeframe')),
  monitoring_timeframe: optional(oneOf<Timeframe>('timeframe')),
  status: byDefault(oneOf<SignalStatus>('signal_status'), "'active'"),
  actual_entry_price: optional(decimal()),
  max_favorable_excursion: optional(decimal()),
  max_adverse_excursion: optional(decimal()),
  signal_successful: optional(flag()),
  signal_strength: optional(oneOf<SignalStrength>('signal_strength')),
  confluence_count: optional(integer()),
  market_correlation: optional(figure()),
  expires_at: optional(time()),
  invalidated_at: optional(time()),
});

export type SignalRow = RecordOf<typeof SIGNALS>;

/** What the engine recommends to a user, or to the admins who review it. */
export const RECOMMENDATIONS = new TypedTable('recommendations', {
  user_id: optional(integer()),
  target_entity_type: optional(oneOf<RecommendationTarget>('recommendation_target')),
  target_entity_id: optional(integer()),
  recommendation_type: oneOf<RecommendationType>('recommendation_type'),
  recommendation_title: optional(text()),
  recommendation_summary: optional(text()),
  recommendation_payload: optional(object()),
  ai_layer: optional(integer()),
  confidence_score: optional(figure()),
  ai_regime_analysis_id: optional(integer()),
  ai_sector_analysis_id: optional(integer()),
  ai_cross_sector_analysis_id: optional(integer()),
  ai_trading_signal_id: optional(integer()),
  status: byDefault(oneOf<RecommendationStatus>('recommendation_status'), "'pending'"),
  priority_level: byDefault(oneOf<RecommendationPriority>('recommendation_priority'), "'medium'"),
  user_feedback: optional(text()),
  user_rating: optional(integer()),
  outcome_result: optional(object()),
  reviewed_by: optional(integer()),
  review_notes: optional(text()),
  reviewed_at: optional(time()),
  implemented_at: optional(time()),
  expires_at: optional(time()),
  dedup_key: optional(text()),
});

export type RecommendationRow = RecordOf<typeof RECOMMENDATIONS>;
export type NewRecommendation = NewOf<typeof RECOMMENDATIONS>;

/** What a model, or a user, expects of an asset, and what became of it. */
export const PREDICTIONS = new TypedTable('predictions', {
  asset_id: integer(),
  watchlist_id: optional(integer()),
  user_id: optional(integer()),
  ai_model_id: optional(integer()),
  layer_source: byDefault(integer(), '3'),
  prediction_type: byDefault(oneOf<PredictionType>('prediction_type'), "'price'"),
  predicted_price: optional(decimal()),
  predicted_value: optional(object()),
  confidence_score: figure(),
  prediction_horizon: integer(),
  target_datetime: time(),
  features_used: optional(json()),
  model_parameters: optional(object()),
  input_price: decimal(),
  input_features: optional(object()),
  context_data: optional(object()),
  actual_price: optional(decimal()),
  accuracy_percentage: optional(figure()),
  absolute_error: optional(figure()),
  squared_error: optional(figure()),
  is_realized: byDefault(flag(), 'false'),
  is_accurate: optional(flag()),
  accuracy_threshold: byDefault(figure(), '5'),
  training_data_end: optional(time()),
  market_conditions: optional(oneOf<MarketCondition>('market_condition')),
  volatility_level: optional(oneOf<VolatilityLevel>('volatility_level')),
  model_training_time: optional(figure()),
  prediction_time: optional(figure()),
  notes: optional(text()),
  debug_info: optional(object()),
  evaluated_at: optional(time()),
});

export type PredictionRow = RecordOf<typeof PREDICTIONS>;
export type NewPrediction = NewOf<typeof PREDICTIONS>;
