import { OperatorError } from '../errors.js';
import { quoted } from './backup.js';
import { BACKUP_MARK, type BackupHeader, type EndLine, type TableLine } from './backup-format.js';
import { BackupReader } from './backup-reader.js';
import { copyIn } from './copy.js';
import { type Migration, migrateWithin, readMigrations } from './migrate.js';
import { patient } from './patient-query.js';
import { type Connection, type Pool, transaction } from './pool.js';

export interface RestoreOptions {
  /** Folder of the migrations; default: of this package. */
  readonly dir?: string;
  /** Told of each table before its rows. */
  readonly onTable?: (table: string) => void;
}

/**
 * Fills an empty database with a backup, all of it or nothing, and gives the number of rows. Makes the schema by the
 * migrations that the backup had; those that came later are to be applied by `migrate` afterwards. The login owns what
 * is made. Positions of lossless channels that were handed out before are no longer valid: their offsets may be given
 * to other events now.
 *
 * @param pieces the backup, uncompressed
 * @throws OperatorError if the database is not empty, the backup is not whole, or is of a version that we do not know
 */
export async function readBackup(
  pool: Pool,
  pieces: AsyncIterable<Buffer>,
  options: RestoreOptions = {},
): Promise<number> {
  const reader = new BackupReader(pieces);
  const header = await readHeader(reader);
  const migrations = await matching(header, options.dir);
  return transaction(pool, async (connection) => {
    await refuseUnlessEmpty(connection);
    await migrateWithin(connection, migrations);
    const foreignKeys = await dropForeignKeys(connection);
    await emptyTables(connection);
    const rows: Record<string, number> = {};
    let end: EndLine | null = null;
    while (end === null) {
      const line = await reader.json<TableLine | EndLine>();
      if (!('table' in line)) {
        end = line;
        continue;
      }
      options.onTable?.(line.table);
      if (line.partition !== undefined) await makePartition(connection, line, line.partition);
      const names = line.columns.map(quoted).join(', ');
      const copy = `COPY public.${quoted(line.table)} (${names}) FROM STDIN`;
      await setTriggers(connection, line.table, 'DISABLE');
      rows[line.table] = await copyIn(connection, copy, reader.rows(), { isPatient: true });
      await setTriggers(connection, line.table, 'ENABLE');
    }
    await reader.end();
    for (const [table, count] of Object.entries(end.rows)) {
      if (rows[table] !== count) {
        throw new OperatorError(
          `the backup is damaged: ${rows[table] ?? 0} rows of ${table} instead of ${count}`,
        );
      }
    }
    for (const { name, last, called } of end.sequences) {
      await connection.query('SELECT setval($1::regclass, $2, $3)', [`public.${quoted(name)}`, last, called]);
    }
    for (const sql of foreignKeys) await connection.query(patient(sql));
    await connection.query('SELECT renew_outbox_epochs()');
    return Object.values(rows).reduce((sum, count) => sum + count, 0);
  });
}

async function readHeader(reader: BackupReader): Promise<BackupHeader> {
  if ((await reader.line()) !== BACKUP_MARK) {
    throw new OperatorError('this is no backup of CryptoPredict, or one of a later version');
  }
  return reader.json<BackupHeader>();
}

/** Gives the migrations that make the schema of the backup. */
async function matching(header: BackupHeader, dir?: string): Promise<readonly Migration[]> {
  const migrations = await readMigrations(dir);
  header.migrations.forEach(({ name, checksum }, index) => {
    const ours = migrations[index];
    if (ours?.name === name && ours.checksum === checksum) return;
    throw new OperatorError(
      `the backup was made by version ${header.version}, whose migration ${name} is not ours: restore it with that version or a later one`,
    );
  });
  return migrations.slice(0, header.migrations.length);
}

async function refuseUnlessEmpty(connection: Connection): Promise<void> {
  const { rows } = await connection.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY relname LIMIT 1`,
  );
  if (rows[0] !== undefined) {
    throw new OperatorError(
      `the database is not empty (it has ${rows[0].name}): restore into a new one, or into another folder with --data-dir`,
    );
  }
}

/** Drops all foreign keys, so that tables may be filled in any order, and gives the SQL that makes them again. */
async function dropForeignKeys(connection: Connection): Promise<readonly string[]> {
  const { rows } = await connection.query<{ table: string; name: string; definition: string }>(
    `SELECT c.relname AS table, k.conname AS name, pg_get_constraintdef(k.oid) AS definition
     FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
     WHERE k.contype = 'f' AND k.conparentid = 0 AND c.relnamespace = 'public'::regnamespace
     ORDER BY c.relname, k.conname`,
  );
  for (const { table, name } of rows) {
    await connection.query(`ALTER TABLE public.${quoted(table)} DROP CONSTRAINT ${quoted(name)}`);
  }
  return rows.map(
    ({ table, name, definition }) =>
      `ALTER TABLE public.${quoted(table)} ADD CONSTRAINT ${quoted(name)} ${definition}`,
  );
}

/** Takes away what the migrations put in: the backup has it as it had become. */
async function emptyTables(connection: Connection): Promise<void> {
  const { rows } = await connection.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class
     WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
       AND relname <> 'schema_migrations'`,
  );
  await connection.query(`TRUNCATE ${rows.map(({ name }) => `public.${quoted(name)}`).join(', ')}`);
}

/** Makes a partition unless the migrations have. */
async function makePartition(
  connection: Connection,
  { table }: TableLine,
  { of, bound, checks }: NonNullable<TableLine['partition']>,
): Promise<void> {
  const { rowCount } = await connection.query('SELECT WHERE to_regclass($1) IS NOT NULL', [
    `public.${quoted(table)}`,
  ]);
  if (rowCount !== 0) return;
  const own = checks.map(({ name, definition }) => `CONSTRAINT ${quoted(name)} ${definition}`).join(', ');
  await connection.query(
    `CREATE TABLE public.${quoted(table)} PARTITION OF public.${quoted(of)} ${own === '' ? '' : `(${own})`} ${bound}`,
  );
}

/** What triggers would do with a row has been done with it: it is in the backup as they left it. */
async function setTriggers(connection: Connection, table: string, how: 'ENABLE' | 'DISABLE'): Promise<void> {
  await connection.query(`ALTER TABLE public.${quoted(table)} ${how} TRIGGER USER`);
}
