-- Sectors, which assets belong to them, and their figures over time. Deviations from erd-v4-structure.md: README.md.

CREATE TABLE sectors (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  coingecko_id text NOT NULL
    CONSTRAINT chk_sectors_coingecko_id CHECK (length(coingecko_id) BETWEEN 1 AND 100 AND coingecko_id !~ '\s'),
  name text NOT NULL
    CONSTRAINT chk_sectors_name CHECK (length(name) BETWEEN 1 AND 100),
  description text NOT NULL,
  market_cap numeric(30,2)
    CONSTRAINT chk_sectors_market_cap CHECK (market_cap >= 0 AND market_cap < 'Infinity'),
  market_cap_change_24h numeric(30,2)
    CONSTRAINT chk_sectors_market_cap_change_24h CHECK (market_cap_change_24h < 'Infinity'),
  volume_24h numeric(30,2)
    CONSTRAINT chk_sectors_volume_24h CHECK (volume_24h >= 0 AND volume_24h < 'Infinity'),
  metrics_details jsonb
    CONSTRAINT chk_sectors_metrics_details CHECK (jsonb_typeof(metrics_details) = 'object'),
  -- Ids of assets, largest first. An array has no foreign key: who reads it drops what is not there.
  top_3_coins_id integer[]
    CONSTRAINT chk_sectors_top_3_coins_id
    CHECK (
      array_ndims(top_3_coins_id) = 1 AND cardinality(top_3_coins_id) <= 3
      AND array_position(top_3_coins_id, NULL) IS NULL
    ),
  is_active boolean NOT NULL DEFAULT true,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),

  CONSTRAINT unique_sectors_coingecko_id UNIQUE (coingecko_id),
  CONSTRAINT unique_sectors_name UNIQUE (name)
);

CREATE TRIGGER trg_sectors_updated_at BEFORE UPDATE ON sectors
  FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TABLE sector_mapping (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  asset_id integer NOT NULL CONSTRAINT fk_sector_mapping_asset REFERENCES assets (id) ON DELETE CASCADE,
  sector_id integer NOT NULL CONSTRAINT fk_sector_mapping_sector REFERENCES sectors (id) ON DELETE CASCADE,
  is_primary_sector boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),

  CONSTRAINT unique_sector_mapping_asset_sector UNIQUE (asset_id, sector_id)
);

CREATE UNIQUE INDEX unique_sector_mapping_primary ON sector_mapping (asset_id) WHERE is_primary_sector;
CREATE INDEX idx_sector_mapping_sector ON sector_mapping (sector_id);

CREATE TRIGGER trg_sector_mapping_updated_at BEFORE UPDATE ON sector_mapping
  FOR EACH ROW EXECUTE FUNCTION set_updated_at();

-- The unique key serves every read: one sector, one timeframe, a range of time or the newest. What is made of
-- simulated prices and of real ones never stands in one series.
CREATE TABLE sector_history (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  sector_id integer NOT NULL CONSTRAINT fk_sector_history_sector REFERENCES sectors (id),
  data_source text NOT NULL
    CONSTRAINT chk_sector_history_data_source CHECK (length(data_source) BETWEEN 1 AND 64 AND data_source !~ '\s'),
  timeframe timeframe NOT NULL,
  market_cap numeric(30,2)
    CONSTRAINT chk_sector_history_market_cap CHECK (market_cap >= 0 AND market_cap < 'Infinity'),
  volume_24h numeric(30,2)
    CONSTRAINT chk_sector_history_volume_24h CHECK (volume_24h >= 0 AND volume_24h < 'Infinity'),
  technical_indicators jsonb
    CONSTRAINT chk_sector_history_technical_indicators CHECK (jsonb_typeof(technical_indicators) = 'object'),
  candle_time timestamptz NOT NULL
    CONSTRAINT chk_sector_history_candle_time CHECK (isfinite(candle_time)),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),

  CONSTRAINT unique_sector_history_candle UNIQUE (sector_id, data_source, timeframe, candle_time)
);

CREATE TRIGGER trg_sector_history_updated_at BEFORE UPDATE ON sector_history
  FOR EACH ROW EXECUTE FUNCTION set_updated_at();
