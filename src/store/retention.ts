import { setTimeout as sleep } from 'node:timers/promises';
import type { Queryable } from './pool.js';

interface Rule {
  readonly since: string;
  readonly days: number;
  /** Which rows may go at all; absent: all. */
  readonly only?: string;
}

/** From when on a row of a table may go, and after how many days it does unless the configuration says otherwise. */
const RULES = {
  api_request_logs: { since: 'created_at', days: 30 },
  external_api_logs: { since: 'created_at', days: 30 },
  system_health: { since: 'check_time', days: 30 },
  analytics_data: { since: 'created_at', days: 730 },
  user_activities: { since: 'created_at', days: 365 },
  // A session lives as long as its refresh token; a token that is stolen is told by its family.
  user_sessions: { since: 'greatest(expires_at, refresh_expires_at)', days: 30 },
  notifications: { since: 'expires_at', days: 0 },
  background_tasks: { since: 'completed_at', days: 90 },
  // Those of an hour and longer stay for good: analyses refer to them, and charts of years read them.
  metrics_snapshot: { since: 'snapshot_time', days: 90, only: `timeframe < '1h'` },
  sector_history: { since: 'candle_time', days: 30, only: `timeframe < '1h'` },
} as const satisfies Record<string, Rule>;

export type RetainedTable = keyof typeof RULES;
const TABLES = Object.keys(RULES) as readonly RetainedTable[];

export interface HousekeepingSettings {
  /** Whole months of candles, this one not counted, that stay in `price_data`; 0: they are never archived. */
  readonly archiveAfterMonths: number;
  /** Days that rows are kept; null: for good. */
  readonly keepDays: Readonly<Record<RetainedTable, number | null>>;
}

export const DEFAULT_SETTINGS: HousekeepingSettings = {
  archiveAfterMonths: 24,
  keepDays: Object.fromEntries(TABLES.map((table) => [table, RULES[table].days])) as Record<
    RetainedTable,
    number
  >,
};

const LEAST_MONTHS = 3;
const MOST_MONTHS = 1_200;
const MOST_DAYS = 36_500;

/**
 * Reads `system_config.housekeeping`: `{archive_after_months, keep_days: {<table>: days or null}}`. What it does not say
 * is as by default, and so is what it says wrongly, which is told line by line.
 */
export function parseSettings(value: unknown): {
  readonly settings: HousekeepingSettings;
  readonly problems: readonly string[];
} {
  const problems: string[] = [];
  const whole = asObject(value, 'housekeeping', problems);
  const days = asObject(whole.keep_days, 'keep_days', problems);
  for (const name of unknown(whole, ['archive_after_months', 'keep_days']))
    problems.push(`${name} is unknown`);
  for (const name of unknown(days, TABLES)) problems.push(`keep_days.${name}: no such table has old rows`);

  const integer = (
    name: string,
    given: unknown,
    isAllowed: (n: number) => boolean,
    range: string,
  ): boolean => {
    if (typeof given === 'number' && Number.isInteger(given) && isAllowed(given)) return true;
    if (given !== undefined) problems.push(`${name}: ${JSON.stringify(given)} is not ${range}`);
    return false;
  };
  const months = whole.archive_after_months;
  const isMonths = integer(
    'archive_after_months',
    months,
    (n) => n === 0 || (n >= LEAST_MONTHS && n <= MOST_MONTHS),
    `0 or ${LEAST_MONTHS}-${MOST_MONTHS}`,
  );
  const keepDays: Record<RetainedTable, number | null> = { ...DEFAULT_SETTINGS.keepDays };
  for (const table of TABLES) {
    const given = days[table];
    if (given === null) keepDays[table] = null;
    else if (
      integer(`keep_days.${table}`, given, (n) => n >= 0 && n <= MOST_DAYS, `0-${MOST_DAYS} or null`)
    ) {
      keepDays[table] = given as number;
    }
  }
  const archiveAfterMonths = isMonths ? (months as number) : DEFAULT_SETTINGS.archiveAfterMonths;
  return { settings: { archiveAfterMonths, keepDays }, problems };
}

function asObject(value: unknown, name: string, problems: string[]): Readonly<Record<string, unknown>> {
  if (value === undefined) return {};
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Readonly<Record<string, unknown>>;
  }
  problems.push(`${name}: ${JSON.stringify(value)} is not an object`);
  return {};
}

function unknown(object: Readonly<Record<string, unknown>>, known: readonly string[]): readonly string[] {
  return Object.keys(object).filter((name) => !known.includes(name));
}

/** Reads the settings as they are now. */
export async function readSettings(database: Queryable): Promise<ReturnType<typeof parseSettings>> {
  const { rows } = await database.query<{ value: unknown }>(
    `SELECT value FROM system_config WHERE key = 'housekeeping'`,
  );
  return parseSettings(rows[0]?.value);
}

export interface DeleteOptions {
  /** Ends it between two statements. */
  readonly signal?: AbortSignal;
  /** Rows of one statement. Default 5,000. */
  readonly chunkRows?: number;
}

/** Deletes the rows of each table that are older than the settings keep them, and gives how many of each. */
export async function deleteOldRows(
  database: Queryable,
  { keepDays }: Pick<HousekeepingSettings, 'keepDays'>,
  { signal, chunkRows = 5_000 }: DeleteOptions = {},
): Promise<Readonly<Record<string, number>>> {
  const deleted: Record<string, number> = {};
  for (const table of TABLES) {
    const days = keepDays[table];
    if (days === null) continue;
    deleted[table] = 0;
    const { since, only = 'true' }: Rule = RULES[table];
    for (let count = chunkRows; count === chunkRows; ) {
      if (signal?.aborted === true) return deleted;
      const { rowCount } = await database.query(
        `DELETE FROM ${table} WHERE id IN (
           SELECT id FROM ${table} WHERE ${only} AND ${since} < now() - $1::int * interval '1 day' LIMIT $2)`,
        [days, chunkRows],
      );
      count = rowCount ?? 0;
      deleted[table] += count;
      // Others come to their turn between two chunks.
      if (count === chunkRows) await sleep(10);
    }
  }
  return deleted;
}
