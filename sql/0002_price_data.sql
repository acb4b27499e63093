-- Candles, one partition a month. Partitions are made by src/store/partitions.ts; a candle of a month that has
-- none lives in price_data_default until one is made, which takes it over.
-- `< 'Infinity'` in a CHECK also refuses NaN, which Postgres sorts above every number.

CREATE TABLE price_data (
  id bigint GENERATED ALWAYS AS IDENTITY,
  asset_id integer NOT NULL CONSTRAINT fk_price_data_asset REFERENCES assets (id),
  timeframe text COLLATE "C" NOT NULL
    CONSTRAINT chk_price_data_timeframe CHECK (timeframe IN ('1m', '5m', '15m', '1h', '4h', '1d', '1w', '1M')),
  open_price numeric NOT NULL
    CONSTRAINT chk_price_data_open_price CHECK (open_price > 0 AND open_price < 'Infinity'),
  high_price numeric NOT NULL
    CONSTRAINT chk_price_data_high_price CHECK (high_price > 0 AND high_price < 'Infinity'),
  low_price numeric NOT NULL
    CONSTRAINT chk_price_data_low_price CHECK (low_price > 0 AND low_price < 'Infinity'),
  close_price numeric NOT NULL
    CONSTRAINT chk_price_data_close_price CHECK (close_price > 0 AND close_price < 'Infinity'),
  volume numeric NOT NULL DEFAULT 0
    CONSTRAINT chk_price_data_volume CHECK (volume >= 0 AND volume < 'Infinity'),
  market_cap numeric(30,2)
    CONSTRAINT chk_price_data_market_cap CHECK (market_cap >= 0),
  trade_count integer
    CONSTRAINT chk_price_data_trade_count CHECK (trade_count >= 0),
  vwap numeric
    CONSTRAINT chk_price_data_vwap CHECK (vwap > 0 AND vwap < 'Infinity'),
  technical_indicators jsonb
    CONSTRAINT chk_price_data_technical_indicators CHECK (jsonb_typeof(technical_indicators) = 'object'),
  candle_time timestamptz NOT NULL
    CONSTRAINT chk_price_data_candle_time CHECK (isfinite(candle_time)),
  is_closed boolean NOT NULL,
  is_validated boolean NOT NULL DEFAULT false,
  source text NOT NULL
    CONSTRAINT chk_price_data_source CHECK (source IN ('stream', 'history', 'built', 'simulated')),
  coverage double precision NOT NULL DEFAULT 1
    CONSTRAINT chk_price_data_coverage CHECK (coverage BETWEEN 0 AND 1),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),

  CONSTRAINT price_data_pkey PRIMARY KEY (id, candle_time),
  CONSTRAINT unique_asset_timeframe_candle UNIQUE (asset_id, timeframe, candle_time),
  CONSTRAINT chk_price_data_low_is_lowest CHECK (low_price <= least(open_price, close_price)),
  CONSTRAINT chk_price_data_high_is_highest CHECK (high_price >= greatest(open_price, close_price))
) PARTITION BY RANGE (candle_time);

CREATE TABLE price_data_default PARTITION OF price_data DEFAULT;

CREATE TRIGGER trg_price_data_updated_at BEFORE UPDATE ON price_data
  FOR EACH ROW EXECUTE FUNCTION set_updated_at();
