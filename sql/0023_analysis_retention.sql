-- Housekeeping deletes what is old of the shortest timeframes: metrics and candles of sectors of minutes.

GRANT DELETE ON metrics_snapshot, sector_history TO cryptopredict_engine;
