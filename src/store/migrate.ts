import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { OperatorError } from '../errors.js';
import { packageRoot } from '../package-root.js';
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
  /** Called after each migration that was applied, not for those of earlier runs. */
  readonly onApplied?: (name: string) => void;
}

/** Any number that no other program on the same database takes for its own lock. */
const LOCK = 4_871_029_365;
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
 * @throws OperatorError if a file that was applied has been edited or is gone, or the database is newer than we are
 * @throws Error that names the migration that failed; it leaves no trace, those before it stay
 */
export async function migrate(pool: Pool, options: MigrateOptions = {}): Promise<readonly string[]> {
  const migrations = await readMigrations(options.dir);
  const connection = await pool.connect();
  try {
    // Of the session, so that it also holds between the transactions; it ends with the connection if we die.
    await connection.query('SELECT pg_advisory_lock($1)', [LOCK]);
    await connection.query(HISTORY);
    const pending = compare(migrations, await readHistory(connection));
    for (const migration of pending) {
      await apply(connection, migration);
      options.onApplied?.(migration.name);
    }
    await connection.query('SELECT pg_advisory_unlock($1)', [LOCK]);
    connection.release();
    return pending.map(({ name }) => name);
  } catch (error) {
    // The connection goes with its lock.
    connection.release(true);
    throw error;
  }
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
  const { rows } = await pool.query<{ found: boolean }>(
    `SELECT to_regclass('schema_migrations') IS NOT NULL AS found`,
  );
  const history = rows[0]?.found === true ? await readHistory(pool) : [];
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
}

async function readHistory(database: Queryable): Promise<HistoryRow[]> {
  const { rows } = await database.query<HistoryRow>(
    'SELECT version, name, checksum FROM schema_migrations ORDER BY version',
  );
  return rows;
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
    if (migration.name !== row.name || migration.checksum !== row.checksum) {
      throw new OperatorError(
        `migration ${row.name} was edited after it had been applied (now ${migration.name}): put the file back and write a new one`,
      );
    }
  }
  return migrations.slice(history.length);
}

async function apply(connection: Connection, migration: Migration): Promise<void> {
  try {
    await connection.query('BEGIN');
    await connection.query(migration.sql);
    await connection.query('INSERT INTO schema_migrations (version, name, checksum) VALUES ($1, $2, $3)', [
      migration.version,
      migration.name,
      migration.checksum,
    ]);
    await connection.query('COMMIT');
  } catch (error) {
    throw new Error(`migration ${migration.name} failed: ${error instanceof Error ? error.message : error}`, {
      cause: error,
    });
  }
}
