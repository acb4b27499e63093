import type { Timeframe } from '../../timeframe.js';
import type { Queryable } from '../pool.js';

/** Where the index of a sector stood at the end of its newest candle of a timeframe. */
export interface StoredAnchor {
  readonly sectorId: number;
  readonly timeframe: Timeframe;
  /** Start of the candle, ms. */
  readonly candleTime: number;
  /** Index points. */
  readonly value: number;
}

/** Gives the newest of each active sector and timeframe that there is, of one data source, by ascending id. */
export async function newestSectorAnchors(
  database: Queryable,
  dataSource: string,
  timeframes: readonly Timeframe[],
): Promise<readonly StoredAnchor[]> {
  const { rows } = await database.query<StoredAnchor>(
    `SELECT s.id AS "sectorId", t.timeframe, h.candle_time AS "candleTime",
       (h.technical_indicators #>> '{index,close}')::float8 AS value
     FROM sectors s CROSS JOIN unnest($2::timeframe[]) AS t (timeframe)
     CROSS JOIN LATERAL (
       SELECT candle_time, technical_indicators FROM sector_history
       WHERE sector_id = s.id AND data_source = $1 AND timeframe = t.timeframe
       ORDER BY candle_time DESC LIMIT 1
     ) h
     WHERE s.is_active AND jsonb_typeof(h.technical_indicators #> '{index,close}') = 'number'
     ORDER BY s.id, t.timeframe`,
    [dataSource, timeframes],
  );
  return rows;
}
