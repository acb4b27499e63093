-- Snapshots of the whole market, and what regime the models see in them. A figure whose source did not answer is NULL.
-- `> '-Infinity' AND < 'Infinity'` refuses what is not a finite number where the sign is free.

CREATE TABLE metrics_snapshot (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  snapshot_time timestamptz NOT NULL
    CONSTRAINT chk_metrics_snapshot_snapshot_time CHECK (isfinite(snapshot_time)),
  timeframe timeframe NOT NULL
    CONSTRAINT chk_metrics_snapshot_timeframe CHECK (timeframe <> '1M'),
  btc_price_usd numeric NOT NULL
    CONSTRAINT chk_metrics_snapshot_btc_price_usd CHECK (btc_price_usd > 0 AND btc_price_usd < 'Infinity'),

  rsi_14 numeric
    CONSTRAINT chk_metrics_snapshot_rsi_14 CHECK (rsi_14 BETWEEN 0 AND 100),
  sma_200 numeric
    CONSTRAINT chk_metrics_snapshot_sma_200 CHECK (sma_200 > 0 AND sma_200 < 'Infinity'),
  ema_200 numeric
    CONSTRAINT chk_metrics_snapshot_ema_200 CHECK (ema_200 > 0 AND ema_200 < 'Infinity'),

  fear_greed_index numeric
    CONSTRAINT chk_metrics_snapshot_fear_greed_index CHECK (fear_greed_index BETWEEN 0 AND 100),
  google_trends_score numeric
    CONSTRAINT chk_metrics_snapshot_google_trends_score CHECK (google_trends_score BETWEEN 0 AND 100),

  -- A fraction per funding interval, 0.0001 = 0.01 %.
  funding_rate_btc numeric
    CONSTRAINT chk_metrics_snapshot_funding_rate_btc
    CHECK (funding_rate_btc > '-Infinity' AND funding_rate_btc < 'Infinity'),
  -- In BTC, as the liquidations are.
  open_interest_btc numeric
    CONSTRAINT chk_metrics_snapshot_open_interest_btc CHECK (open_interest_btc >= 0 AND open_interest_btc < 'Infinity'),

  -- In BTC; positive towards the exchanges.
  whale_netflow_24h numeric
    CONSTRAINT chk_metrics_snapshot_whale_netflow_24h
    CHECK (whale_netflow_24h > '-Infinity' AND whale_netflow_24h < 'Infinity'),
  active_addresses_btc integer
    CONSTRAINT chk_metrics_snapshot_active_addresses_btc CHECK (active_addresses_btc >= 0),

  altcoin_dominance numeric
    CONSTRAINT chk_metrics_snapshot_altcoin_dominance CHECK (altcoin_dominance BETWEEN 0 AND 100),
  liquidity_score numeric
    CONSTRAINT chk_metrics_snapshot_liquidity_score CHECK (liquidity_score >= 0 AND liquidity_score < 'Infinity'),

  halving_countdown_days integer
    CONSTRAINT chk_metrics_snapshot_halving_countdown_days CHECK (halving_countdown_days >= 0),
  weekly_return numeric
    CONSTRAINT chk_metrics_snapshot_weekly_return CHECK (weekly_return >= -100 AND weekly_return < 'Infinity'),
  monthly_return numeric
    CONSTRAINT chk_metrics_snapshot_monthly_return CHECK (monthly_return >= -100 AND monthly_return < 'Infinity'),

  btc_dominance numeric
    CONSTRAINT chk_metrics_snapshot_btc_dominance CHECK (btc_dominance BETWEEN 0 AND 100),
  eth_dominance numeric
    CONSTRAINT chk_metrics_snapshot_eth_dominance CHECK (eth_dominance BETWEEN 0 AND 100),
  usdt_dominance numeric
    CONSTRAINT chk_metrics_snapshot_usdt_dominance CHECK (usdt_dominance BETWEEN 0 AND 100),
  total numeric(30,2)
    CONSTRAINT chk_metrics_snapshot_total CHECK (total >= 0 AND total < 'Infinity'),

  sp500 numeric
    CONSTRAINT chk_metrics_snapshot_sp500 CHECK (sp500 > 0 AND sp500 < 'Infinity'),
  gold numeric
    CONSTRAINT chk_metrics_snapshot_gold CHECK (gold > 0 AND gold < 'Infinity'),
  dxy numeric
    CONSTRAINT chk_metrics_snapshot_dxy CHECK (dxy > 0 AND dxy < 'Infinity'),

  liquidations_long numeric
    CONSTRAINT chk_metrics_snapshot_liquidations_long CHECK (liquidations_long >= 0 AND liquidations_long < 'Infinity'),
  liquidations_short numeric
    CONSTRAINT chk_metrics_snapshot_liquidations_short
    CHECK (liquidations_short >= 0 AND liquidations_short < 'Infinity'),
  liquidation_zones jsonb
    CONSTRAINT chk_metrics_snapshot_liquidation_zones CHECK (jsonb_typeof(liquidation_zones) = 'array'),
  extended_metrics jsonb
    CONSTRAINT chk_metrics_snapshot_extended_metrics CHECK (jsonb_typeof(extended_metrics) = 'object'),

  btc_eth_correlation_30d numeric
    CONSTRAINT chk_metrics_snapshot_btc_eth_correlation_30d CHECK (btc_eth_correlation_30d BETWEEN -1 AND 1),
  btc_sp500_correlation_30d numeric
    CONSTRAINT chk_metrics_snapshot_btc_sp500_correlation_30d CHECK (btc_sp500_correlation_30d BETWEEN -1 AND 1),
  us_10y_yield numeric
    CONSTRAINT chk_metrics_snapshot_us_10y_yield CHECK (us_10y_yield > '-Infinity' AND us_10y_yield < 'Infinity'),
  vix_index numeric
    CONSTRAINT chk_metrics_snapshot_vix_index CHECK (vix_index >= 0 AND vix_index < 'Infinity'),

  crypto_market_breadth numeric
    CONSTRAINT chk_metrics_snapshot_crypto_market_breadth CHECK (crypto_market_breadth BETWEEN 0 AND 100),
  new_highs_24h integer
    CONSTRAINT chk_metrics_snapshot_new_highs_24h CHECK (new_highs_24h >= 0),
  new_lows_24h integer
    CONSTRAINT chk_metrics_snapshot_new_lows_24h CHECK (new_lows_24h >= 0),
  momentum_index numeric
    CONSTRAINT chk_metrics_snapshot_momentum_index
    CHECK (momentum_index > '-Infinity' AND momentum_index < 'Infinity'),

  data_quality_flags jsonb
    CONSTRAINT chk_metrics_snapshot_data_quality_flags CHECK (jsonb_typeof(data_quality_flags) = 'object'),
  snapshot_version text
    CONSTRAINT chk_metrics_snapshot_snapshot_version CHECK (length(snapshot_version) BETWEEN 1 AND 50),
  is_validated boolean NOT NULL DEFAULT false,
  has_anomalies boolean NOT NULL DEFAULT false,
  data_source text NOT NULL DEFAULT 'aggregated'
    CONSTRAINT chk_metrics_snapshot_data_source CHECK (length(data_source) BETWEEN 1 AND 64 AND data_source !~ '\s'),

  data_collection_started timestamptz,
  data_collection_completed timestamptz,
  collection_duration_ms integer
    CONSTRAINT chk_metrics_snapshot_collection_duration_ms CHECK (collection_duration_ms >= 0),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),

  -- What is made of simulated prices and of real ones never stands in one series. In this order: what is read is one
  -- timeframe, a range of time or the newest.
  CONSTRAINT unique_snapshot_time_timeframe UNIQUE (data_source, timeframe, snapshot_time)
);

CREATE TRIGGER trg_metrics_snapshot_updated_at BEFORE UPDATE ON metrics_snapshot
  FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TYPE analysis_source AS ENUM ('live', 'backtest', 'simulation');
CREATE TYPE structure_change AS ENUM ('higher_high', 'lower_low', 'consolidation', 'reversal');
CREATE TYPE breakout_type AS ENUM ('resistance', 'support', 'trendline', 'pattern', 'range');
CREATE TYPE sentiment_regime AS ENUM ('extreme_fear', 'fear', 'neutral', 'greed', 'extreme_greed');
CREATE TYPE liquidity_regime AS ENUM ('abundant', 'normal', 'tight', 'stressed');
CREATE TYPE macro_alignment AS ENUM ('supportive', 'neutral', 'headwind');
CREATE TYPE risk_appetite AS ENUM ('risk_on', 'risk_off', 'mixed', 'transitioning');
CREATE TYPE trading_strategy AS ENUM ('trend_following', 'mean_reversion', 'breakout', 'range_trading', 'defensive');
CREATE TYPE position_sizing AS ENUM ('conservative', 'normal', 'aggressive', 'maximum');
CREATE TYPE model_rating AS ENUM ('excellent', 'good', 'average', 'poor');

CREATE TABLE ai_regime_analysis (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  metrics_snapshot_id bigint NOT NULL
    CONSTRAINT fk_ai_regime_analysis_metrics_snapshot REFERENCES metrics_snapshot (id),
  ai_model_id integer NOT NULL CONSTRAINT fk_ai_regime_analysis_ai_model REFERENCES ai_models (id),

  analysis_time timestamptz NOT NULL
    CONSTRAINT chk_ai_regime_analysis_analysis_time CHECK (isfinite(analysis_time)),
  -- In the order of the type: an hour and longer.
  analysis_timeframe timeframe NOT NULL
    CONSTRAINT chk_ai_regime_analysis_analysis_timeframe CHECK (analysis_timeframe >= '1h'),
  data_source analysis_source NOT NULL DEFAULT 'live',

  current_regime market_regime NOT NULL,
  predicted_regime market_regime,
  regime_confidence numeric NOT NULL
    CONSTRAINT chk_ai_regime_analysis_regime_confidence CHECK (regime_confidence BETWEEN 0 AND 1),
  regime_transition_prob numeric
    CONSTRAINT chk_ai_regime_analysis_regime_transition_prob CHECK (regime_transition_prob BETWEEN 0 AND 1),
  regime_duration_days integer
    CONSTRAINT chk_ai_regime_analysis_regime_duration_days CHECK (regime_duration_days >= 0),
  -- In hours.
  regime_duration_estimate integer
    CONSTRAINT chk_ai_regime_analysis_regime_duration_estimate CHECK (regime_duration_estimate >= 0),

  trend_strength_score numeric
    CONSTRAINT chk_ai_regime_analysis_trend_strength_score CHECK (trend_strength_score BETWEEN 0 AND 1),
  regime_quality_score numeric
    CONSTRAINT chk_ai_regime_analysis_regime_quality_score CHECK (regime_quality_score BETWEEN 0 AND 1),
  volatility_regime_score numeric
    CONSTRAINT chk_ai_regime_analysis_volatility_regime_score CHECK (volatility_regime_score BETWEEN 0 AND 1),
  momentum_alignment_score numeric
    CONSTRAINT chk_ai_regime_analysis_momentum_alignment_score CHECK (momentum_alignment_score BETWEEN 0 AND 1),

  trend_intact boolean,
  structure_break boolean,
  structure_change_type structure_change,
  structure_strength numeric
    CONSTRAINT chk_ai_regime_analysis_structure_strength CHECK (structure_strength BETWEEN 0 AND 1),

  breakout_signal boolean,
  breakout_type breakout_type,
  breakout_level numeric
    CONSTRAINT chk_ai_regime_analysis_breakout_level CHECK (breakout_level > 0 AND breakout_level < 'Infinity'),
  volume_confirmation boolean,
  volume_surge_ratio numeric
    CONSTRAINT chk_ai_regime_analysis_volume_surge_ratio
    CHECK (volume_surge_ratio >= 0 AND volume_surge_ratio < 'Infinity'),
  retest_confirmation boolean,
  volatility_expansion_score numeric
    CONSTRAINT chk_ai_regime_analysis_volatility_expansion_score CHECK (volatility_expansion_score BETWEEN 0 AND 1),

  timeframe_alignment jsonb
    CONSTRAINT chk_ai_regime_analysis_timeframe_alignment CHECK (jsonb_typeof(timeframe_alignment) = 'object'),
  multi_timeframe_agreement boolean,
  timeframe_consensus_score numeric
    CONSTRAINT chk_ai_regime_analysis_timeframe_consensus_score CHECK (timeframe_consensus_score BETWEEN 0 AND 1),
  key_levels jsonb
    CONSTRAINT chk_ai_regime_analysis_key_levels CHECK (jsonb_typeof(key_levels) = 'array'),

  sentiment_regime sentiment_regime,
  fear_greed_impact numeric
    CONSTRAINT chk_ai_regime_analysis_fear_greed_impact CHECK (fear_greed_impact BETWEEN 0 AND 1),
  sentiment_regime_conflict boolean,
  psychological_level_score numeric
    CONSTRAINT chk_ai_regime_analysis_psychological_level_score CHECK (psychological_level_score BETWEEN 0 AND 1),

  liquidity_regime liquidity_regime,
  institutional_flow_score numeric
    CONSTRAINT chk_ai_regime_analysis_institutional_flow_score CHECK (institutional_flow_score BETWEEN 0 AND 1),
  retail_participation_score numeric
    CONSTRAINT chk_ai_regime_analysis_retail_participation_score CHECK (retail_participation_score BETWEEN 0 AND 1),
  whale_activity_influence boolean,

  macro_regime_alignment macro_alignment,
  correlation_stability numeric
    CONSTRAINT chk_ai_regime_analysis_correlation_stability CHECK (correlation_stability BETWEEN 0 AND 1),
  risk_on_off_regime boolean,
  global_risk_appetite risk_appetite,
  transition_indicators jsonb
    CONSTRAINT chk_ai_regime_analysis_transition_indicators CHECK (jsonb_typeof(transition_indicators) = 'object'),

  recommended_strategy trading_strategy,
  risk_adjustment_factor numeric
    CONSTRAINT chk_ai_regime_analysis_risk_adjustment_factor CHECK (risk_adjustment_factor BETWEEN 0.1 AND 5),
  position_sizing_guidance position_sizing,
  sector_regime_impact jsonb
    CONSTRAINT chk_ai_regime_analysis_sector_regime_impact CHECK (jsonb_typeof(sector_regime_impact) = 'object'),

  ai_confidence_score numeric
    CONSTRAINT chk_ai_regime_analysis_ai_confidence_score CHECK (ai_confidence_score BETWEEN 0 AND 1),
  signal_agreement_score numeric
    CONSTRAINT chk_ai_regime_analysis_signal_agreement_score CHECK (signal_agreement_score BETWEEN 0 AND 1),
  prediction_stability numeric
    CONSTRAINT chk_ai_regime_analysis_prediction_stability CHECK (prediction_stability BETWEEN 0 AND 1),
  model_performance_rating model_rating,

  historical_analogue text
    CONSTRAINT chk_ai_regime_analysis_historical_analogue CHECK (length(historical_analogue) BETWEEN 1 AND 30),
  historical_similarity numeric
    CONSTRAINT chk_ai_regime_analysis_historical_similarity CHECK (historical_similarity BETWEEN 0 AND 1),
  regime_statistics jsonb
    CONSTRAINT chk_ai_regime_analysis_regime_statistics CHECK (jsonb_typeof(regime_statistics) = 'object'),

  analysis_validated boolean NOT NULL DEFAULT false,
  validation_flags jsonb
    CONSTRAINT chk_ai_regime_analysis_validation_flags CHECK (jsonb_typeof(validation_flags) = 'object'),
  analysis_version text
    CONSTRAINT chk_ai_regime_analysis_analysis_version CHECK (length(analysis_version) BETWEEN 1 AND 50),
  analyst_notes text,
  analysis_data jsonb
    CONSTRAINT chk_ai_regime_analysis_analysis_data CHECK (jsonb_typeof(analysis_data) = 'object'),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),

  -- Written again, an analysis is the same row; one of a backtest beside the live one.
  CONSTRAINT unique_ai_regime_analysis_analysis
    UNIQUE (ai_model_id, metrics_snapshot_id, analysis_timeframe, data_source)
);

CREATE INDEX idx_ai_regime_analysis_metrics_snapshot ON ai_regime_analysis (metrics_snapshot_id);
CREATE INDEX idx_ai_regime_analysis_newest ON ai_regime_analysis (analysis_timeframe, data_source, analysis_time DESC);

CREATE TRIGGER trg_ai_regime_analysis_updated_at BEFORE UPDATE ON ai_regime_analysis
  FOR EACH ROW EXECUTE FUNCTION set_updated_at();
