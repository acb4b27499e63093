-- What the models see in each watchlist, each portfolio and each holding. One model says one thing of one snapshot: who
-- writes an analysis twice, after a crash too, meets the unique key. An analysis goes with what it is about.

CREATE TABLE ai_watchlist_analysis (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  watchlist_id integer NOT NULL
    CONSTRAINT fk_ai_watchlist_analysis_watchlist REFERENCES watchlists (id) ON DELETE CASCADE,
  metrics_snapshot_id bigint NOT NULL
    CONSTRAINT fk_ai_watchlist_analysis_metrics_snapshot REFERENCES metrics_snapshot (id),
  ai_model_id integer NOT NULL CONSTRAINT fk_ai_watchlist_analysis_ai_model REFERENCES ai_models (id),
  timeframe analysis_period NOT NULL,
  candle_time timestamptz
    CONSTRAINT chk_ai_watchlist_analysis_candle_time CHECK (isfinite(candle_time)),
  analysis_time timestamptz NOT NULL
    CONSTRAINT chk_ai_watchlist_analysis_analysis_time CHECK (isfinite(analysis_time)),

  asset_scores jsonb
    CONSTRAINT chk_ai_watchlist_analysis_asset_scores CHECK (jsonb_typeof(asset_scores) = 'array'),
  key_signals jsonb
    CONSTRAINT chk_ai_watchlist_analysis_key_signals CHECK (jsonb_typeof(key_signals) = 'object'),
  generated_signals jsonb
    CONSTRAINT chk_ai_watchlist_analysis_generated_signals CHECK (jsonb_typeof(generated_signals) = 'array'),

  ai_watchlist_outlook market_outlook,
  ai_confidence_score numeric
    CONSTRAINT chk_ai_watchlist_analysis_ai_confidence_score CHECK (ai_confidence_score BETWEEN 0 AND 1),
  signal_agreement_score numeric
    CONSTRAINT chk_ai_watchlist_analysis_signal_agreement_score CHECK (signal_agreement_score BETWEEN 0 AND 1),
  -- In hours.
  outlook_duration_estimate integer
    CONSTRAINT chk_ai_watchlist_analysis_outlook_duration_estimate CHECK (outlook_duration_estimate >= 0),
  analysis_data jsonb
    CONSTRAINT chk_ai_watchlist_analysis_analysis_data CHECK (jsonb_typeof(analysis_data) = 'object'),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),

  CONSTRAINT unique_ai_watchlist_analysis_analysis
    UNIQUE (ai_model_id, metrics_snapshot_id, watchlist_id, timeframe)
);

CREATE INDEX idx_ai_watchlist_analysis_newest ON ai_watchlist_analysis (watchlist_id, analysis_time DESC, id DESC);
CREATE INDEX idx_ai_watchlist_analysis_metrics_snapshot ON ai_watchlist_analysis (metrics_snapshot_id);

CREATE TRIGGER trg_ai_watchlist_analysis_updated_at BEFORE UPDATE ON ai_watchlist_analysis
  FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TYPE portfolio_action AS ENUM ('hold', 'reduce_risk', 'increase_exposure', 'rebalance', 'defensive');
CREATE TYPE cycle_phase AS ENUM ('accumulation', 'markup', 'distribution', 'decline');

CREATE TABLE ai_portfolio_analysis (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  portfolio_id integer NOT NULL
    CONSTRAINT fk_ai_portfolio_analysis_portfolio REFERENCES portfolios (id) ON DELETE CASCADE,
  metrics_snapshot_id bigint NOT NULL
    CONSTRAINT fk_ai_portfolio_analysis_metrics_snapshot REFERENCES metrics_snapshot (id),
  ai_model_id integer NOT NULL CONSTRAINT fk_ai_portfolio_analysis_ai_model REFERENCES ai_models (id),
  timeframe analysis_period NOT NULL,
  candle_time timestamptz
    CONSTRAINT chk_ai_portfolio_analysis_candle_time CHECK (isfinite(candle_time)),
  analysis_time timestamptz NOT NULL
    CONSTRAINT chk_ai_portfolio_analysis_analysis_time CHECK (isfinite(analysis_time)),

  -- Shorts and leverage may lose more than all: neither value nor loss has a lower bound.
  total_portfolio_value_usd numeric(30,2)
    CONSTRAINT chk_ai_portfolio_analysis_total_portfolio_value_usd CHECK (total_portfolio_value_usd < 'Infinity'),
  total_pnl_pct numeric
    CONSTRAINT chk_ai_portfolio_analysis_total_pnl_pct
    CHECK (total_pnl_pct > '-Infinity' AND total_pnl_pct < 'Infinity'),
  total_pnl_usd numeric(30,2)
    CONSTRAINT chk_ai_portfolio_analysis_total_pnl_usd CHECK (total_pnl_usd < 'Infinity'),
  portfolio_risk_score numeric
    CONSTRAINT chk_ai_portfolio_analysis_portfolio_risk_score CHECK (portfolio_risk_score BETWEEN 0 AND 1),
  diversification_score numeric
    CONSTRAINT chk_ai_portfolio_analysis_diversification_score CHECK (diversification_score BETWEEN 0 AND 1),
  concentration_risk numeric
    CONSTRAINT chk_ai_portfolio_analysis_concentration_risk CHECK (concentration_risk BETWEEN 0 AND 1),

  current_allocation jsonb
    CONSTRAINT chk_ai_portfolio_analysis_current_allocation CHECK (jsonb_typeof(current_allocation) = 'object'),
  optimal_allocation jsonb
    CONSTRAINT chk_ai_portfolio_analysis_optimal_allocation CHECK (jsonb_typeof(optimal_allocation) = 'object'),
  allocation_deviation jsonb
    CONSTRAINT chk_ai_portfolio_analysis_allocation_deviation CHECK (jsonb_typeof(allocation_deviation) = 'object'),

  portfolio_beta numeric
    CONSTRAINT chk_ai_portfolio_analysis_portfolio_beta
    CHECK (portfolio_beta > '-Infinity' AND portfolio_beta < 'Infinity'),
  portfolio_volatility numeric
    CONSTRAINT chk_ai_portfolio_analysis_portfolio_volatility CHECK (portfolio_volatility BETWEEN 0 AND 1),
  sharpe_ratio numeric
    CONSTRAINT chk_ai_portfolio_analysis_sharpe_ratio
    CHECK (sharpe_ratio > '-Infinity' AND sharpe_ratio < 'Infinity'),
  -- A loss as a positive number.
  max_drawdown_pct numeric
    CONSTRAINT chk_ai_portfolio_analysis_max_drawdown_pct
    CHECK (max_drawdown_pct >= 0 AND max_drawdown_pct < 'Infinity'),
  correlation_matrix jsonb
    CONSTRAINT chk_ai_portfolio_analysis_correlation_matrix CHECK (jsonb_typeof(correlation_matrix) = 'object'),

  rebalance_needed boolean,
  overall_action portfolio_action,
  rebalancing_suggestions jsonb
    CONSTRAINT chk_ai_portfolio_analysis_rebalancing_suggestions
    CHECK (jsonb_typeof(rebalancing_suggestions) = 'array'),
  portfolio_signals jsonb
    CONSTRAINT chk_ai_portfolio_analysis_portfolio_signals CHECK (jsonb_typeof(portfolio_signals) = 'object'),

  portfolio_efficiency_score numeric
    CONSTRAINT chk_ai_portfolio_analysis_portfolio_efficiency_score CHECK (portfolio_efficiency_score BETWEEN 0 AND 1),
  total_fees_impact_pct numeric
    CONSTRAINT chk_ai_portfolio_analysis_total_fees_impact_pct
    CHECK (total_fees_impact_pct > '-Infinity' AND total_fees_impact_pct < 'Infinity'),
  opportunity_cost_score numeric
    CONSTRAINT chk_ai_portfolio_analysis_opportunity_cost_score CHECK (opportunity_cost_score BETWEEN 0 AND 1),

  sector_rotation_impact jsonb
    CONSTRAINT chk_ai_portfolio_analysis_sector_rotation_impact
    CHECK (jsonb_typeof(sector_rotation_impact) = 'object'),
  portfolio_cycle_phase cycle_phase,
  cycle_adjustment_score numeric
    CONSTRAINT chk_ai_portfolio_analysis_cycle_adjustment_score CHECK (cycle_adjustment_score BETWEEN 0 AND 1),

  ai_portfolio_outlook market_outlook,
  ai_confidence_score numeric
    CONSTRAINT chk_ai_portfolio_analysis_ai_confidence_score CHECK (ai_confidence_score BETWEEN 0 AND 1),
  signal_agreement_score numeric
    CONSTRAINT chk_ai_portfolio_analysis_signal_agreement_score CHECK (signal_agreement_score BETWEEN 0 AND 1),
  -- In hours.
  outlook_duration_estimate integer
    CONSTRAINT chk_ai_portfolio_analysis_outlook_duration_estimate CHECK (outlook_duration_estimate >= 0),
  analysis_data jsonb
    CONSTRAINT chk_ai_portfolio_analysis_analysis_data CHECK (jsonb_typeof(analysis_data) = 'object'),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),

  CONSTRAINT unique_ai_portfolio_analysis_analysis
    UNIQUE (ai_model_id, metrics_snapshot_id, portfolio_id, timeframe)
);

CREATE INDEX idx_ai_portfolio_analysis_newest ON ai_portfolio_analysis (portfolio_id, analysis_time DESC, id DESC);
CREATE INDEX idx_ai_portfolio_analysis_metrics_snapshot ON ai_portfolio_analysis (metrics_snapshot_id);

CREATE TRIGGER trg_ai_portfolio_analysis_updated_at BEFORE UPDATE ON ai_portfolio_analysis
  FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TYPE position_status AS ENUM ('healthy', 'at_risk', 'critical', 'take_profit_zone');
CREATE TYPE position_action AS ENUM (
  'hold', 'partial_exit_25', 'partial_exit_50', 'partial_exit_75', 'full_exit', 'add_position', 'move_sl_to_be',
  'tighten_sl', 'extend_tp'
);
-- In the order of its values.
CREATE TYPE urgency AS ENUM ('low', 'medium', 'high', 'immediate');
CREATE TYPE regime_change AS ENUM (
  'no_change', 'bull_to_bear', 'bull_to_sideways', 'bear_to_bull', 'bear_to_sideways', 'sideways_to_bull',
  'sideways_to_bear'
);

CREATE TABLE ai_portfolio_asset_analysis (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  portfolio_asset_id integer NOT NULL
    CONSTRAINT fk_ai_portfolio_asset_analysis_portfolio_asset REFERENCES portfolio_assets (id) ON DELETE CASCADE,
  metrics_snapshot_id bigint NOT NULL
    CONSTRAINT fk_ai_portfolio_asset_analysis_metrics_snapshot REFERENCES metrics_snapshot (id),
  ai_model_id integer NOT NULL CONSTRAINT fk_ai_portfolio_asset_analysis_ai_model REFERENCES ai_models (id),
  timeframe timeframe NOT NULL,
  candle_time timestamptz
    CONSTRAINT chk_ai_portfolio_asset_analysis_candle_time CHECK (isfinite(candle_time)),
  analysis_time timestamptz NOT NULL
    CONSTRAINT chk_ai_portfolio_asset_analysis_analysis_time CHECK (isfinite(analysis_time)),

  position_status position_status,
  current_pnl_pct numeric
    CONSTRAINT chk_ai_portfolio_asset_analysis_current_pnl_pct
    CHECK (current_pnl_pct > '-Infinity' AND current_pnl_pct < 'Infinity'),
  risk_level_score numeric
    CONSTRAINT chk_ai_portfolio_asset_analysis_risk_level_score CHECK (risk_level_score BETWEEN 0 AND 1),
  exit_probability numeric
    CONSTRAINT chk_ai_portfolio_asset_analysis_exit_probability CHECK (exit_probability BETWEEN 0 AND 1),

  recommended_action position_action,
  urgency_level urgency,
  recommendation_reason text
    CONSTRAINT chk_ai_portfolio_asset_analysis_recommendation_reason CHECK (length(recommendation_reason) <= 10000),

  suggested_sl_price numeric
    CONSTRAINT chk_ai_portfolio_asset_analysis_suggested_sl_price
    CHECK (suggested_sl_price > 0 AND suggested_sl_price < 'Infinity'),
  suggested_tp_price numeric
    CONSTRAINT chk_ai_portfolio_asset_analysis_suggested_tp_price
    CHECK (suggested_tp_price > 0 AND suggested_tp_price < 'Infinity'),
  suggested_exit_percentage numeric
    CONSTRAINT chk_ai_portfolio_asset_analysis_suggested_exit_percentage
    CHECK (suggested_exit_percentage BETWEEN 0 AND 100),
  -- In base units.
  optimal_position_size numeric
    CONSTRAINT chk_ai_portfolio_asset_analysis_optimal_position_size
    CHECK (optimal_position_size >= 0 AND optimal_position_size < 'Infinity'),

  current_signals jsonb
    CONSTRAINT chk_ai_portfolio_asset_analysis_current_signals CHECK (jsonb_typeof(current_signals) = 'object'),
  risk_factors jsonb
    CONSTRAINT chk_ai_portfolio_asset_analysis_risk_factors CHECK (jsonb_typeof(risk_factors) = 'array'),

  market_regime_change regime_change,
  condition_deterioration_score numeric
    CONSTRAINT chk_ai_portfolio_asset_analysis_condition_deterioration_score
    CHECK (condition_deterioration_score BETWEEN 0 AND 1),

  ai_position_outlook market_outlook,
  ai_confidence_score numeric
    CONSTRAINT chk_ai_portfolio_asset_analysis_ai_confidence_score CHECK (ai_confidence_score BETWEEN 0 AND 1),
  signal_agreement_score numeric
    CONSTRAINT chk_ai_portfolio_asset_analysis_signal_agreement_score CHECK (signal_agreement_score BETWEEN 0 AND 1),
  analysis_horizon_hours integer
    CONSTRAINT chk_ai_portfolio_asset_analysis_analysis_horizon_hours CHECK (analysis_horizon_hours > 0),
  analysis_data jsonb
    CONSTRAINT chk_ai_portfolio_asset_analysis_analysis_data CHECK (jsonb_typeof(analysis_data) = 'object'),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),

  CONSTRAINT unique_ai_portfolio_asset_analysis_analysis
    UNIQUE (ai_model_id, metrics_snapshot_id, portfolio_asset_id, timeframe)
);

CREATE INDEX idx_ai_portfolio_asset_analysis_newest
  ON ai_portfolio_asset_analysis (portfolio_asset_id, analysis_time DESC, id DESC);
CREATE INDEX idx_ai_portfolio_asset_analysis_metrics_snapshot ON ai_portfolio_asset_analysis (metrics_snapshot_id);

CREATE TRIGGER trg_ai_portfolio_asset_analysis_updated_at BEFORE UPDATE ON ai_portfolio_asset_analysis
  FOR EACH ROW EXECUTE FUNCTION set_updated_at();
