-- Trading signals, recommendations and predictions.

CREATE TYPE signal_type AS ENUM ('long', 'short');
CREATE TYPE signal_origin AS ENUM (
  'watchlist_screening', 'portfolio_rebalancing', 'market_opportunity', 'risk_management'
);
-- Both in the order of their values.
CREATE TYPE signal_quality AS ENUM ('low', 'medium', 'high');
CREATE TYPE signal_strength AS ENUM ('weak', 'moderate', 'strong', 'very_strong');
CREATE TYPE signal_status AS ENUM ('active', 'executed', 'expired', 'cancelled', 'invalidated');

-- A signal is published once, also across a crash: its key is the model, the asset, the candle and the type, and whose
-- it is. One that was made for a user's list or portfolio tells what they watch or hold, and is for them alone.
CREATE TABLE ai_trading_signals (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  -- NULL: everybody's.
  user_id integer CONSTRAINT fk_ai_trading_signals_user REFERENCES users (id) ON DELETE CASCADE,
  asset_id integer NOT NULL CONSTRAINT fk_ai_trading_signals_asset REFERENCES assets (id),
  ai_model_id integer NOT NULL CONSTRAINT fk_ai_trading_signals_ai_model REFERENCES ai_models (id),
  -- NULL until the snapshot is written: signals go to the database before metrics.
  metrics_snapshot_id bigint
    CONSTRAINT fk_ai_trading_signals_metrics_snapshot REFERENCES metrics_snapshot (id),
  watchlist_analysis_id bigint
    CONSTRAINT fk_ai_trading_signals_watchlist_analysis REFERENCES ai_watchlist_analysis (id) ON DELETE SET NULL,
  portfolio_analysis_id bigint
    CONSTRAINT fk_ai_trading_signals_portfolio_analysis REFERENCES ai_portfolio_analysis (id) ON DELETE CASCADE,
  timeframe timeframe NOT NULL,
  candle_time timestamptz NOT NULL
    CONSTRAINT chk_ai_trading_signals_candle_time CHECK (isfinite(candle_time)),

  signal_type signal_type NOT NULL,
  signal_origin signal_origin NOT NULL,
  signal_quality signal_quality NOT NULL,
  confidence_score numeric NOT NULL
    CONSTRAINT chk_ai_trading_signals_confidence_score CHECK (confidence_score BETWEEN 0 AND 1),

  entry_price numeric
    CONSTRAINT chk_ai_trading_signals_entry_price CHECK (entry_price > 0 AND entry_price < 'Infinity'),
  target_price numeric
    CONSTRAINT chk_ai_trading_signals_target_price CHECK (target_price > 0 AND target_price < 'Infinity'),
  stop_loss numeric
    CONSTRAINT chk_ai_trading_signals_stop_loss CHECK (stop_loss > 0 AND stop_loss < 'Infinity'),
  risk_level risk_level,
  risk_reward_ratio numeric
    CONSTRAINT chk_ai_trading_signals_risk_reward_ratio
    CHECK (risk_reward_ratio > 0 AND risk_reward_ratio < 'Infinity'),

  market_context jsonb
    CONSTRAINT chk_ai_trading_signals_market_context CHECK (jsonb_typeof(market_context) = 'object'),
  sector_context jsonb
    CONSTRAINT chk_ai_trading_signals_sector_context CHECK (jsonb_typeof(sector_context) = 'object'),
  confluence_factors jsonb
    CONSTRAINT chk_ai_trading_signals_confluence_factors CHECK (jsonb_typeof(confluence_factors) = 'array'),
  invalidation_criteria jsonb
    CONSTRAINT chk_ai_trading_signals_invalidation_criteria CHECK (jsonb_typeof(invalidation_criteria) = 'array'),
  risk_management jsonb
    CONSTRAINT chk_ai_trading_signals_risk_management CHECK (jsonb_typeof(risk_management) = 'object'),

  time_horizon_hours integer
    CONSTRAINT chk_ai_trading_signals_time_horizon_hours CHECK (time_horizon_hours > 0),
  optimal_entry_timeframe timeframe,
  monitoring_timeframe timeframe,

  status signal_status NOT NULL DEFAULT 'active',
  actual_entry_price numeric
    CONSTRAINT chk_ai_trading_signals_actual_entry_price
    CHECK (actual_entry_price > 0 AND actual_entry_price < 'Infinity'),
  -- Prices, and not distances.
  max_favorable_excursion numeric
    CONSTRAINT chk_ai_trading_signals_max_favorable_excursion
    CHECK (max_favorable_excursion > 0 AND max_favorable_excursion < 'Infinity'),
  max_adverse_excursion numeric
    CONSTRAINT chk_ai_trading_signals_max_adverse_excursion
    CHECK (max_adverse_excursion > 0 AND max_adverse_excursion < 'Infinity'),
  -- NULL: not yet known, or neither price was reached.
  signal_successful boolean,

  signal_strength signal_strength,
  confluence_count integer
    CONSTRAINT chk_ai_trading_signals_confluence_count CHECK (confluence_count >= 0),
  market_correlation numeric
    CONSTRAINT chk_ai_trading_signals_market_correlation CHECK (market_correlation BETWEEN -1 AND 1),

  -- NULL: does not expire by itself.
  expires_at timestamptz
    CONSTRAINT chk_ai_trading_signals_expires_at CHECK (isfinite(expires_at)),
  invalidated_at timestamptz
    CONSTRAINT chk_ai_trading_signals_invalidated_at CHECK (isfinite(invalidated_at)),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),

  CONSTRAINT unique_ai_trading_signals_key
    UNIQUE NULLS NOT DISTINCT (ai_model_id, asset_id, timeframe, candle_time, signal_type, user_id),
  -- Each pair for itself, since any of the three may be missing.
  CONSTRAINT chk_ai_trading_signals_long_levels CHECK (
    signal_type <> 'long'
    OR (stop_loss < entry_price AND entry_price < target_price AND stop_loss < target_price)),
  CONSTRAINT chk_ai_trading_signals_short_levels CHECK (
    signal_type <> 'short'
    OR (stop_loss > entry_price AND entry_price > target_price AND stop_loss > target_price)),
  CONSTRAINT chk_ai_trading_signals_long_excursions
    CHECK (signal_type <> 'long' OR max_favorable_excursion >= max_adverse_excursion),
  CONSTRAINT chk_ai_trading_signals_short_excursions
    CHECK (signal_type <> 'short' OR max_favorable_excursion <= max_adverse_excursion),
  CONSTRAINT chk_ai_trading_signals_expires_after_candle CHECK (expires_at > candle_time),
  CONSTRAINT chk_ai_trading_signals_invalidated_has_time
    CHECK ((status = 'invalidated') = (invalidated_at IS NOT NULL))
);

-- Newest first, page by page: of all, of those in a state, of one asset, of one asset in a state.
CREATE INDEX idx_ai_signals_created_at ON ai_trading_signals (created_at DESC, id DESC);
CREATE INDEX idx_ai_signals_asset ON ai_trading_signals (asset_id, created_at DESC, id DESC);
CREATE INDEX idx_ai_signals_asset_status ON ai_trading_signals (asset_id, status, created_at DESC, id DESC);
CREATE INDEX idx_ai_signals_expiry ON ai_trading_signals (expires_at) WHERE status = 'active';
-- One per state: under row-level security no condition on an enum is asked of an index, but it may choose one.
CREATE INDEX idx_ai_signals_active ON ai_trading_signals (created_at DESC, id DESC) WHERE status = 'active';
CREATE INDEX idx_ai_signals_executed ON ai_trading_signals (created_at DESC, id DESC) WHERE status = 'executed';
CREATE INDEX idx_ai_signals_expired ON ai_trading_signals (created_at DESC, id DESC) WHERE status = 'expired';
CREATE INDEX idx_ai_signals_cancelled ON ai_trading_signals (created_at DESC, id DESC) WHERE status = 'cancelled';
CREATE INDEX idx_ai_signals_invalidated ON ai_trading_signals (created_at DESC, id DESC) WHERE status = 'invalidated';
CREATE INDEX idx_ai_signals_user ON ai_trading_signals (user_id, created_at DESC, id DESC) WHERE user_id IS NOT NULL;
CREATE INDEX idx_ai_signals_metrics_snapshot ON ai_trading_signals (metrics_snapshot_id)
  WHERE metrics_snapshot_id IS NOT NULL;
CREATE INDEX idx_ai_signals_watchlist_analysis ON ai_trading_signals (watchlist_analysis_id)
  WHERE watchlist_analysis_id IS NOT NULL;
CREATE INDEX idx_ai_signals_portfolio_analysis ON ai_trading_signals (portfolio_analysis_id)
  WHERE portfolio_analysis_id IS NOT NULL;

CREATE TRIGGER trg_ai_trading_signals_updated_at BEFORE UPDATE ON ai_trading_signals
  FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TYPE recommendation_target AS ENUM ('portfolio', 'watchlist', 'asset', 'user', 'strategy');
CREATE TYPE recommendation_type AS ENUM (
  'entry', 'exit', 'risk_management', 'rebalance', 'allocation', 'position_sizing', 'learning', 'add', 'remove',
  'tier_change'
);
CREATE TYPE recommendation_status AS ENUM (
  'pending', 'approved', 'followed', 'implemented', 'ignored', 'expired', 'rejected'
);
-- In the order of its values: the review queue is read by it.
CREATE TYPE recommendation_priority AS ENUM ('low', 'medium', 'high', 'urgent');

CREATE TABLE recommendations (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  -- Whom it is for, whatever it is about; NULL: the admins, who review it.
  user_id integer CONSTRAINT fk_recommendations_user REFERENCES users (id) ON DELETE CASCADE,
  -- Ids of several tables have no foreign key: who reads one drops what is not there.
  target_entity_type recommendation_target,
  target_entity_id bigint,

  recommendation_type recommendation_type NOT NULL,
  recommendation_title text
    CONSTRAINT chk_recommendations_recommendation_title CHECK (length(recommendation_title) BETWEEN 1 AND 200),
  recommendation_summary text
    CONSTRAINT chk_recommendations_recommendation_summary CHECK (length(recommendation_summary) <= 10000),
  recommendation_payload jsonb
    CONSTRAINT chk_recommendations_recommendation_payload CHECK (jsonb_typeof(recommendation_payload) = 'object'),
  ai_layer integer
    CONSTRAINT chk_recommendations_ai_layer CHECK (ai_layer BETWEEN 1 AND 4),
  confidence_score numeric
    CONSTRAINT chk_recommendations_confidence_score CHECK (confidence_score BETWEEN 0 AND 1),

  ai_regime_analysis_id bigint
    CONSTRAINT fk_recommendations_regime_analysis REFERENCES ai_regime_analysis (id) ON DELETE SET NULL,
  ai_sector_analysis_id bigint
    CONSTRAINT fk_recommendations_sector_analysis REFERENCES ai_sector_analysis (id) ON DELETE SET NULL,
  ai_cross_sector_analysis_id bigint
    CONSTRAINT fk_recommendations_cross_sector_analysis
    REFERENCES ai_cross_sector_analysis (id) ON DELETE SET NULL,
  ai_trading_signal_id bigint
    CONSTRAINT fk_recommendations_trading_signal REFERENCES ai_trading_signals (id) ON DELETE SET NULL,

  status recommendation_status NOT NULL DEFAULT 'pending',
  priority_level recommendation_priority NOT NULL DEFAULT 'medium',

  user_feedback text
    CONSTRAINT chk_recommendations_user_feedback CHECK (length(user_feedback) <= 2000),
  user_rating integer
    CONSTRAINT chk_recommendations_user_rating CHECK (user_rating BETWEEN 1 AND 5),
  outcome_result jsonb
    CONSTRAINT chk_recommendations_outcome_result CHECK (jsonb_typeof(outcome_result) = 'object'),

  reviewed_by integer CONSTRAINT fk_recommendations_reviewer REFERENCES users (id) ON DELETE SET NULL,
  review_notes text
    CONSTRAINT chk_recommendations_review_notes CHECK (length(review_notes) <= 2000),
  reviewed_at timestamptz,
  implemented_at timestamptz,
  expires_at timestamptz
    CONSTRAINT chk_recommendations_expires_at CHECK (isfinite(expires_at)),
  -- What makes writing it twice harmless; NULL: nobody writes it twice.
  dedup_key text
    CONSTRAINT chk_recommendations_dedup_key CHECK (length(dedup_key) BETWEEN 1 AND 200),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),

  CONSTRAINT unique_recommendations_dedup_key UNIQUE (dedup_key),
  CONSTRAINT chk_recommendations_target_has_type CHECK (target_entity_id IS NULL OR target_entity_type IS NOT NULL),
  CONSTRAINT chk_recommendations_decided_has_time
    CHECK (status NOT IN ('approved', 'rejected') OR reviewed_at IS NOT NULL),
  CONSTRAINT chk_recommendations_implemented_has_time
    CHECK (status <> 'implemented' OR implemented_at IS NOT NULL)
);

CREATE INDEX idx_recommendations_created_at ON recommendations (created_at DESC, id DESC);
CREATE INDEX idx_recommendations_status ON recommendations (status, created_at DESC, id DESC);
CREATE INDEX idx_recommendations_queue ON recommendations (priority_level DESC, created_at, id)
  WHERE status = 'pending';
CREATE INDEX idx_recommendations_user ON recommendations (user_id, created_at DESC, id DESC)
  WHERE user_id IS NOT NULL;
CREATE INDEX idx_recommendations_target ON recommendations (target_entity_type, target_entity_id);
CREATE INDEX idx_recommendations_regime_analysis ON recommendations (ai_regime_analysis_id)
  WHERE ai_regime_analysis_id IS NOT NULL;
CREATE INDEX idx_recommendations_sector_analysis ON recommendations (ai_sector_analysis_id)
  WHERE ai_sector_analysis_id IS NOT NULL;
CREATE INDEX idx_recommendations_cross_sector_analysis ON recommendations (ai_cross_sector_analysis_id)
  WHERE ai_cross_sector_analysis_id IS NOT NULL;
CREATE INDEX idx_recommendations_trading_signal ON recommendations (ai_trading_signal_id)
  WHERE ai_trading_signal_id IS NOT NULL;
CREATE INDEX idx_recommendations_reviewed_by ON recommendations (reviewed_by) WHERE reviewed_by IS NOT NULL;

CREATE TRIGGER trg_recommendations_updated_at BEFORE UPDATE ON recommendations
  FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TYPE prediction_type AS ENUM ('price', 'trend', 'event');
CREATE TYPE volatility_level AS ENUM ('low', 'medium', 'high', 'extreme');

-- What a model expects of an asset, and what became of it. `user_id`: who asked for it; NULL: the engine itself.
CREATE TABLE predictions (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  asset_id integer NOT NULL CONSTRAINT fk_predictions_asset REFERENCES assets (id),
  watchlist_id integer CONSTRAINT fk_predictions_watchlist REFERENCES watchlists (id) ON DELETE SET NULL,
  user_id integer CONSTRAINT fk_predictions_user REFERENCES users (id) ON DELETE CASCADE,
  ai_model_id integer NOT NULL CONSTRAINT fk_predictions_ai_model REFERENCES ai_models (id),
  layer_source integer NOT NULL DEFAULT 3
    CONSTRAINT chk_predictions_layer_source CHECK (layer_source BETWEEN 1 AND 4),
  prediction_type prediction_type NOT NULL DEFAULT 'price',
  predicted_price numeric
    CONSTRAINT chk_predictions_predicted_price CHECK (predicted_price > 0 AND predicted_price < 'Infinity'),
  predicted_value jsonb
    CONSTRAINT chk_predictions_predicted_value CHECK (jsonb_typeof(predicted_value) = 'object'),
  confidence_score numeric NOT NULL
    CONSTRAINT chk_predictions_confidence_score CHECK (confidence_score BETWEEN 0 AND 1),
  -- In hours.
  prediction_horizon integer NOT NULL
    CONSTRAINT chk_predictions_prediction_horizon CHECK (prediction_horizon > 0),
  target_datetime timestamptz NOT NULL
    CONSTRAINT chk_predictions_target_datetime CHECK (isfinite(target_datetime)),
  features_used jsonb
    CONSTRAINT chk_predictions_features_used CHECK (jsonb_typeof(features_used) IN ('array', 'object')),
  model_parameters jsonb
    CONSTRAINT chk_predictions_model_parameters CHECK (jsonb_typeof(model_parameters) = 'object'),
  input_price numeric NOT NULL
    CONSTRAINT chk_predictions_input_price CHECK (input_price > 0 AND input_price < 'Infinity'),
  input_features jsonb
    CONSTRAINT chk_predictions_input_features CHECK (jsonb_typeof(input_features) = 'object'),
  context_data jsonb
    CONSTRAINT chk_predictions_context_data CHECK (jsonb_typeof(context_data) = 'object'),

  actual_price numeric
    CONSTRAINT chk_predictions_actual_price CHECK (actual_price > 0 AND actual_price < 'Infinity'),
  accuracy_percentage numeric
    CONSTRAINT chk_predictions_accuracy_percentage CHECK (accuracy_percentage BETWEEN 0 AND 100),
  absolute_error numeric
    CONSTRAINT chk_predictions_absolute_error CHECK (absolute_error >= 0 AND absolute_error < 'Infinity'),
  squared_error numeric
    CONSTRAINT chk_predictions_squared_error CHECK (squared_error >= 0 AND squared_error < 'Infinity'),
  is_realized boolean NOT NULL DEFAULT false,
  is_accurate boolean,
  -- The error in percent up to which it counts as accurate.
  accuracy_threshold numeric NOT NULL DEFAULT 5
    CONSTRAINT chk_predictions_accuracy_threshold CHECK (accuracy_threshold BETWEEN 0 AND 100),

  training_data_end timestamptz
    CONSTRAINT chk_predictions_training_data_end CHECK (isfinite(training_data_end)),
  market_conditions market_condition,
  volatility_level volatility_level,
  -- Both in seconds.
  model_training_time numeric
    CONSTRAINT chk_predictions_model_training_time
    CHECK (model_training_time >= 0 AND model_training_time < 'Infinity'),
  prediction_time numeric
    CONSTRAINT chk_predictions_prediction_time CHECK (prediction_time >= 0 AND prediction_time < 'Infinity'),
  notes text
    CONSTRAINT chk_predictions_notes CHECK (length(notes) <= 10000),
  debug_info jsonb
    CONSTRAINT chk_predictions_debug_info CHECK (jsonb_typeof(debug_info) = 'object'),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  evaluated_at timestamptz
    CONSTRAINT chk_predictions_evaluated_at CHECK (isfinite(evaluated_at)),

  CONSTRAINT chk_predictions_price_has_price CHECK (prediction_type <> 'price' OR predicted_price IS NOT NULL),
  CONSTRAINT chk_predictions_realized_has_time CHECK (NOT is_realized OR evaluated_at IS NOT NULL)
);

-- The engine says one thing of one time; users may ask as often as they like.
CREATE UNIQUE INDEX unique_predictions_of_engine
  ON predictions (ai_model_id, asset_id, prediction_type, prediction_horizon, target_datetime) WHERE user_id IS NULL;
CREATE INDEX idx_predictions_created_at ON predictions (created_at DESC, id DESC);
CREATE INDEX idx_predictions_model ON predictions (ai_model_id, created_at DESC, id DESC);
CREATE INDEX idx_predictions_asset ON predictions (asset_id, created_at DESC, id DESC);
CREATE INDEX idx_predictions_asset_layer ON predictions (asset_id, layer_source, created_at DESC, id DESC);
CREATE INDEX idx_predictions_layer_source ON predictions (layer_source, created_at DESC, id DESC);
CREATE INDEX idx_predictions_due ON predictions (target_datetime) WHERE NOT is_realized;
CREATE INDEX idx_predictions_user ON predictions (user_id, created_at DESC, id DESC) WHERE user_id IS NOT NULL;
CREATE INDEX idx_predictions_watchlist ON predictions (watchlist_id) WHERE watchlist_id IS NOT NULL;

CREATE TRIGGER trg_predictions_updated_at BEFORE UPDATE ON predictions
  FOR EACH ROW EXECUTE FUNCTION set_updated_at();
