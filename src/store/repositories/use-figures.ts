import { DAY_MS, HOUR_MS, momentText } from '../../timeframe.js';
import { timeAt } from '../conditions.js';
import { type Pool, transaction } from '../pool.js';
import type { AggregationLevel } from '../system-records.js';

/** A time whose use of the server is summed up; ms, `from` inclusive, `to` exclusive. */
export interface UsePeriod {
  readonly level: Extract<AggregationLevel, 'hourly' | 'daily'>;
  readonly from: number;
  readonly to: number;
}

/** How far back periods that nobody has summed up are looked for. */
const BACK = {
  hourly: { length: HOUR_MS, count: 24 },
  daily: { length: DAY_MS, count: 7 },
} as const;
/** Logs are written last of all: a period is summed up so long after its end, ms. */
const LAG_MS = 10 * 60_000;

/**
 * Gives the periods that are over and of which there are no figures, the oldest first: hours of a day, days (UTC) of a
 * week, none before the oldest log.
 *
 * @param now ms
 * @param keptMs how long logs are kept: what begins earlier would be counted too small
 */
export async function duePeriods(pool: Pool, now: number, keptMs: number): Promise<readonly UsePeriod[]> {
  const { rows } = await pool.query<{ oldest: number | null; done: readonly string[] }>(
    `SELECT
       (extract(epoch FROM least(
         (SELECT min(created_at) FROM api_request_logs), (SELECT min(created_at) FROM user_activities))) * 1000)::float8
         AS oldest,
       ARRAY(
         SELECT aggregation_level || ' ' || (dimensions ->> 'from') FROM analytics_data
         WHERE category = 'api_usage' AND metric_name = 'requests' AND created_at >= ${timeAt('$1')}) AS done`,
    [now - 30 * DAY_MS],
  );
  const { oldest = null, done = [] } = rows[0] ?? {};
  if (oldest === null) return [];
  const known = new Set(done);
  const due: UsePeriod[] = [];
  for (const level of ['hourly', 'daily'] as const) {
    const { length, count } = BACK[level];
    const last = Math.floor((now - LAG_MS) / length) * length;
    for (let from = last - count * length; from < last; from += length) {
      const to = from + length;
      if (to <= oldest || from < now - keptMs || known.has(`${level} ${momentText(from)}`)) continue;
      due.push({ level, from, to });
    }
  }
  return due;
}

/**
 * Sums up what was done in a period, of what is stored: requests by area, refusals and failures (each row for as many as
 * it stands for), times of answers, users who were active, their activities, alerts that fired, signals by the source of
 * their prices. What cannot be said of it has no row. A period that has figures stays as it is.
 *
 * @returns how many figures were written
 */
export async function writeUseFigures(pool: Pool, { level, from, to }: UsePeriod): Promise<number> {
  return await transaction(pool, async (connection) => {
    // Two servers at once would both find none.
    await connection.query(`SELECT pg_advisory_xact_lock(hashtextextended('use_figures', 0))`);
    const { rowCount } = await connection.query(
      `WITH requests AS (
         SELECT user_id, response_status AS status, response_time_ms AS ms, sampled_one_in AS n, id,
           coalesce(substring(regexp_replace(endpoint, '^/(api/v1/)?', '') FROM '^[^./]+'), 'unknown') AS area
         FROM api_request_logs WHERE created_at >= ${timeAt('$1')} AND created_at < ${timeAt('$2')}
       ), activities AS (
         SELECT user_id, activity_type, action
         FROM user_activities WHERE created_at >= ${timeAt('$1')} AND created_at < ${timeAt('$2')}
       ), timed AS (
         SELECT ms, sum(n) OVER (ORDER BY ms, id) AS upto, sum(n) OVER () AS of_all FROM requests
       ), figures (category, metric_name, metric_value, dimensions) AS (
         SELECT 'api_usage', 'requests', coalesce(sum(n), 0)::numeric, '{}'::jsonb FROM requests
         UNION ALL
         SELECT 'api_usage', 'requests_of_area', sum(n), jsonb_build_object('area', area) FROM requests GROUP BY area
         UNION ALL
         SELECT 'api_usage', 'refusals', coalesce(sum(n) FILTER (WHERE status BETWEEN 400 AND 499), 0), '{}'
         FROM requests
         UNION ALL
         SELECT 'api_usage', 'failures', coalesce(sum(n) FILTER (WHERE status >= 500), 0), '{}' FROM requests
         UNION ALL
         SELECT 'performance', 'response_time_mean_ms', round((sum(ms * n) / sum(n))::numeric, 3), '{}'
         FROM requests HAVING count(*) > 0
         UNION ALL
         SELECT 'performance', 'response_time_p95_ms', round(min(ms)::numeric, 3), '{}'
         FROM timed WHERE upto >= 0.95 * of_all HAVING count(*) > 0
         UNION ALL
         SELECT 'user_behavior', 'active_users', count(DISTINCT user_id),
           -- Of requests that no row was written of, nobody knows whose they were.
           jsonb_build_object('at_least', EXISTS (SELECT FROM requests WHERE n > 1))
         FROM (SELECT user_id FROM requests UNION ALL SELECT user_id FROM activities) seen
         UNION ALL
         SELECT 'user_behavior', 'activities', count(*),
           jsonb_build_object('activity_type', activity_type, 'action', action)
         FROM activities GROUP BY activity_type, action
         UNION ALL
         SELECT 'user_behavior', 'alerts_fired', count(*), '{}' FROM notifications
         WHERE notification_type = 'alert' AND dedup_key LIKE 'alert:%'
           AND created_at >= ${timeAt('$1')} AND created_at < ${timeAt('$2')}
         UNION ALL
         SELECT 'performance', 'signals_made', count(*), jsonb_build_object('data_source', a.data_source)
         FROM ai_trading_signals s JOIN assets a ON a.id = s.asset_id
         WHERE s.created_at >= ${timeAt('$1')} AND s.created_at < ${timeAt('$2')}
         GROUP BY a.data_source
       )
       INSERT INTO analytics_data (category, metric_name, metric_value, dimensions, aggregation_level)
       SELECT category::analytics_category, metric_name, metric_value,
         dimensions || jsonb_build_object('from', $4::text, 'to', $5::text), $3::aggregation_level
       FROM figures
       WHERE NOT EXISTS (
         SELECT FROM analytics_data
         WHERE category = 'api_usage' AND metric_name = 'requests' AND aggregation_level = $3::aggregation_level
           AND dimensions ->> 'from' = $4::text)`,
      [from, to, level, momentText(from), momentText(to)],
    );
    return rowCount ?? 0;
  });
}
