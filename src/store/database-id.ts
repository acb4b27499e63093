import type { Queryable } from './pool.js';

/**
 * Gives the name of a database, made with it and anew when it is restored, since its ids may then mean other rows: letters,
 * digits and `-`.
 *
 * @throws Error if somebody has taken it away or changed it
 */
export async function readDatabaseId(database: Queryable): Promise<string> {
  const { rows } = await database.query<{ id: string | null }>(
    `SELECT value #>> '{}' AS id FROM system_config WHERE key = 'database.id'`,
  );
  const id = rows[0]?.id ?? '';
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)) {
    throw new Error(`the row database.id of system_config holds "${id}" instead of a UUID: put it back`);
  }
  return id;
}
