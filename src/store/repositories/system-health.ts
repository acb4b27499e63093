import { type KeyedRow, Keyset, type Page, type PageRequest } from '../keyset.js';
import type { Queryable } from '../pool.js';
import { HEALTH_CHECKS, type HealthCheck, type NewHealthCheck } from '../system-records.js';

const NEWEST = new Keyset('system_health', 'DESC', [
  { sql: 'h.check_time', type: 'time' },
  { sql: 'h.id', type: 'integer' },
]);

/** Writes what checks found. */
export async function insertHealthChecks(
  database: Queryable,
  checks: readonly NewHealthCheck[],
): Promise<void> {
  await HEALTH_CHECKS.insert(database, checks);
}

/** Gives checks, the newest first; the first of the first page is how it stands. */
export async function listHealthChecks(database: Queryable, query: PageRequest): Promise<Page<HealthCheck>> {
  const values: unknown[] = [];
  const { rows } = await database.query<HealthCheck & KeyedRow>(
    `SELECT ${HEALTH_CHECKS.select('h')}, ${NEWEST.select} FROM system_health h
     WHERE ${NEWEST.after(query, values)} ${NEWEST.orderAndLimit(query, values)}`,
    values,
  );
  return NEWEST.page(query, rows, ({ page_key, ...check }) => check);
}
