import t from 'tap';
import type { Connection } from '../../../src/store/pool.js';
import { createTestDatabase } from '../../support/database.js';
import { insertRow, type Row } from '../../support/schema-cases.js';
import { ALL_CASES } from './all-cases.js';

interface Refusal {
  readonly code: string;
  readonly constraint: string | undefined;
  readonly column: string | undefined;
}

interface Key {
  readonly name: string;
  readonly columns: readonly string[];
}

const database = await createTestDatabase();
t.teardown(() => database.drop());
const connection = await database.pool.connect();
t.teardown(() => connection.release());

/** Does what is to be tried and takes it back. */
async function tried<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
  await connection.query('BEGIN');
  try {
    return await work(connection);
  } finally {
    await connection.query('ROLLBACK');
  }
}

/** Gives how the database refuses a row, null if it takes it. */
async function refusal(table: string, row: Row): Promise<Refusal | null> {
  await connection.query('SAVEPOINT before_row');
  try {
    await insertRow(connection, table, row);
    // What is deferred is judged now.
    await connection.query('SET CONSTRAINTS ALL IMMEDIATE');
    return null;
  } catch (error) {
    const { code, constraint, column } = error as Refusal;
    return { code, constraint, column };
  } finally {
    await connection.query('ROLLBACK TO SAVEPOINT before_row');
  }
}

/** As `refusal`, by one CHECK alone: another may refuse the same row and be asked first. */
async function refusalBy(check: string, table: string, row: Row): Promise<Refusal | null> {
  const met = await refusal(table, row);
  if (met === null || met.code !== '23514' || met.constraint === check) return met;
  await connection.query('SAVEPOINT all_checks');
  const others = await names(`${CHECKS} AND conname <> $2`, [table, check]);
  await connection.query(
    `ALTER TABLE ${table} ${others.map((name) => `DROP CONSTRAINT "${name}"`).join(', ')}`,
  );
  const alone = await refusal(table, row);
  await connection.query('ROLLBACK TO SAVEPOINT all_checks');
  return alone;
}

async function names(sql: string, values: readonly unknown[] = []): Promise<string[]> {
  const { rows } = await connection.query<{ name: string }>(sql, [...values]);
  return rows.map(({ name }) => name);
}

const TABLES = `SELECT relname AS name FROM pg_class
  WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
    AND relname <> 'schema_migrations' ORDER BY 1`;

const CHECKS = `SELECT conname AS name FROM pg_constraint WHERE conrelid = $1::regclass AND contype = 'c'`;

/** The index of a key and those of the partitions, one of which is named when a row is refused. */
const INDEXES = `SELECT relid::regclass::text AS name FROM pg_partition_tree($1::regclass)
  UNION SELECT $1::regclass::text`;

/** A key by name with all columns that it reads, in an expression or a predicate too. */
const UNIQUE = `SELECT c.relname AS name, array_agg(DISTINCT a.attname::text) AS columns
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
  JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum > 0
    AND (a.attnum = ANY (i.indkey) OR EXISTS (
      SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = i.indexrelid
        AND d.refobjid = i.indrelid AND d.refobjsubid = a.attnum))
  WHERE i.indrelid = $1::regclass AND i.indisunique GROUP BY 1 ORDER BY 1`;

const FOREIGN = `SELECT k.conname AS name, array_agg(a.attname::text) AS columns
  FROM pg_constraint k JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey)
  WHERE k.conrelid = $1::regclass AND k.contype = 'f' AND k.conparentid = 0 GROUP BY 1 ORDER BY 1`;

/** Columns that somebody must or may give a value. */
const REQUIRED = `SELECT attname AS name FROM pg_attribute
  WHERE attrelid = $1::regclass AND attnum > 0 AND attnotnull AND attidentity = '' AND attgenerated = '' ORDER BY 1`;

const ENUMS = `SELECT attname AS name FROM pg_attribute a JOIN pg_type y ON y.oid = a.atttypid
  WHERE attrelid = $1::regclass AND attnum > 0 AND y.typtype = 'e' ORDER BY 1`;

t.test('every table has its cases, once', async (t) => {
  t.same(ALL_CASES.map(({ table }) => table).sort(), await names(TABLES));
});

for (const of of ALL_CASES) {
  const { table } = of;
  t.test(`${table}: every constraint refuses a row`, async (t) => {
    await t.test('a valid row is taken', () =>
      tried(async () => {
        t.equal(await refusal(table, await of.valid(connection, 1)), null);
      }),
    );

    await t.test('each CHECK', async (t) => {
      const checks = await names(`${CHECKS} ORDER BY 1`, [table]);
      t.same(Object.keys(of.refused).sort(), checks, 'each has its rows, and no other');
      await tried(async () => {
        const valid = await of.valid(connection, 1);
        for (const [constraint, changes] of Object.entries(of.refused)) {
          t.ok(changes.length > 0, `${constraint} has a row`);
          for (const change of changes) {
            t.match(
              await refusalBy(constraint, table, { ...valid, ...change }),
              { code: '23514', constraint },
              `${constraint} refuses ${JSON.stringify(change)}`,
            );
          }
        }
      });
    });

    await t.test('each unique key', async (t) => {
      const { rows: keys } = await connection.query<Key>(UNIQUE, [table]);
      t.ok(keys.length > 0, 'there is one');
      for (const { name, columns } of keys) {
        await tried(async () => {
          const needed = of.unique?.[name] ?? {};
          const first = await insertRow(connection, table, {
            ...(await of.valid(connection, 1)),
            ...needed,
          });
          const second = { ...(await of.valid(connection, 2)), ...needed };
          t.equal(await refusal(table, second), null, `${name}: another row is taken`);
          const same = Object.fromEntries(columns.map((column) => [column, asParameter(first[column])]));
          const { code, constraint } = (await refusal(table, { ...second, ...same })) ?? {};
          t.equal(code, '23505', `${name} refuses a second ${columns.join(', ')}`);
          const indexes = await names(INDEXES, [name]);
          t.ok(indexes.includes(constraint ?? ''), `${name} and not ${constraint} refuses it`);
        });
      }
    });

    await t.test('each foreign key', async (t) => {
      const { rows: keys } = await connection.query<Key>(FOREIGN, [table]);
      await tried(async () => {
        const valid = await of.valid(connection, 1);
        for (const { name, columns } of keys) {
          const nobody = Object.fromEntries(columns.map((column) => [column, 2_147_483_647]));
          t.match(
            await refusal(table, { ...valid, ...nobody }),
            { code: '23503', constraint: name },
            `${name} refuses what is not there`,
          );
        }
      });
    });

    await t.test('each column that must have a value, and each fixed set', () =>
      tried(async () => {
        const valid = await of.valid(connection, 1);
        for (const column of await names(REQUIRED, [table])) {
          t.match(
            await refusal(table, { ...valid, [column]: null }),
            { code: '23502', column },
            `${column} must have a value`,
          );
        }
        for (const column of await names(ENUMS, [table])) {
          t.match(
            await refusal(table, { ...valid, [column]: 'nonsense' }),
            { code: '22P02' },
            `${column} has a fixed set of values`,
          );
        }
      }),
    );
  });
}

/** Times come back as ms. */
function asParameter(value: unknown): unknown {
  return typeof value === 'number' && value > 1e11 ? new Date(value) : value;
}
