-- What the server says of itself: its health, figures of its use, requests to it and by it, tasks of its own, and the
-- settings that an admin changes while it runs.

CREATE TYPE analytics_category AS ENUM ('user_behavior', 'api_usage', 'performance');
CREATE TYPE aggregation_level AS ENUM ('hourly', 'daily', 'weekly', 'monthly');
-- WS: a method called over a WebSocket.
CREATE TYPE request_method AS ENUM ('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'WS');
CREATE TYPE background_task_type AS ENUM ('data_sync', 'model_training', 'cleanup', 'maintenance');
CREATE TYPE background_task_status AS ENUM ('pending', 'running', 'completed', 'failed');

CREATE TABLE system_health (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  check_time timestamptz NOT NULL
    CONSTRAINT chk_system_health_check_time CHECK (isfinite(check_time)),
  api_status jsonb
    CONSTRAINT chk_system_health_api_status CHECK (jsonb_typeof(api_status) = 'object'),
  database_status jsonb
    CONSTRAINT chk_system_health_database_status CHECK (jsonb_typeof(database_status) = 'object'),
  ml_models_status jsonb
    CONSTRAINT chk_system_health_ml_models_status CHECK (jsonb_typeof(ml_models_status) = 'object'),
  data_pipeline_status jsonb
    CONSTRAINT chk_system_health_data_pipeline_status CHECK (jsonb_typeof(data_pipeline_status) = 'object'),
  overall_health_score numeric
    CONSTRAINT chk_system_health_overall_health_score CHECK (overall_health_score BETWEEN 0 AND 100),
  performance_metrics jsonb
    CONSTRAINT chk_system_health_performance_metrics CHECK (jsonb_typeof(performance_metrics) = 'object'),
  error_logs jsonb
    CONSTRAINT chk_system_health_error_logs CHECK (jsonb_typeof(error_logs) = 'array'),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX idx_system_health_check_time ON system_health (check_time DESC, id DESC);

CREATE TRIGGER trg_system_health_updated_at BEFORE UPDATE ON system_health
  FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TABLE analytics_data (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  category analytics_category NOT NULL,
  metric_name text NOT NULL
    CONSTRAINT chk_analytics_data_metric_name CHECK (length(metric_name) BETWEEN 1 AND 100),
  metric_value numeric NOT NULL
    CONSTRAINT chk_analytics_data_metric_value CHECK (metric_value > '-Infinity' AND metric_value < 'Infinity'),
  dimensions jsonb
    CONSTRAINT chk_analytics_data_dimensions CHECK (jsonb_typeof(dimensions) = 'object'),
  aggregation_level aggregation_level,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX idx_analytics_data_metric ON analytics_data (category, metric_name, created_at DESC, id DESC);
CREATE INDEX idx_analytics_data_created_at ON analytics_data (created_at DESC, id DESC);

CREATE TRIGGER trg_analytics_data_updated_at BEFORE UPDATE ON analytics_data
  FOR EACH ROW EXECUTE FUNCTION set_updated_at();

-- Newest first is by id; created_at is what retention reads.
CREATE TABLE api_request_logs (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  -- NULL: a guest, or a user who is gone.
  user_id integer CONSTRAINT fk_api_request_logs_user REFERENCES users (id) ON DELETE SET NULL,
  endpoint text NOT NULL
    CONSTRAINT chk_api_request_logs_endpoint CHECK (length(endpoint) BETWEEN 1 AND 500),
  http_method request_method NOT NULL,
  response_status integer NOT NULL
    CONSTRAINT chk_api_request_logs_response_status CHECK (response_status BETWEEN 100 AND 599),
  response_time_ms numeric NOT NULL
    CONSTRAINT chk_api_request_logs_response_time_ms CHECK (response_time_ms >= 0 AND response_time_ms < 'Infinity'),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX idx_api_request_logs_created_at ON api_request_logs (created_at);
CREATE INDEX idx_api_request_logs_user ON api_request_logs (user_id, id DESC);

CREATE TRIGGER trg_api_request_logs_updated_at BEFORE UPDATE ON api_request_logs
  FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TABLE external_api_logs (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  api_provider text NOT NULL
    CONSTRAINT chk_external_api_logs_api_provider CHECK (length(api_provider) BETWEEN 1 AND 64),
  endpoint text NOT NULL
    CONSTRAINT chk_external_api_logs_endpoint CHECK (length(endpoint) BETWEEN 1 AND 500),
  http_method request_method NOT NULL,
  -- NULL: no answer came.
  response_status integer
    CONSTRAINT chk_external_api_logs_response_status CHECK (response_status BETWEEN 100 AND 599),
  response_time_ms numeric NOT NULL
    CONSTRAINT chk_external_api_logs_response_time_ms CHECK (response_time_ms >= 0 AND response_time_ms < 'Infinity'),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX idx_external_api_logs_created_at ON external_api_logs (created_at);
CREATE INDEX idx_external_api_logs_provider ON external_api_logs (api_provider, id DESC);

CREATE TRIGGER trg_external_api_logs_updated_at BEFORE UPDATE ON external_api_logs
  FOR EACH ROW EXECUTE FUNCTION set_updated_at();

-- One row a run. A pending one is taken by the next process that looks; what a running one has done so far is in its
-- result_data, and one whose heartbeat_at stands still lost its process.
CREATE TABLE background_tasks (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  task_name text NOT NULL
    CONSTRAINT chk_background_tasks_task_name CHECK (task_name ~ '^[a-z][a-z0-9_]{0,99}$'),
  task_type background_task_type NOT NULL,
  status background_task_status NOT NULL DEFAULT 'pending',
  task_params jsonb NOT NULL DEFAULT '{}'
    CONSTRAINT chk_background_tasks_task_params CHECK (jsonb_typeof(task_params) = 'object'),
  result_data jsonb
    CONSTRAINT chk_background_tasks_result_data CHECK (jsonb_typeof(result_data) = 'object'),
  error_message text
    CONSTRAINT chk_background_tasks_error_message CHECK (length(error_message) BETWEEN 1 AND 10000),
  started_at timestamptz,
  heartbeat_at timestamptz,
  completed_at timestamptz,
  execution_time_seconds numeric
    CONSTRAINT chk_background_tasks_execution_time_seconds
      CHECK (execution_time_seconds >= 0 AND execution_time_seconds < 'Infinity'),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),

  CONSTRAINT chk_background_tasks_started CHECK ((status = 'pending') = (started_at IS NULL)),
  CONSTRAINT chk_background_tasks_alive CHECK ((started_at IS NULL) = (heartbeat_at IS NULL)),
  CONSTRAINT chk_background_tasks_ended CHECK ((status IN ('completed', 'failed')) = (completed_at IS NOT NULL)),
  CONSTRAINT chk_background_tasks_timed CHECK ((completed_at IS NULL) = (execution_time_seconds IS NULL)),
  CONSTRAINT chk_background_tasks_failed CHECK ((status = 'failed') = (error_message IS NOT NULL))
);

CREATE INDEX idx_background_tasks_name ON background_tasks (task_name, id DESC);
CREATE INDEX idx_background_tasks_status ON background_tasks (status, id DESC);
CREATE INDEX idx_background_tasks_completed_at ON background_tasks (completed_at);

CREATE TRIGGER trg_background_tasks_updated_at BEFORE UPDATE ON background_tasks
  FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TABLE system_config (
  key text PRIMARY KEY
    CONSTRAINT chk_system_config_key CHECK (key ~ '^[a-z][a-z0-9_.]{0,99}$'),
  value jsonb NOT NULL,
  description text
    CONSTRAINT chk_system_config_description CHECK (length(description) BETWEEN 1 AND 1000),
  updated_by integer CONSTRAINT fk_system_config_updated_by REFERENCES users (id) ON DELETE SET NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX idx_system_config_updated_by ON system_config (updated_by);

CREATE TRIGGER trg_system_config_updated_at BEFORE UPDATE ON system_config
  FOR EACH ROW EXECUTE FUNCTION set_updated_at();
