import type { Queryable } from '../../src/store/pool.js';

/** A column as the database has it. */
export interface Column {
  readonly table: string;
  readonly name: string;
  /** Without length and scale: `integer`, `text[]`, `timestamp with time zone`, the name of an enum. */
  readonly type: string;
  readonly isRequired: boolean;
  readonly fallback: string | null;
  /** Labels of its enum in their order; empty if it is none. */
  readonly labels: readonly string[];
  /** Some CHECK reads it. */
  readonly isChecked: boolean;
  readonly isForeign: boolean;
  /** A unique index has this column, or what is made of it, alone. */
  readonly isUnique: boolean;
}

export interface Index {
  readonly table: string;
  readonly name: string;
  /** In order; what is no column is an expression. */
  readonly columns: readonly string[];
  readonly isUnique: boolean;
  /** What its rows must fulfil; null if it has all. */
  readonly predicate: string | null;
}

export interface ForeignKey {
  readonly table: string;
  readonly name: string;
  readonly columns: readonly string[];
  readonly target: string;
}

/** Tables of ours: partitions are their parents' and the migrations' own table is nobody's. */
const OURS = `c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND c.relname <> 'schema_migrations'`;

const COLUMNS = `SELECT c.relname AS table, a.attname AS name, format_type(a.atttypid, NULL) AS type,
    a.attnotnull AS "isRequired", pg_get_expr(d.adbin, d.adrelid) AS fallback,
    ARRAY(SELECT enumlabel::text FROM pg_enum WHERE enumtypid = a.atttypid ORDER BY enumsortorder) AS labels,
    EXISTS (SELECT FROM pg_constraint WHERE conrelid = c.oid AND contype = 'c' AND a.attnum = ANY (conkey))
      AS "isChecked",
    EXISTS (SELECT FROM pg_constraint WHERE conrelid = c.oid AND contype = 'f' AND a.attnum = ANY (conkey))
      AS "isForeign",
    EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisunique AND (
      i.indkey::text = a.attnum::text OR i.indkey::text = '0' AND EXISTS (
        SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = i.indexrelid
          AND refobjid = c.oid AND refobjsubid = a.attnum))) AS "isUnique"
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
  WHERE ${OURS} ORDER BY 1, a.attnum`;

const INDEXES = `SELECT c.relname AS table, x.relname AS name, i.indisunique AS "isUnique",
    pg_get_expr(i.indpred, i.indrelid) AS predicate,
    ARRAY(SELECT pg_get_indexdef(i.indexrelid, place, true) FROM generate_series(1, i.indnkeyatts) place) AS columns
  FROM pg_class c JOIN pg_index i ON i.indrelid = c.oid JOIN pg_class x ON x.oid = i.indexrelid
  WHERE ${OURS} ORDER BY 1, 2`;

const FOREIGN_KEYS = `SELECT c.relname AS table, k.conname AS name, k.confrelid::regclass::text AS target,
    ARRAY(SELECT attname::text FROM unnest(k.conkey) WITH ORDINALITY AS part (attnum, place)
      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = part.attnum ORDER BY place) AS columns
  FROM pg_class c JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype = 'f' AND k.conparentid = 0
  WHERE ${OURS} ORDER BY 1, 2`;

/** Gives the columns of all tables, by table and place. */
export async function readColumns(database: Queryable): Promise<readonly Column[]> {
  return (await database.query<Column>(COLUMNS)).rows;
}

/** Gives the indexes of all tables, those of keys among them. */
export async function readIndexes(database: Queryable): Promise<readonly Index[]> {
  return (await database.query<Index>(INDEXES)).rows;
}

/** Gives the foreign keys of all tables. */
export async function readForeignKeys(database: Queryable): Promise<readonly ForeignKey[]> {
  return (await database.query<ForeignKey>(FOREIGN_KEYS)).rows;
}
