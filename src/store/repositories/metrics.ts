import type { Timeframe } from '../../timeframe.js';
import { type BucketedRange, buckets, Conditions, type TimeRange, timeAt } from '../conditions.js';
import { type KeyedRow, Keyset, type Page, type PageRequest } from '../keyset.js';
import { METRICS, type MetricsRecord, type NewMetrics } from '../market-records.js';
import type { Queryable } from '../pool.js';

/** Snapshots of simulated prices and of real ones are never read together. */
export interface MetricsSeries {
  readonly dataSource: string;
  readonly timeframe: Timeframe;
}

const NEWEST = new Keyset('metrics', 'DESC', [{ sql: 'm.snapshot_time', type: 'time' }]);

/** Writes snapshots; one that is there by data source, timeframe and time is written over. Gives their ids. */
export function upsertMetrics(
  database: Queryable,
  snapshots: readonly NewMetrics[],
): Promise<readonly number[]> {
  return METRICS.upsert(database, snapshots);
}

/** Gives the id of a snapshot by its key; null: it is not there. */
export async function findSnapshot(
  database: Queryable,
  { dataSource, timeframe, snapshotTime }: MetricsSeries & { readonly snapshotTime: number },
): Promise<number | null> {
  const { rows } = await database.query<{ id: number }>(
    `SELECT id FROM metrics_snapshot
     WHERE data_source = $1 AND timeframe = $2 AND snapshot_time = ${timeAt('$3')}`,
    [dataSource, timeframe, snapshotTime],
  );
  return rows[0]?.id ?? null;
}

/** Gives the newest snapshot of a series; null: it has none. */
export async function newestMetrics(
  database: Queryable,
  { dataSource, timeframe }: MetricsSeries,
): Promise<MetricsRecord | null> {
  const { rows } = await database.query<MetricsRecord>(
    `SELECT ${METRICS.select('m')} FROM metrics_snapshot m
     WHERE m.data_source = $1 AND m.timeframe = $2 ORDER BY m.snapshot_time DESC LIMIT 1`,
    [dataSource, timeframe],
  );
  return rows[0] ?? null;
}

/** Gives the newest snapshot of each timeframe that has one, the shortest timeframe first. */
export async function newestMetricsOfEach(
  database: Queryable,
  dataSource: string,
): Promise<readonly MetricsRecord[]> {
  // A descent of the index for each; DISTINCT ON would read the whole series.
  const { rows } = await database.query<MetricsRecord>(
    `SELECT ${METRICS.select('m')} FROM unnest(enum_range(NULL::timeframe)) AS t (timeframe)
     CROSS JOIN LATERAL (
       SELECT * FROM metrics_snapshot
       WHERE data_source = $1 AND timeframe = t.timeframe ORDER BY snapshot_time DESC LIMIT 1
     ) m
     ORDER BY t.timeframe`,
    [dataSource],
  );
  return rows;
}

/** Gives the snapshots of a range, the newest first. */
export async function listMetrics(
  database: Queryable,
  query: MetricsSeries & TimeRange & PageRequest,
): Promise<Page<MetricsRecord>> {
  const where = new Conditions()
    .add(query.dataSource, (place) => `m.data_source = ${place}`)
    .add(query.timeframe, (place) => `m.timeframe = ${place}`)
    .add(query.from, (place) => `m.snapshot_time >= ${timeAt(place)}`)
    .add(query.to, (place) => `m.snapshot_time < ${timeAt(place)}`);
  const { rows } = await database.query<MetricsRecord & KeyedRow>(
    `SELECT ${METRICS.select('m')}, ${NEWEST.select} FROM metrics_snapshot m
     WHERE ${where.sql(NEWEST.after(query, where.values))} ${NEWEST.orderAndLimit(query, where.values)}`,
    where.values,
  );
  return NEWEST.page(query, rows, ({ page_key, ...metrics }) => metrics);
}

/**
 * Gives the last snapshot of each bucket of a range that has one, the oldest first: a descent of the index for each
 * bucket, however many snapshots it holds.
 *
 * @throws RangeError if the range has none or too many buckets
 */
export async function metricsHistory(
  database: Queryable,
  query: MetricsSeries & BucketedRange,
): Promise<readonly MetricsRecord[]> {
  const parts = buckets(query, 3);
  const { rows } = await database.query<MetricsRecord>(
    `SELECT ${METRICS.select('m')} FROM ${parts.sql}
     CROSS JOIN LATERAL (
       SELECT * FROM metrics_snapshot
       WHERE data_source = $1 AND timeframe = $2
         AND snapshot_time >= greatest(bucket.start, ${timeAt('$6')})
         AND snapshot_time < least(bucket.finish, ${timeAt('$7')})
       ORDER BY snapshot_time DESC LIMIT 1
     ) m
     ORDER BY m.snapshot_time`,
    [query.dataSource, query.timeframe, ...parts.values, query.from, query.to],
  );
  return rows;
}
