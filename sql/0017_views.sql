-- Views and functions of the documents. A view reads as whoever asks, so that row-level security holds through it, and
-- says no order: who reads sorts, so that an index can serve a page.

CREATE VIEW v_active_predictions WITH (security_invoker = true) AS
SELECT
  p.id, p.asset_id, p.watchlist_id, p.user_id, p.ai_model_id, p.layer_source, p.prediction_type, p.predicted_price,
  p.predicted_value, p.confidence_score, p.prediction_horizon, p.target_datetime, p.features_used,
  p.model_parameters, p.input_price, p.input_features, p.context_data, p.accuracy_threshold, p.training_data_end,
  p.market_conditions, p.volatility_level, p.model_training_time, p.prediction_time, p.notes, p.debug_info,
  p.created_at, p.updated_at,
  m.name AS model_name,
  m.version AS model_version,
  a.symbol,
  a.name AS asset_name,
  a.current_price,
  u.email AS user_email
FROM predictions p
JOIN assets a ON a.id = p.asset_id
JOIN ai_models m ON m.id = p.ai_model_id
LEFT JOIN users u ON u.id = p.user_id
WHERE NOT p.is_realized;

-- Assets that no feed serves are not counted. The score is the mean of the newest analysis.
CREATE VIEW v_watchlist_summary WITH (security_invoker = true) AS
SELECT
  w.id, w.name, w.watchlist_type, w.user_id,
  u.email AS user_email,
  w.is_active,
  w.max_assets,
  members.asset_count,
  members.asset_symbols,
  scores.avg_score,
  w.created_at,
  w.updated_at
FROM watchlists w
LEFT JOIN users u ON u.id = w.user_id
CROSS JOIN LATERAL (
  SELECT count(*) AS asset_count, string_agg(a.symbol, ', ' ORDER BY wa.sort_order, wa.id) AS asset_symbols
  FROM watchlist_assets wa
  JOIN assets a ON a.id = wa.asset_id
  WHERE wa.watchlist_id = w.id AND wa.is_active AND a.is_active
) members
CROSS JOIN LATERAL (
  SELECT avg((score -> 'score')::numeric) AS avg_score
  FROM (
    SELECT asset_scores FROM ai_watchlist_analysis
    WHERE watchlist_id = w.id ORDER BY analysis_time DESC, id DESC LIMIT 1
  ) newest, jsonb_array_elements(newest.asset_scores) score
  WHERE jsonb_typeof(score -> 'score') = 'number'
) scores;

-- Return and loss are positive for a short too.
CREATE VIEW v_active_signals WITH (security_invoker = true) AS
SELECT
  s.id, s.user_id, s.asset_id, s.ai_model_id, s.metrics_snapshot_id, s.watchlist_analysis_id, s.portfolio_analysis_id,
  s.timeframe, s.candle_time, s.signal_type, s.signal_origin, s.signal_quality, s.confidence_score, s.entry_price,
  s.target_price, s.stop_loss, s.risk_level, s.risk_reward_ratio, s.market_context, s.sector_context,
  s.confluence_factors, s.invalidation_criteria, s.risk_management, s.time_horizon_hours, s.optimal_entry_timeframe,
  s.monitoring_timeframe, s.status, s.actual_entry_price, s.max_favorable_excursion, s.max_adverse_excursion,
  s.signal_strength, s.confluence_count, s.market_correlation, s.expires_at, s.created_at, s.updated_at,
  a.symbol,
  a.name AS asset_name,
  a.current_price,
  abs(s.target_price - s.entry_price) / s.entry_price * 100 AS potential_return_pct,
  abs(s.entry_price - s.stop_loss) / s.entry_price * 100 AS max_loss_pct
FROM ai_trading_signals s
JOIN assets a ON a.id = s.asset_id
WHERE s.status = 'active' AND (s.expires_at IS NULL OR s.expires_at > now());

-- What became of the recommendations of the last 30 days, by the layer that made them.
CREATE VIEW v_ai_performance WITH (security_invoker = true) AS
SELECT
  r.ai_layer,
  count(*) AS total_recommendations,
  count(*) FILTER (WHERE r.status = 'approved') AS approved_count,
  count(*) FILTER (WHERE r.status = 'implemented') AS implemented_count,
  avg(r.confidence_score) AS avg_confidence,
  avg(outcome.actual_return) AS avg_actual_return,
  avg(outcome.success_score) AS avg_success_score,
  count(*) FILTER (WHERE outcome.success_score > 0.7) AS high_success_count
FROM recommendations r
CROSS JOIN LATERAL (
  SELECT
    CASE jsonb_typeof(r.outcome_result -> 'actual_return')
      WHEN 'number' THEN (r.outcome_result -> 'actual_return')::numeric END AS actual_return,
    CASE jsonb_typeof(r.outcome_result -> 'success_score')
      WHEN 'number' THEN (r.outcome_result -> 'success_score')::numeric END AS success_score
) outcome
WHERE r.created_at >= now() - interval '30 days'
GROUP BY r.ai_layer;

-- What admins are told of a user, and users of themselves; nobody else gets a row. As the owner, since an admin sees
-- neither the lists nor the predictions of others. Each is counted by itself: joined, they would multiply each other.
CREATE FUNCTION user_figures(p_user_id integer)
RETURNS TABLE (personal_watchlists_count bigint, total_assets_count bigint, avg_prediction_accuracy numeric)
LANGUAGE plpgsql STABLE ROWS 1 SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF current_user_is_admin() OR p_user_id = current_user_id() THEN
    RETURN QUERY SELECT
      (SELECT count(*) FROM watchlists w WHERE w.user_id = p_user_id),
      (SELECT count(*)
       FROM watchlists w JOIN watchlist_assets wa ON wa.watchlist_id = w.id
       WHERE w.user_id = p_user_id AND wa.is_active),
      (SELECT avg(p.accuracy_percentage) FROM predictions p WHERE p.user_id = p_user_id AND p.is_realized);
  END IF;
END;
$$;

REVOKE EXECUTE ON FUNCTION user_figures FROM PUBLIC;

-- A page of it costs its own users only.
CREATE VIEW v_users_overview WITH (security_invoker = true) AS
SELECT
  u.id, u.email, u.first_name, u.last_name, u.role, u.is_active, u.subscription_plan, u.created_at, u.last_login,
  u.login_count, u.deleted_at,
  f.personal_watchlists_count, f.total_assets_count, f.avg_prediction_accuracy
FROM users u
LEFT JOIN LATERAL user_figures(u.id) f ON true
WHERE u.role = 'public';

-- Makes a default list and gives its id. A name that a default list has already is refused by its unique key.
CREATE FUNCTION create_default_watchlist(p_name text, p_description text DEFAULT NULL) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
  v_id integer;
BEGIN
  INSERT INTO watchlists (name, description, watchlist_type, user_id)
  VALUES (p_name, p_description, 'default', NULL)
  RETURNING id INTO v_id;

  INSERT INTO user_activities (user_id, activity_type, entity_type, entity_id, action, details)
  VALUES (current_user_id(), 'admin_action', 'watchlist', v_id, 'create',
    jsonb_build_object('type', 'default', 'name', p_name));
  RETURN v_id;
END;
$$;

-- Adds and changes assets of a list, all or none, and gives how many rows it changed; the same call again changes none.
-- p_asset_updates: [{asset_id, sort_order?, position_type?, notes?, is_active?}], of which what is absent stays as it
-- is; of two entries of one asset the later one counts. The list's limit counts the assets of one data source, since
-- nobody is shown simulated and real ones together.
CREATE FUNCTION bulk_update_watchlist_assets(
  p_watchlist_id integer, p_asset_updates jsonb, p_admin_user_id integer
) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
  v_max integer;
  v_before bigint;
  v_after bigint;
  v_changed integer;
BEGIN
  IF jsonb_typeof(p_asset_updates) IS DISTINCT FROM 'array' THEN
    RAISE EXCEPTION 'p_asset_updates is not an array' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  -- Two calls for one list come one after the other, so that neither passes the limit.
  SELECT max_assets INTO v_max FROM watchlists WHERE id = p_watchlist_id FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'there is no watchlist %', p_watchlist_id USING ERRCODE = 'no_data_found';
  END IF;
  v_before := largest_watchlist_count(p_watchlist_id);

  INSERT INTO watchlist_assets AS wa (
    watchlist_id, asset_id, position_type, sort_order, notes, is_active, added_by, last_modified_by)
  SELECT DISTINCT ON (n.asset_id)
    p_watchlist_id,
    n.asset_id,
    coalesce(n.position_type, old.position_type, 'long'),
    coalesce(n.sort_order, old.sort_order, n.place::integer),
    coalesce(n.notes, old.notes),
    coalesce(n.is_active, old.is_active, true),
    p_admin_user_id,
    p_admin_user_id
  FROM ROWS FROM (
    jsonb_to_recordset(p_asset_updates)
      AS (asset_id integer, sort_order integer, position_type position_type, notes text, is_active boolean)
  ) WITH ORDINALITY AS n (asset_id, sort_order, position_type, notes, is_active, place)
  LEFT JOIN watchlist_assets old ON old.watchlist_id = p_watchlist_id AND old.asset_id = n.asset_id
  ORDER BY n.asset_id, n.place DESC
  ON CONFLICT (watchlist_id, asset_id) DO UPDATE SET
    position_type = excluded.position_type,
    sort_order = excluded.sort_order,
    notes = excluded.notes,
    is_active = excluded.is_active,
    last_modified_by = excluded.last_modified_by
  WHERE (wa.position_type, wa.sort_order, wa.notes, wa.is_active)
    IS DISTINCT FROM (excluded.position_type, excluded.sort_order, excluded.notes, excluded.is_active);
  GET DIAGNOSTICS v_changed = ROW_COUNT;
  IF v_changed = 0 THEN
    RETURN 0;
  END IF;

  v_after := largest_watchlist_count(p_watchlist_id);
  -- A list that was too long before, because its limit was lowered, may be made shorter.
  IF v_after > greatest(v_max, v_before) THEN
    RAISE EXCEPTION 'watchlist % would have % assets of one data source, at most % are allowed',
      p_watchlist_id, v_after, v_max USING ERRCODE = 'check_violation', CONSTRAINT = 'max_assets';
  END IF;
  -- Touched, for its trigger to set updated_at.
  UPDATE watchlists SET sort_order = sort_order WHERE id = p_watchlist_id;
  INSERT INTO user_activities (user_id, activity_type, entity_type, entity_id, action, details)
  VALUES (p_admin_user_id, 'admin_action', 'watchlist', p_watchlist_id, 'bulk_update',
    jsonb_build_object('asset_count', v_changed));
  RETURN v_changed;
END;
$$;

-- The number of active assets of a list, of the data source that has most of them.
CREATE FUNCTION largest_watchlist_count(p_watchlist_id integer) RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT coalesce(max(n.assets), 0)
  FROM (
    SELECT count(*) AS assets
    FROM watchlist_assets wa JOIN assets a ON a.id = wa.asset_id
    WHERE wa.watchlist_id = p_watchlist_id AND wa.is_active
    GROUP BY a.data_source
  ) n;
$$;

-- The lists that a user's analyses are about: the user's own ones, or the default ones for who has none.
CREATE FUNCTION get_user_ai_context(p_user_id integer)
RETURNS TABLE (watchlist_id integer, watchlist_type watchlist_type, asset_count integer, assets jsonb)
LANGUAGE sql STABLE AS $$
  SELECT w.id, w.watchlist_type, members.asset_count, members.assets
  FROM watchlists w
  CROSS JOIN LATERAL (
    SELECT
      count(*)::integer AS asset_count,
      coalesce(
        jsonb_agg(
          jsonb_build_object(
            'asset_id', a.id, 'symbol', a.symbol, 'position_type', wa.position_type, 'sort_order', wa.sort_order)
          ORDER BY wa.sort_order, wa.id),
        '[]') AS assets
    FROM watchlist_assets wa
    JOIN assets a ON a.id = wa.asset_id
    WHERE wa.watchlist_id = w.id AND wa.is_active AND a.is_active
  ) members
  WHERE w.is_active
    AND (
      w.user_id = p_user_id
      OR w.user_id IS NULL AND NOT EXISTS (SELECT FROM watchlists own WHERE own.user_id = p_user_id AND own.is_active)
    )
  ORDER BY w.sort_order, w.id;
$$;

-- Which sector and which default list an asset gets by its base coin, whatever exchange lists it.
CREATE TABLE coin_defaults (
  base text PRIMARY KEY
    CONSTRAINT chk_coin_defaults_base CHECK (base ~ '^[^\s/:]{1,64}$'),
  sector_id integer NOT NULL CONSTRAINT fk_coin_defaults_sector REFERENCES sectors (id) ON DELETE CASCADE,
  watchlist_id integer CONSTRAINT fk_coin_defaults_watchlist REFERENCES watchlists (id) ON DELETE SET NULL,
  -- Its place in the list.
  sort_order integer NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX idx_coin_defaults_sector ON coin_defaults (sector_id);
CREATE INDEX idx_coin_defaults_watchlist ON coin_defaults (watchlist_id);

CREATE TRIGGER trg_coin_defaults_updated_at BEFORE UPDATE ON coin_defaults
  FOR EACH ROW EXECUTE FUNCTION set_updated_at();

-- Gives assets that have no sector that of their coin, and puts one spot market of each coin and data source into the
-- coin's default list. Run twice it changes nothing; what an admin has mapped or listed stays.
CREATE FUNCTION apply_coin_defaults(p_asset_ids integer[]) RETURNS void LANGUAGE sql AS $$
  INSERT INTO sector_mapping (asset_id, sector_id, is_primary_sector)
  SELECT a.id, d.sector_id, true
  FROM assets a
  JOIN coin_defaults d ON d.base = split_part(a.symbol, '/', 1)
  WHERE a.id = ANY (p_asset_ids) AND NOT EXISTS (SELECT FROM sector_mapping m WHERE m.asset_id = a.id)
  ORDER BY a.id
  ON CONFLICT DO NOTHING;

  INSERT INTO watchlist_assets (watchlist_id, asset_id, sort_order)
  SELECT DISTINCT ON (a.data_source, d.base) w.id, a.id, d.sort_order
  FROM assets a
  JOIN coin_defaults d ON d.base = split_part(a.symbol, '/', 1)
  JOIN watchlists w ON w.id = d.watchlist_id AND w.user_id IS NULL
  WHERE a.id = ANY (p_asset_ids)
    AND strpos(a.symbol, ':') = 0
    AND NOT EXISTS (
      SELECT
      FROM watchlist_assets wa
      JOIN watchlists l ON l.id = wa.watchlist_id AND l.user_id IS NULL
      JOIN assets other ON other.id = wa.asset_id
      WHERE other.data_source = a.data_source AND split_part(other.symbol, '/', 1) = d.base)
  ORDER BY a.data_source, d.base, array_position(ARRAY['USDT', 'USD', 'USDC', 'EUR'], a.quote_currency), a.id
  ON CONFLICT DO NOTHING;
$$;

REVOKE EXECUTE ON FUNCTION apply_coin_defaults FROM PUBLIC;

-- As the owner: whoever may add an asset need not be able to write lists and sectors. What lies in pg_temp is found
-- last, so that nobody slips a table of their own in.
CREATE FUNCTION apply_coin_defaults_to_new_assets() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM apply_coin_defaults(ARRAY(SELECT id FROM added));
  RETURN NULL;
END;
$$;

REVOKE EXECUTE ON FUNCTION apply_coin_defaults_to_new_assets FROM PUBLIC;

CREATE TRIGGER trg_assets_coin_defaults AFTER INSERT ON assets
  REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION apply_coin_defaults_to_new_assets();
