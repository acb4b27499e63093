-- Who changed which of the users' rows. Written by triggers, so that no query can forget it.
--
-- Not here: user_sessions (secrets and times of use; logins are in user_activities), notifications and the analyses
-- (made by the server, at the market's rate).

-- The user on whose behalf the transaction acts; NULL: a guest, or the server itself. `asUser` sets it.
CREATE FUNCTION current_user_id() RETURNS integer LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT nullif(current_setting('cryptopredict.user_id', true), '')::integer
$$;

CREATE TYPE audit_operation AS ENUM ('INSERT', 'UPDATE', 'DELETE');

CREATE TABLE audit_log (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  table_name text NOT NULL
    CONSTRAINT chk_audit_log_table_name CHECK (length(table_name) BETWEEN 1 AND 63),
  operation audit_operation NOT NULL,
  -- The row's id; of system_config its key.
  row_id text NOT NULL
    CONSTRAINT chk_audit_log_row_id CHECK (length(row_id) BETWEEN 1 AND 200),
  -- Of an UPDATE only what changed.
  old_values jsonb
    CONSTRAINT chk_audit_log_old_values CHECK (jsonb_typeof(old_values) = 'object'),
  new_values jsonb
    CONSTRAINT chk_audit_log_new_values CHECK (jsonb_typeof(new_values) = 'object'),
  -- NULL: the server, or a user who is gone.
  changed_by integer CONSTRAINT fk_audit_log_user REFERENCES users (id) ON DELETE SET NULL,
  changed_at timestamptz NOT NULL DEFAULT now(),

  CONSTRAINT chk_audit_log_values_of_operation
    CHECK ((old_values IS NULL) = (operation = 'INSERT') AND (new_values IS NULL) = (operation = 'DELETE'))
);

CREATE INDEX idx_audit_log_row ON audit_log (table_name, row_id, id DESC);
CREATE INDEX idx_audit_log_changed_by ON audit_log (changed_by, id DESC);
CREATE INDEX idx_audit_log_changed_at ON audit_log (changed_at DESC, id DESC);

-- Some columns of a row, secrets hidden.
CREATE FUNCTION audited_values(row_values jsonb, columns text[]) RETURNS jsonb LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT jsonb_object_agg(
    key,
    CASE WHEN key IN ('password_hash', 'reset_password_token', 'email_verification_token') AND value <> 'null'
      THEN '"(secret)"' ELSE value END)
  FROM jsonb_each(row_values) WHERE key = ANY (columns)
$$;

-- Arguments: columns in which the server keeps its own books. What it changes there leaves no row; what a user does.
CREATE FUNCTION write_audit_log() RETURNS trigger LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  before jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END;
  after jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END;
  whole jsonb := coalesce(after, before);
  -- NULL without arguments.
  books text[] := CASE WHEN current_user_id() IS NULL THEN coalesce(TG_ARGV, '{}') ELSE '{}' END;
  columns text[];
BEGIN
  IF TG_OP = 'UPDATE' THEN
    SELECT array_agg(key) INTO columns FROM jsonb_each(after)
      WHERE value <> before -> key AND key <> 'updated_at' AND key <> ALL (books);
    IF columns IS NULL THEN RETURN NULL; END IF;
  ELSE
    SELECT array_agg(key) INTO columns FROM jsonb_each(whole) WHERE value <> 'null';
  END IF;
  INSERT INTO audit_log (table_name, operation, row_id, old_values, new_values, changed_by)
    VALUES (
      TG_TABLE_NAME,
      TG_OP::audit_operation,
      coalesce(whole ->> 'id', whole ->> 'key'),
      audited_values(before, columns),
      audited_values(after, columns),
      -- Looked up: whoever deletes their own account is gone by now.
      (SELECT id FROM users WHERE id = current_user_id()));
  RETURN NULL;
END;
$$;

-- A temporary table of this name and trigger would forge what it writes.
REVOKE EXECUTE ON FUNCTION write_audit_log() FROM PUBLIC;

CREATE TRIGGER trg_users_audit AFTER INSERT OR UPDATE OR DELETE ON users
  FOR EACH ROW EXECUTE FUNCTION write_audit_log('login_count', 'last_login', 'failed_login_attempts', 'referral_count');
CREATE TRIGGER trg_watchlists_audit AFTER INSERT OR UPDATE OR DELETE ON watchlists
  FOR EACH ROW EXECUTE FUNCTION write_audit_log();
CREATE TRIGGER trg_watchlist_assets_audit AFTER INSERT OR UPDATE OR DELETE ON watchlist_assets
  FOR EACH ROW EXECUTE FUNCTION write_audit_log();
CREATE TRIGGER trg_portfolios_audit AFTER INSERT OR UPDATE OR DELETE ON portfolios
  FOR EACH ROW EXECUTE FUNCTION write_audit_log();
CREATE TRIGGER trg_portfolio_assets_audit AFTER INSERT OR UPDATE OR DELETE ON portfolio_assets
  FOR EACH ROW EXECUTE FUNCTION write_audit_log();
CREATE TRIGGER trg_trade_actions_audit AFTER INSERT OR UPDATE OR DELETE ON trade_actions
  FOR EACH ROW EXECUTE FUNCTION write_audit_log();
CREATE TRIGGER trg_signal_executions_audit AFTER INSERT OR UPDATE OR DELETE ON signal_executions
  FOR EACH ROW EXECUTE FUNCTION write_audit_log();
CREATE TRIGGER trg_risk_management_audit AFTER INSERT OR UPDATE OR DELETE ON risk_management
  FOR EACH ROW EXECUTE FUNCTION write_audit_log('current_exposure', 'risk_metrics', 'last_calculated');
-- A repeating alert may fire at the market's rate; each firing leaves a notification.
CREATE TRIGGER trg_signal_alerts_audit AFTER INSERT OR UPDATE OR DELETE ON signal_alerts
  FOR EACH ROW EXECUTE FUNCTION
    write_audit_log('last_checked', 'is_triggered', 'triggered_at', 'fired_count', 'reference_price');
CREATE TRIGGER trg_user_feedback_audit AFTER INSERT OR UPDATE OR DELETE ON user_feedback
  FOR EACH ROW EXECUTE FUNCTION write_audit_log();
CREATE TRIGGER trg_system_config_audit AFTER INSERT OR UPDATE OR DELETE ON system_config
  FOR EACH ROW EXECUTE FUNCTION write_audit_log();
-- Models make them, people review them: what is made leaves no row, and neither does what runs out by itself.
CREATE TRIGGER trg_recommendations_audit AFTER UPDATE OR DELETE ON recommendations
  FOR EACH ROW EXECUTE FUNCTION write_audit_log('status', 'outcome_result', 'implemented_at');
