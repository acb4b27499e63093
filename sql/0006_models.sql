-- Models, one row a version; the jobs that train and run them; what their evaluations found.

CREATE TYPE model_architecture AS ENUM ('lstm', 'transformer', 'ensemble', 'regression', 'rule_based');
CREATE TYPE model_type AS ENUM ('macro', 'sector', 'asset', 'timing');
CREATE TYPE model_status AS ENUM ('active', 'training', 'inactive', 'error', 'deprecated');
CREATE TYPE target_variable AS ENUM (
  'price_direction', 'trend_strength', 'volatility_regime', 'regime_change_probability'
);
CREATE TYPE deployment_environment AS ENUM ('development', 'staging', 'production');

CREATE TABLE ai_models (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL
    CONSTRAINT chk_ai_models_name CHECK (length(name) BETWEEN 1 AND 100),
  version text NOT NULL
    CONSTRAINT chk_ai_models_version CHECK (length(version) BETWEEN 1 AND 20),
  architecture model_architecture NOT NULL,
  model_type model_type NOT NULL,
  status model_status NOT NULL DEFAULT 'inactive',

  configuration jsonb
    CONSTRAINT chk_ai_models_configuration CHECK (jsonb_typeof(configuration) = 'object'),
  performance_metrics jsonb
    CONSTRAINT chk_ai_models_performance_metrics CHECK (jsonb_typeof(performance_metrics) = 'object'),
  training_features jsonb
    CONSTRAINT chk_ai_models_training_features CHECK (jsonb_typeof(training_features) = 'object'),
  training_data_range jsonb
    CONSTRAINT chk_ai_models_training_data_range CHECK (jsonb_typeof(training_data_range) = 'object'),
  training_data_timeframe timeframe NOT NULL,
  target_variable target_variable NOT NULL,
  input_schema jsonb
    CONSTRAINT chk_ai_models_input_schema CHECK (jsonb_typeof(input_schema) = 'object'),
  output_schema jsonb
    CONSTRAINT chk_ai_models_output_schema CHECK (jsonb_typeof(output_schema) = 'object'),
  health_status jsonb
    CONSTRAINT chk_ai_models_health_status CHECK (jsonb_typeof(health_status) = 'object'),

  training_notes text,
  model_file_path text
    CONSTRAINT chk_ai_models_model_file_path CHECK (length(model_file_path) BETWEEN 1 AND 100),
  framework text
    CONSTRAINT chk_ai_models_framework CHECK (length(framework) BETWEEN 1 AND 50),
  deployment_environment deployment_environment,

  last_trained timestamptz,
  last_prediction timestamptz,
  deployed_at timestamptz,
  deprecated_at timestamptz,

  is_active boolean NOT NULL DEFAULT false,
  prediction_count bigint NOT NULL DEFAULT 0
    CONSTRAINT chk_ai_models_prediction_count CHECK (prediction_count >= 0),
  model_size_mb numeric
    CONSTRAINT chk_ai_models_model_size_mb CHECK (model_size_mb >= 0 AND model_size_mb < 'Infinity'),
  training_duration_minutes integer
    CONSTRAINT chk_ai_models_training_duration_minutes CHECK (training_duration_minutes >= 0),

  min_confidence_threshold numeric NOT NULL DEFAULT 0.5
    CONSTRAINT chk_ai_models_min_confidence_threshold CHECK (min_confidence_threshold BETWEEN 0 AND 1),
  max_predictions_per_hour integer
    CONSTRAINT chk_ai_models_max_predictions_per_hour CHECK (max_predictions_per_hour > 0),
  requires_manual_approval boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),

  CONSTRAINT unique_ai_models_version UNIQUE (name, model_type, version)
);

CREATE UNIQUE INDEX unique_active_model ON ai_models (name, model_type) WHERE is_active;

CREATE TRIGGER trg_ai_models_updated_at BEFORE UPDATE ON ai_models
  FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TYPE job_status AS ENUM ('pending', 'running', 'completed', 'failed', 'cancelled', 'paused');
CREATE TYPE job_category AS ENUM ('training', 'prediction', 'evaluation', 'optimization', 'deployment');
-- In the order of its values: the queue is read by it.
CREATE TYPE job_priority AS ENUM ('low', 'normal', 'high', 'urgent');

CREATE TABLE model_jobs (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  model_id integer NOT NULL CONSTRAINT fk_model_jobs_model REFERENCES ai_models (id),

  job_status job_status NOT NULL,
  job_category job_category NOT NULL,
  job_type text NOT NULL
    CONSTRAINT chk_model_jobs_job_type CHECK (length(job_type) BETWEEN 1 AND 25),
  job_name text
    CONSTRAINT chk_model_jobs_job_name CHECK (length(job_name) BETWEEN 1 AND 30),

  progress_pct numeric NOT NULL DEFAULT 0
    CONSTRAINT chk_model_jobs_progress_pct CHECK (progress_pct BETWEEN 0 AND 100),
  current_phase text
    CONSTRAINT chk_model_jobs_current_phase CHECK (length(current_phase) BETWEEN 1 AND 20),
  total_steps integer
    CONSTRAINT chk_model_jobs_total_steps CHECK (total_steps >= 0),
  completed_steps integer
    CONSTRAINT chk_model_jobs_completed_steps CHECK (completed_steps >= 0),

  job_config jsonb NOT NULL
    CONSTRAINT chk_model_jobs_job_config CHECK (jsonb_typeof(job_config) = 'object'),
  job_metrics jsonb
    CONSTRAINT chk_model_jobs_job_metrics CHECK (jsonb_typeof(job_metrics) = 'object'),
  log_output text,
  error_message text,

  started_at timestamptz,
  completed_at timestamptz,
  execution_time_seconds numeric
    CONSTRAINT chk_model_jobs_execution_time_seconds
    CHECK (execution_time_seconds >= 0 AND execution_time_seconds < 'Infinity'),
  estimated_completion timestamptz,
  job_results jsonb
    CONSTRAINT chk_model_jobs_job_results CHECK (jsonb_typeof(job_results) = 'object'),

  is_recurring boolean NOT NULL DEFAULT false,
  cron_schedule text
    CONSTRAINT chk_model_jobs_cron_schedule CHECK (length(cron_schedule) BETWEEN 1 AND 100),
  next_run_time timestamptz,

  -- The job stays when its user goes.
  initiated_by integer CONSTRAINT fk_model_jobs_initiated_by REFERENCES users (id) ON DELETE SET NULL,
  priority job_priority NOT NULL DEFAULT 'normal',
  retry_count integer NOT NULL DEFAULT 0
    CONSTRAINT chk_model_jobs_retry_count CHECK (retry_count >= 0),
  max_retries integer NOT NULL DEFAULT 3
    CONSTRAINT chk_model_jobs_max_retries CHECK (max_retries BETWEEN 0 AND 10),
  resource_limits jsonb
    CONSTRAINT chk_model_jobs_resource_limits CHECK (jsonb_typeof(resource_limits) = 'object'),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),

  CONSTRAINT chk_model_jobs_steps_within_total CHECK (completed_steps <= total_steps),
  CONSTRAINT chk_model_jobs_retries_within_max CHECK (retry_count <= max_retries),
  CONSTRAINT chk_model_jobs_cron_is_recurring CHECK (is_recurring OR cron_schedule IS NULL)
);

CREATE INDEX idx_model_jobs_status_category ON model_jobs (job_status, job_category, created_at DESC);
CREATE INDEX idx_model_jobs_model_type ON model_jobs (model_id, job_category, job_status);
CREATE INDEX idx_model_jobs_priority_queue ON model_jobs (priority DESC, created_at) WHERE job_status = 'pending';
CREATE INDEX idx_model_jobs_recurring ON model_jobs (is_recurring, next_run_time) WHERE is_recurring;
CREATE INDEX idx_model_jobs_monitoring ON model_jobs (job_status, progress_pct, updated_at DESC)
  WHERE job_status IN ('pending', 'running');
CREATE INDEX idx_model_jobs_initiated_by ON model_jobs (initiated_by) WHERE initiated_by IS NOT NULL;

CREATE TRIGGER trg_model_jobs_updated_at BEFORE UPDATE ON model_jobs
  FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TYPE evaluation_type AS ENUM (
  'backtesting', 'forward_testing', 'cross_validation', 'live_performance', 'job_triggered'
);
CREATE TYPE evaluation_status AS ENUM ('completed', 'failed', 'partial', 'invalidated');
-- Best first.
CREATE TYPE performance_grade AS ENUM ('A', 'B', 'C', 'D', 'F');
-- The market that a model was evaluated in; not the regime that one classifies, which is market_regime.
CREATE TYPE market_condition AS ENUM ('bull', 'bear', 'sideways', 'volatile');

CREATE TABLE model_performance (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  model_id integer NOT NULL CONSTRAINT fk_model_performance_model REFERENCES ai_models (id),
  -- Jobs are cleared away in time, what they found is not.
  source_job_id integer CONSTRAINT fk_model_performance_source_job REFERENCES model_jobs (id) ON DELETE SET NULL,
  evaluation_date timestamptz NOT NULL,
  evaluation_type evaluation_type NOT NULL,

  accuracy numeric
    CONSTRAINT chk_model_performance_accuracy CHECK (accuracy BETWEEN 0 AND 1),
  precision_score numeric
    CONSTRAINT chk_model_performance_precision_score CHECK (precision_score BETWEEN 0 AND 1),
  recall numeric
    CONSTRAINT chk_model_performance_recall CHECK (recall BETWEEN 0 AND 1),
  f1_score numeric
    CONSTRAINT chk_model_performance_f1_score CHECK (f1_score BETWEEN 0 AND 1),
  auc_score numeric
    CONSTRAINT chk_model_performance_auc_score CHECK (auc_score BETWEEN 0 AND 1),

  win_rate numeric
    CONSTRAINT chk_model_performance_win_rate CHECK (win_rate BETWEEN 0 AND 1),
  profit_factor numeric
    CONSTRAINT chk_model_performance_profit_factor CHECK (profit_factor >= 0 AND profit_factor < 'Infinity'),
  sharpe_ratio numeric
    CONSTRAINT chk_model_performance_sharpe_ratio CHECK (sharpe_ratio > '-Infinity' AND sharpe_ratio < 'Infinity'),
  max_drawdown numeric
    CONSTRAINT chk_model_performance_max_drawdown CHECK (max_drawdown BETWEEN 0 AND 1),
  total_return numeric
    CONSTRAINT chk_model_performance_total_return CHECK (total_return > '-Infinity' AND total_return < 'Infinity'),

  mse numeric
    CONSTRAINT chk_model_performance_mse CHECK (mse >= 0 AND mse < 'Infinity'),
  mae numeric
    CONSTRAINT chk_model_performance_mae CHECK (mae >= 0 AND mae < 'Infinity'),
  -- Has no lower bound: a model can be any number of times worse than the mean.
  r2_score numeric
    CONSTRAINT chk_model_performance_r2_score CHECK (r2_score > '-Infinity' AND r2_score <= 1),

  sample_count integer
    CONSTRAINT chk_model_performance_sample_count CHECK (sample_count > 0),
  confidence_avg numeric
    CONSTRAINT chk_model_performance_confidence_avg CHECK (confidence_avg BETWEEN 0 AND 1),
  confidence_std numeric
    CONSTRAINT chk_model_performance_confidence_std CHECK (confidence_std >= 0 AND confidence_std < 'Infinity'),
  true_positives integer
    CONSTRAINT chk_model_performance_true_positives CHECK (true_positives >= 0),
  false_positives integer
    CONSTRAINT chk_model_performance_false_positives CHECK (false_positives >= 0),
  true_negatives integer
    CONSTRAINT chk_model_performance_true_negatives CHECK (true_negatives >= 0),
  false_negatives integer
    CONSTRAINT chk_model_performance_false_negatives CHECK (false_negatives >= 0),

  market_regime market_condition,
  market_volatility numeric
    CONSTRAINT chk_model_performance_market_volatility CHECK (market_volatility BETWEEN 0 AND 1),
  btc_correlation numeric
    CONSTRAINT chk_model_performance_btc_correlation CHECK (btc_correlation BETWEEN -1 AND 1),
  detailed_metrics jsonb
    CONSTRAINT chk_model_performance_detailed_metrics CHECK (jsonb_typeof(detailed_metrics) = 'object'),
  evaluation_metadata jsonb
    CONSTRAINT chk_model_performance_evaluation_metadata CHECK (jsonb_typeof(evaluation_metadata) = 'object'),

  meets_threshold boolean,
  performance_grade performance_grade,
  overall_score numeric
    CONSTRAINT chk_model_performance_overall_score CHECK (overall_score BETWEEN 0 AND 1),
  evaluation_status evaluation_status,
  evaluation_notes text,
  recommendations text,
  created_at timestamptz NOT NULL DEFAULT now(),

  CONSTRAINT chk_model_performance_counts_within_samples CHECK (
    coalesce(true_positives, 0)::bigint + coalesce(false_positives, 0)
      + coalesce(true_negatives, 0) + coalesce(false_negatives, 0) <= sample_count
  )
);

CREATE INDEX idx_perf_model_recent ON model_performance (model_id, evaluation_date DESC);
CREATE INDEX idx_perf_grade_threshold ON model_performance (performance_grade, meets_threshold, overall_score DESC);
CREATE INDEX idx_perf_trading_metrics ON model_performance (win_rate DESC, sharpe_ratio DESC, profit_factor DESC)
  WHERE meets_threshold;
CREATE INDEX idx_perf_job_source ON model_performance (source_job_id, evaluation_date DESC)
  WHERE source_job_id IS NOT NULL;
CREATE INDEX idx_perf_trigger_status ON model_performance (evaluation_type, evaluation_status, evaluation_date DESC);
CREATE INDEX idx_perf_quality_samples ON model_performance (sample_count DESC) WHERE evaluation_status = 'completed';
