import type { Queryable } from '../../src/store/pool.js';

/** Values by column. Objects and arrays are sent as JSON; a native array is written as text, `{a,b}`. */
export type Row = Readonly<Record<string, unknown>>;

/** What `test/store/schema/constraints.test.ts` knows of a table; the rest it reads from the catalogue. */
export interface TableCase {
  readonly table: string;
  /**
   * Inserts what a row refers to and gives the columns of a row that is accepted; the table's own row is not inserted.
   *
   * @param n rows of different `n` differ in every unique key, at least in one of its columns
   */
  valid(database: Queryable, n: number): Promise<Row>;
  /** For every CHECK, by name: changes of the valid row, each of which it refuses; other CHECKs may refuse them too. */
  readonly refused: Readonly<Record<string, readonly Row[]>>;
  /** For a partial unique index, by name: columns that both rows need so that the index takes them. */
  readonly unique?: Readonly<Record<string, Row>>;
}

/** Gives the values of a row as the driver takes them. */
export function parametersOf(row: Row): unknown[] {
  return Object.values(row).map((value) =>
    typeof value === 'object' && value !== null && !(value instanceof Date) ? JSON.stringify(value) : value,
  );
}

/** Inserts a row and gives it as it is stored. An identity column may be among the values. */
export async function insertRow(
  database: Queryable,
  table: string,
  row: Row,
): Promise<Record<string, unknown>> {
  const columns = Object.keys(row);
  const places = columns.map((_, index) => `$${index + 1}`).join(', ');
  const names = columns.map((name) => `"${name}"`).join(', ');
  const { rows } = await database.query<Record<string, unknown>>(
    `INSERT INTO ${table} (${names}) OVERRIDING SYSTEM VALUE VALUES (${places}) RETURNING *`,
    parametersOf(row),
  );
  const [stored] = rows;
  if (stored === undefined) throw new Error(`${table} took no row`);
  return stored;
}

/** Inserts a row of a table's case and gives its id: what other tables' rows refer to. */
export async function insertValid(
  database: Queryable,
  of: TableCase,
  n: number,
  change: Row = {},
): Promise<number> {
  const { id } = await insertRow(database, of.table, { ...(await of.valid(database, n)), ...change });
  if (typeof id !== 'number') throw new Error(`a row of ${of.table} has no id`);
  return id;
}
