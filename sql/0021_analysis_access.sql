-- What the analyses of the engine write beyond the tables of their own.

GRANT UPDATE (market_cap, market_cap_change_24h, volume_24h, metrics_details, top_3_coins_id)
  ON sectors TO cryptopredict_engine;
