import type { Timeframe } from '../timeframe.js';
import {
  array,
  byDefault,
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

export type AnalysisSource = 'live' | 'backtest' | 'simulation';
export type BreakoutType = 'resistance' | 'support' | 'trendline' | 'pattern' | 'range';
export type LiquidityRegime = 'abundant' | 'normal' | 'tight' | 'stressed';
export type MacroAlignment = 'supportive' | 'neutral' | 'headwind';
export type MarketRegime = 'Bull' | 'Bear' | 'Sideways' | 'Transition' | 'Accumulation' | 'Distribution';
export type ModelRating = 'excellent' | 'good' | 'average' | 'poor';
export type PositionSizing = 'conservative' | 'normal' | 'aggressive' | 'maximum';
export type RiskAppetite = 'risk_on' | 'risk_off' | 'mixed' | 'transitioning';
export type SentimentRegime = 'extreme_fear' | 'fear' | 'neutral' | 'greed' | 'extreme_greed';
export type StructureChange = 'higher_high' | 'lower_low' | 'consolidation' | 'reversal';
export type TradingStrategy =
  | 'trend_following'
  | 'mean_reversion'
  | 'breakout'
  | 'range_trading'
  | 'defensive';

/** Figures of the whole market at one time, of one data source. */
export const METRICS = new TypedTable(
  'metrics_snapshot',
  {
    snapshot_time: time(),
    timeframe: oneOf<Timeframe>('timeframe'),
    btc_price_usd: decimal(),
    rsi_14: optional(figure()),
    sma_200: optional(decimal()),
    ema_200: optional(decimal()),
    fear_greed_index: optional(figure()),
    google_trends_score: optional(figure()),
    funding_rate_btc: optional(figure()),
    open_interest_btc: optional(decimal()),
    whale_netflow_24h: optional(decimal()),
    active_addresses_btc: optional(integer()),
    altcoin_dominance: optional(figure()),
    liquidity_score: optional(figure()),
    halving_countdown_days: optional(integer()),
    weekly_return: optional(figure()),
    monthly_return: optional(figure()),
    btc_dominance: optional(figure()),
    eth_dominance: optional(figure()),
    usdt_dominance: optional(figure()),
    total: optional(decimal()),
    sp500: optional(decimal()),
    gold: optional(decimal()),
    dxy: optional(decimal()),
    liquidations_long: optional(decimal()),
    liquidations_short: optional(decimal()),
    liquidation_zones: optional(array()),
    extended_metrics: optional(object()),
    btc_eth_correlation_30d: optional(figure()),
    btc_sp500_correlation_30d: optional(figure()),
    us_10y_yield: optional(figure()),
    vix_index: optional(figure()),
    crypto_market_breadth: optional(figure()),
    new_highs_24h: optional(integer()),
    new_lows_24h: optional(integer()),
    momentum_index: optional(figure()),
    data_quality_flags: optional(object()),
    snapshot_version: optional(text()),
    is_validated: byDefault(flag(), 'false'),
    has_anomalies: byDefault(flag(), 'false'),
    data_source: text(),
    data_collection_started: optional(time()),
    data_collection_completed: optional(time()),
    collection_duration_ms: optional(integer()),
  },
  ['data_source', 'timeframe', 'snapshot_time'],
);

export type MetricsRecord = RecordOf<typeof METRICS>;
export type NewMetrics = NewOf<typeof METRICS>;

/** What a model sees in the market of a snapshot. */
export const REGIMES = new TypedTable(
  'ai_regime_analysis',
  {
    metrics_snapshot_id: integer(),
    ai_model_id: integer(),
    analysis_time: time(),
    analysis_timeframe: oneOf<Timeframe>('timeframe'),
    data_source: byDefault(oneOf<AnalysisSource>('analysis_source'), "'live'"),
    current_regime: oneOf<MarketRegime>('market_regime'),
    predicted_regime: optional(oneOf<MarketRegime>('market_regime')),
    regime_confidence: figure(),
    regime_transition_prob: optional(figure()),
    regime_duration_days: optional(integer()),
    regime_duration_estimate: optional(integer()),
    trend_strength_score: optional(figure()),
    regime_quality_score: optional(figure()),
    volatility_regime_score: optional(figure()),
    momentum_alignment_score: optional(figure()),
    trend_intact: optional(flag()),
    structure_break: optional(flag()),
    structure_change_type: optional(oneOf<StructureChange>('structure_change')),
    structure_strength: optional(figure()),
    breakout_signal: optional(flag()),
    breakout_type: optional(oneOf<BreakoutType>('breakout_type')),
    breakout_level: optional(decimal()),
    volume_confirmation: optional(flag()),
    volume_surge_ratio: optional(figure()),
    retest_confirmation: optional(flag()),
    volatility_expansion_score: optional(figure()),
    timeframe_alignment: optional(object()),
    multi_timeframe_agreement: optional(flag()),
    timeframe_consensus_score: optional(figure()),
    key_levels: optional(array()),
    sentiment_regime: optional(oneOf<SentimentRegime>('sentiment_regime')),
    fear_greed_impact: optional(figure()),
    sentiment_regime_conflict: optional(flag()),
    psychological_level_score: optional(figure()),
    liquidity_regime: optional(oneOf<LiquidityRegime>('liquidity_regime')),
    institutional_flow_score: optional(figure()),
    retail_participation_score: optional(figure()),
    whale_activity_influence: optional(flag()),
    macro_regime_alignment: optional(oneOf<MacroAlignment>('macro_alignment')),
    correlation_stability: optional(figure()),
    risk_on_off_regime: optional(flag()),
    global_risk_appetite: optional(oneOf<RiskAppetite>('risk_appetite')),
    transition_indicators: optional(object()),
    recommended_strategy: optional(oneOf<TradingStrategy>('trading_strategy')),
    risk_adjustment_factor: optional(figure()),
    position_sizing_guidance: optional(oneOf<PositionSizing>('position_sizing')),
    sector_regime_impact: optional(object()),
    ai_confidence_score: optional(figure()),
    signal_agreement_score: optional(figure()),
    prediction_stability: optional(figure()),
    model_performance_rating: optional(oneOf<ModelRating>('model_rating')),
    historical_analogue: optional(text()),
    historical_similarity: optional(figure()),
    regime_statistics: optional(object()),
    analysis_validated: byDefault(flag(), 'false'),
    validation_flags: optional(object()),
    analysis_version: optional(text()),
    analyst_notes: optional(text()),
    analysis_data: optional(object()),
  },
  ['ai_model_id', 'metrics_snapshot_id', 'analysis_timeframe', 'data_source'],
);

export type RegimeRecord = RecordOf<typeof REGIMES>;
export type NewRegime = NewOf<typeof REGIMES>;
