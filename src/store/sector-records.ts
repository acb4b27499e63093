import type { Timeframe } from '../timeframe.js';
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
  texts,
  time,
} from './typed-table.js';

export type AnalysisPeriod = '1h' | '4h' | '1d' | '7d' | '30d';
export type MarketOutlook = 'Bullish' | 'Bearish' | 'Neutral';

/** Figures of a sector over time, of one data source. */
export const SECTOR_HISTORY = new TypedTable(
  'sector_history',
  {
    sector_id: integer(),
    data_source: text(),
    timeframe: oneOf<Timeframe>('timeframe'),
    market_cap: optional(decimal()),
    volume_24h: optional(decimal()),
    technical_indicators: optional(object()),
    candle_time: time(),
  },
  ['sector_id', 'data_source', 'timeframe', 'candle_time'],
);

export type SectorCandle = RecordOf<typeof SECTOR_HISTORY>;
export type NewSectorCandle = NewOf<typeof SECTOR_HISTORY>;

/** What a model sees in a sector. */
export const SECTOR_ANALYSES = new TypedTable(
  'ai_sector_analysis',
  {
    metrics_snapshot_id: integer(),
    ai_model_id: integer(),
    sector_id: integer(),
    timeframe: oneOf<AnalysisPeriod>('analysis_period'),
    candle_time: optional(time()),
    analysis_time: time(),
    sector_market_cap: optional(decimal()),
    sector_volume_24h: optional(decimal()),
    sector_dominance_pct: optional(figure()),
    performance_24h_pct: optional(figure()),
    performance_7d_pct: optional(figure()),
    performance_30d_pct: optional(figure()),
    rotation_inflow_score: optional(figure()),
    rotation_outflow_score: optional(figure()),
    relative_strength_score: optional(figure()),
    liquidity_score: optional(figure()),
    volatility_score: optional(figure()),
    correlation_with_btc: optional(figure()),
    correlation_with_eth: optional(figure()),
    narrative_tag: optional(texts()),
    institutional_inflow: optional(decimal()),
    tvl_total: optional(decimal()),
    active_users: optional(integer()),
    active_protocols: optional(integer()),
    key_signals: optional(array()),
    ai_sector_outlook: optional(oneOf<MarketOutlook>('market_outlook')),
    ai_confidence_score: optional(figure()),
    signal_agreement_score: optional(figure()),
    outlook_duration_estimate: optional(integer()),
    analysis_data: optional(object()),
  },
  ['ai_model_id', 'metrics_snapshot_id', 'sector_id', 'timeframe'],
);

export type SectorAnalysis = RecordOf<typeof SECTOR_ANALYSES>;
export type NewSectorAnalysis = NewOf<typeof SECTOR_ANALYSES>;

/** What a model sees between the sectors. */
export const CROSS_SECTOR_ANALYSES = new TypedTable(
  'ai_cross_sector_analysis',
  {
    metrics_snapshot_id: integer(),
    ai_model_id: integer(),
    timeframe: oneOf<AnalysisPeriod>('analysis_period'),
    candle_time: optional(time()),
    analysis_time: time(),
    sector_rotation_flows: optional(object()),
    sector_performance_ranking: optional(array()),
    liquidity_comparison: optional(object()),
    volatility_comparison: optional(object()),
    dominance_distribution: optional(object()),
    correlation_matrix: optional(object()),
    narrative_trends: optional(array()),
    risk_reward_map: optional(array()),
    ai_market_outlook: optional(oneOf<MarketOutlook>('market_outlook')),
    ai_confidence_score: optional(figure()),
    signal_agreement_score: optional(figure()),
    outlook_duration_estimate: optional(integer()),
    analysis_data: optional(object()),
  },
  ['ai_model_id', 'metrics_snapshot_id', 'timeframe'],
);

export type CrossSectorAnalysis = RecordOf<typeof CROSS_SECTOR_ANALYSES>;
export type NewCrossSectorAnalysis = NewOf<typeof CROSS_SECTOR_ANALYSES>;

/** How much moves from one sector to another, 0–1. */
export const ROTATION_FLOWS = new TypedTable(
  'sector_rotation_flows',
  {
    ai_cross_sector_analysis_id: integer(),
    from_sector_id: integer(),
    to_sector_id: integer(),
    score: figure(),
  },
  ['ai_cross_sector_analysis_id', 'from_sector_id', 'to_sector_id'],
);

export type RotationFlow = RecordOf<typeof ROTATION_FLOWS>;
export type NewRotationFlow = NewOf<typeof ROTATION_FLOWS>;
