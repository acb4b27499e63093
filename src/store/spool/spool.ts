import { appendFile, mkdir, readdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '../../logger.js';
import { DataDirInUseError, type DataDirLock, lockDataDir } from '../data-dir.js';
import { errorCode } from '../error-code.js';
import { isAlive } from '../processes.js';
import { Segment } from './segment.js';
import { SpoolLane, type SpoolRoom } from './spool-lane.js';

export interface SpoolOptions {
  /** Folder of the spools of all servers that share a data folder; made if missing. */
  readonly dir: string;
  readonly logger: Logger;
  /** Bytes of all segment files of this process. Default 1 GiB. */
  readonly maxBytes?: number;
}

/** Bytes, counters since the start. */
export interface SpoolStats {
  readonly bytes: number;
  readonly maxBytes: number;
  readonly segments: number;
  /** Files of earlier processes that were found at the start. */
  readonly foundSegments: number;
  /** Files whose end had been cut off in the midst of a write. */
  readonly tornSegments: number;
  /** Files that were put aside because they are damaged. */
  readonly refusedSegments: number;
  /** Rows set aside in `refused.ndjson`. */
  readonly refusedRows: number;
  /** True from an append that fails until one succeeds or room is made: rows are kept in memory. */
  readonly isFailing: boolean;
}

/** The files together may not grow further. */
export class SpoolFullError extends Error {
  override readonly name = 'SpoolFullError';
}

const DEFAULT_MAX_BYTES = 1_024 ** 3;
const FILE_NAME = /^([a-z_]+)\.(\d+)\.spool$/;
const REFUSED = 'refused.ndjson';
const MAX_REFUSED_BYTES = 16 * 1_024 * 1_024;
/** A power cut loses what was appended so long before, and while the disk takes it in. A crash of ours loses nothing. */
const SYNC_MS = 100;

/**
 * The folder where rows wait on the disk for the database. Each process has a numbered one of its own in it, locked; a
 * start takes over the files of all that are dead.
 */
export class Spool {
  readonly #dir: string;
  readonly #own: string;
  readonly #lock: DataDirLock;
  readonly #logger: Logger;
  readonly #maxBytes: number;
  readonly #found: ReadonlyMap<string, readonly Segment[]>;
  readonly #nextNumber: number;
  readonly #lanes: SpoolLane[] = [];
  readonly #stats = { foundSegments: 0, tornSegments: 0, refusedSegments: 0, refusedRows: 0 };
  #bytes = 0;
  #refusedBytes = 0;
  #refusing: Promise<void> = Promise.resolve();
  #syncTimer: NodeJS.Timeout | undefined;
  #isSyncing = false;
  #isDirty = false;

  private constructor(
    options: SpoolOptions,
    own: string,
    lock: DataDirLock,
    found: readonly FoundFile[],
    refusedBytes: number,
  ) {
    this.#dir = options.dir;
    this.#own = own;
    this.#lock = lock;
    this.#logger = options.logger;
    this.#maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES;
    this.#refusedBytes = refusedBytes;
    const byLane = new Map<string, Segment[]>();
    for (const { path, lane, bytes } of found) {
      byLane.set(lane, [...(byLane.get(lane) ?? []), Segment.found(path, bytes)]);
      this.#bytes += bytes;
    }
    this.#found = byLane;
    this.#stats.foundSegments = found.length;
    this.#nextNumber = (found.at(-1)?.number ?? 0) + 1;
    if (found.length > 0)
      this.#logger.warn(
        { files: found.length, bytes: this.#bytes },
        'rows wait on the disk since an earlier run',
      );
  }

  /**
   * Takes a folder of our own, and what dead processes have left in theirs.
   *
   * @throws OperatorError if we may not write there; what the file system throws
   */
  static async open(options: SpoolOptions): Promise<Spool> {
    await mkdir(options.dir, { recursive: true });
    const { own, lock } = await takeFolder(options.dir);
    try {
      await adopt(options.dir, own);
      const refused = await stat(join(options.dir, REFUSED)).catch(() => null);
      return new Spool(options, own, lock, await listFiles(own), refused?.size ?? 0);
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  get stats(): SpoolStats {
    const segments = this.#lanes.reduce((sum, lane) => sum + lane.segments, 0);
    const isFailing = this.#lanes.some((lane) => lane.isFailing);
    return { ...this.#stats, bytes: this.#bytes, maxBytes: this.#maxBytes, segments, isFailing };
  }

  /** Gives the files of a lane, those found at the start first. Once per name. */
  lane(name: string): SpoolLane {
    const room: SpoolRoom = {
      dir: this.#own,
      take: (bytes) => {
        if (this.#bytes + bytes > this.#maxBytes)
          throw new SpoolFullError(`the spool would grow beyond ${this.#maxBytes} bytes`);
        this.#bytes += bytes;
      },
      give: (bytes) => {
        this.#bytes -= bytes;
      },
      putAside: (segment, lane, reason) => this.#putAside(segment, lane, reason),
      wasTorn: ({ path }, lane) => {
        this.#stats.tornSegments++;
        this.#logger.warn(
          { lane, file: path },
          'the last write of a spool file was cut off; what is before it is kept',
        );
      },
      isDirty: () => this.#wantSync(),
    };
    const lane = new SpoolLane(room, name, this.#found.get(name) ?? [], this.#nextNumber);
    this.#lanes.push(lane);
    return lane;
  }

  /** Keeps a refused row for a human to look at: one line of JSON. Never throws; bounded, what is beyond is only logged. */
  refuse(lane: string, row: unknown, error: Error): void {
    this.#stats.refusedRows++;
    const line = `${JSON.stringify({ time: new Date().toISOString(), lane, error: error.message, row })}\n`;
    if (this.#refusedBytes + line.length > MAX_REFUSED_BYTES) return;
    this.#refusedBytes += line.length;
    this.#refusing = this.#refusing
      .then(() => appendFile(join(this.#dir, REFUSED), line, { mode: 0o600 }))
      .catch((failure: unknown) => {
        this.#logger.error({ err: failure }, 'a refused row could not be kept');
      });
  }

  /** Brings all to the disk and lets go of the folder; it goes if it is empty. Never rejects. */
  async close(): Promise<void> {
    clearTimeout(this.#syncTimer);
    for (const lane of this.#lanes) {
      await lane.close().catch((error: unknown) => {
        this.#logger.error({ err: error }, 'a spool file could not be brought to the disk');
      });
    }
    await this.#refusing;
    await this.#lock.release();
    await rmdir(this.#own).catch(() => undefined);
  }

  async #putAside({ path }: Segment, lane: string, reason: string): Promise<void> {
    this.#stats.refusedSegments++;
    const aside = join(this.#dir, `${lane}.${Date.now()}.${this.#stats.refusedSegments}.refused`);
    await rename(path, aside).catch(() => undefined);
    this.#logger.error({ lane, file: path, keptAs: aside, reason }, 'a spool file is put aside');
  }

  #wantSync(): void {
    this.#isDirty = true;
    if (this.#syncTimer !== undefined || this.#isSyncing) return;
    this.#syncTimer = setTimeout(() => void this.#sync(), SYNC_MS);
    this.#syncTimer.unref();
  }

  async #sync(): Promise<void> {
    this.#syncTimer = undefined;
    this.#isSyncing = true;
    this.#isDirty = false;
    try {
      for (const lane of this.#lanes) await lane.sync();
    } catch (error) {
      this.#logger.error({ err: error }, 'a spool file could not be brought to the disk');
    }
    this.#isSyncing = false;
    if (this.#isDirty) this.#wantSync();
  }
}

interface FoundFile {
  readonly path: string;
  readonly lane: string;
  readonly number: number;
  readonly bytes: number;
}

/** Locks the first numbered folder that no living process has. */
async function takeFolder(dir: string): Promise<{ readonly own: string; readonly lock: DataDirLock }> {
  for (let number = 1; ; number++) {
    const own = join(dir, String(number));
    const lock = await tryLock(own);
    if (lock !== null) return { own, lock };
  }
}

/** Gives null if another process has the folder, or removes it at this moment. */
async function tryLock(dir: string): Promise<DataDirLock | null> {
  try {
    const lock = await lockDataDir(dir);
    await removeDrafts(dir);
    return lock;
  } catch (error) {
    if (error instanceof DataDirInUseError || errorCode(error) === 'ENOENT') return null;
    throw error;
  }
}

/** Removes what processes have left that were killed while they tried to lock a folder. */
async function removeDrafts(dir: string): Promise<void> {
  for (const name of await readdir(dir)) {
    const pid = /^lock\.(\d+)\./.exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) await rm(join(dir, name), { force: true });
  }
}

/** Moves the files of dead processes behind those of our own folder. */
async function adopt(dir: string, own: string): Promise<void> {
  let number = ((await listFiles(own)).at(-1)?.number ?? 0) + 1;
  for (const name of (await readdir(dir))
    .filter((name) => /^\d+$/.test(name))
    .sort((a, b) => Number(a) - Number(b))) {
    const other = join(dir, name);
    if (other === own) continue;
    const lock = await tryLock(other);
    if (lock === null) continue;
    for (const { path, lane } of await listFiles(other)) {
      await rename(path, join(own, `${lane}.${String(number++).padStart(8, '0')}.spool`));
    }
    await lock.release();
    await rmdir(other).catch(() => undefined);
  }
}

/** Gives the segment files of a folder in the order of their numbers. */
async function listFiles(dir: string): Promise<readonly FoundFile[]> {
  const files: FoundFile[] = [];
  for (const name of await readdir(dir)) {
    const match = FILE_NAME.exec(name);
    if (match === null) continue;
    const path = join(dir, name);
    files.push({ path, lane: match[1] ?? '', number: Number(match[2]), bytes: (await stat(path)).size });
  }
  return files.sort((a, b) => a.number - b.number);
}
