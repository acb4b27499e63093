-- Months of candles: made ahead of need, and moved to price_data_archive when they are old. README.md, "Partitions".
--
-- The server's roles own no tables, so what changes partitions are functions with the rights of the owner. Each call is
-- one step of a few locks; a lock that is not had at once is given up (lock_timeout, SQLSTATE 55P03), since everybody
-- behind a waiting ACCESS EXCLUSIVE would wait with it. The caller tries again.

-- Same columns in the same order and the same names of constraints as price_data: a month is attached as it is.
CREATE TABLE price_data_archive (LIKE price_data INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE,
  CONSTRAINT price_data_archive_pkey PRIMARY KEY (id, candle_time),
  CONSTRAINT unique_asset_timeframe_candle_archive UNIQUE (asset_id, timeframe, candle_time),
  CONSTRAINT fk_price_data_archive_asset FOREIGN KEY (asset_id) REFERENCES assets (id)
) PARTITION BY RANGE (candle_time);

CREATE TRIGGER trg_price_data_archive_updated_at BEFORE UPDATE ON price_data_archive
  FOR EACH ROW EXECUTE FUNCTION set_updated_at();

-- All candles, for who reads far back. Of one query, never half of a month that is just being archived: the lock on
-- price_data is taken first, and is what archiving waits for.
CREATE VIEW v_price_data_all WITH (security_invoker = true) AS
  SELECT * FROM price_data UNION ALL SELECT * FROM price_data_archive;

-- Candles of days, weeks and months stay in price_data however old they are.
CREATE FUNCTION is_archivable(timeframe timeframe) RETURNS boolean
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN timeframe NOT IN ('1d', '1w', '1M');

CREATE INDEX idx_price_data_default_archivable ON price_data_default (candle_time) WHERE is_archivable(timeframe);

-- A late candle of a month that is archived lands in the default partition. If the archive has it, it is dropped: what
-- is archived is final, and no candle is in both tables. Only rows of the default partition pay for this.
CREATE FUNCTION skip_archived_candle() RETURNS trigger LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF public.is_archivable(NEW.timeframe) AND EXISTS (
    SELECT FROM public.price_data_archive
    WHERE asset_id = NEW.asset_id AND timeframe = NEW.timeframe AND candle_time = NEW.candle_time
  ) THEN
    RETURN NULL;
  END IF;
  RETURN NEW;
END;
$$;

CREATE TRIGGER trg_price_data_default_archived BEFORE INSERT ON price_data_default
  FOR EACH ROW EXECUTE FUNCTION skip_archived_candle();

-- Months that were made before this migration get the CHECK that those of ensure_price_partition have.
DO $$
DECLARE
  name text;
BEGIN
  FOR name IN SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'price_data'::regclass AND c.relname ~ '^price_data_\d{4}_\d{2}$'
  LOOP
    EXECUTE format('ALTER TABLE %I ADD CONSTRAINT chk_price_data_month
      CHECK (candle_time IS NOT NULL AND candle_time >= %L AND candle_time < %L)', name,
      to_date(right(name, 7), 'YYYY_MM')::timestamp AT TIME ZONE 'UTC',
      (to_date(right(name, 7), 'YYYY_MM') + interval '1 month') AT TIME ZONE 'UTC');
  END LOOP;
END;
$$;

-- Makes the partition of a month unless it is there or archived; true if it was made. Rows of the month that lie in the
-- default partition move over. Filled as a plain table and attached then, since CREATE TABLE … PARTITION OF refuses a
-- month of which the default partition has rows.
CREATE FUNCTION ensure_price_partition(month timestamptz) RETURNS boolean LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET timezone = 'UTC' SET lock_timeout = '200ms' AS $$
DECLARE
  first timestamptz := date_trunc('month', month);
  next timestamptz := first + interval '1 month';
  name text := 'price_data_' || to_char(first, 'YYYY_MM');
BEGIN
  IF first NOT BETWEEN '1970-01-01' AND '2999-12-01' THEN
    RAISE EXCEPTION 'no partition for %: candles are of the years 1970 to 2999', month USING ERRCODE = '22008';
  END IF;
  -- In this order everywhere: the parent, the default partition, the month.
  LOCK TABLE public.price_data IN SHARE UPDATE EXCLUSIVE MODE;
  IF to_regclass('public.' || name) IS NOT NULL
    OR to_regclass('public.price_data_archive_' || to_char(first, 'YYYY_MM')) IS NOT NULL THEN
    RETURN false;
  END IF;
  -- The CHECK spares ATTACH, here and when the month is archived, to read every row under its lock.
  EXECUTE format(
    'CREATE TABLE public.%I (LIKE public.price_data INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE,
      CONSTRAINT chk_price_data_month CHECK (candle_time IS NOT NULL AND candle_time >= %L AND candle_time < %L))',
    name, first, next);
  LOCK TABLE public.price_data_default IN ACCESS EXCLUSIVE MODE;
  EXECUTE format(
    'WITH moved AS (
       DELETE FROM public.price_data_default WHERE candle_time >= %L AND candle_time < %L RETURNING *
     )
     INSERT INTO public.%I SELECT * FROM moved', first, next, name);
  EXECUTE format('ALTER TABLE public.price_data ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)',
    name, first, next);
  RETURN true;
END;
$$;

-- One step of archiving the months that end at or before `before`: the oldest one as a whole, or else at most `max_rows`
-- late candles out of the default partition. Gives where it moved them, and how many candles it had to move one by one;
-- no row: nothing is left. Call it until then; a call that fails leaves no trace.
CREATE FUNCTION archive_old_data(
  before timestamptz DEFAULT now() - interval '24 months',
  max_rows integer DEFAULT 5000
) RETURNS TABLE (partition text, is_whole boolean, rows_moved bigint) LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET timezone = 'UTC' SET lock_timeout = '200ms'
  -- Never all candles of a month under the lock on price_data: the few that stay are found by the index.
  SET enable_seqscan = off AS $$
DECLARE
  bound timestamptz := date_trunc('month', before);
  oldest text;
  first timestamptz;
BEGIN
  -- Whoever reads of late only looks into price_data alone: src/store/repositories/candles.ts.
  IF bound > date_trunc('month', now()) - interval '2 months' THEN
    RAISE EXCEPTION 'cannot archive before %: this month and the two before it stay', before USING ERRCODE = '22023';
  END IF;
  IF max_rows < 1 THEN
    RAISE EXCEPTION 'max_rows must be at least 1, not %', max_rows USING ERRCODE = '22023';
  END IF;

  SELECT c.relname INTO oldest
  FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
  WHERE i.inhparent = 'public.price_data'::regclass AND c.relname ~ '^price_data_\d{4}_\d{2}$'
    AND c.relname COLLATE "C" < 'price_data_' || to_char(bound, 'YYYY_MM')
  ORDER BY c.relname COLLATE "C" LIMIT 1;

  IF oldest IS NOT NULL THEN
    first := to_timestamp(right(oldest, 7), 'YYYY_MM');
    partition := 'price_data_archive_' || right(oldest, 7);
    is_whole := true;
    rows_moved := 0;
    LOCK TABLE public.price_data IN ACCESS EXCLUSIVE MODE;
    LOCK TABLE public.price_data_default IN ACCESS EXCLUSIVE MODE;
    -- Another process may have been quicker.
    IF NOT EXISTS (SELECT FROM pg_inherits
      WHERE inhparent = 'public.price_data'::regclass AND inhrelid = to_regclass('public.' || oldest)) THEN
      is_whole := false;
      RETURN NEXT;
      RETURN;
    END IF;
    EXECUTE format('ALTER TABLE public.price_data DETACH PARTITION public.%I', oldest);
    -- What stays in price_data finds the default partition now.
    EXECUTE format(
      'WITH kept AS (
         DELETE FROM public.%I p USING public.assets a
         WHERE p.asset_id = a.id AND p.timeframe IN (''1d'', ''1w'', ''1M'') RETURNING p.*
       )
       INSERT INTO public.price_data OVERRIDING SYSTEM VALUE SELECT * FROM kept', oldest);
    GET DIAGNOSTICS rows_moved = ROW_COUNT;
    EXECUTE format('ALTER TABLE public.%I RENAME TO %I', oldest, partition);
    EXECUTE format('ALTER TABLE public.price_data_archive ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)',
      partition, first, first + interval '1 month');
    RETURN NEXT;
    RETURN;
  END IF;

  SELECT date_trunc('month', min(candle_time)) INTO first FROM public.price_data_default
  WHERE public.is_archivable(timeframe) AND candle_time < bound;
  IF first IS NULL THEN
    RETURN;
  END IF;
  partition := 'price_data_archive_' || to_char(first, 'YYYY_MM');
  is_whole := false;
  -- Writers of late candles wait until the rows have moved, and then look into the archive; readers do not wait.
  LOCK TABLE public.price_data_default IN SHARE ROW EXCLUSIVE MODE;
  LOCK TABLE public.price_data_archive IN SHARE UPDATE EXCLUSIVE MODE;
  IF to_regclass('public.' || partition) IS NULL THEN
    EXECUTE format('CREATE TABLE public.%I (LIKE public.price_data INCLUDING DEFAULTS INCLUDING CONSTRAINTS
      INCLUDING STORAGE)', partition);
    EXECUTE format('ALTER TABLE public.price_data_archive ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)',
      partition, first, first + interval '1 month');
  END IF;
  WITH late AS (
    SELECT id, candle_time FROM public.price_data_default
    WHERE public.is_archivable(timeframe) AND candle_time >= first AND candle_time < first + interval '1 month'
    LIMIT max_rows
  ), moved AS (
    DELETE FROM public.price_data_default d USING late
    WHERE d.id = late.id AND d.candle_time = late.candle_time RETURNING d.*
  )
  INSERT INTO public.price_data_archive SELECT * FROM moved;
  GET DIAGNOSTICS rows_moved = ROW_COUNT;
  RETURN NEXT;
END;
$$;

-- Reads the planner's statistics of one month anew; of the default partition if the month has none.
CREATE FUNCTION analyze_price_data(month timestamptz) RETURNS void LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET timezone = 'UTC' SET lock_timeout = '2s' AS $$
DECLARE
  name text := 'price_data_' || to_char(month, 'YYYY_MM');
BEGIN
  EXECUTE format('ANALYZE public.%I',
    CASE WHEN to_regclass('public.' || name) IS NULL THEN 'price_data_default' ELSE name END);
END;
$$;

REVOKE EXECUTE ON FUNCTION skip_archived_candle() FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION ensure_price_partition(timestamptz) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION archive_old_data(timestamptz, integer) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION analyze_price_data(timestamptz) FROM PUBLIC;
