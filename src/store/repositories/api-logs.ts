import { Conditions, timeAt } from '../conditions.js';
import { type KeyedRow, Keyset, type Page, type PageRequest } from '../keyset.js';
import type { Queryable } from '../pool.js';
import { API_LOGS, type ApiLog, type NewApiLog } from '../system-records.js';

export interface ApiLogFilter extends PageRequest {
  readonly userId?: number;
  readonly endpoint?: string;
  /** Inclusive: 400 for all that failed. */
  readonly statusMin?: number;
}

/** Requests to one endpoint, those that rows stand for counted with them. Times in ms. */
export interface EndpointFigures {
  readonly endpoint: string;
  readonly requests: number;
  /** Answered with 500 or more. */
  readonly failures: number;
  readonly meanMs: number;
  /** The time that 95 % of the requests did not pass. */
  readonly p95Ms: number;
}

/** By id, which is how they come in. */
const NEWEST = new Keyset('api_logs', 'DESC', [{ sql: 'l.id', type: 'integer' }]);

/** Writes requests to the server. A user who is gone meanwhile fails the batch: the writer sets such a row aside. */
export async function insertApiLogs(database: Queryable, logs: readonly NewApiLog[]): Promise<void> {
  await API_LOGS.insert(database, logs);
}

/** Gives requests to the server, the newest first. */
export async function listApiLogs(database: Queryable, filter: ApiLogFilter): Promise<Page<ApiLog>> {
  const where = new Conditions()
    .add(filter.userId, (place) => `l.user_id = ${place}`)
    .add(filter.endpoint, (place) => `l.endpoint = ${place}`)
    .add(filter.statusMin, (place) => `l.response_status >= ${place}`);
  const { rows } = await database.query<ApiLog & KeyedRow>(
    `SELECT ${API_LOGS.select('l')}, ${NEWEST.select} FROM api_request_logs l
     WHERE ${where.sql(NEWEST.after(filter, where.values))} ${NEWEST.orderAndLimit(filter, where.values)}`,
    where.values,
  );
  return NEWEST.page(filter, rows, ({ page_key, ...log }) => log);
}

/** Gives what was asked from a time (ms) on, by endpoint, the most asked first; 500 endpoints at most. */
export async function apiLogFigures(database: Queryable, from: number): Promise<readonly EndpointFigures[]> {
  const { rows } = await database.query<EndpointFigures>(
    `SELECT endpoint, sum(sampled_one_in) AS requests,
       coalesce(sum(sampled_one_in) FILTER (WHERE response_status >= 500), 0) AS failures,
       (sum(response_time_ms * sampled_one_in) / sum(sampled_one_in))::float8 AS "meanMs",
       min(response_time_ms) FILTER (WHERE upto >= 0.95 * of_all)::float8 AS "p95Ms"
     FROM (
       SELECT *, sum(sampled_one_in) OVER (PARTITION BY endpoint ORDER BY response_time_ms, id) AS upto,
         sum(sampled_one_in) OVER (PARTITION BY endpoint) AS of_all
       FROM api_request_logs WHERE created_at >= ${timeAt('$1')}
     ) l
     GROUP BY endpoint ORDER BY requests DESC, endpoint LIMIT 500`,
    [from],
  );
  return rows;
}
