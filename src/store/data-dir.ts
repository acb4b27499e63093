import { randomBytes } from 'node:crypto';
import { access, constants, link, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, OperatorError } from '../errors.js';
import { errorCode } from './error-code.js';
import { isAlive, processIdentity } from './processes.js';

/** The hold of this process on a data folder. */
export interface DataDirLock {
  /** Lets another process have the folder. Harmless when called again. */
  release(): Promise<void>;
}

/** A living process holds the folder. */
export class DataDirInUseError extends OperatorError {}

interface Holder {
  readonly pid: number;
  /** What tells the process from a later one of the same id; null where the system does not say. */
  readonly identity: string | null;
}

/**
 * Makes a data folder if there is none, and makes sure that we may write in it.
 *
 * @throws OperatorError if we may not
 */
export async function prepareDataDir(dataDir: string): Promise<void> {
  try {
    await mkdir(dataDir, { recursive: true });
    await access(dataDir, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new OperatorError(
      `cannot write to the data folder ${dataDir} (${errorCode(error) ?? messageOf(error)}): choose another with --data-dir, or give this user the right to write there`,
    );
  }
}

/**
 * Takes a data folder for this process, so that no two servers write into it: the file `lock` names the holder. The
 * lock of a process that is gone is taken over, also if its id was given to another process since.
 *
 * @throws DataDirInUseError if a living process, this one included, holds it
 * @throws OperatorError if we may not write there
 */
export async function lockDataDir(dataDir: string): Promise<DataDirLock> {
  await prepareDataDir(dataDir);
  const path = join(dataDir, 'lock');
  const ours = JSON.stringify({ pid: process.pid, identity: processIdentity(process.pid) } satisfies Holder);
  // Written aside and linked into place: nobody reads half a lock.
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  const file = await open(draft, 'wx', 0o644);
  await file.writeFile(ours);
  await file.close();
  try {
    while (!(await linked(draft, path))) await removeStale(path, dataDir);
  } finally {
    await rm(draft, { force: true });
  }
  return {
    async release() {
      if ((await readLock(path)) === ours) await rm(path, { force: true });
    },
  };
}

async function linked(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Gives the text of a lock; absent: there is none. */
async function readLock(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  });
}

async function removeStale(path: string, dataDir: string): Promise<void> {
  const text = await readLock(path);
  if (text === undefined) return;
  const holder = parseHolder(text);
  if (holder !== undefined && isHeld(holder)) {
    throw new DataDirInUseError(
      `the data folder ${dataDir} is in use by process ${holder.pid}: stop that server, or choose another folder with --data-dir`,
    );
  }
  // Moved away before it is removed: of two processes that find the same stale lock only one moves it, and who
  // moves the winner's new lock by mistake sees that, and puts it back.
  const aside = `${path}.${process.pid}.stale`;
  await rename(path, aside).catch((error: unknown) => {
    if (errorCode(error) !== 'ENOENT') throw error;
  });
  const moved = await readLock(aside);
  if (moved !== undefined && moved !== text) await linked(aside, path);
  await rm(aside, { force: true });
}

function parseHolder(text: string): Holder | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || !('pid' in value) || !('identity' in value))
      return undefined;
    const { pid, identity } = value;
    if (typeof pid !== 'number' || !(typeof identity === 'string' || identity === null)) return undefined;
    return { pid, identity };
  } catch {
    // Cut off by a full disk: whoever wrote it never held the folder.
    return undefined;
  }
}

function isHeld({ pid, identity }: Holder): boolean {
  if (!isAlive(pid)) return false;
  const now = processIdentity(pid);
  return identity === null || now === null || identity === now;
}
