import { Conditions } from '../conditions.js';
import { type KeyedRow, Keyset, type Page, type PageRequest } from '../keyset.js';
import type { Queryable } from '../pool.js';
import { EXTERNAL_API_LOGS, type ExternalApiLog, type NewExternalApiLog } from '../system-records.js';

export interface ExternalApiLogFilter extends PageRequest {
  readonly apiProvider?: string;
  /** True: only those that got no answer, or one of 400 or more. */
  readonly failedOnly?: true;
}

/** By id, which is how they come in. */
const NEWEST = new Keyset('external_api_logs', 'DESC', [{ sql: 'l.id', type: 'integer' }]);

/** Writes requests of the server to others. */
export async function insertExternalApiLogs(
  database: Queryable,
  logs: readonly NewExternalApiLog[],
): Promise<void> {
  await EXTERNAL_API_LOGS.insert(database, logs);
}

/** Gives requests of the server to others, the newest first. */
export async function listExternalApiLogs(
  database: Queryable,
  filter: ExternalApiLogFilter,
): Promise<Page<ExternalApiLog>> {
  const where = new Conditions()
    .add(filter.apiProvider, (place) => `l.api_provider = ${place}`)
    .add(filter.failedOnly, (place) => `coalesce(l.response_status >= 400, true) = ${place}`);
  const { rows } = await database.query<ExternalApiLog & KeyedRow>(
    `SELECT ${EXTERNAL_API_LOGS.select('l')}, ${NEWEST.select} FROM external_api_logs l
     WHERE ${where.sql(NEWEST.after(filter, where.values))} ${NEWEST.orderAndLimit(filter, where.values)}`,
    where.values,
  );
  return NEWEST.page(filter, rows, ({ page_key, ...log }) => log);
}
