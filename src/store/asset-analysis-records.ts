import type { Timeframe } from '../timeframe.js';
import type { AnalysisPeriod, MarketOutlook } from './sector-records.js';
import {
  array,
  decimal,
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

export type CyclePhase = 'accumulation' | 'markup' | 'distribution' | 'decline';
export type PortfolioAction = 'hold' | 'reduce_risk' | 'increase_exposure' | 'rebalance' | 'defensive';
export type PositionAction =
  | 'hold'
  | 'partial_exit_25'
  | 'partial_exit_50'
  | 'partial_exit_75'
  | 'full_exit'
  | 'add_position'
  | 'move_sl_to_be'
  | 'tighten_sl'
  | 'extend_tp';
export type PositionStatus = 'healthy' | 'at_risk' | 'critical' | 'take_profit_zone';
export type RegimeChange =
  | 'no_change'
  | 'bull_to_bear'
  | 'bull_to_sideways'
  | 'bear_to_bull'
  | 'bear_to_sideways'
  | 'sideways_to_bull'
  | 'sideways_to_bear';
export type Urgency = 'low' | 'medium' | 'high' | 'immediate';

/** What a model sees in a watchlist. */
export const WATCHLIST_ANALYSES = new TypedTable(
  'ai_watchlist_analysis',
  {
    watchlist_id: integer(),
    metrics_snapshot_id: integer(),
    ai_model_id: integer(),
    timeframe: oneOf<AnalysisPeriod>('analysis_period'),
    candle_time: optional(time()),
    analysis_time: time(),
    asset_scores: optional(array()),
    key_signals: optional(object()),
    generated_signals: optional(array()),
    ai_watchlist_outlook: optional(oneOf<MarketOutlook>('market_outlook')),
    ai_confidence_score: optional(figure()),
    signal_agreement_score: optional(figure()),
    outlook_duration_estimate: optional(integer()),
    analysis_data: optional(object()),
  },
  ['ai_model_id', 'metrics_snapshot_id', 'watchlist_id', 'timeframe'],
);

export type WatchlistAnalysis = RecordOf<typeof WATCHLIST_ANALYSES>;
export type NewWatchlistAnalysis = NewOf<typeof WATCHLIST_ANALYSES>;

/** What a model sees in a portfolio. */
export const PORTFOLIO_ANALYSES = new TypedTable(
  'ai_portfolio_analysis',
  {
    portfolio_id: integer(),
    metrics_snapshot_id: integer(),
    ai_model_id: integer(),
    timeframe: oneOf<AnalysisPeriod>('analysis_period'),
    candle_time: optional(time()),
    analysis_time: time(),
    total_portfolio_value_usd: optional(decimal()),
    total_pnl_pct: optional(figure()),
    total_pnl_usd: optional(decimal()),
    portfolio_risk_score: optional(figure()),
    diversification_score: optional(figure()),
    concentration_risk: optional(figure()),
    current_allocation: optional(object()),
    optimal_allocation: optional(object()),
    allocation_deviation: optional(object()),
    portfolio_beta: optional(figure()),
    portfolio_volatility: optional(figure()),
    sharpe_ratio: optional(figure()),
    max_drawdown_pct: optional(figure()),
    correlation_matrix: optional(object()),
    rebalance_needed: optional(flag()),
    overall_action: optional(oneOf<PortfolioAction>('portfolio_action')),
    rebalancing_suggestions: optional(array()),
    portfolio_signals: optional(object()),
    portfolio_efficiency_score: optional(figure()),
    total_fees_impact_pct: optional(figure()),
    opportunity_cost_score: optional(figure()),
    sector_rotation_impact: optional(object()),
    portfolio_cycle_phase: optional(oneOf<CyclePhase>('cycle_phase')),
    cycle_adjustment_score: optional(figure()),
    ai_portfolio_outlook: optional(oneOf<MarketOutlook>('market_outlook')),
    ai_confidence_score: optional(figure()),
    signal_agreement_score: optional(figure()),
    outlook_duration_estimate: optional(integer()),
    analysis_data: optional(object()),
  },
  ['ai_model_id', 'metrics_snapshot_id', 'portfolio_id', 'timeframe'],
);

export type PortfolioAnalysis = RecordOf<typeof PORTFOLIO_ANALYSES>;
export type NewPortfolioAnalysis = NewOf<typeof PORTFOLIO_ANALYSES>;

/** What a model sees in a holding of a portfolio. */
export const HOLDING_ANALYSES = new TypedTable(
  'ai_portfolio_asset_analysis',
  {
    portfolio_asset_id: integer(),
    metrics_snapshot_id: integer(),
    ai_model_id: integer(),
    timeframe: oneOf<Timeframe>('timeframe'),
    candle_time: optional(time()),
    analysis_time: time(),
    position_status: optional(oneOf<PositionStatus>('position_status')),
    current_pnl_pct: optional(figure()),
    risk_level_score: optional(figure()),
    exit_probability: optional(figure()),
    recommended_action: optional(oneOf<PositionAction>('position_action')),
    urgency_level: optional(oneOf<Urgency>('urgency')),
    recommendation_reason: optional(text()),
    suggested_sl_price: optional(decimal()),
    suggested_tp_price: optional(decimal()),
    suggested_exit_percentage: optional(figure()),
    optimal_position_size: optional(decimal()),
    current_signals: optional(object()),
    risk_factors: optional(array()),
    market_regime_change: optional(oneOf<RegimeChange>('regime_change')),
    condition_deterioration_score: optional(figure()),
    ai_position_outlook: optional(oneOf<MarketOutlook>('market_outlook')),
    ai_confidence_score: optional(figure()),
    signal_agreement_score: optional(figure()),
    analysis_horizon_hours: optional(integer()),
    analysis_data: optional(object()),
  },
  ['ai_model_id', 'metrics_snapshot_id', 'portfolio_asset_id', 'timeframe'],
);

export type HoldingAnalysis = RecordOf<typeof HOLDING_ANALYSES>;
export type NewHoldingAnalysis = NewOf<typeof HOLDING_ANALYSES>;
