import type { Queryable } from '../pool.js';

/** What a snapshot says of the figures that later ones are compared with. */
export interface MetricsMemory {
  /** ms */
  readonly time: number;
  /** 0–100; null: not known, as the others. */
  readonly fearGreedIndex: number | null;
  /** A fraction per funding interval. */
  readonly fundingRateBtc: number | null;
  /** Base units. */
  readonly openInterestBtc: number | null;
  /** US dollars. */
  readonly total: number | null;
  /** Percent. */
  readonly btcDominance: number | null;
}

/** Gives the newest hourly snapshots of a data source, oldest first. */
export async function metricsMemory(
  database: Queryable,
  dataSource: string,
  limit: number,
): Promise<readonly MetricsMemory[]> {
  const { rows } = await database.query<MetricsMemory>(
    `SELECT snapshot_time AS "time", fear_greed_index::float8 AS "fearGreedIndex",
       funding_rate_btc::float8 AS "fundingRateBtc", open_interest_btc::float8 AS "openInterestBtc",
       total::float8 AS total, btc_dominance::float8 AS "btcDominance"
     FROM metrics_snapshot WHERE data_source = $1 AND timeframe = '1h'
     ORDER BY snapshot_time DESC LIMIT $2`,
    [dataSource, limit],
  );
  return rows.toReversed();
}
