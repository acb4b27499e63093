import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import type { Config } from '../config.js';
import { messageOf, OperatorError } from '../errors.js';
import type { Logger } from '../logger.js';
import { countLines, writeBackup } from '../store/backup.js';
import { migrate } from '../store/migrate.js';
import { patient } from '../store/patient-query.js';
import { readBackup } from '../store/restore.js';
import { VERSION } from '../version.js';
import { openDatabase } from './database.js';
import { createReadingProgress } from './progress.js';
import { openBesideServer } from './running-database.js';
import { Stopper } from './stopper.js';

/**
 * Writes all that the database holds at one moment into a compressed file, also while a server runs, and gives the
 * summary. The file appears under its name when it is complete and on the disk; only its owner may read it, since
 * digests of passwords are in it.
 *
 * @throws OperatorError
 */
export async function backupDatabase(config: Config, logger: Logger, signal: AbortSignal): Promise<string> {
  const { out } = config;
  if (out === undefined || out === '-') throw new OperatorError('--out must name the file to write');
  const stopper = new Stopper(logger);
  const draft = `${out}.${process.pid}.tmp`;
  const progress = createReadingProgress('backup', null, logger);
  let isWritten = false;
  try {
    const { pool, place } = await openBesideServer(config, logger, stopper);
    signal.throwIfAborted();
    const gzip = createGzip();
    const written = pipeline(gzip, createWriteStream(draft, { mode: 0o600 }), { signal });
    written.catch(() => undefined);
    let bytes = 0;
    let done = 0;
    const rows = await writeBackup(pool, {
      version: VERSION,
      signal,
      async take(piece) {
        // A disk that is full ends it here, not by a wait for ever.
        if (!gzip.write(piece)) await Promise.race([once(gzip, 'drain'), written]);
      },
      onProgress(table, count, length) {
        bytes += length;
        done += count;
        progress.update(0, done, table);
      },
    });
    gzip.end();
    await written;
    await synced(draft);
    await rename(draft, out);
    await synced(dirname(out));
    isWritten = true;
    const { size } = await stat(out);
    return `Database (${place}): ${rows} rows, ${megabytes(bytes)} MB, in ${out}, ${megabytes(size)} MB.\n`;
  } catch (error) {
    throw unlessOurs(error, signal, `${out} cannot be written`);
  } finally {
    progress.done();
    if (!isWritten) await rm(draft, { force: true });
    await stopper.stop();
  }
}

/**
 * Fills an empty database with a backup, all of it or nothing, brings its schema up to date, and gives the summary.
 *
 * @throws OperatorError
 */
export async function restoreDatabase(config: Config, logger: Logger, signal: AbortSignal): Promise<string> {
  const input = config.in;
  if (input === undefined || input === '-') throw new OperatorError('--in must name the file of a backup');
  const found = await stat(input).catch((error: unknown) => {
    throw new OperatorError(`${input} cannot be read: ${messageOf(error)}`);
  });
  const stopper = new Stopper(logger);
  const progress = createReadingProgress('restore', found.size, logger);
  const file = createReadStream(input);
  // Told by the pipeline below, which may come later.
  file.on('error', () => undefined);
  try {
    const { pool, place } = await openDatabase(config, logger, stopper);
    const unzipped = createGunzip();
    const read = pipeline(file, unzipped, { signal });
    read.catch(() => undefined);
    let table = '';
    let done = 0;
    const pieces = async function* (): AsyncGenerator<Buffer> {
      for await (const piece of unzipped as AsyncIterable<Buffer>) {
        done += countLines(piece);
        progress.update(file.bytesRead, done, table);
        yield piece;
      }
    };
    const rows = await readBackup(pool, pieces(), {
      onTable(name) {
        table = name;
      },
    });
    await migrate(pool, { onApplied: (name) => logger.info({ migration: name }, 'migrated') });
    await pool.query(patient('ANALYZE'));
    return `Database (${place}): ${rows} rows restored from ${input}.\n`;
  } catch (error) {
    throw unlessOurs(error, signal, `${input} cannot be restored`);
  } finally {
    file.destroy();
    progress.done();
    await stopper.stop();
  }
}

/** What the system or the compression says of a file is the operator's; a signal's reason stays as it is. */
function unlessOurs(error: unknown, signal: AbortSignal, what: string): unknown {
  if (signal.aborted || error instanceof OperatorError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return /^(E[A-Z]+|Z_[A-Z_]+)$/.test(code) ? new OperatorError(`${what}: ${messageOf(error)}`) : error;
}

async function synced(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
