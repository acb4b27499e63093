import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { messageOf, OperatorError } from '../errors.js';
import { packageRoot } from '../package-root.js';
import { errorCode } from './error-code.js';
import { patient } from './patient-query.js';
import type { Connection, Pool, Queryable } from './pool.js';

/** One SQL file: `0001_assets.sql` is version 1. */
export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
  /** SHA-256 of the file, hex; line ends do not count. */
  readonly checksum: string;
}

export interface MigrationStatus {
  readonly applied: readonly string[];
  readonly pending: readonly string[];
}

export interface MigrateOptions {
  /** Folder of the SQL files. Default: `sql/` of this package. */
  readonly dir?: string;
  /** Called after each migration that was applied, not for those of earlier runs, with the time that it took. */
  readonly onApplied?: (name: string, ms: number) => void;
}

/** What became of a migration: `edited` since it was applied, `unknown` to this version, or as the word says. */
export interface MigrationState {
  readonly name: string;
  readonly state: 'applied' | 'pending' | 'edited' | 'unknown';
  /** When it was applied, ms since the epoch; null: not yet. */
  readonly appliedAt: number | null;
}

/** Any number that no other program on the same database takes for its own lock. */
const LOCK = 4_871_029_365;
const INSUFFICIENT_PRIVILEGE = '42501';
const FILE_NAME = /^(\d{4})_[a-z0-9_]+\.sql$/;

const HISTORY = `CREATE TABLE IF NOT EXISTS schema_migrations (
  version integer PRIMARY KEY,
  name text NOT NULL,
  checksum text NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT now()
)`;

/**
 * Brings the database up to date: applies pending files in order, each in a transaction of its own, and gives the
 * names of those applied. Of several processes at once one migrates, the others wait and find nothing to do.
 *
 * @throws OperatorError if a file that was applied has been edited or is gone, the database is newer than we are, or
 *   we lack a right in it; the message says how to give it
 * @throws Error that names the migration that failed; it leaves no trace, those before it stay
 */
export async function migrate(pool: Pool, options: MigrateOptions = {}): Promise<readonly string[]> {
  const migrations = await readMigrations(options.dir);
  return locked(pool, async (connection) => {
    await makeHistory(connection);
    const pending = compare(migrations, await readHistory(connection));
    for (const migration of pending) {
      const begun = performance.now();
      await apply(connection, migration);
      options.onApplied?.(migration.name, performance.now() - begun);
    }
    return pending.map(({ name }) => name);
  });
}

/**
 * Tries the pending migrations in one transaction that is rolled back, and gives their names: the database stays as it
 * is. What they lock is locked until the end, so a running server waits.
 *
 * @throws what `migrate` would
 */
export async function rehearseMigrations(
  pool: Pool,
  options: MigrateOptions = {},
): Promise<readonly string[]> {
  const migrations = await readMigrations(options.dir);
  return locked(pool, async (connection) => {
    await connection.query('BEGIN');
    await makeHistory(connection);
    const pending = compare(migrations, await readHistory(connection));
    for (const migration of pending) {
      const begun = performance.now();
      await run(connection, migration);
      options.onApplied?.(migration.name, performance.now() - begun);
    }
    await connection.query('ROLLBACK');
    return pending.map(({ name }) => name);
  });
}

/**
 * Applies migrations to an empty database in the transaction that is open, from the first on; other migrating
 * processes wait for its end.
 */
export async function migrateWithin(connection: Connection, migrations: readonly Migration[]): Promise<void> {
  await connection.query(patient('SELECT pg_advisory_xact_lock($1)', [LOCK]));
  await makeHistory(connection);
  for (const migration of migrations) await run(connection, migration);
}

/** Gives every migration of the folder and of the database, in order, with what is wrong; changes nothing. */
export async function inspectMigrations(
  pool: Pool,
  options: Pick<MigrateOptions, 'dir'> = {},
): Promise<readonly MigrationState[]> {
  const migrations = await readMigrations(options.dir);
  const history = await readHistoryIfAny(pool);
  const known = history.map((row, index): MigrationState => {
    const migration = migrations[index];
    const { name, applied_at: appliedAt } = row;
    if (migration === undefined) return { name, state: 'unknown', appliedAt };
    return { name, state: isSame(migration, row) ? 'applied' : 'edited', appliedAt };
  });
  const pending = migrations
    .slice(history.length)
    .map(({ name }): MigrationState => ({ name, state: 'pending', appliedAt: null }));
  return [...known, ...pending];
}

/**
 * Says which migrations the database has and which it lacks; changes nothing.
 *
 * @throws OperatorError as `migrate` does
 */
export async function migrationStatus(
  pool: Pool,
  options: Pick<MigrateOptions, 'dir'> = {},
): Promise<MigrationStatus> {
  const migrations = await readMigrations(options.dir);
  const history = await readHistoryIfAny(pool);
  const pending = compare(migrations, history);
  return { applied: history.map(({ name }) => name), pending: pending.map(({ name }) => name) };
}

/**
 * Reads the migrations of a folder in order; other files than `*.sql` are passed over.
 *
 * @throws OperatorError if the folder cannot be read, a name is not like `0001_assets.sql`, or a number is missing
 */
export async function readMigrations(
  dir = fileURLToPath(new URL('sql/', packageRoot())),
): Promise<Migration[]> {
  const names = await readdir(dir).catch((error: Error) => {
    throw new OperatorError(`cannot read the migrations in ${dir}: ${error.message}; reinstall the package`);
  });
  const files = names.filter((name) => name.endsWith('.sql')).sort();
  return Promise.all(
    files.map(async (name, index) => {
      const version = Number(FILE_NAME.exec(name)?.[1]);
      if (version !== index + 1) {
        const wanted = `${String(index + 1).padStart(4, '0')}_<what>.sql`;
        throw new OperatorError(
          `migration ${name} should be named ${wanted}: numbers go up by one from 0001`,
        );
      }
      const sql = (await readFile(`${dir}/${name}`, 'utf8')).replaceAll('\r\n', '\n');
      return { version, name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

interface HistoryRow {
  readonly version: number;
  readonly name: string;
  readonly checksum: string;
  readonly applied_at: number;
}

async function readHistory(database: Queryable): Promise<HistoryRow[]> {
  const { rows } = await database.query<HistoryRow>(
    'SELECT version, name, checksum, applied_at FROM schema_migrations ORDER BY version',
  );
  return rows;
}

async function readHistoryIfAny(pool: Pool): Promise<HistoryRow[]> {
  const { rows } = await pool.query<{ found: boolean }>(
    `SELECT to_regclass('schema_migrations') IS NOT NULL AS found`,
  );
  return rows[0]?.found === true ? readHistory(pool) : [];
}

/** Runs `work` on a connection that holds the lock of all migrating processes; the lock goes with it if it fails. */
async function locked<T>(pool: Pool, work: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = await pool.connect();
  try {
    // Of the session, so that it also holds between the transactions; it ends with the connection if we die.
    // A migration rewrites tables of any size, and who waits for another's waits as long.
    await connection.query(patient('SELECT pg_advisory_lock($1)', [LOCK]));
    const result = await work(connection);
    await connection.query('SELECT pg_advisory_unlock($1)', [LOCK]);
    connection.release();
    return result;
  } catch (error) {
    // The connection goes with its lock.
    connection.release(true);
    throw error;
  }
}

/** Gives what is pending, or refuses a database that our files do not describe. */
function compare(migrations: readonly Migration[], history: readonly HistoryRow[]): readonly Migration[] {
  for (const [index, row] of history.entries()) {
    const migration = migrations[index];
    if (migration === undefined) {
      throw new OperatorError(
        `the database has migration ${row.name}, which this version does not know: update CryptoPredict, or use another database`,
      );
    }
    if (!isSame(migration, row)) {
      throw new OperatorError(
        `migration ${row.name} was edited after it had been applied (now ${migration.name}): put the file back and write a new one`,
      );
    }
  }
  return migrations.slice(history.length);
}

function isSame(migration: Migration, row: HistoryRow): boolean {
  return migration.name === row.name && migration.checksum === row.checksum;
}

async function apply(connection: Connection, migration: Migration): Promise<void> {
  await connection.query('BEGIN');
  await run(connection, migration);
  await connection.query('COMMIT');
}

/** Runs a migration and writes it down, in the transaction that is open. */
async function run(connection: Connection, migration: Migration): Promise<void> {
  const { version, name, sql, checksum } = migration;
  try {
    await connection.query(patient(sql));
    await connection.query('INSERT INTO schema_migrations (version, name, checksum) VALUES ($1, $2, $3)', [
      version,
      name,
      checksum,
    ]);
  } catch (error) {
    throw failure(`migration ${name} failed`, error);
  }
}

/** Makes the table of what is applied, if it is missing. */
async function makeHistory(connection: Connection): Promise<void> {
  try {
    await connection.query(HISTORY);
  } catch (error) {
    throw failure('schema_migrations cannot be made', error);
  }
}

/** A right that is missing is the operator's to give, and the database says how; anything else is a fault of ours. */
function failure(what: string, error: unknown): Error {
  const message = `${what}: ${messageOf(error)}`;
  if (errorCode(error) !== INSUFFICIENT_PRIVILEGE) return new Error(message, { cause: error });
  const hint = error instanceof pg.DatabaseError ? error.hint : undefined;
  return new OperatorError(`${message}; ${hint ?? 'migrate as the owner of the database'}`);
}
