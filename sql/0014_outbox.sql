-- Lossless events, written in the transaction of the row that they tell of. src/store/outbox.ts says what is promised.

-- The position of a channel; one of a user's own channels each. Its row is locked by who appends until their
-- transaction ends, so that offsets have no hole and later offsets are never committed before earlier ones.
CREATE TABLE outbox_channels (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  channel text COLLATE "C" NOT NULL
    CONSTRAINT chk_outbox_channels_channel CHECK (length(channel) BETWEEN 1 AND 200 AND channel !~ '\s'),
  user_id integer CONSTRAINT fk_outbox_channels_user REFERENCES users (id) ON DELETE CASCADE,
  epoch text NOT NULL DEFAULT replace(gen_random_uuid()::text, '-', '')
    CONSTRAINT chk_outbox_channels_epoch CHECK (epoch ~ '^[0-9a-f]{32}$'),
  last_offset bigint NOT NULL DEFAULT 0
    CONSTRAINT chk_outbox_channels_last_offset CHECK (last_offset >= 0),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),

  CONSTRAINT unique_outbox_channels_channel UNIQUE NULLS NOT DISTINCT (user_id, channel)
);

CREATE TRIGGER trg_outbox_channels_updated_at BEFORE UPDATE ON outbox_channels
  FOR EACH ROW EXECUTE FUNCTION set_updated_at();

-- Within a channel the order of the ids is the order of the offsets.
CREATE TABLE outbox (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  channel text COLLATE "C" NOT NULL
    CONSTRAINT chk_outbox_channel CHECK (length(channel) BETWEEN 1 AND 200 AND channel !~ '\s'),
  user_id integer CONSTRAINT fk_outbox_user REFERENCES users (id) ON DELETE CASCADE,
  epoch text NOT NULL
    CONSTRAINT chk_outbox_epoch CHECK (epoch ~ '^[0-9a-f]{32}$'),
  "offset" bigint NOT NULL
    CONSTRAINT chk_outbox_offset CHECK ("offset" > 0),
  data jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  published_at timestamptz,

  CONSTRAINT unique_outbox_position UNIQUE NULLS NOT DISTINCT (user_id, channel, epoch, "offset")
);

CREATE INDEX idx_outbox_unpublished ON outbox (id) WHERE published_at IS NULL;
CREATE INDEX idx_outbox_published_at ON outbox (published_at) WHERE published_at IS NOT NULL;

CREATE FUNCTION notify_outbox() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- Without a payload: all notices of a transaction become one, and the relay reads what there is.
  PERFORM pg_notify('cryptopredict_outbox', '');
  RETURN NULL;
END;
$$;

CREATE TRIGGER trg_outbox_notify AFTER INSERT ON outbox
  FOR EACH STATEMENT EXECUTE FUNCTION notify_outbox();

-- To be called once on a database that was restored from a backup, or taken over from a copy that lagged, before a
-- server starts on it: its offsets may have been given to other events meanwhile. Positions of the former epochs are
-- refused from then on; events that were not published yet begin the new ones.
CREATE FUNCTION renew_outbox_epochs() RETURNS bigint LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  renewed bigint;
BEGIN
  LOCK TABLE public.outbox_channels, public.outbox IN ACCESS EXCLUSIVE MODE;
  DELETE FROM public.outbox WHERE published_at IS NOT NULL;
  UPDATE public.outbox_channels SET epoch = DEFAULT, last_offset = 0;
  GET DIAGNOSTICS renewed = ROW_COUNT;
  WITH left_over AS (
    SELECT id, user_id, channel, row_number() OVER (PARTITION BY user_id, channel ORDER BY id) AS "offset"
    FROM public.outbox
  )
  UPDATE public.outbox o SET epoch = c.epoch, "offset" = l."offset"
  FROM left_over l JOIN public.outbox_channels c
    ON c.channel = l.channel AND c.user_id IS NOT DISTINCT FROM l.user_id
  WHERE o.id = l.id;
  UPDATE public.outbox_channels c SET last_offset = o.last_offset
  FROM (SELECT user_id, channel, max("offset") AS last_offset FROM public.outbox GROUP BY user_id, channel) o
  WHERE o.channel = c.channel AND o.user_id IS NOT DISTINCT FROM c.user_id;
  -- Ids may be given to other rows than those that what waits on a disk was written for.
  UPDATE public.system_config SET value = to_jsonb(gen_random_uuid()::text) WHERE key = 'database.id';
  RETURN renewed;
END;
$$;

REVOKE EXECUTE ON FUNCTION renew_outbox_epochs() FROM PUBLIC;
