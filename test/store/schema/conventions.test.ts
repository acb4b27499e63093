import t from 'tap';
import { readColumns, readForeignKeys, readIndexes } from '../../support/catalogue.js';
import { createTestDatabase } from '../../support/database.js';

const database = await createTestDatabase();
t.teardown(() => database.drop());
const columns = await readColumns(database.pool);
const indexes = await readIndexes(database.pool);
const foreignKeys = await readForeignKeys(database.pool);

interface Constraint {
  readonly table: string;
  readonly name: string;
  readonly kind: 'c' | 'f';
  /** What it reads, in no order. */
  readonly columns: readonly string[];
  /** SQL of a CHECK, null for a foreign key. */
  readonly expression: string | null;
}

const { rows: constraints } = await database.pool.query<Constraint>(
  `SELECT c.relname AS table, k.conname AS name, k.contype AS kind, pg_get_expr(k.conbin, k.conrelid) AS expression,
     ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = c.oid AND attnum = ANY (k.conkey)) AS columns
   FROM pg_class c JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype IN ('c', 'f')
   WHERE c.relnamespace = 'public'::regnamespace AND NOT c.relispartition AND k.conparentid = 0 ORDER BY 1, 2`,
);

t.test('every foreign key has an index, so that what it refers to can go without a scan', async (t) => {
  t.ok(foreignKeys.length > 0, 'there are some');
  const bare = foreignKeys.filter(
    (key) =>
      !indexes.some(
        ({ table, columns, predicate }) =>
          table === key.table &&
          columns.slice(0, key.columns.length).toSorted().join() === key.columns.toSorted().join() &&
          // A row that refers to nothing need not be found.
          (predicate === null || key.columns.some((column) => predicate === `(${column} IS NOT NULL)`)),
      ),
  );
  t.same(
    bare.map(({ name }) => name),
    [],
  );
});

t.test('what refers has the type of what it refers to', async (t) => {
  const typeOf = (table: string, name: string): string | undefined =>
    columns.find((column) => column.table === table && column.name === name)?.type;
  const single = foreignKeys.filter((key) => key.columns.length === 1);
  t.ok(single.length > 0, 'there are some');
  t.same(
    single.filter(({ table, columns: [name = ''], target }) => typeOf(table, name) !== typeOf(target, 'id')),
    [],
  );
});

t.test('created_at and updated_at are kept by the database itself', async (t) => {
  const times = columns.filter(({ name }) => name === 'created_at' || name === 'updated_at');
  t.ok(times.length > 0, 'there are some');
  t.same(
    times.filter(({ isRequired, fallback }) => !isRequired || fallback !== 'now()'),
    [],
  );
  // Before each row that is updated.
  const { rows } = await database.pool.query<{ table: string }>(
    `SELECT tgrelid::regclass::text AS table FROM pg_trigger
     WHERE tgfoid = 'set_updated_at'::regproc AND tgtype = 19 AND tgenabled = 'O' AND tgqual IS NULL`,
  );
  const kept = new Set(rows.map(({ table }) => table));
  t.same(
    times.filter(({ name, table }) => name === 'updated_at' && !kept.has(table)),
    [],
  );
});

t.test('a kind of value has one type', async (t) => {
  const types = new Set(columns.filter(({ labels }) => labels.length === 0).map(({ type }) => type));
  t.same([...types].sort(), [
    'bigint',
    'boolean',
    'double precision',
    'inet',
    'integer',
    'integer[]',
    'jsonb',
    'numeric',
    'text',
    'text[]',
    'timestamp with time zone',
    'uuid',
  ]);
});

t.test('a fixed set of words is an enum', async (t) => {
  const isText = new Set(
    columns.filter(({ type }) => type === 'text').map(({ table, name }) => `${table}.${name}`),
  );
  const sets = constraints.filter(
    ({ table, columns, expression }) =>
      expression?.includes("= ANY (ARRAY['") && columns.some((column) => isText.has(`${table}.${column}`)),
  );
  t.same(
    sets.map(({ name }) => name),
    [],
  );
});

t.test('every enum is the type of a column', async (t) => {
  const { rows } = await database.pool.query<{ name: string }>(
    `SELECT typname AS name FROM pg_type WHERE typnamespace = 'public'::regnamespace AND typtype = 'e'`,
  );
  const used = new Set(columns.map(({ type }) => type));
  t.same(
    rows.filter(({ name }) => !used.has(name)),
    [],
  );
});

t.test('constraints are named for their table', async (t) => {
  const prefixes = { c: 'chk', f: 'fk' };
  const misnamed = constraints.filter(({ table, name, kind }) => {
    // Months move from one to the other: their CHECKs have the same names.
    const owner = table === 'price_data_archive' && kind === 'c' ? 'price_data' : table;
    return !name.startsWith(`${prefixes[kind]}_${owner}_`);
  });
  t.same(
    misnamed.map(({ name }) => name),
    [],
  );
});

t.test('no number is NaN or infinite', async (t) => {
  const numbers = columns.filter(({ type }) => type === 'numeric' || type === 'double precision');
  t.ok(numbers.length > 0, 'there are some');
  const faults: string[] = [];
  for (const { table, name, type } of numbers) {
    const checks = constraints.filter((check) => check.table === table && check.columns.includes(name));
    const all = checks.map(({ expression }) => `(${expression}) IS NOT FALSE`).join(' AND ');
    const others = columns
      .filter((column) => column.table === table && column.name !== name)
      .map((column) => `NULL::${column.type} AS "${column.name}"`);
    // A scale keeps infinity out by itself.
    const { rows } = await database.pool.query<{ value: string }>(
      `SELECT "${name}"::text AS value
       FROM (VALUES ('NaN'::${type}), ('Infinity'), ('-Infinity')) AS it ("${name}"), (SELECT ${others}) AS rest
       WHERE ${all || 'true'} AND ("${name}" = 'NaN' OR $1)`,
      [await isUnbounded(table, name)],
    );
    faults.push(...rows.map(({ value }) => `${table}.${name} takes ${value}`));
  }
  t.same(faults, []);
});

async function isUnbounded(table: string, name: string): Promise<boolean> {
  const { rows } = await database.pool.query(
    'SELECT FROM pg_attribute WHERE attrelid = $1::regclass AND attname = $2 AND atttypmod = -1',
    [table, name],
  );
  return rows.length > 0;
}
