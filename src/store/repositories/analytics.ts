import { Conditions, type TimeRange, timeAt } from '../conditions.js';
import { type KeyedRow, Keyset, type Page, type PageRequest } from '../keyset.js';
import type { Queryable } from '../pool.js';
import {
  type AggregationLevel,
  ANALYTICS,
  type AnalyticsCategory,
  type AnalyticsRecord,
  type NewAnalytics,
} from '../system-records.js';

export interface AnalyticsFilter extends PageRequest, TimeRange {
  readonly category?: AnalyticsCategory;
  readonly metricName?: string;
  readonly aggregationLevel?: AggregationLevel;
}

const NEWEST = new Keyset('analytics', 'DESC', [
  { sql: 'd.created_at', type: 'time' },
  { sql: 'd.id', type: 'integer' },
]);

/** Writes figures of use. */
export async function insertAnalytics(database: Queryable, figures: readonly NewAnalytics[]): Promise<void> {
  await ANALYTICS.insert(database, figures);
}

/** Gives figures of use, the newest first. */
export async function listAnalytics(
  database: Queryable,
  filter: AnalyticsFilter,
): Promise<Page<AnalyticsRecord>> {
  const where = new Conditions()
    .add(filter.category, (place) => `d.category = ${place}`)
    .add(filter.metricName, (place) => `d.metric_name = ${place}`)
    .add(filter.aggregationLevel, (place) => `d.aggregation_level = ${place}`)
    .add(filter.from, (place) => `d.created_at >= ${timeAt(place)}`)
    .add(filter.to, (place) => `d.created_at < ${timeAt(place)}`);
  const { rows } = await database.query<AnalyticsRecord & KeyedRow>(
    `SELECT ${ANALYTICS.select('d')}, ${NEWEST.select} FROM analytics_data d
     WHERE ${where.sql(NEWEST.after(filter, where.values))} ${NEWEST.orderAndLimit(filter, where.values)}`,
    where.values,
  );
  return NEWEST.page(filter, rows, ({ page_key, ...figure }) => figure);
}
