import type { Queryable } from '../pool.js';
import { parseSettings } from '../retention.js';

/** A row of `system_config`. */
export interface SettingRecord {
  readonly key: string;
  readonly value: unknown;
  readonly description: string | null;
  /** Admin who set it last; null: as it came, or one who is gone. */
  readonly updatedBy: number | null;
  /** ms */
  readonly updatedAt: number;
}

/** `invalid`: what is wrong, line by line. `not_found`: no such setting, or not one to be set. */
export type SetSetting =
  | { readonly outcome: 'set'; readonly setting: SettingRecord }
  | { readonly outcome: 'not_found' }
  | { readonly outcome: 'invalid'; readonly problems: readonly string[] };

const COLUMNS = `key, value, description, updated_by AS "updatedBy", updated_at AS "updatedAt"`;

/** What may be set, and what is wrong with a value of it. A key that is not here is the server's own. */
const CHECKS: Readonly<Record<string, (value: unknown) => readonly string[]>> = {
  watchlist_limits: (value) =>
    wrongFields(
      value,
      ['tier1_max', 'tier2_max'],
      '1-10000',
      (n) => Number.isInteger(n) && n >= 1 && n <= 10_000,
    ),
  ai_thresholds: (value) =>
    wrongFields(
      value,
      ['suggestion_confidence_min', 'signal_confidence_min'],
      '0-1',
      (n) => n >= 0 && n <= 1,
    ),
  housekeeping: (value) => parseSettings(value ?? null).problems,
};

/** Gives the settings that an admin may set, by key. */
export async function listSettings(database: Queryable): Promise<readonly SettingRecord[]> {
  const { rows } = await database.query<SettingRecord>(
    `SELECT ${COLUMNS} FROM system_config WHERE key = ANY($1::text[]) ORDER BY key`,
    [Object.keys(CHECKS)],
  );
  return rows;
}

/**
 * Gives the settings as `listSettings` does, and lets nobody else change them until the transaction ends: for who sets parts
 * of a value.
 */
export async function lockSettings(connection: Queryable): Promise<readonly SettingRecord[]> {
  const { rows } = await connection.query<SettingRecord>(
    `SELECT ${COLUMNS} FROM system_config WHERE key = ANY($1::text[]) ORDER BY key FOR UPDATE`,
    [Object.keys(CHECKS)],
  );
  return rows;
}

/**
 * Sets a setting, whole, if its value is right; the running servers hear of it.
 * @param description a new one; undefined: it stays
 */
export async function setSetting(
  database: Queryable,
  key: string,
  value: unknown,
  updatedBy: number,
  description?: string,
): Promise<SetSetting> {
  const check = Object.hasOwn(CHECKS, key) ? CHECKS[key] : undefined;
  if (check === undefined) return { outcome: 'not_found' };
  const problems = check(value);
  if (problems.length > 0) return { outcome: 'invalid', problems };
  const { rows } = await database.query<SettingRecord>(
    `UPDATE system_config SET value = $2::jsonb, updated_by = $3, description = coalesce($4, description) WHERE key = $1 RETURNING ${COLUMNS}`,
    [key, JSON.stringify(value), updatedBy, description ?? null],
  );
  const [setting] = rows;
  return setting === undefined ? { outcome: 'not_found' } : { outcome: 'set', setting };
}

/** Gives what is wrong with an object that must have exactly these fields, all numbers that are allowed. */
function wrongFields(
  value: unknown,
  fields: readonly string[],
  range: string,
  isAllowed: (n: number) => boolean,
): readonly string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return [`${JSON.stringify(value)} is not an object`];
  }
  const given = value as Readonly<Record<string, unknown>>;
  const unknown = Object.keys(given).filter((name) => !fields.includes(name));
  return [
    ...unknown.map((name) => `${name} is unknown`),
    ...fields.flatMap((name) => {
      const number = given[name];
      return typeof number === 'number' && isAllowed(number)
        ? []
        : [`${name}: ${JSON.stringify(number)} is not ${range}`];
    }),
  ];
}
