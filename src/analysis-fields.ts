/*
 * Fields of the channels of the analyses: the columns of the tables without ids that only the database knows, behind what
 * says of when, and how far to be trusted, the values are. `docs/analysis/` tells formula, unit and range of each.
 */

/** `time`: end of the candle, ms; of one that forms the moment of its newest price. `state`: `forming` or `closed`. */
export const ANALYSIS_HEAD_FIELDS = ['time', 'state', 'simulated'] as const;

/** `metrics`: figures of the whole market, the columns of `metrics_snapshot`. */
export const METRICS_FIELDS = [
  ...ANALYSIS_HEAD_FIELDS,
  'snapshot_time',
  'timeframe',
  'btc_price_usd',
  'rsi_14',
  'sma_200',
  'ema_200',
  'fear_greed_index',
  'google_trends_score',
  'funding_rate_btc',
  'open_interest_btc',
  'whale_netflow_24h',
  'active_addresses_btc',
  'altcoin_dominance',
  'liquidity_score',
  'halving_countdown_days',
  'weekly_return',
  'monthly_return',
  'btc_dominance',
  'eth_dominance',
  'usdt_dominance',
  'total',
  'sp500',
  'gold',
  'dxy',
  'liquidations_long',
  'liquidations_short',
  'liquidation_zones',
  'extended_metrics',
  'btc_eth_correlation_30d',
  'btc_sp500_correlation_30d',
  'us_10y_yield',
  'vix_index',
  'crypto_market_breadth',
  'new_highs_24h',
  'new_lows_24h',
  'momentum_index',
  'data_quality_flags',
  'snapshot_version',
  'is_validated',
  'has_anomalies',
  'data_source',
  'data_collection_started',
  'data_collection_completed',
  'collection_duration_ms',
] as const;

/** `regime`: the market's regime, the columns of `ai_regime_analysis`. */
export const REGIME_FIELDS = [
  ...ANALYSIS_HEAD_FIELDS,
  'analysis_time',
  'analysis_timeframe',
  'data_source',
  'current_regime',
  'predicted_regime',
  'regime_confidence',
  'regime_transition_prob',
  'regime_duration_days',
  'regime_duration_estimate',
  'trend_strength_score',
  'regime_quality_score',
  'volatility_regime_score',
  'momentum_alignment_score',
  'trend_intact',
  'structure_break',
  'structure_change_type',
  'structure_strength',
  'breakout_signal',
  'breakout_type',
  'breakout_level',
  'volume_confirmation',
  'volume_surge_ratio',
  'retest_confirmation',
  'volatility_expansion_score',
  'timeframe_alignment',
  'multi_timeframe_agreement',
  'timeframe_consensus_score',
  'key_levels',
  'sentiment_regime',
  'fear_greed_impact',
  'sentiment_regime_conflict',
  'psychological_level_score',
  'liquidity_regime',
  'institutional_flow_score',
  'retail_participation_score',
  'whale_activity_influence',
  'macro_regime_alignment',
  'correlation_stability',
  'risk_on_off_regime',
  'global_risk_appetite',
  'transition_indicators',
  'recommended_strategy',
  'risk_adjustment_factor',
  'position_sizing_guidance',
  'sector_regime_impact',
  'ai_confidence_score',
  'signal_agreement_score',
  'prediction_stability',
  'model_performance_rating',
  'historical_analogue',
  'historical_similarity',
  'regime_statistics',
  'analysis_validated',
  'validation_flags',
  'analysis_version',
  'analyst_notes',
  'analysis_data',
] as const;

/** One entry of `sectors`, the columns of `ai_sector_analysis`; `sector` is the name. */
export const SECTOR_FIELDS = [
  ...ANALYSIS_HEAD_FIELDS,
  'sector',
  'sector_id',
  'timeframe',
  'candle_time',
  'analysis_time',
  'sector_market_cap',
  'sector_volume_24h',
  'sector_dominance_pct',
  'performance_24h_pct',
  'performance_7d_pct',
  'performance_30d_pct',
  'rotation_inflow_score',
  'rotation_outflow_score',
  'relative_strength_score',
  'liquidity_score',
  'volatility_score',
  'correlation_with_btc',
  'correlation_with_eth',
  'narrative_tag',
  'institutional_inflow',
  'tvl_total',
  'active_users',
  'active_protocols',
  'key_signals',
  'ai_sector_outlook',
  'ai_confidence_score',
  'signal_agreement_score',
  'outlook_duration_estimate',
  'analysis_data',
] as const;

/** What is known of a row besides its columns. */
export interface AnalysisHead {
  /** End of the candle, ms; of one that forms the moment of its newest price. */
  readonly time: number;
  readonly state: 'forming' | 'closed';
  /** Made of made up or replayed prices. */
  readonly simulated: boolean;
  /** Name of the sector, for rows of `SECTOR_FIELDS`. */
  readonly sector?: string;
}

/** A row as the analyses and the tables have it: columns in camelCase. */
export type CamelRow = Readonly<Record<string, unknown>>;

const CAMEL_NAMES = new Map<string, string>();

/** Gives the values of a row in the order of the fields; what it does not have is null. */
export function rowOf(fields: readonly string[], head: AnalysisHead, record: object): readonly unknown[] {
  const given = head as unknown as CamelRow;
  return fields.map((field) => given[field] ?? (record as CamelRow)[camelName(field)] ?? null);
}

/** Gives the values of a row by the names of the fields; what it does not have is null. */
export function mapOf(
  fields: readonly string[],
  head: AnalysisHead,
  record: object,
): Readonly<Record<string, unknown>> {
  const row = rowOf(fields, head, record);
  return Object.fromEntries(fields.map((field, place) => [field, row[place]]));
}

/** Gives the name in records of a column: `rsi_14` → `rsi14`. */
export function camelName(column: string): string {
  let name = CAMEL_NAMES.get(column);
  if (name === undefined) {
    name = column.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
    CAMEL_NAMES.set(column, name);
  }
  return name;
}
