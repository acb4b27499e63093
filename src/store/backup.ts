import { OperatorError } from '../errors.js';
import { BACKUP_MARK, type BackupHeader, type EndLine, ROWS_END, type TableLine } from './backup-format.js';
import { copyOut } from './copy.js';
import { errorCode } from './error-code.js';
import type { Connection, Pool } from './pool.js';

export interface BackupOptions {
  /** Version of the program, for the header. */
  readonly version: string;
  /** Takes the backup, piece by piece; the next comes when it has resolved. */
  readonly take: (piece: Buffer) => Promise<void>;
  /** Told after each piece how many rows and bytes of a table it had. */
  readonly onProgress?: (table: string, rows: number, bytes: number) => void;
  readonly signal: AbortSignal;
}

/** Tries until tables stay where they were found: housekeeping renames one when it archives a month. */
const TRIES = 3;

/**
 * Writes all rows of the database as they are at one moment, while it is in use; gives the number of rows. The pool's
 * login must own the tables. Meanwhile no month is archived, and a new partition has to wait.
 *
 * @throws OperatorError if the database has no schema, or may not be read as a whole
 */
export async function writeBackup(pool: Pool, options: BackupOptions): Promise<number> {
  const connection = await pool.connect();
  try {
    const tables = await beginSnapshot(connection);
    const migrations = await readMigrations(connection);
    const put = (text: string): Promise<void> => options.take(Buffer.from(`${text}\n`));
    const header: BackupHeader = {
      createdAt: new Date().toISOString(),
      version: options.version,
      migrations,
    };
    await put(`${BACKUP_MARK}\n${JSON.stringify(header)}`);
    const rows: Record<string, number> = {};
    for (const table of tables) {
      await put(JSON.stringify(table));
      rows[table.table] = await writeRows(connection, table, options);
      await put(ROWS_END);
    }
    // Sequences know no snapshot: read last, none stands before an id that is in the backup.
    const end: EndLine = { sequences: await readSequences(connection), rows };
    await put(JSON.stringify(end));
    await connection.query('COMMIT');
    connection.release();
    return Object.values(rows).reduce((sum, count) => sum + count, 0);
  } catch (error) {
    connection.release(true);
    throw error;
  }
}

async function writeRows(
  connection: Connection,
  { table, columns }: TableLine,
  { take, onProgress, signal }: BackupOptions,
): Promise<number> {
  const names = columns.map(quoted).join(', ');
  const copy = `COPY public.${quoted(table)} (${names}) TO STDOUT`;
  const pass = async (piece: Buffer): Promise<void> => {
    signal.throwIfAborted();
    await take(piece);
    onProgress?.(table, countLines(piece), piece.length);
  };
  return copyOut(connection, copy, pass, { isPatient: true });
}

/** Gives the number of line ends, of which COPY writes one a row. */
export function countLines(piece: Buffer): number {
  let count = 0;
  for (let at = piece.indexOf(10); at >= 0; at = piece.indexOf(10, at + 1)) count += 1;
  return count;
}

/** Begins a transaction that sees one moment, and gives the tables of it, which nobody can rename any more. */
async function beginSnapshot(connection: Connection): Promise<readonly TableLine[]> {
  for (let attempt = 1; ; attempt++) {
    await connection.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    // Rather an error than rows that a policy leaves out.
    await connection.query('SET LOCAL row_security = off');
    const tables = await readTables(connection);
    if (tables.length === 0) {
      throw new OperatorError('the database holds nothing of CryptoPredict: there is nothing to back up');
    }
    try {
      await connection.query(`LOCK TABLE ${tables.map(({ table }) => `public.${quoted(table)}`).join(', ')}
        IN ACCESS SHARE MODE`);
      return tables;
    } catch (error) {
      if (errorCode(error) !== UNDEFINED_TABLE || attempt === TRIES) throw error;
      await connection.query('ROLLBACK');
    }
  }
}

const UNDEFINED_TABLE = '42P01';

interface TableRow {
  readonly name: string;
  readonly columns: readonly string[];
  readonly parent: string | null;
  readonly bound: string | null;
  readonly checks: readonly { readonly name: string; readonly definition: string }[];
}

async function readTables(connection: Connection): Promise<readonly TableLine[]> {
  const { rows } = await connection.query<TableRow>(
    `SELECT c.relname AS name, p.relname AS parent, pg_get_expr(c.relpartbound, c.oid) AS bound,
       (SELECT json_agg(a.attname ORDER BY a.attnum) FROM pg_attribute a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '') AS columns,
       coalesce((SELECT json_agg(json_build_object('name', k.conname, 'definition', pg_get_constraintdef(k.oid)))
        FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'c' AND NOT EXISTS (
          SELECT FROM pg_constraint i WHERE i.conrelid = p.oid AND i.conname = k.conname)), '[]') AS checks
     FROM pg_class c
     LEFT JOIN pg_inherits h ON h.inhrelid = c.oid AND c.relispartition
     LEFT JOIN pg_class p ON p.oid = h.inhparent
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname <> 'schema_migrations'
     ORDER BY c.relname`,
  );
  return rows.map(({ name, columns, parent, bound, checks }) => ({
    table: name,
    columns,
    ...(parent === null || bound === null ? {} : { partition: { of: parent, bound, checks } }),
  }));
}

async function readMigrations(connection: Connection): Promise<BackupHeader['migrations']> {
  const { rows } = await connection.query<BackupHeader['migrations'][number]>(
    'SELECT name, checksum FROM schema_migrations ORDER BY version',
  );
  return rows;
}

async function readSequences(connection: Connection): Promise<EndLine['sequences']> {
  const { rows: names } = await connection.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class
     WHERE relnamespace = 'public'::regnamespace AND relkind = 'S' ORDER BY relname`,
  );
  const sequences: EndLine['sequences'][number][] = [];
  for (const { name } of names) {
    const { rows } = await connection.query<{ last: string; called: boolean }>(
      `SELECT last_value::text AS last, is_called AS called FROM public.${quoted(name)}`,
    );
    for (const { last, called } of rows) sequences.push({ name, last, called });
  }
  return sequences;
}

/** Gives a name as SQL takes it, whatever is in it. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
