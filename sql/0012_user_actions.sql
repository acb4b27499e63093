-- What users do and are told: trades, executions of signals, their limits of risk, alerts, notifications, feedback.

CREATE TYPE trade_action_type AS ENUM
  ('buy', 'sell', 'partial_sell', 'entry', 'partial_exit', 'full_exit', 'modify_sl', 'modify_tp');
CREATE TYPE trade_sentiment AS ENUM ('bullish', 'bearish', 'sideways');
CREATE TYPE trade_volume_profile AS ENUM ('above_average', 'below_average', 'normal');
CREATE TYPE trade_setup AS ENUM ('breakout', 'pullback', 'reversal', 'trend_follow');
CREATE TYPE trade_source AS ENUM ('manual', 'ai_signal', 'copy_trade', 'algorithm');

-- The journal of a holding. Quantities in base units, prices and fees in the asset's quote currency.
CREATE TABLE trade_actions (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  portfolio_asset_id integer NOT NULL
    CONSTRAINT fk_trade_actions_portfolio_asset REFERENCES portfolio_assets (id) ON DELETE CASCADE,
  action_type trade_action_type NOT NULL,
  asset_price numeric NOT NULL
    CONSTRAINT chk_trade_actions_asset_price CHECK (asset_price > 0 AND asset_price < 'Infinity'),
  quantity numeric NOT NULL
    CONSTRAINT chk_trade_actions_quantity CHECK (quantity >= 0 AND quantity < 'Infinity'),
  -- Below zero: a rebate.
  fees_paid numeric NOT NULL DEFAULT 0
    CONSTRAINT chk_trade_actions_fees_paid CHECK (fees_paid > '-Infinity' AND fees_paid < 'Infinity'),
  pnl_realized_usd numeric(30,2) NOT NULL DEFAULT 0
    CONSTRAINT chk_trade_actions_pnl_realized_usd CHECK (pnl_realized_usd < 'Infinity'),
  timeframe timeframe NOT NULL
    CONSTRAINT chk_trade_actions_timeframe CHECK (timeframe <= '1d'),
  emotion_state text
    CONSTRAINT chk_trade_actions_emotion_state CHECK (length(emotion_state) BETWEEN 1 AND 50),
  confidence_level integer
    CONSTRAINT chk_trade_actions_confidence_level CHECK (confidence_level BETWEEN 1 AND 10),
  stress_level integer
    CONSTRAINT chk_trade_actions_stress_level CHECK (stress_level BETWEEN 1 AND 10),
  market_sentiment trade_sentiment,
  volatility_level volatility_level,
  volume_profile trade_volume_profile,
  primary_setup trade_setup,
  confirmation_signals jsonb
    CONSTRAINT chk_trade_actions_confirmation_signals CHECK (jsonb_typeof(confirmation_signals) = 'object'),
  chart_pattern text
    CONSTRAINT chk_trade_actions_chart_pattern CHECK (length(chart_pattern) BETWEEN 1 AND 50),
  analysis_snapshot jsonb
    CONSTRAINT chk_trade_actions_analysis_snapshot CHECK (jsonb_typeof(analysis_snapshot) = 'object'),
  stop_loss numeric
    CONSTRAINT chk_trade_actions_stop_loss CHECK (stop_loss > 0 AND stop_loss < 'Infinity'),
  take_profit numeric
    CONSTRAINT chk_trade_actions_take_profit CHECK (take_profit > 0 AND take_profit < 'Infinity'),
  capital_amount numeric(30,2)
    CONSTRAINT chk_trade_actions_capital_amount CHECK (capital_amount >= 0 AND capital_amount < 'Infinity'),
  risk_percent numeric
    CONSTRAINT chk_trade_actions_risk_percent CHECK (risk_percent BETWEEN 0 AND 100),
  reason text
    CONSTRAINT chk_trade_actions_reason CHECK (length(reason) BETWEEN 1 AND 100),
  action_source trade_source NOT NULL,
  ai_signal_id bigint CONSTRAINT fk_trade_actions_signal REFERENCES ai_trading_signals (id) ON DELETE SET NULL,
  lesson_learned text
    CONSTRAINT chk_trade_actions_lesson_learned CHECK (length(lesson_learned) <= 10000),
  notes text
    CONSTRAINT chk_trade_actions_notes CHECK (length(notes) <= 10000),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),

  CONSTRAINT chk_trade_actions_trade_has_quantity CHECK (action_type IN ('modify_sl', 'modify_tp') OR quantity > 0),
  CONSTRAINT chk_trade_actions_signal_of_ai CHECK (ai_signal_id IS NULL OR action_source = 'ai_signal')
);

CREATE INDEX idx_trade_actions_portfolio_asset ON trade_actions (portfolio_asset_id, created_at DESC, id DESC);
CREATE INDEX idx_trade_actions_signal ON trade_actions (ai_signal_id);

CREATE TRIGGER trg_trade_actions_updated_at BEFORE UPDATE ON trade_actions
  FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TYPE execution_type AS ENUM ('manual', 'automatic');
CREATE TYPE execution_status AS ENUM ('pending', 'filled', 'partially_filled', 'cancelled');

CREATE TABLE signal_executions (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  ai_trading_signal_id bigint NOT NULL
    CONSTRAINT fk_signal_executions_signal REFERENCES ai_trading_signals (id),
  user_id integer NOT NULL CONSTRAINT fk_signal_executions_user REFERENCES users (id) ON DELETE CASCADE,
  execution_price numeric
    CONSTRAINT chk_signal_executions_execution_price CHECK (execution_price > 0 AND execution_price < 'Infinity'),
  -- Base units.
  position_size numeric
    CONSTRAINT chk_signal_executions_position_size CHECK (position_size > 0 AND position_size < 'Infinity'),
  portfolio_percentage numeric
    CONSTRAINT chk_signal_executions_portfolio_percentage
      CHECK (portfolio_percentage > 0 AND portfolio_percentage <= 100),
  execution_type execution_type NOT NULL DEFAULT 'manual',
  status execution_status NOT NULL DEFAULT 'pending',
  execution_details jsonb NOT NULL DEFAULT '{}'
    CONSTRAINT chk_signal_executions_execution_details CHECK (jsonb_typeof(execution_details) = 'object'),
  executed_at timestamptz NOT NULL DEFAULT now(),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),

  CONSTRAINT chk_signal_executions_filled_has_price
    CHECK (status NOT IN ('filled', 'partially_filled') OR (execution_price IS NOT NULL AND position_size IS NOT NULL))
);

-- A request that is sent again because its answer was lost executes nothing twice.
CREATE UNIQUE INDEX unique_signal_executions_signal ON signal_executions (user_id, ai_trading_signal_id)
  WHERE status <> 'cancelled';
CREATE INDEX idx_signal_executions_user ON signal_executions (user_id, executed_at DESC, id DESC);
CREATE INDEX idx_signal_executions_signal ON signal_executions (ai_trading_signal_id);

CREATE TRIGGER trg_signal_executions_updated_at BEFORE UPDATE ON signal_executions
  FOR EACH ROW EXECUTE FUNCTION set_updated_at();

-- One row per user. What is after `risk_rules` is calculated by the server.
CREATE TABLE risk_management (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id integer NOT NULL CONSTRAINT fk_risk_management_user REFERENCES users (id) ON DELETE CASCADE,
  -- USD
  max_position_size numeric(30,2) NOT NULL DEFAULT 1000
    CONSTRAINT chk_risk_management_max_position_size CHECK (max_position_size >= 0 AND max_position_size < 'Infinity'),
  -- Share of the portfolio, 0.02 = 2 %.
  max_portfolio_risk numeric NOT NULL DEFAULT 0.02
    CONSTRAINT chk_risk_management_max_portfolio_risk CHECK (max_portfolio_risk BETWEEN 0 AND 1),
  risk_rules jsonb NOT NULL DEFAULT '{}'
    CONSTRAINT chk_risk_management_risk_rules CHECK (jsonb_typeof(risk_rules) = 'object'),
  current_exposure jsonb NOT NULL DEFAULT '{}'
    CONSTRAINT chk_risk_management_current_exposure CHECK (jsonb_typeof(current_exposure) = 'object'),
  risk_metrics jsonb NOT NULL DEFAULT '{}'
    CONSTRAINT chk_risk_management_risk_metrics CHECK (jsonb_typeof(risk_metrics) = 'object'),
  last_calculated timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),

  CONSTRAINT unique_risk_management_user UNIQUE (user_id)
);

CREATE TRIGGER trg_risk_management_updated_at BEFORE UPDATE ON risk_management
  FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TYPE alert_type AS ENUM ('price_target', 'signal_generated', 'volume_spike');
CREATE TYPE alert_condition AS ENUM ('above', 'below', 'equals', 'percentage_change');
CREATE TYPE notification_method AS ENUM ('email', 'push', 'sms');

-- The bounds are those of src/engine/alerts/check-alert.ts: every alert that is stored is one that the engine takes.
CREATE TABLE signal_alerts (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id integer NOT NULL CONSTRAINT fk_signal_alerts_user REFERENCES users (id) ON DELETE CASCADE,
  asset_id integer NOT NULL CONSTRAINT fk_signal_alerts_asset REFERENCES assets (id),
  alert_type alert_type NOT NULL,
  -- price_target: quote per base; volume_spike: times the mean volume; signal_generated: confidence;
  -- with percentage_change: percent.
  trigger_value numeric NOT NULL,
  condition alert_condition NOT NULL,
  -- NULL with volume_spike: 1h.
  timeframe timeframe,
  -- What a percentage_change of a price counts from. NULL: the price when the engine takes the alert in.
  reference_price numeric
    CONSTRAINT chk_signal_alerts_reference_price CHECK (reference_price BETWEEN 1e-100 AND 1e100),
  is_repeating boolean NOT NULL DEFAULT false,
  is_active boolean NOT NULL DEFAULT true,
  is_triggered boolean NOT NULL DEFAULT false,
  fired_count integer NOT NULL DEFAULT 0
    CONSTRAINT chk_signal_alerts_fired_count CHECK (fired_count >= 0),
  message text
    CONSTRAINT chk_signal_alerts_message CHECK (length(message) <= 500),
  notification_method notification_method,
  triggered_at timestamptz
    CONSTRAINT chk_signal_alerts_triggered_at CHECK (isfinite(triggered_at)),
  last_checked timestamptz,
  expires_at timestamptz
    CONSTRAINT chk_signal_alerts_expires_at CHECK (isfinite(expires_at)),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),

  CONSTRAINT chk_signal_alerts_trigger_value CHECK (
    CASE
      WHEN alert_type = 'signal_generated' THEN trigger_value BETWEEN 0 AND 1
      WHEN condition = 'percentage_change' THEN trigger_value BETWEEN 1e-6 AND 1e9
      WHEN alert_type = 'price_target' THEN trigger_value BETWEEN 1e-100 AND 1e100
      ELSE trigger_value BETWEEN 1e-9 AND 1e9
    END),
  CONSTRAINT chk_signal_alerts_confidence_changes_by_no_percent
    CHECK (alert_type <> 'signal_generated' OR condition <> 'percentage_change'),
  CONSTRAINT chk_signal_alerts_timeframe_of_volume CHECK (timeframe IS NULL OR alert_type = 'volume_spike'),
  CONSTRAINT chk_signal_alerts_reference_of_price_change CHECK (
    reference_price IS NULL OR (alert_type = 'price_target' AND condition = 'percentage_change')),
  CONSTRAINT chk_signal_alerts_triggered_has_time CHECK (NOT is_triggered OR triggered_at IS NOT NULL)
);

CREATE INDEX idx_signal_alerts_active ON signal_alerts (id) WHERE is_active;
CREATE INDEX idx_signal_alerts_asset ON signal_alerts (asset_id, is_active);
CREATE INDEX idx_signal_alerts_user ON signal_alerts (user_id, created_at DESC, id DESC);

CREATE TRIGGER trg_signal_alerts_updated_at BEFORE UPDATE ON signal_alerts
  FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TYPE notification_type AS ENUM ('signal', 'alert', 'system', 'educational');
CREATE TYPE notification_status AS ENUM ('unread', 'read', 'dismissed');
CREATE TYPE notification_priority AS ENUM ('low', 'normal', 'high', 'urgent');

CREATE TABLE notifications (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id integer NOT NULL CONSTRAINT fk_notifications_user REFERENCES users (id) ON DELETE CASCADE,
  notification_type notification_type NOT NULL,
  title text NOT NULL
    CONSTRAINT chk_notifications_title CHECK (length(title) BETWEEN 1 AND 200),
  message text NOT NULL
    CONSTRAINT chk_notifications_message CHECK (length(message) BETWEEN 1 AND 5000),
  data jsonb NOT NULL DEFAULT '{}'
    CONSTRAINT chk_notifications_data CHECK (jsonb_typeof(data) = 'object'),
  -- What is told about, so that it is told once: `alert:<id>:<cause>:<time, ms>:<value>`.
  dedup_key text
    CONSTRAINT chk_notifications_dedup_key CHECK (length(dedup_key) BETWEEN 1 AND 200),
  status notification_status NOT NULL DEFAULT 'unread',
  priority notification_priority NOT NULL DEFAULT 'normal',
  scheduled_for timestamptz NOT NULL DEFAULT now()
    CONSTRAINT chk_notifications_scheduled_for CHECK (isfinite(scheduled_for)),
  sent_at timestamptz,
  read_at timestamptz,
  -- NULL: never.
  expires_at timestamptz DEFAULT now() + interval '30 days'
    CONSTRAINT chk_notifications_expires_at CHECK (isfinite(expires_at)),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),

  CONSTRAINT unique_notifications_dedup_key UNIQUE (user_id, dedup_key),
  CONSTRAINT chk_notifications_read_has_time CHECK (status <> 'read' OR read_at IS NOT NULL)
);

CREATE INDEX idx_notifications_user_status ON notifications (user_id, status, created_at DESC, id DESC);
CREATE INDEX idx_notifications_user ON notifications (user_id, created_at DESC, id DESC);
CREATE INDEX idx_notifications_expires_at ON notifications (expires_at);

CREATE TRIGGER trg_notifications_updated_at BEFORE UPDATE ON notifications
  FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TYPE feedback_type AS ENUM ('bug_report', 'feature_request', 'general_comment');
CREATE TYPE feedback_status AS ENUM ('new', 'in_review', 'addressed', 'closed');
CREATE TYPE feedback_priority AS ENUM ('low', 'normal', 'high');

CREATE TABLE user_feedback (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id integer NOT NULL CONSTRAINT fk_user_feedback_user REFERENCES users (id) ON DELETE CASCADE,
  feedback_type feedback_type NOT NULL,
  message text NOT NULL
    CONSTRAINT chk_user_feedback_message CHECK (length(message) BETWEEN 1 AND 10000),
  context_data jsonb
    CONSTRAINT chk_user_feedback_context_data CHECK (jsonb_typeof(context_data) = 'object'),
  status feedback_status NOT NULL DEFAULT 'new',
  priority feedback_priority NOT NULL DEFAULT 'normal',
  reviewed_by integer CONSTRAINT fk_user_feedback_reviewer REFERENCES users (id) ON DELETE SET NULL,
  response_message text
    CONSTRAINT chk_user_feedback_response_message CHECK (length(response_message) BETWEEN 1 AND 10000),
  reviewed_at timestamptz,
  responded_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),

  CONSTRAINT chk_user_feedback_response_has_time CHECK ((response_message IS NULL) = (responded_at IS NULL))
);

CREATE INDEX idx_user_feedback_user ON user_feedback (user_id, created_at DESC, id DESC);
CREATE INDEX idx_user_feedback_status ON user_feedback (status, created_at DESC, id DESC);
CREATE INDEX idx_user_feedback_reviewer ON user_feedback (reviewed_by);

CREATE TRIGGER trg_user_feedback_updated_at BEFORE UPDATE ON user_feedback
  FOR EACH ROW EXECUTE FUNCTION set_updated_at();
