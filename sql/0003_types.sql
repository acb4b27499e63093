-- Fixed sets of values are enum types from here on, in every table. Those that several tables share are here, others
-- stand before the first table that has them. The columns of 0001 and 0002 that were text with a CHECK follow, and two
-- that took NaN, which no scale keeps out.

CREATE TYPE timeframe AS ENUM ('1m', '5m', '15m', '1h', '4h', '1d', '1w', '1M');
CREATE TYPE asset_type AS ENUM ('crypto', 'stablecoin', 'macro', 'index');
CREATE TYPE candle_source AS ENUM ('stream', 'history', 'built', 'simulated');
CREATE TYPE risk_level AS ENUM ('low', 'medium', 'high', 'extreme');
CREATE TYPE market_regime AS ENUM ('Bull', 'Bear', 'Sideways', 'Transition', 'Accumulation', 'Distribution');

ALTER TABLE assets
  DROP CONSTRAINT chk_assets_asset_type,
  DROP CONSTRAINT chk_assets_market_cap,
  ADD CONSTRAINT chk_assets_market_cap CHECK (market_cap >= 0 AND market_cap < 'Infinity'),
  ALTER COLUMN asset_type TYPE asset_type USING asset_type::asset_type;

-- Rewrites all candles, once.
ALTER TABLE price_data
  DROP CONSTRAINT chk_price_data_timeframe,
  DROP CONSTRAINT chk_price_data_source,
  DROP CONSTRAINT chk_price_data_market_cap,
  ADD CONSTRAINT chk_price_data_market_cap CHECK (market_cap >= 0 AND market_cap < 'Infinity'),
  ALTER COLUMN timeframe TYPE timeframe USING timeframe::timeframe,
  ALTER COLUMN source TYPE candle_source USING source::candle_source;
