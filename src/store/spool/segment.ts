import { close, fdatasync, ftruncate, ftruncateSync, openSync, write, writeSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { promisify } from 'node:util';
import { MAGIC, parseSegment, type SegmentContent } from './records.js';

const writeLater = promisify(write);
const truncateLater = promisify(ftruncate);
const syncLater = promisify(fdatasync);
const closeLater = promisify(close);

/** What is written beyond this goes to the next file. So small that reading one holds the loop up for a few ms only. */
const MAX_SEGMENT_BYTES = 256 * 1_024;

/** One file of records. Appended to until it is sealed, read as a whole, and removed when all in it is written. */
export class Segment {
  readonly path: string;
  #file: number | null;
  /** Size up to the last whole record. */
  #bytes: number;
  #isAppending = false;
  #isDirty = false;
  /** Ends when the disk has what was given to it; a file must not be closed before. */
  #syncing: Promise<void> = Promise.resolve();

  private constructor(path: string, file: number | null, bytes: number) {
    this.path = path;
    this.#file = file;
    this.#bytes = bytes;
  }

  /** Makes a new file. @throws what the file system throws, also if there is one of that name */
  static create(path: string): Segment {
    return new Segment(path, openSync(path, 'wx', 0o600), 0);
  }

  /** A file that was there, sealed. */
  static found(path: string, bytes: number): Segment {
    return new Segment(path, null, bytes);
  }

  get bytes(): number {
    return this.#bytes;
  }

  get isOpen(): boolean {
    return this.#file !== null && this.#bytes < MAX_SEGMENT_BYTES;
  }

  /** True while an `append` is under way: it must not be removed then. */
  get isAppending(): boolean {
    return this.#isAppending;
  }

  /**
   * Appends records before it returns: a process that is killed then has left them.
   *
   * @returns the bytes by which the file has grown
   * @throws what the file system throws; nothing of them counts then
   */
  appendNow(records: Buffer): number {
    const file = this.#openFile();
    const bytes = this.#withMagic(records);
    try {
      for (let at = 0; at < bytes.length; ) {
        at += writeSync(file, bytes, at, bytes.length - at, this.#bytes + at);
      }
    } catch (error) {
      this.#cutOffNow(file);
      throw error;
    }
    return this.#grow(bytes.length);
  }

  /** As `appendNow`, without holding the loop up. One call at a time. */
  async append(records: Buffer): Promise<number> {
    const file = this.#openFile();
    const bytes = this.#withMagic(records);
    this.#isAppending = true;
    try {
      for (let at = 0; at < bytes.length; ) {
        const { bytesWritten } = await writeLater(file, bytes, at, bytes.length - at, this.#bytes + at);
        at += bytesWritten;
      }
    } catch (error) {
      await this.#cutOff(file);
      throw error;
    } finally {
      this.#isAppending = false;
    }
    return this.#grow(bytes.length);
  }

  /** Makes sure that what was appended outlives a power cut. @throws what the file system throws */
  async sync(): Promise<void> {
    if (this.#file === null || !this.#isDirty) return;
    this.#isDirty = false;
    const syncing = syncLater(this.#file);
    this.#syncing = syncing.catch(() => undefined);
    await syncing;
  }

  /** Ends appending; brings what was appended to the disk. */
  async seal(): Promise<void> {
    const file = this.#file;
    // Whoever appends at this moment needs the file; it is sealed when it is removed.
    if (file === null || this.#isAppending) return;
    this.#file = null;
    await this.#syncing;
    try {
      if (this.#isDirty) await syncLater(file);
    } finally {
      await closeLater(file);
    }
  }

  /** Reads all records but one that is being appended. @throws what the file system throws */
  async read(): Promise<SegmentContent> {
    const bytes = this.#bytes;
    return parseSegment((await readFile(this.path)).subarray(0, bytes));
  }

  async remove(): Promise<void> {
    const file = this.#file;
    this.#file = null;
    await rm(this.path, { force: true });
    await this.#syncing;
    if (file !== null) await closeLater(file);
  }

  #openFile(): number {
    if (this.#file === null) throw new Error(`${this.path} is sealed`);
    return this.#file;
  }

  #withMagic(records: Buffer): Buffer {
    return this.#bytes === 0 ? Buffer.concat([MAGIC, records]) : records;
  }

  #grow(bytes: number): number {
    this.#bytes += bytes;
    this.#isDirty = true;
    return bytes;
  }

  #cutOffNow(file: number): void {
    try {
      ftruncateSync(file, this.#bytes);
    } catch {
      // As below.
    }
  }

  /** Takes half a record off; if that fails too the next one overwrites it. */
  async #cutOff(file: number): Promise<void> {
    await truncateLater(file, this.#bytes).catch(() => undefined);
  }
}
