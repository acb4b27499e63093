-- Symbols of exchanges, and what is known of them. Deviations from erd-v4-structure.md: see README.md.

CREATE FUNCTION set_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.updated_at := now();
  RETURN NEW;
END;
$$;

CREATE TABLE assets (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  symbol text NOT NULL
    CONSTRAINT chk_assets_symbol CHECK (length(symbol) BETWEEN 1 AND 64 AND symbol !~ '\s'),
  name text NOT NULL
    CONSTRAINT chk_assets_name CHECK (length(name) BETWEEN 1 AND 100),
  asset_type text NOT NULL
    CONSTRAINT chk_assets_asset_type CHECK (asset_type IN ('crypto', 'stablecoin', 'macro', 'index')),
  quote_currency text
    CONSTRAINT chk_assets_quote_currency CHECK (length(quote_currency) BETWEEN 1 AND 20),
  external_ids jsonb,
  logo_url text,
  links jsonb,
  description text,

  market_cap numeric(30,2)
    CONSTRAINT chk_assets_market_cap CHECK (market_cap >= 0),
  market_cap_rank integer
    CONSTRAINT chk_assets_market_cap_rank CHECK (market_cap_rank > 0),
  current_price numeric
    CONSTRAINT chk_assets_current_price CHECK (current_price > 0 AND current_price < 'Infinity'),
  total_volume numeric
    CONSTRAINT chk_assets_total_volume CHECK (total_volume >= 0 AND total_volume < 'Infinity'),
  circulating_supply numeric
    CONSTRAINT chk_assets_circulating_supply CHECK (circulating_supply >= 0 AND circulating_supply < 'Infinity'),
  total_supply numeric
    CONSTRAINT chk_assets_total_supply CHECK (total_supply >= 0 AND total_supply < 'Infinity'),
  max_supply numeric
    CONSTRAINT chk_assets_max_supply CHECK (max_supply >= 0 AND max_supply < 'Infinity'),
  price_change_percentage_24h numeric
    CONSTRAINT chk_assets_price_change_24h CHECK (price_change_percentage_24h >= -100 AND price_change_percentage_24h < 'Infinity'),
  price_change_percentage_7d numeric
    CONSTRAINT chk_assets_price_change_7d CHECK (price_change_percentage_7d >= -100 AND price_change_percentage_7d < 'Infinity'),
  price_change_percentage_30d numeric
    CONSTRAINT chk_assets_price_change_30d CHECK (price_change_percentage_30d >= -100 AND price_change_percentage_30d < 'Infinity'),
  ath numeric
    CONSTRAINT chk_assets_ath CHECK (ath > 0 AND ath < 'Infinity'),
  ath_date timestamptz,
  atl numeric
    CONSTRAINT chk_assets_atl CHECK (atl > 0 AND atl < 'Infinity'),
  atl_date timestamptz,
  metrics_details jsonb,

  timeframe_usage jsonb,
  last_accessed_at timestamptz,
  access_count bigint NOT NULL DEFAULT 0
    CONSTRAINT chk_assets_access_count CHECK (access_count >= 0),
  is_active boolean NOT NULL DEFAULT true,
  is_supported boolean NOT NULL DEFAULT true,
  data_quality_score integer NOT NULL DEFAULT 100
    CONSTRAINT chk_assets_data_quality_score CHECK (data_quality_score BETWEEN 0 AND 100),
  data_source text NOT NULL DEFAULT 'coingecko'
    CONSTRAINT chk_assets_data_source CHECK (length(data_source) BETWEEN 1 AND 64 AND data_source !~ '\s'),
  last_price_update timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),

  CONSTRAINT unique_assets_data_source_symbol UNIQUE (data_source, symbol)
);

CREATE INDEX idx_assets_symbol ON assets (symbol);
CREATE INDEX idx_assets_type_active ON assets (asset_type, is_active);
CREATE INDEX idx_assets_market_cap_rank ON assets (market_cap_rank) WHERE market_cap_rank IS NOT NULL;
CREATE INDEX idx_assets_last_accessed ON assets (last_accessed_at) WHERE last_accessed_at IS NOT NULL;

CREATE TRIGGER trg_assets_updated_at BEFORE UPDATE ON assets
  FOR EACH ROW EXECUTE FUNCTION set_updated_at();
