import { createHash, type Hash } from 'node:crypto';
import { type FileHandle, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Packr } from 'msgpackr';
import { messageOf } from '../errors.js';
import { isAlive } from '../store/processes.js';

/*
 * The file, little-endian:
 *   8 bytes  magic
 *   u32      format version
 *   u32      length of the header, then the header: MessagePack, see CheckpointHeader
 *   entries  each a u32 length, then MessagePack [data source, symbol, checkpoint]
 *   f64      length of all entries in bytes
 *   32 bytes SHA-256 of all before
 */
const MAGIC = Buffer.from('CPCHECK\n', 'latin1');
const FORMAT = 1;
const START_BYTES = MAGIC.length + 8;
const HASH_BYTES = 32;
const END_BYTES = 8 + HASH_BYTES;

/** Typed arrays as they lie in memory; maps and times as plain MessagePack. −0 outside of arrays comes back as 0. */
const packr = new Packr({ useRecords: false, moreTypes: true, int64AsType: 'number' });

/** Who wrote a checkpoint file, and when. */
export interface CheckpointHeader {
  /** Version of the program. */
  readonly build: string;
  /** Our clock when writing began, ms since the epoch. */
  readonly time: number;
}

/** The state of one asset, by the names that outlive a process. */
export interface CheckpointEntry {
  readonly dataSource: string;
  readonly symbol: string;
  /** Plain data and typed arrays. As read from a file it may be anything: the engine checks it. */
  readonly checkpoint: unknown;
}

/** A file that was read to its end and is whole. */
export interface CheckpointFile {
  readonly header: CheckpointHeader;
  readonly entries: readonly CheckpointEntry[];
  readonly bytes: number;
}

/** Why a file is no checkpoint that can be used. */
export class CheckpointFileError extends Error {
  override readonly name = 'CheckpointFileError';
}

/**
 * Writes a file that is there as a whole or not at all: beside its place, to the disk, then renamed over the one
 * before. Entries are asked for one by one, each in a turn of the event loop of its own.
 *
 * @param confirm awaited when all is on the disk, before the rename; the file before stays if it rejects
 * @returns its size in bytes
 * @throws what the file system or `confirm` throws; nothing is left behind then
 */
export async function writeCheckpointFile(
  path: string,
  header: CheckpointHeader,
  entries: Iterable<CheckpointEntry>,
  confirm: () => Promise<void>,
): Promise<number> {
  await removeDrafts(path);
  const draft = `${path}.${process.pid}.tmp`;
  const file = await open(draft, 'w', 0o600);
  try {
    const bytes = await writeAll(file, header, entries).finally(() => file.close());
    await confirm();
    await rename(draft, path);
    await syncFolder(dirname(path));
    return bytes;
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

/** Removes what processes that were killed left half written. */
async function removeDrafts(path: string): Promise<void> {
  const folder = dirname(path);
  for (const name of await readdir(folder)) {
    const pid = /^\.(\d+)\.tmp$/.exec(
      name.startsWith(basename(path)) ? name.slice(basename(path).length) : '',
    )?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) await rm(join(folder, name), { force: true });
  }
}

async function writeAll(
  file: FileHandle,
  header: CheckpointHeader,
  entries: Iterable<CheckpointEntry>,
): Promise<number> {
  const hash = createHash('sha256');
  const head = packr.pack(header);
  const start = Buffer.concat([MAGIC, uint32(FORMAT), uint32(head.length), head]);
  await write(file, hash, start);
  let bytes = 0;
  for (const { dataSource, symbol, checkpoint } of entries) {
    const entry = packr.pack([dataSource, symbol, checkpoint]);
    // Not put together first: what large buffers leave to be collected is what a write costs the others most.
    await write(file, hash, uint32(entry.length));
    await write(file, hash, entry);
    bytes += 4 + entry.length;
  }
  const length = Buffer.alloc(8);
  length.writeDoubleLE(bytes);
  await write(file, hash, length);
  await file.writeFile(hash.digest());
  await file.sync();
  return start.length + bytes + END_BYTES;
}

async function write(file: FileHandle, hash: Hash, bytes: Buffer): Promise<void> {
  hash.update(bytes);
  // Unlike `write`, it goes on after a short write.
  await file.writeFile(bytes);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/** Makes sure that a rename in a folder outlives a power cut. Some systems cannot open a folder: they do it by themselves. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => null);
  if (handle === null) return;
  await handle.sync().catch(() => undefined);
  await handle.close();
}

/**
 * Reads a checkpoint file; null if there is none.
 *
 * @throws CheckpointFileError if it is torn, damaged, foreign or of another format
 * @throws what the file system throws
 */
export async function readCheckpointFile(path: string): Promise<CheckpointFile | null> {
  const bytes = await readFile(path).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  });
  return bytes === null ? null : parseCheckpointFile(bytes);
}

/** Reads the bytes of a checkpoint file. @throws CheckpointFileError if they are not those of a whole file of ours */
export function parseCheckpointFile(bytes: Buffer): CheckpointFile {
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC.subarray(0, bytes.length))) {
    throw new CheckpointFileError('it is no checkpoint file');
  }
  if (bytes.length < START_BYTES + END_BYTES) throw new CheckpointFileError('it is cut off');
  const format = bytes.readUInt32LE(MAGIC.length);
  if (format !== FORMAT) {
    throw new CheckpointFileError(`its format is ${format}, this program reads ${FORMAT}`);
  }
  const headEnd = START_BYTES + bytes.readUInt32LE(MAGIC.length + 4);
  const end = bytes.length - END_BYTES;
  if (headEnd > end || bytes.readDoubleLE(end) !== end - headEnd) {
    throw new CheckpointFileError('it is cut off, or its length is damaged');
  }
  const hashed = bytes.length - HASH_BYTES;
  if (!createHash('sha256').update(bytes.subarray(0, hashed)).digest().equals(bytes.subarray(hashed))) {
    throw new CheckpointFileError('its checksum is wrong');
  }
  try {
    const header = headerOf(packr.unpack(bytes.subarray(START_BYTES, headEnd)));
    return { header, entries: entriesOf(bytes.subarray(headEnd, end)), bytes: bytes.length };
  } catch (error) {
    throw new CheckpointFileError(`its content cannot be read: ${messageOf(error)}`);
  }
}

function headerOf(value: unknown): CheckpointHeader {
  if (typeof value === 'object' && value !== null && 'build' in value && 'time' in value) {
    const { build, time } = value;
    if (typeof build === 'string' && typeof time === 'number') return { build, time };
  }
  throw new Error('it has no header');
}

function entriesOf(bytes: Buffer): readonly CheckpointEntry[] {
  const entries: CheckpointEntry[] = [];
  for (let at = 0; at < bytes.length; ) {
    const begin = at + 4;
    at = begin + bytes.readUInt32LE(at);
    if (at > bytes.length) throw new Error('an entry is longer than the file');
    const value: unknown = packr.unpack(bytes.subarray(begin, at));
    const [dataSource, symbol, checkpoint] = Array.isArray(value) ? (value as readonly unknown[]) : [];
    if (typeof dataSource !== 'string' || typeof symbol !== 'string') throw new Error('an entry has no name');
    entries.push({ dataSource, symbol, checkpoint });
  }
  return entries;
}
