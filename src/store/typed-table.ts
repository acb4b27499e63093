import type { Decimal } from './changes.js';
import type { Queryable } from './pool.js';

declare const VALUE: unique symbol;

/**
 * A column of a table: its SQL type, and what a record holds (`Out`) and takes (`In`) of it. Times are ms since the
 * epoch; `decimal()` keeps every digit as text, `figure()` is a double.
 */
export interface Column<Out = unknown, In = unknown, Optional extends boolean = boolean> {
  readonly type: string;
  readonly isTime: boolean;
  readonly isDouble: boolean;
  /** SQL of what stands there if a row brings nothing. */
  readonly fallback: string | null;
  readonly isOptional: Optional;
  /** Of the types only; no column has it. */
  readonly [VALUE]?: readonly [Out, In];
}

type Columns = Readonly<Record<string, Column>>;

type Camel<Name extends string> = Name extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<Camel<Tail>>}`
  : Name;

type Out<C> = C extends Column<infer O, unknown> ? O : never;
type In<C> = C extends Column<unknown, infer I> ? I : never;

/** A row as it is read, `camelCase` of the column names. */
export type RecordOf<T> =
  T extends TypedTable<infer C>
    ? { readonly id: number; readonly createdAt: number } & {
        readonly [K in keyof C & string as Camel<K>]: Out<C[K]>;
      }
    : never;

/** A row as it is written: what may be NULL or has a default may be left out. */
export type NewOf<T> = T extends TypedTable<infer C> ? NewRow<C> : never;

type NewRow<C extends Columns> = {
  readonly [K in keyof C & string as C[K] extends Column<unknown, unknown, false> ? Camel<K> : never]: In<
    C[K]
  >;
} & {
  readonly [K in keyof C & string as C[K] extends Column<unknown, unknown, false> ? never : Camel<K>]?: In<
    C[K]
  >;
};

function column<O, I = O>(
  type: string,
  more: Partial<Pick<Column, 'isTime' | 'isDouble'>> = {},
): Column<O, I, false> {
  const made: Column<unknown, unknown, false> = {
    ...{ type, isTime: false, isDouble: false, fallback: null },
    ...more,
    isOptional: false,
  };
  return made as Column<O, I, false>;
}

export const integer = (): Column<number, number, false> => column('bigint');
export const text = (): Column<string, string, false> => column('text');
export const texts = (): Column<readonly string[], readonly string[], false> => column('text[]');
export const flag = (): Column<boolean, boolean, false> => column('boolean');
export const decimal = (): Column<string, Decimal, false> => column('numeric');
export const figure = (): Column<number, number, false> => column('numeric', { isDouble: true });
export const time = (): Column<number, number, false> => column('float8', { isTime: true });
export const object = (): Column<
  Readonly<Record<string, unknown>>,
  Readonly<Record<string, unknown>>,
  false
> => column('jsonb');
/** Any JSON. */
export const json = (): Column<unknown, unknown, false> => column('jsonb');
export const array = (): Column<readonly unknown[], readonly unknown[], false> => column('jsonb');
/** @param type enum type of the database, whose values are `Values` */
export const oneOf = <Values extends string>(type: string): Column<Values, Values, false> => column(type);

export function optional<O, I>(given: Column<O, I, false>): Column<O | null, I | null, true> {
  return { ...(given as Column<O | null, I | null>), isOptional: true };
}

/** @param fallback SQL: a constant of the program */
export function byDefault<O, I>(
  given: Column<O, I, false>,
  fallback: string,
): Column<O, I | null | undefined, true> {
  return { ...(given as Column<O, I>), fallback, isOptional: true };
}

/**
 * One wide table: its columns are named once, and statements are made of them. Identifiers come from the program only,
 * values go as one parameter, so a statement is the same for any number of rows.
 */
export class TypedTable<C extends Columns> {
  readonly name: string;
  readonly #columns: readonly (readonly [name: string, column: Column])[];
  readonly #key: readonly string[];

  /**
   * @param columns all but `id`, `created_at` and `updated_at`
   * @param key columns of the unique key by which a row written again is the same row; none of them NULL
   */
  constructor(name: string, columns: C, key: readonly (keyof C & string)[] = []) {
    this.name = name;
    this.#columns = Object.entries(columns);
    this.#key = key;
  }

  get columnNames(): readonly string[] {
    return this.#columns.map(([name]) => name);
  }

  /** Those that a new row may leave out. */
  get optionalNames(): readonly string[] {
    return this.#columns.filter(([, { isOptional }]) => isOptional).map(([name]) => name);
  }

  /** Gives the column list of a record, each name behind `prefix`. */
  select(alias: string, prefix = ''): string {
    const list = this.#columns.map(
      ([name, { isDouble }]) => `${alias}.${name}${isDouble ? '::float8' : ''} AS "${prefix}${camel(name)}"`,
    );
    return [`${alias}.id AS "${prefix}id"`, ...list, `${alias}.created_at AS "${prefix}createdAt"`].join(
      ', ',
    );
  }

  /**
   * Writes rows in one statement; those that are there by their key are written over. Gives their ids in the order of
   * the rows. A key that comes twice is written once, the last one. Rows are locked in the order of their keys.
   *
   * @throws what the database throws; nothing is written then
   */
  async upsert(database: Queryable, rows: readonly NewRow<C>[]): Promise<readonly number[]> {
    if (rows.length === 0) return [];
    const names = this.columnNames.join(', ');
    const key = this.#key.join(', ');
    const others = this.columnNames.filter((name) => !this.#key.includes(name));
    const { rows: written } = await database.query<{ id: number }>(
      `WITH given AS MATERIALIZED (${this.#given()}), written AS (
         INSERT INTO ${this.name} (${names})
         SELECT ${names} FROM (SELECT DISTINCT ON (${key}) * FROM given ORDER BY ${key}, place DESC) AS last_given
         ORDER BY ${key}
         ON CONFLICT (${key}) DO UPDATE SET ${others.map((name) => `${name} = excluded.${name}`).join(', ')}
         RETURNING id, ${key}
       )
       SELECT w.id FROM given g JOIN written w ON (${this.#key.map((name) => `w.${name}`).join(', ')})
         = (${this.#key.map((name) => `g.${name}`).join(', ')})
       ORDER BY g.place`,
      [this.#toJson(rows)],
    );
    return written.map(({ id }) => id);
  }

  /**
   * Writes rows in one statement and gives those that were, in their order.
   *
   * @param conflict key by which rows that are there are passed over, with its condition; a constant of the program
   * @throws what the database throws; nothing is written then
   */
  async insert(
    database: Queryable,
    rows: readonly NewRow<C>[],
    conflict?: string,
  ): Promise<readonly RecordOf<TypedTable<C>>[]> {
    if (rows.length === 0) return [];
    const names = this.columnNames.join(', ');
    const { rows: written } = await database.query<RecordOf<TypedTable<C>> & { readonly id: number }>(
      `INSERT INTO ${this.name} AS t (${names})
       SELECT ${names} FROM (${this.#given()}) AS given ORDER BY place
       ${conflict === undefined ? '' : `ON CONFLICT ${conflict} DO NOTHING`}
       RETURNING ${this.select('t')}`,
      [this.#toJson(rows)],
    );
    return written.toSorted((a, b) => a.id - b.id);
  }

  #given(): string {
    const values = this.#columns.map(([name, { isTime, fallback }]) => {
      const value = isTime ? `to_timestamp(${name} / 1000)` : name;
      return `${fallback === null ? value : `coalesce(${value}, ${fallback})`} AS ${name}`;
    });
    const types = this.#columns.map(([name, { type }]) => `${name} ${type}`);
    return `SELECT ${values.join(', ')}, place
      FROM jsonb_to_recordset($1::jsonb) AS row_given (${types.join(', ')}, place integer)`;
  }

  #toJson(rows: readonly NewRow<C>[]): string {
    const given = rows.map((row, place) => ({
      ...Object.fromEntries(
        this.columnNames.map((name) => [name, (row as Readonly<Record<string, unknown>>)[camel(name)]]),
      ),
      place,
    }));
    // JSON has no such numbers and would make them NULL; as text they reach the CHECK, which refuses them.
    return JSON.stringify(given, (_, value: unknown) =>
      typeof value === 'number' && !Number.isFinite(value) ? String(value) : value,
    );
  }
}

function camel(name: string): string {
  return name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
}
