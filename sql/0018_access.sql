-- Who may do what. Two roles, neither of which owns anything, so that row-level security binds both:
--   cryptopredict_engine   the server's own work: writer, alerts, outbox, housekeeping, sign-in. Sees users' rows, and
--                          changes what is listed below.
--   cryptopredict_gateway  queries of guests and users. Sees what is public, and of users' rows those of
--                          current_user_id(), whatever the query says. What a column list leaves out it cannot touch.
-- A table that is not named here is closed to both; what is not granted is refused.

-- Roles are of the cluster, and another database of it may migrate at this moment: whoever comes second tries again.
DO $$
DECLARE
  role_name text;
BEGIN
  FOREACH role_name IN ARRAY ARRAY['cryptopredict_engine', 'cryptopredict_gateway'] LOOP
    FOR attempt IN 1..20 LOOP
      BEGIN
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role_name) THEN
          EXECUTE format('CREATE ROLE %I NOLOGIN NOINHERIT', role_name);
        END IF;
        -- So that the owner can SET ROLE, also one that is no superuser.
        IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
          EXECUTE format('GRANT %I TO CURRENT_USER', role_name);
        END IF;
        EXIT;
      EXCEPTION
        -- internal_error: "tuple concurrently updated".
        WHEN duplicate_object OR unique_violation OR internal_error THEN
          IF attempt = 20 THEN RAISE; END IF;
          PERFORM pg_sleep(0.05 * random());
        WHEN insufficient_privilege THEN
          IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role_name) THEN
            RAISE EXCEPTION 'role % is missing and % may not make it', role_name, current_user
              USING ERRCODE = '42501', HINT = format(
                'As a superuser: CREATE ROLE %1$I NOLOGIN; GRANT %1$I TO %2$I; then migrate again.',
                role_name, current_user);
          END IF;
          -- Somebody else made it: membership is all that we need.
          IF NOT pg_has_role(role_name, 'MEMBER') THEN
            RAISE EXCEPTION '% is no member of %', current_user, role_name
              USING ERRCODE = '42501', HINT = format(
                'As a superuser: GRANT %I TO %I; then migrate again.', role_name, current_user);
          END IF;
          EXIT;
      END;
    END LOOP;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = role_name AND (rolsuper OR rolbypassrls OR rolcreaterole)) THEN
      RAISE EXCEPTION 'role % could get round row-level security', role_name
        USING ERRCODE = '42501',
          HINT = format('As a superuser: ALTER ROLE %I NOSUPERUSER NOBYPASSRLS NOCREATEROLE.', role_name);
    END IF;
  END LOOP;
END;
$$;

-- Whether current_user_id() is an admin. Reads past row-level security, which asks it.
CREATE FUNCTION current_user_is_admin() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT EXISTS (
    SELECT FROM users WHERE id = current_user_id() AND role = 'admin' AND is_active AND deleted_at IS NULL)
$$;

-- What an admin may change of a user; false: there is no such user. Nobody changes themselves here, so that the last
-- admin stays one. Who is switched off loses their sessions.
CREATE FUNCTION update_user_as_admin(p_user_id integer, p_changes jsonb) RETURNS boolean LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  unknown text := (
    SELECT min(key) FROM jsonb_object_keys(p_changes) AS key
    WHERE key NOT IN
      ('role', 'is_active', 'is_verified', 'is_deleted', 'subscription_plan', 'subscription_expires_at', 'notes'));
  is_deleted boolean := (p_changes ->> 'is_deleted')::boolean;
BEGIN
  -- Two admins that demote each other come one after the other, and the second is none any more.
  PERFORM FROM users WHERE id IN (p_user_id, current_user_id()) ORDER BY id FOR NO KEY UPDATE;
  IF NOT current_user_is_admin() THEN
    RAISE EXCEPTION 'only an admin changes users' USING ERRCODE = '42501';
  END IF;
  IF p_user_id = current_user_id() THEN
    RAISE EXCEPTION 'an admin does not change their own account' USING ERRCODE = '42501';
  END IF;
  IF unknown IS NOT NULL THEN
    RAISE EXCEPTION 'a user''s % cannot be changed', unknown USING ERRCODE = '22023';
  END IF;
  UPDATE users SET
    role = coalesce((p_changes ->> 'role')::user_role, role),
    is_active = coalesce((p_changes ->> 'is_active')::boolean, is_active) AND NOT coalesce(is_deleted, false),
    is_verified = coalesce((p_changes ->> 'is_verified')::boolean, is_verified),
    subscription_plan = coalesce((p_changes ->> 'subscription_plan')::subscription_plan, subscription_plan),
    subscription_expires_at = CASE WHEN p_changes ? 'subscription_expires_at'
      THEN (p_changes ->> 'subscription_expires_at')::timestamptz ELSE subscription_expires_at END,
    notes = CASE WHEN p_changes ? 'notes' THEN p_changes ->> 'notes' ELSE notes END,
    deleted_at = CASE WHEN is_deleted THEN coalesce(deleted_at, now()) WHEN NOT is_deleted THEN NULL ELSE deleted_at END,
    deleted_by = CASE WHEN is_deleted THEN coalesce(deleted_by, current_user_id())
      WHEN NOT is_deleted THEN NULL ELSE deleted_by END
  WHERE id = p_user_id;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  UPDATE user_sessions s SET is_active = false, revoked_at = coalesce(revoked_at, now())
    FROM users u WHERE u.id = p_user_id AND NOT u.is_active AND s.user_id = u.id AND s.is_active;
  RETURN true;
END;
$$;

REVOKE EXECUTE ON FUNCTION current_user_is_admin(), update_user_as_admin(integer, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION current_user_is_admin() TO cryptopredict_engine, cryptopredict_gateway;
GRANT EXECUTE ON FUNCTION update_user_as_admin(integer, jsonb) TO cryptopredict_gateway;
GRANT EXECUTE ON FUNCTION
  ensure_price_partition(timestamptz), archive_old_data(timestamptz, integer), analyze_price_data(timestamptz)
  TO cryptopredict_engine;

-- Older servers let everybody make objects in public, and with them take the place of ours.
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO cryptopredict_engine, cryptopredict_gateway;

-- What everybody sees.
GRANT SELECT ON
  assets, price_data, price_data_archive, v_price_data_all, sectors, sector_mapping, sector_history, ai_models,
  metrics_snapshot, ai_regime_analysis, ai_sector_analysis, ai_cross_sector_analysis, sector_rotation_flows
  TO cryptopredict_engine, cryptopredict_gateway;

-- These show of their tables what who asks may see; of users' figures, what user_figures tells.
GRANT SELECT ON v_active_predictions, v_watchlist_summary, v_active_signals, v_ai_performance
  TO cryptopredict_engine, cryptopredict_gateway;
GRANT SELECT ON v_users_overview TO cryptopredict_gateway;
GRANT EXECUTE ON FUNCTION user_figures(integer) TO cryptopredict_gateway;

-- The engine. It reads all but audit_log and schema_migrations.
GRANT SELECT ON
  users, user_sessions, user_activities, watchlists, watchlist_assets, portfolios, portfolio_assets, trade_actions,
  signal_executions, risk_management, signal_alerts, notifications, user_feedback, ai_watchlist_analysis,
  ai_portfolio_analysis, ai_portfolio_asset_analysis, ai_trading_signals, recommendations, predictions, model_jobs,
  model_performance, system_health, analytics_data, api_request_logs, external_api_logs, background_tasks,
  system_config, outbox, outbox_channels, coin_defaults
  TO cryptopredict_engine;
GRANT INSERT, UPDATE ON
  assets, price_data, sector_history, sector_mapping, metrics_snapshot, ai_regime_analysis, ai_sector_analysis,
  ai_cross_sector_analysis, sector_rotation_flows, ai_watchlist_analysis, ai_portfolio_analysis,
  ai_portfolio_asset_analysis, ai_trading_signals, recommendations, predictions, ai_models, model_jobs,
  model_performance, users, outbox_channels
  TO cryptopredict_engine;
GRANT INSERT, UPDATE, DELETE ON
  user_sessions, notifications, background_tasks, outbox, system_health, analytics_data
  TO cryptopredict_engine;
-- Logs are written, and go when they are old.
GRANT INSERT, DELETE ON user_activities, api_request_logs, external_api_logs TO cryptopredict_engine;
-- Of users' own rows only what the server finds out.
GRANT UPDATE (is_active, is_triggered, triggered_at, fired_count, reference_price, last_checked)
  ON signal_alerts TO cryptopredict_engine;
GRANT UPDATE (current_exposure, risk_metrics, last_calculated) ON risk_management TO cryptopredict_engine;
GRANT UPDATE (execution_price, position_size, status, execution_details, executed_at)
  ON signal_executions TO cryptopredict_engine;

-- The gateway: columns, then rows. Hashes, admins' notes and balances are in no list that a query could read or write.
GRANT
  SELECT (id, email, first_name, last_name, role, is_active, is_verified, login_count, preferences, timezone, language,
    last_login, bio, profile_picture_url, referral_code, referral_count, account_balance, subscription_plan,
    subscription_expires_at, deleted_at, created_at, updated_at),
  UPDATE (first_name, last_name, preferences, timezone, language, bio, profile_picture_url)
  ON users TO cryptopredict_gateway;
GRANT
  SELECT (id, user_id, family_id, device_info, ip_address, is_active, expires_at, refresh_expires_at, last_used_at,
    rotated_at, revoked_at, created_at, updated_at),
  UPDATE (is_active, revoked_at)
  ON user_sessions TO cryptopredict_gateway;
GRANT SELECT, INSERT ON user_activities, trade_actions TO cryptopredict_gateway;
GRANT SELECT, INSERT, DELETE, UPDATE (name, description, is_active, is_public, max_assets, sort_order)
  ON watchlists TO cryptopredict_gateway;
GRANT SELECT, INSERT, DELETE, UPDATE (position_type, sort_order, notes, is_active, last_modified_by)
  ON watchlist_assets TO cryptopredict_gateway;
GRANT SELECT, INSERT, UPDATE (is_active, is_public) ON portfolios TO cryptopredict_gateway;
GRANT
  SELECT,
  INSERT,
  UPDATE (asset_type, leverage_ratio, quantity, entry_price, exit_price, trade_status, pnl_realized_usd,
    allocation_target_percent, investment_thesis, investment_timeframe, risk_category, stop_loss_price,
    take_profit_price, max_allocation_percent, notes, sort_order, is_active, last_modified_by)
  ON portfolio_assets TO cryptopredict_gateway;
GRANT SELECT, INSERT ON signal_executions TO cryptopredict_gateway;
GRANT
  SELECT,
  INSERT (user_id, max_position_size, max_portfolio_risk, risk_rules),
  UPDATE (max_position_size, max_portfolio_risk, risk_rules)
  ON risk_management TO cryptopredict_gateway;
GRANT
  SELECT,
  INSERT (user_id, asset_id, alert_type, trigger_value, condition, timeframe, reference_price, is_repeating, is_active,
    message, notification_method, expires_at),
  UPDATE (asset_id, alert_type, trigger_value, condition, timeframe, reference_price, is_repeating, is_active,
    is_triggered, triggered_at, message, notification_method, expires_at),
  DELETE
  ON signal_alerts TO cryptopredict_gateway;
GRANT SELECT, UPDATE (status, read_at) ON notifications TO cryptopredict_gateway;
GRANT
  SELECT,
  INSERT (user_id, feedback_type, message, context_data),
  UPDATE (status, priority, reviewed_by, response_message, reviewed_at, responded_at)
  ON user_feedback TO cryptopredict_gateway;
GRANT SELECT ON ai_watchlist_analysis, ai_portfolio_analysis, ai_portfolio_asset_analysis TO cryptopredict_gateway;
GRANT SELECT, UPDATE (status) ON ai_trading_signals TO cryptopredict_gateway;
GRANT
  SELECT,
  UPDATE (target_entity_type, target_entity_id, status, user_feedback, user_rating, reviewed_by, review_notes,
    reviewed_at, implemented_at)
  ON recommendations TO cryptopredict_gateway;
GRANT SELECT, INSERT ON predictions TO cryptopredict_gateway;
GRANT SELECT, INSERT, UPDATE (job_status, completed_at, error_message, is_recurring, next_run_time)
  ON model_jobs TO cryptopredict_gateway;
GRANT SELECT ON
  model_performance, system_health, analytics_data, api_request_logs, external_api_logs, background_tasks
  TO cryptopredict_gateway;
GRANT SELECT, INSERT, UPDATE (value, description, updated_by) ON system_config TO cryptopredict_gateway;
GRANT SELECT, INSERT, UPDATE (last_offset) ON outbox_channels TO cryptopredict_gateway;
GRANT SELECT, INSERT ON outbox TO cryptopredict_gateway;

-- Rows. Functions stand in a SELECT, so that they are asked once per query. A table without a policy shows no row.
DO $$
DECLARE
  table_name text;
BEGIN
  FOREACH table_name IN ARRAY ARRAY[
    'users', 'user_sessions', 'user_activities', 'watchlists', 'watchlist_assets', 'portfolios', 'portfolio_assets',
    'trade_actions', 'signal_executions', 'risk_management', 'signal_alerts', 'notifications', 'user_feedback',
    'ai_watchlist_analysis', 'ai_portfolio_analysis', 'ai_portfolio_asset_analysis', 'ai_trading_signals',
    'recommendations', 'predictions', 'model_jobs', 'model_performance', 'system_health', 'analytics_data',
    'api_request_logs', 'external_api_logs', 'background_tasks', 'system_config', 'outbox', 'outbox_channels',
    'coin_defaults']
  LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', table_name);
    EXECUTE format(
      'CREATE POLICY engine ON %I TO cryptopredict_engine USING (true) WITH CHECK (true)', table_name);
  END LOOP;
END;
$$;
ALTER TABLE audit_log ENABLE ROW LEVEL SECURITY;

CREATE POLICY own_or_admin ON users FOR SELECT TO cryptopredict_gateway
  USING (id = (SELECT current_user_id()) OR (SELECT current_user_is_admin()));
CREATE POLICY own_profile ON users FOR UPDATE TO cryptopredict_gateway
  USING (id = (SELECT current_user_id()));

CREATE POLICY own ON user_sessions FOR SELECT TO cryptopredict_gateway
  USING (user_id = (SELECT current_user_id()));
-- A session is ended here, and never begun again.
CREATE POLICY revoke_own ON user_sessions FOR UPDATE TO cryptopredict_gateway
  USING (user_id = (SELECT current_user_id())) WITH CHECK (NOT is_active AND user_id = (SELECT current_user_id()));

CREATE POLICY own_or_admin ON user_activities FOR SELECT TO cryptopredict_gateway
  USING (user_id = (SELECT current_user_id()) OR (SELECT current_user_is_admin()));
CREATE POLICY own_new ON user_activities FOR INSERT TO cryptopredict_gateway
  WITH CHECK (
    user_id = (SELECT current_user_id())
    AND (session_id IS NULL OR EXISTS (SELECT FROM user_sessions s WHERE s.id = session_id)));

-- Default lists: everybody reads, admins write. What is asked of a list through a child is asked under these policies.
CREATE POLICY own_or_default ON watchlists FOR SELECT TO cryptopredict_gateway
  USING (user_id IS NULL OR user_id = (SELECT current_user_id()));
CREATE POLICY own ON watchlists TO cryptopredict_gateway
  USING (user_id = (SELECT current_user_id()));
CREATE POLICY default_by_admin ON watchlists TO cryptopredict_gateway
  USING (user_id IS NULL AND (SELECT current_user_is_admin()));

CREATE POLICY of_visible_list ON watchlist_assets FOR SELECT TO cryptopredict_gateway
  USING (EXISTS (SELECT FROM watchlists w WHERE w.id = watchlist_id));
CREATE POLICY new_in_own_list ON watchlist_assets FOR INSERT TO cryptopredict_gateway
  WITH CHECK (
    added_by = (SELECT current_user_id()) AND last_modified_by = (SELECT current_user_id())
    AND EXISTS (SELECT FROM watchlists w WHERE w.id = watchlist_id
      AND (w.user_id = (SELECT current_user_id()) OR (SELECT current_user_is_admin()))));
CREATE POLICY change_in_own_list ON watchlist_assets FOR UPDATE TO cryptopredict_gateway
  USING (EXISTS (SELECT FROM watchlists w WHERE w.id = watchlist_id
    AND (w.user_id = (SELECT current_user_id()) OR (SELECT current_user_is_admin()))))
  WITH CHECK (
    last_modified_by = (SELECT current_user_id())
    AND EXISTS (SELECT FROM watchlists w WHERE w.id = watchlist_id
      AND (w.user_id = (SELECT current_user_id()) OR (SELECT current_user_is_admin()))));
CREATE POLICY remove_from_own_list ON watchlist_assets FOR DELETE TO cryptopredict_gateway
  USING (EXISTS (SELECT FROM watchlists w WHERE w.id = watchlist_id
    AND (w.user_id = (SELECT current_user_id()) OR (SELECT current_user_is_admin()))));

CREATE POLICY own ON portfolios TO cryptopredict_gateway
  USING (user_id = (SELECT current_user_id()));
CREATE POLICY of_own_portfolio ON portfolio_assets FOR SELECT TO cryptopredict_gateway
  USING (EXISTS (SELECT FROM portfolios p WHERE p.id = portfolio_id));
CREATE POLICY new_in_own_portfolio ON portfolio_assets FOR INSERT TO cryptopredict_gateway
  WITH CHECK (
    added_by = (SELECT current_user_id()) AND last_modified_by = (SELECT current_user_id())
    AND EXISTS (SELECT FROM portfolios p WHERE p.id = portfolio_id));
CREATE POLICY change_in_own_portfolio ON portfolio_assets FOR UPDATE TO cryptopredict_gateway
  USING (EXISTS (SELECT FROM portfolios p WHERE p.id = portfolio_id))
  WITH CHECK (
    last_modified_by = (SELECT current_user_id()) AND EXISTS (SELECT FROM portfolios p WHERE p.id = portfolio_id));
CREATE POLICY of_own_holding ON trade_actions TO cryptopredict_gateway
  USING (EXISTS (SELECT FROM portfolio_assets a WHERE a.id = portfolio_asset_id))
  WITH CHECK (
    EXISTS (SELECT FROM portfolio_assets a WHERE a.id = portfolio_asset_id)
    AND (ai_signal_id IS NULL OR EXISTS (SELECT FROM ai_trading_signals s WHERE s.id = ai_signal_id)));

CREATE POLICY own ON signal_executions TO cryptopredict_gateway
  USING (user_id = (SELECT current_user_id()))
  WITH CHECK (
    user_id = (SELECT current_user_id())
    AND EXISTS (SELECT FROM ai_trading_signals s WHERE s.id = ai_trading_signal_id));
CREATE POLICY own ON risk_management TO cryptopredict_gateway
  USING (user_id = (SELECT current_user_id()));
CREATE POLICY own ON signal_alerts TO cryptopredict_gateway
  USING (user_id = (SELECT current_user_id()));
CREATE POLICY own ON notifications TO cryptopredict_gateway
  USING (user_id = (SELECT current_user_id()));

CREATE POLICY own_or_admin ON user_feedback FOR SELECT TO cryptopredict_gateway
  USING (user_id = (SELECT current_user_id()) OR (SELECT current_user_is_admin()));
CREATE POLICY own_new ON user_feedback FOR INSERT TO cryptopredict_gateway
  WITH CHECK (user_id = (SELECT current_user_id()));
CREATE POLICY review ON user_feedback FOR UPDATE TO cryptopredict_gateway
  USING ((SELECT current_user_is_admin())) WITH CHECK (reviewed_by = (SELECT current_user_id()));

CREATE POLICY of_visible_list ON ai_watchlist_analysis FOR SELECT TO cryptopredict_gateway
  USING (EXISTS (SELECT FROM watchlists w WHERE w.id = watchlist_id));
CREATE POLICY of_own_portfolio ON ai_portfolio_analysis FOR SELECT TO cryptopredict_gateway
  USING (EXISTS (SELECT FROM portfolios p WHERE p.id = portfolio_id));
CREATE POLICY of_own_holding ON ai_portfolio_asset_analysis FOR SELECT TO cryptopredict_gateway
  USING (EXISTS (SELECT FROM portfolio_assets a WHERE a.id = portfolio_asset_id));

-- Signals are public unless they were made for one user. What was made for a user's list or portfolio is theirs, even
-- if it does not say so.
CREATE POLICY public_or_own ON ai_trading_signals FOR SELECT TO cryptopredict_gateway
  USING (
    (user_id IS NULL OR user_id = (SELECT current_user_id()))
    AND (watchlist_analysis_id IS NULL
      OR EXISTS (SELECT FROM ai_watchlist_analysis a WHERE a.id = watchlist_analysis_id))
    AND (portfolio_analysis_id IS NULL
      OR EXISTS (SELECT FROM ai_portfolio_analysis a WHERE a.id = portfolio_analysis_id)));
CREATE POLICY cancel ON ai_trading_signals FOR UPDATE TO cryptopredict_gateway
  USING ((SELECT current_user_is_admin())) WITH CHECK (status = 'cancelled');

CREATE POLICY own_or_admin ON recommendations FOR SELECT TO cryptopredict_gateway
  USING (user_id = (SELECT current_user_id()) OR (SELECT current_user_is_admin()));
CREATE POLICY review_or_feedback ON recommendations FOR UPDATE TO cryptopredict_gateway
  USING (user_id = (SELECT current_user_id()) OR (SELECT current_user_is_admin()));

-- Users rate what was recommended to them; they do not approve it.
CREATE FUNCTION refuse_review_by_user() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'only an admin reviews a recommendation' USING ERRCODE = '42501';
END;
$$;

CREATE TRIGGER trg_recommendations_review BEFORE UPDATE OF
  target_entity_type, target_entity_id, status, reviewed_by, review_notes, reviewed_at, implemented_at ON recommendations
  FOR EACH ROW WHEN (current_user = 'cryptopredict_gateway' AND NOT current_user_is_admin())
  EXECUTE FUNCTION refuse_review_by_user();

-- What the engine predicts is public; what a user asked for is theirs.
CREATE POLICY public_or_own ON predictions FOR SELECT TO cryptopredict_gateway
  USING (
    user_id = (SELECT current_user_id())
    OR user_id IS NULL
      AND (watchlist_id IS NULL OR EXISTS (SELECT FROM watchlists w WHERE w.id = watchlist_id)));
CREATE POLICY own_new ON predictions FOR INSERT TO cryptopredict_gateway
  WITH CHECK (
    user_id = (SELECT current_user_id())
    AND (watchlist_id IS NULL OR EXISTS (SELECT FROM watchlists w WHERE w.id = watchlist_id)));

CREATE POLICY admin ON model_jobs FOR SELECT TO cryptopredict_gateway USING ((SELECT current_user_is_admin()));
CREATE POLICY admin_new ON model_jobs FOR INSERT TO cryptopredict_gateway
  WITH CHECK ((SELECT current_user_is_admin()) AND initiated_by = (SELECT current_user_id()));
CREATE POLICY admin_change ON model_jobs FOR UPDATE TO cryptopredict_gateway
  USING ((SELECT current_user_is_admin()));
CREATE POLICY admin ON model_performance FOR SELECT TO cryptopredict_gateway USING ((SELECT current_user_is_admin()));
CREATE POLICY admin ON system_health FOR SELECT TO cryptopredict_gateway USING ((SELECT current_user_is_admin()));
CREATE POLICY admin ON analytics_data FOR SELECT TO cryptopredict_gateway USING ((SELECT current_user_is_admin()));
CREATE POLICY admin ON api_request_logs FOR SELECT TO cryptopredict_gateway USING ((SELECT current_user_is_admin()));
CREATE POLICY admin ON external_api_logs FOR SELECT TO cryptopredict_gateway USING ((SELECT current_user_is_admin()));
CREATE POLICY admin ON background_tasks FOR SELECT TO cryptopredict_gateway USING ((SELECT current_user_is_admin()));
CREATE POLICY admin ON system_config TO cryptopredict_gateway
  USING ((SELECT current_user_is_admin()))
  WITH CHECK ((SELECT current_user_is_admin()) AND updated_by = (SELECT current_user_id()));

-- Channels without a user are public but for those of the admins (src/channels.ts). What a method tells of is written
-- with it: users to their own channels, admins to all that have no user.
CREATE POLICY own_or_public ON outbox FOR SELECT TO cryptopredict_gateway
  USING (
    user_id = (SELECT current_user_id())
    OR user_id IS NULL
      AND (channel NOT IN ('recommendations', 'system-status') OR (SELECT current_user_is_admin())));
CREATE POLICY own_or_admin_new ON outbox FOR INSERT TO cryptopredict_gateway
  WITH CHECK (user_id = (SELECT current_user_id()) OR user_id IS NULL AND (SELECT current_user_is_admin()));
CREATE POLICY own_or_public ON outbox_channels FOR SELECT TO cryptopredict_gateway
  USING (user_id IS NULL OR user_id = (SELECT current_user_id()));
CREATE POLICY own_or_admin_new ON outbox_channels FOR INSERT TO cryptopredict_gateway
  WITH CHECK (user_id = (SELECT current_user_id()) OR user_id IS NULL AND (SELECT current_user_is_admin()));
CREATE POLICY own_or_admin_change ON outbox_channels FOR UPDATE TO cryptopredict_gateway
  USING (user_id = (SELECT current_user_id()) OR user_id IS NULL AND (SELECT current_user_is_admin()));
