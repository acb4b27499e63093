-- What the models see in each sector, between sectors, and how capital moves from one to another.

-- How far back an analysis looks; days and not candles, so '7d' and not '1w'.
CREATE TYPE analysis_period AS ENUM ('1h', '4h', '1d', '7d', '30d');
CREATE TYPE market_outlook AS ENUM ('Bullish', 'Bearish', 'Neutral');

CREATE TABLE ai_sector_analysis (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  metrics_snapshot_id bigint NOT NULL
    CONSTRAINT fk_ai_sector_analysis_metrics_snapshot REFERENCES metrics_snapshot (id),
  ai_model_id integer NOT NULL CONSTRAINT fk_ai_sector_analysis_ai_model REFERENCES ai_models (id),
  sector_id integer NOT NULL CONSTRAINT fk_ai_sector_analysis_sector REFERENCES sectors (id),
  timeframe analysis_period NOT NULL,
  candle_time timestamptz
    CONSTRAINT chk_ai_sector_analysis_candle_time CHECK (isfinite(candle_time)),
  analysis_time timestamptz NOT NULL
    CONSTRAINT chk_ai_sector_analysis_analysis_time CHECK (isfinite(analysis_time)),

  sector_market_cap numeric(30,2)
    CONSTRAINT chk_ai_sector_analysis_sector_market_cap
    CHECK (sector_market_cap >= 0 AND sector_market_cap < 'Infinity'),
  sector_volume_24h numeric(30,2)
    CONSTRAINT chk_ai_sector_analysis_sector_volume_24h
    CHECK (sector_volume_24h >= 0 AND sector_volume_24h < 'Infinity'),
  sector_dominance_pct numeric
    CONSTRAINT chk_ai_sector_analysis_sector_dominance_pct CHECK (sector_dominance_pct BETWEEN 0 AND 100),
  performance_24h_pct numeric
    CONSTRAINT chk_ai_sector_analysis_performance_24h_pct
    CHECK (performance_24h_pct >= -100 AND performance_24h_pct < 'Infinity'),
  performance_7d_pct numeric
    CONSTRAINT chk_ai_sector_analysis_performance_7d_pct
    CHECK (performance_7d_pct >= -100 AND performance_7d_pct < 'Infinity'),
  performance_30d_pct numeric
    CONSTRAINT chk_ai_sector_analysis_performance_30d_pct
    CHECK (performance_30d_pct >= -100 AND performance_30d_pct < 'Infinity'),

  rotation_inflow_score numeric
    CONSTRAINT chk_ai_sector_analysis_rotation_inflow_score CHECK (rotation_inflow_score BETWEEN 0 AND 1),
  rotation_outflow_score numeric
    CONSTRAINT chk_ai_sector_analysis_rotation_outflow_score CHECK (rotation_outflow_score BETWEEN 0 AND 1),
  relative_strength_score numeric
    CONSTRAINT chk_ai_sector_analysis_relative_strength_score CHECK (relative_strength_score BETWEEN 0 AND 1),
  liquidity_score numeric
    CONSTRAINT chk_ai_sector_analysis_liquidity_score CHECK (liquidity_score BETWEEN 0 AND 1),
  volatility_score numeric
    CONSTRAINT chk_ai_sector_analysis_volatility_score CHECK (volatility_score BETWEEN 0 AND 1),
  correlation_with_btc numeric
    CONSTRAINT chk_ai_sector_analysis_correlation_with_btc CHECK (correlation_with_btc BETWEEN -1 AND 1),
  correlation_with_eth numeric
    CONSTRAINT chk_ai_sector_analysis_correlation_with_eth CHECK (correlation_with_eth BETWEEN -1 AND 1),
  -- None longer than 50 characters, and none missing.
  narrative_tag text[]
    CONSTRAINT chk_ai_sector_analysis_narrative_tag
    CHECK (
      array_ndims(narrative_tag) = 1 AND array_position(narrative_tag, NULL) IS NULL
      AND array_to_string(narrative_tag, E'\n') !~ '[^\n]{51}'
    ),

  institutional_inflow numeric(30,2)
    CONSTRAINT chk_ai_sector_analysis_institutional_inflow CHECK (institutional_inflow < 'Infinity'),
  tvl_total numeric(30,2)
    CONSTRAINT chk_ai_sector_analysis_tvl_total CHECK (tvl_total >= 0 AND tvl_total < 'Infinity'),
  active_users integer
    CONSTRAINT chk_ai_sector_analysis_active_users CHECK (active_users >= 0),
  active_protocols integer
    CONSTRAINT chk_ai_sector_analysis_active_protocols CHECK (active_protocols >= 0),
  key_signals jsonb
    CONSTRAINT chk_ai_sector_analysis_key_signals CHECK (jsonb_typeof(key_signals) = 'array'),

  ai_sector_outlook market_outlook,
  ai_confidence_score numeric
    CONSTRAINT chk_ai_sector_analysis_ai_confidence_score CHECK (ai_confidence_score BETWEEN 0 AND 1),
  signal_agreement_score numeric
    CONSTRAINT chk_ai_sector_analysis_signal_agreement_score CHECK (signal_agreement_score BETWEEN 0 AND 1),
  -- In hours.
  outlook_duration_estimate integer
    CONSTRAINT chk_ai_sector_analysis_outlook_duration_estimate CHECK (outlook_duration_estimate >= 0),
  analysis_data jsonb
    CONSTRAINT chk_ai_sector_analysis_analysis_data CHECK (jsonb_typeof(analysis_data) = 'object'),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),

  CONSTRAINT unique_ai_sector_analysis_analysis UNIQUE (ai_model_id, metrics_snapshot_id, sector_id, timeframe)
);

CREATE INDEX idx_ai_sector_analysis_metrics_snapshot ON ai_sector_analysis (metrics_snapshot_id);
CREATE INDEX idx_ai_sector_analysis_newest ON ai_sector_analysis (sector_id, timeframe, analysis_time DESC);

CREATE TRIGGER trg_ai_sector_analysis_updated_at BEFORE UPDATE ON ai_sector_analysis
  FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TABLE ai_cross_sector_analysis (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  metrics_snapshot_id bigint NOT NULL
    CONSTRAINT fk_ai_cross_sector_analysis_metrics_snapshot REFERENCES metrics_snapshot (id),
  ai_model_id integer NOT NULL CONSTRAINT fk_ai_cross_sector_analysis_ai_model REFERENCES ai_models (id),
  timeframe analysis_period NOT NULL,
  candle_time timestamptz
    CONSTRAINT chk_ai_cross_sector_analysis_candle_time CHECK (isfinite(candle_time)),
  analysis_time timestamptz NOT NULL
    CONSTRAINT chk_ai_cross_sector_analysis_analysis_time CHECK (isfinite(analysis_time)),

  sector_rotation_flows jsonb
    CONSTRAINT chk_ai_cross_sector_analysis_sector_rotation_flows
    CHECK (jsonb_typeof(sector_rotation_flows) = 'object'),
  sector_performance_ranking jsonb
    CONSTRAINT chk_ai_cross_sector_analysis_sector_performance_ranking
    CHECK (jsonb_typeof(sector_performance_ranking) = 'array'),
  liquidity_comparison jsonb
    CONSTRAINT chk_ai_cross_sector_analysis_liquidity_comparison CHECK (jsonb_typeof(liquidity_comparison) = 'object'),
  volatility_comparison jsonb
    CONSTRAINT chk_ai_cross_sector_analysis_volatility_comparison
    CHECK (jsonb_typeof(volatility_comparison) = 'object'),
  dominance_distribution jsonb
    CONSTRAINT chk_ai_cross_sector_analysis_dominance_distribution
    CHECK (jsonb_typeof(dominance_distribution) = 'object'),
  correlation_matrix jsonb
    CONSTRAINT chk_ai_cross_sector_analysis_correlation_matrix CHECK (jsonb_typeof(correlation_matrix) = 'object'),
  narrative_trends jsonb
    CONSTRAINT chk_ai_cross_sector_analysis_narrative_trends CHECK (jsonb_typeof(narrative_trends) = 'array'),
  risk_reward_map jsonb
    CONSTRAINT chk_ai_cross_sector_analysis_risk_reward_map CHECK (jsonb_typeof(risk_reward_map) = 'array'),

  ai_market_outlook market_outlook,
  ai_confidence_score numeric
    CONSTRAINT chk_ai_cross_sector_analysis_ai_confidence_score CHECK (ai_confidence_score BETWEEN 0 AND 1),
  signal_agreement_score numeric
    CONSTRAINT chk_ai_cross_sector_analysis_signal_agreement_score CHECK (signal_agreement_score BETWEEN 0 AND 1),
  -- In hours.
  outlook_duration_estimate integer
    CONSTRAINT chk_ai_cross_sector_analysis_outlook_duration_estimate CHECK (outlook_duration_estimate >= 0),
  analysis_data jsonb
    CONSTRAINT chk_ai_cross_sector_analysis_analysis_data CHECK (jsonb_typeof(analysis_data) = 'object'),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),

  CONSTRAINT unique_ai_cross_sector_analysis_analysis UNIQUE (ai_model_id, metrics_snapshot_id, timeframe)
);

CREATE INDEX idx_ai_cross_sector_analysis_metrics_snapshot ON ai_cross_sector_analysis (metrics_snapshot_id);
CREATE INDEX idx_ai_cross_sector_analysis_newest ON ai_cross_sector_analysis (timeframe, analysis_time DESC);

CREATE TRIGGER trg_ai_cross_sector_analysis_updated_at BEFORE UPDATE ON ai_cross_sector_analysis
  FOR EACH ROW EXECUTE FUNCTION set_updated_at();

-- The matrix of one analysis in rows; computed again, each pair is the same row.
CREATE TABLE sector_rotation_flows (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  ai_cross_sector_analysis_id bigint NOT NULL
    CONSTRAINT fk_sector_rotation_flows_analysis REFERENCES ai_cross_sector_analysis (id) ON DELETE CASCADE,
  from_sector_id integer NOT NULL CONSTRAINT fk_sector_rotation_flows_from_sector REFERENCES sectors (id),
  to_sector_id integer NOT NULL CONSTRAINT fk_sector_rotation_flows_to_sector REFERENCES sectors (id),
  score numeric NOT NULL
    CONSTRAINT chk_sector_rotation_flows_score CHECK (score BETWEEN 0 AND 1),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),

  CONSTRAINT unique_sector_rotation_flows_pair UNIQUE (ai_cross_sector_analysis_id, from_sector_id, to_sector_id),
  CONSTRAINT chk_sector_rotation_flows_between_two CHECK (from_sector_id <> to_sector_id)
);

CREATE INDEX idx_sector_rotation_flows_from_sector ON sector_rotation_flows (from_sector_id);
CREATE INDEX idx_sector_rotation_flows_to_sector ON sector_rotation_flows (to_sector_id);

CREATE TRIGGER trg_sector_rotation_flows_updated_at BEFORE UPDATE ON sector_rotation_flows
  FOR EACH ROW EXECUTE FUNCTION set_updated_at();
