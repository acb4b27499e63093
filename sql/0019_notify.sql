-- Whoever changes a row that the server holds in memory lets it know: a notification per statement, on the channel
-- cryptopredict_changes, with the table and the primary keys of the rows: {"table": "watchlists", "keys": [1, 2]}. The
-- server reads the rows then; nothing of what stands in them is told here.

-- For statement triggers. The arguments are the columns that the server holds, the primary key first: an update that
-- leaves them as they are is not told.
CREATE FUNCTION notify_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
  channel CONSTANT text := 'cryptopredict_changes';
  changed text;
  changed_keys jsonb;
BEGIN
  CASE TG_OP
    WHEN 'TRUNCATE' THEN
      PERFORM pg_notify(channel, jsonb_build_object('table', TG_TABLE_NAME, 'keys', NULL)::text);
      RETURN NULL;
    WHEN 'INSERT' THEN
      changed := format('SELECT %I AS key FROM new_rows', TG_ARGV[0]);
    WHEN 'DELETE' THEN
      changed := format('SELECT %I AS key FROM old_rows', TG_ARGV[0]);
    WHEN 'UPDATE' THEN
      -- A key that was changed is two: one that is gone and one that is new.
      SELECT format(
        'SELECT coalesce(n.%1$I, o.%1$I) AS key FROM new_rows AS n FULL JOIN old_rows AS o ON n.%1$I = o.%1$I
         WHERE n.%1$I IS NULL OR o.%1$I IS NULL OR (%2$s) IS DISTINCT FROM (%3$s)',
        TG_ARGV[0], string_agg(format('n.%I', held.name), ', '), string_agg(format('o.%I', held.name), ', '))
      INTO changed
      FROM unnest(TG_ARGV) AS held (name);
  END CASE;
  EXECUTE format('SELECT jsonb_agg(key ORDER BY key) FROM (%s) AS changed', changed) INTO changed_keys;
  IF octet_length(changed_keys::text) > 100000 THEN
    -- Too many to be worth it: the server reads the whole table.
    PERFORM pg_notify(channel, jsonb_build_object('table', TG_TABLE_NAME, 'keys', NULL)::text);
    RETURN NULL;
  END IF;
  -- In parts: a payload of 8,000 bytes would fail the statement.
  PERFORM pg_notify(channel, jsonb_build_object('table', TG_TABLE_NAME, 'keys', part.keys)::text)
  FROM (
    SELECT jsonb_agg(placed.key ORDER BY placed.place) AS keys
    FROM (
      SELECT key, place, sum(octet_length(key::text) + 2) OVER (ORDER BY place) / 6000 AS number
      FROM jsonb_array_elements(changed_keys) WITH ORDINALITY AS element (key, place)
    ) AS placed
    GROUP BY placed.number
    ORDER BY placed.number
  ) AS part;
  RETURN NULL;
END;
$$;

DO $$
DECLARE
  held record;
  columns text;
  event text;
BEGIN
  -- What the server writes itself, such as prices, computed figures and times of checks, is not among the columns.
  FOR held IN
    SELECT * FROM (VALUES
      ('assets', ARRAY['id', 'symbol', 'name', 'asset_type', 'quote_currency', 'data_source', 'is_active',
        'is_supported']),
      ('watchlists', ARRAY['id', 'user_id', 'name', 'watchlist_type', 'is_active', 'is_public', 'max_assets',
        'sort_order']),
      ('watchlist_assets', ARRAY['id', 'watchlist_id', 'asset_id', 'position_type', 'sort_order', 'is_active']),
      ('portfolios', ARRAY['id', 'user_id', 'is_active', 'is_public']),
      ('portfolio_assets', ARRAY['id', 'portfolio_id', 'asset_id', 'asset_type', 'leverage_ratio', 'quantity',
        'entry_price', 'exit_price', 'trade_status', 'pnl_realized_usd', 'allocation_target_percent',
        'investment_timeframe', 'risk_category', 'stop_loss_price', 'take_profit_price', 'max_allocation_percent',
        'sort_order', 'is_active']),
      ('risk_management', ARRAY['id', 'user_id', 'max_position_size', 'max_portfolio_risk', 'risk_rules']),
      ('system_config', ARRAY['key', 'value']),
      ('signal_alerts', ARRAY['id', 'user_id', 'asset_id', 'alert_type', 'trigger_value', 'condition', 'timeframe',
        'is_repeating', 'reference_price', 'is_active', 'is_triggered', 'expires_at'])
    ) AS t (name, held_columns)
  LOOP
    SELECT string_agg(quote_literal(name), ', ') INTO columns FROM unnest(held.held_columns) AS c (name);
    FOREACH event IN ARRAY ARRAY['insert', 'update', 'delete', 'truncate'] LOOP
      EXECUTE format(
        'CREATE TRIGGER %I AFTER %s ON %I %s FOR EACH STATEMENT EXECUTE FUNCTION notify_change(%s)',
        format('trg_%s_notify_%s', held.name, event), event, held.name,
        CASE event
          WHEN 'insert' THEN 'REFERENCING NEW TABLE AS new_rows'
          WHEN 'update' THEN 'REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows'
          WHEN 'delete' THEN 'REFERENCING OLD TABLE AS old_rows'
          ELSE ''
        END,
        columns);
    END LOOP;
  END LOOP;
END;
$$;
