import { join } from 'node:path';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { decodePayload, type SegmentContent, type SpooledRow } from './records.js';
import { Segment } from './segment.js';

/** What a lane's files share with those of other lanes. */
export interface SpoolRoom {
  /** Folder of the segment files. */
  readonly dir: string;
  /** @throws SpoolFullError if so many bytes more are not to be had; they are taken otherwise */
  take(bytes: number): void;
  /** Gives bytes back; fewer than 0: takes them without asking. */
  give(bytes: number): void;
  /** Moves a file that cannot be read to its end out of the way, and says so. Never rejects. */
  putAside(segment: Segment, lane: string, reason: string): Promise<void>;
  /** Says and counts that the end of a file was cut off. */
  wasTorn(segment: Segment, lane: string): void;
  /** Says that something was appended, for `sync` to come. */
  isDirty(): void;
}

interface Live {
  readonly segment: Segment;
  /** Position of its first row in the lane. */
  readonly start: number;
  count: number;
}

/** Rows read before the loop turns: a millisecond's work with 40 values each. */
const ROWS_PER_TURN = 50;
const READ_TRIES = 3;
const READ_PAUSE_MS = 100;

/**
 * The files of one lane, oldest first: those found at the start, then those of this process, whose rows have positions
 * in the lane without a gap. A file goes when all its rows are done.
 */
export class SpoolLane {
  readonly #room: SpoolRoom;
  readonly #name: string;
  readonly #found: Segment[];
  #live: Live[] = [];
  #nextNumber: number;
  #isFailing = false;
  #loaded: { readonly live: Live; readonly count: number; readonly rows: readonly SpooledRow[] } | null =
    null;

  /** @param found files that an earlier process left, oldest first */
  constructor(room: SpoolRoom, name: string, found: readonly Segment[], nextNumber: number) {
    this.#room = room;
    this.#name = name;
    this.#found = [...found];
    this.#nextNumber = nextNumber;
  }

  /** Files of earlier processes that are not done. */
  get found(): number {
    return this.#found.length;
  }

  /** True from an append that fails until one succeeds, or a file goes. */
  get isFailing(): boolean {
    return this.#isFailing;
  }

  get segments(): number {
    return this.#found.length + this.#live.length;
  }

  get bytes(): number {
    const live = this.#live.reduce((sum, { segment }) => sum + segment.bytes, 0);
    return this.#found.reduce((sum, segment) => sum + segment.bytes, live);
  }

  /** Position after the newest row of this process that is on the disk; null: none is. */
  get end(): number | null {
    const last = this.#live.at(-1);
    return last === undefined ? null : last.start + last.count;
  }

  /**
   * Appends rows before it returns.
   *
   * @param position of the first row: `end`, or any if that is null
   * @throws SpoolFullError, or what the file system throws: none of the rows is there then
   */
  appendNow(position: number, records: readonly Buffer[]): void {
    const bytes = this.#take(records);
    try {
      const live = this.#openLive(position);
      this.#settle(live, live.segment.appendNow(bytes), bytes.length, records.length);
    } catch (error) {
      this.#giveBack(bytes);
      throw error;
    }
  }

  /** As `appendNow`, without holding the loop up. One call at a time. */
  async append(position: number, records: readonly Buffer[]): Promise<void> {
    const bytes = this.#take(records);
    try {
      const live = this.#openLive(position);
      this.#settle(live, await live.segment.append(bytes), bytes.length, records.length);
    } catch (error) {
      this.#giveBack(bytes);
      throw error;
    }
  }

  /**
   * Gives the rows from `position` on that are in the same file, and the position after that file: of a damaged one, which
   * is put aside, there are fewer rows than that.
   */
  async read(position: number): Promise<{ readonly rows: readonly SpooledRow[]; readonly end: number }> {
    const live = this.#live.find(({ start, count }) => start <= position && position < start + count);
    if (live === undefined) throw new RangeError(`row ${position} is not on the disk`);
    if (this.#loaded?.live !== live || this.#loaded.count < live.count) {
      // Nothing is appended to what has been read.
      await live.segment.seal();
      const { count } = live;
      this.#loaded = { live, count, rows: await this.#load(live.segment, count) };
    }
    const { rows, count } = this.#loaded;
    return { rows: rows.slice(position - live.start), end: live.start + count };
  }

  /** Removes files of this process all of whose rows are before `position`. */
  async dropBefore(position: number): Promise<void> {
    for (let first = this.#live[0]; first !== undefined; first = this.#live[0]) {
      if (first.start + first.count > position || first.segment.isAppending) return;
      this.#live.shift();
      if (this.#loaded?.live === first) this.#loaded = null;
      await this.#remove(first.segment);
    }
  }

  /** Gives the rows of the oldest file of an earlier process, as far as it is whole. */
  async readFound(): Promise<readonly SpooledRow[]> {
    const [segment] = this.#found;
    return segment === undefined ? [] : this.#load(segment, null);
  }

  /** Removes the oldest file of an earlier process: all its rows are done. */
  async dropFound(): Promise<void> {
    const segment = this.#found.shift();
    if (segment !== undefined) await this.#remove(segment);
  }

  /** @throws what the file system throws */
  async sync(): Promise<void> {
    for (const { segment } of this.#live) await segment.sync();
  }

  /** Brings all to the disk and closes the files, which stay for the next process. */
  async close(): Promise<void> {
    for (const { segment } of this.#live) await segment.seal();
  }

  #take(records: readonly Buffer[]): Buffer {
    const bytes = Buffer.concat(records);
    try {
      this.#room.take(bytes.length);
    } catch (error) {
      this.#isFailing = true;
      throw error;
    }
    return bytes;
  }

  #giveBack(bytes: Buffer): void {
    this.#isFailing = true;
    this.#room.give(bytes.length);
  }

  #openLive(position: number): Live {
    const last = this.#live.at(-1);
    if (last?.segment.isOpen === true) return last;
    if (last !== undefined) void last.segment.seal().catch(() => undefined);
    const number = String(this.#nextNumber++).padStart(8, '0');
    const segment = Segment.create(join(this.#room.dir, `${this.#name}.${number}.spool`));
    const live = { segment, start: position, count: 0 };
    this.#live.push(live);
    return live;
  }

  /** @param grown bytes by which the file has grown, its magic included, of which `taken` are accounted for */
  #settle(live: Live, grown: number, taken: number, count: number): void {
    this.#room.give(taken - grown);
    live.count += count;
    this.#isFailing = false;
    this.#room.isDirty();
  }

  /** @param count how many rows there must be; null: not known */
  async #load(segment: Segment, count: number | null): Promise<readonly SpooledRow[]> {
    const content = await this.#readPatiently(segment);
    if (content === null) return [];
    const rows: SpooledRow[] = [];
    let isForeign = false;
    for (const payload of content.payloads.slice(0, count ?? content.payloads.length)) {
      if (rows.length % ROWS_PER_TURN === ROWS_PER_TURN - 1) await nextTurn();
      const row = decodePayload(payload);
      isForeign = row === null;
      if (row === null) break;
      rows.push(row);
    }
    const isShort = count !== null && rows.length < count;
    if (content.damage === 'corrupt' || isForeign || isShort) {
      await this.#room.putAside(segment, this.#name, 'a record in its midst is damaged');
    } else if (content.damage === 'torn') this.#room.wasTorn(segment, this.#name);
    return rows;
  }

  async #readPatiently(segment: Segment): Promise<SegmentContent | null> {
    for (let tries = 1; ; tries++) {
      try {
        return await segment.read();
      } catch (error) {
        if (tries === READ_TRIES) {
          await this.#room.putAside(segment, this.#name, `it cannot be read: ${String(error)}`);
          return null;
        }
        await sleep(READ_PAUSE_MS);
      }
    }
  }

  async #remove(segment: Segment): Promise<void> {
    this.#room.give(segment.bytes);
    await segment.remove();
    // There is room again; should it not be enough, the next append says so.
    this.#isFailing = false;
  }
}
