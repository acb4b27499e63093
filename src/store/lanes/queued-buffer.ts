import { setImmediate as nextTurn } from 'node:timers/promises';
import { backoffMs } from '../../backoff.js';
import { messageOf } from '../../errors.js';
import type { Pool } from '../pool.js';
import { asError } from '../retry.js';
import { encodeRecord, type SpooledRow } from '../spool/records.js';
import type { SpoolLane } from '../spool/spool-lane.js';
import type { Batch, Lane, Refusal } from './lane.js';
import { type BufferOptions, type LaneBuffer, LaneCounts, type LaneStats } from './lane-buffer.js';
import { RowQueue, uniqueHead } from './row-queue.js';

/** Rows of one append to the disk. */
const SPILL_ROWS = 250;
/** Rows made ready for the disk before the loop turns. */
const ROWS_PER_TURN = 100;
/** Rows of an urgent lane brought to the disk in one turn. */
const JOURNAL_ROWS = 500;
const DISK_RETRY = { baseMs: 250, maxMs: 5_000 };

/** Rows out of a file of an earlier process. */
interface Found<Row> {
  readonly rows: readonly Row[];
  readonly times: readonly number[];
  /** How many are done. */
  done: number;
}

/** What was read from the disk as rows again, with the place of each among what was read. */
interface Revived<Row> {
  readonly rows: Row[];
  readonly times: number[];
  readonly places: number[];
  readonly refusals: (Refusal<unknown> & { readonly place: number })[];
}

/**
 * The rows of a lossless or droppable lane, in the order they came: first files of earlier processes, then what of this
 * one is on the disk, then memory. Every row of this process has a position; `#done` is that of the oldest unwritten.
 *
 * A row that is on the disk and in flight is not taken back: if its write succeeds it is written again when the file is
 * read, which changes nothing.
 */
export class QueuedBuffer<Row> implements LaneBuffer {
  readonly #lane: Lane<Row>;
  readonly #options: BufferOptions;
  readonly #disk: SpoolLane | null;
  readonly #onOverflow: ((row: Row) => void) | undefined;
  readonly #counts = new LaneCounts();
  readonly #queue = new RowQueue<Row>();
  #done = 0;
  #found: Found<Row> | null = null;
  /** When the first row came after the last batch, ms of `performance.now()`. */
  #since = 0;
  /** Rows before this position do not wait for others. */
  #hastenedTo = 0;
  #isStopped = false;
  /** What brings rows to the disk, while it does. */
  #spilling: Promise<void> | null = null;
  #spillTimer: NodeJS.Timeout | undefined;
  #isJournalDue = false;
  #diskFailures = 0;

  /** @param disk where rows go that memory cannot hold; null: nowhere */
  constructor(
    lane: Lane<Row>,
    options: BufferOptions,
    disk: SpoolLane | null,
    onOverflow?: (row: Row) => void,
  ) {
    this.#lane = lane;
    this.#options = options;
    this.#disk = disk;
    this.#onOverflow = onOverflow;
  }

  get name(): string {
    return this.#lane.name;
  }

  get priority(): number {
    return this.#lane.priority;
  }

  /** Rows that wait, in memory or on the disk. O(1). */
  get queuedRows(): number {
    // A file of an earlier process that is not read yet counts as one row.
    const found = this.#found === null ? 0 : this.#found.rows.length - this.#found.done - 1;
    return this.#queue.end - this.#done + (this.#disk?.found ?? 0) + found;
  }

  get stats(): LaneStats {
    const { oldest, oldestAt, length } = this.#queue;
    return {
      ...this.#counts,
      queuedRows: this.queuedRows,
      queuedBytes: oldest === undefined ? 0 : length * this.#lane.rowBytes(oldest),
      spooledBytes: this.#disk?.bytes ?? 0,
      oldestAgeMs: oldestAt === undefined ? 0 : Math.max(0, this.#options.now() - oldestAt),
    };
  }

  /** Takes a row, O(1), no I/O. Never throws. */
  push(row: Row): void {
    if (this.#isStopped) {
      this.#overflow(row, 'the writer is closed');
      return;
    }
    const { kind, maxMemoryRows, maxStuckRows, isUrgent } = this.#lane;
    if (kind === 'droppable') {
      if (this.#queue.length >= maxMemoryRows) this.#dropOldest();
    } else if (this.#queue.length >= maxStuckRows) {
      this.#overflow(row, 'there is no more room');
      return;
    }
    if (this.#queue.end === this.#done) this.#since = performance.now();
    this.#queue.push(row, this.#options.now());
    if (this.#disk !== null) {
      if (isUrgent) this.#wantJournal();
      else if (this.#queue.length > maxMemoryRows) this.#wantSpill();
    }
    this.#options.wake();
  }

  dueAt(): number {
    if (this.#disk !== null && this.#disk.found > 0) return 0;
    const waiting = this.#queue.end - this.#done;
    if (waiting === 0) return Number.POSITIVE_INFINITY;
    const { maxBatchRows, maxAgeMs } = this.#lane;
    const isFull = waiting >= maxBatchRows || this.#done < this.#queue.start;
    return isFull || this.#done < this.#hastenedTo ? 0 : this.#since + maxAgeMs;
  }

  hasten(): () => boolean {
    const { end } = this.#queue;
    this.#hastenedTo = end;
    return () => this.#done >= end && (this.#disk?.found ?? 0) === 0;
  }

  async writeBatch(pool: Pool): Promise<void> {
    if (this.#disk !== null && this.#disk.found > 0) await this.#writeFound(pool, this.#disk);
    else if (this.#disk !== null && this.#done < this.#queue.start)
      await this.#writeSpilled(pool, this.#disk);
    else await this.#writeQueued(pool);
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#spillTimer);
  }

  async save(): Promise<number> {
    if (this.#lane.kind === 'droppable') return 0;
    await this.#spilling;
    try {
      while (this.#disk !== null && this.#unspilled() < this.#queue.end) await this.#spillChunk(this.#disk);
    } catch (error) {
      this.#options.logger.error({ err: error, lane: this.name }, 'rows could not be brought to the disk');
    }
    return this.#queue.end - this.#unspilled();
  }

  async #writeQueued(pool: Pool): Promise<void> {
    const { maxBatchRows, key } = this.#lane;
    const start = this.#done;
    const { rows, times } = this.#queue.from(start, maxBatchRows);
    const count = uniqueHead(rows, key);
    await this.#write(pool, {
      rows: rows.slice(0, count),
      times: times.slice(0, count),
      isFromDisk: false,
    });
    await this.#setDone(start + count);
  }

  async #writeSpilled(pool: Pool, disk: SpoolLane): Promise<void> {
    const start = this.#done;
    const { rows: spooled, end } = await disk.read(start);
    if (spooled.length === 0) {
      // The file is damaged: put aside, and said so.
      this.#counts.lost += end - start;
      await this.#setDone(end);
      return;
    }
    const { rows, times, places, refusals } = this.#revive(spooled.slice(0, this.#lane.maxBatchRows));
    const count = uniqueHead(rows, this.#lane.key);
    // Behind the last of these rows, or behind all if none is left out.
    const taken = places[count] ?? Math.min(spooled.length, this.#lane.maxBatchRows);
    await this.#write(pool, { rows: rows.slice(0, count), times: times.slice(0, count), isFromDisk: true });
    // Told only now: had the write failed, they would be read and refused again.
    this.#refuse(refusals.filter(({ place }) => place < taken));
    await this.#setDone(start + taken);
  }

  async #writeFound(pool: Pool, disk: SpoolLane): Promise<void> {
    if (this.#found === null) {
      const { rows, times, refusals } = this.#revive(await disk.readFound());
      this.#refuse(refusals);
      this.#found = { rows, times, done: 0 };
    }
    const { rows, times, done } = this.#found;
    const { maxBatchRows, key } = this.#lane;
    const count = uniqueHead(rows.slice(done, done + maxBatchRows), key);
    if (count > 0) {
      const end = done + count;
      await this.#write(pool, {
        rows: rows.slice(done, end),
        times: times.slice(done, end),
        isFromDisk: true,
      });
      this.#found.done = end;
    }
    if (this.#found.done < rows.length) return;
    this.#found = null;
    await disk.dropFound();
  }

  async #write(pool: Pool, batch: Batch<Row>): Promise<void> {
    if (batch.rows.length === 0) return;
    this.#counts.settle(this.#lane, await this.#lane.write(pool, batch), this.#options);
    this.#since = performance.now();
  }

  /** Forgets what is before `done`; files before newer rows are written, so that none is written over by an older one. */
  async #setDone(done: number): Promise<void> {
    this.#done = Math.max(done, this.#done);
    this.#queue.dropBefore(this.#done);
    await this.#disk?.dropBefore(this.#done);
  }

  #revive(spooled: readonly SpooledRow[]): Revived<Row> {
    const revived: Revived<Row> = { rows: [], times: [], places: [], refusals: [] };
    spooled.forEach(({ at, value }, place) => {
      try {
        revived.rows.push(this.#lane.revive(value));
        revived.times.push(at);
        revived.places.push(place);
      } catch (error) {
        revived.refusals.push({ row: value, error: asError(error), place });
      }
    });
    return revived;
  }

  #refuse(refusals: readonly Refusal<unknown>[]): void {
    this.#counts.refuse(this.name, refusals, this.#options);
  }

  #dropOldest(): void {
    this.#queue.dropBefore(this.#queue.start + 1);
    if (this.#queue.start <= this.#done) return;
    this.#done = this.#queue.start;
    this.#counts.dropped++;
  }

  #overflow(row: Row, why: string): void {
    if (this.#lane.kind === 'droppable') {
      this.#counts.dropped++;
      return;
    }
    if (this.#counts.overflowed++ === 0)
      this.#options.logger.error({ lane: this.name }, `rows are not written: ${why}`);
    this.#onOverflow?.(row);
  }

  /** Where the rows begin that are in memory only. Those in flight may be among them. */
  #unspilled(): number {
    return this.#disk?.end ?? Math.max(this.#done, this.#queue.start);
  }

  /** Brings the rows of this turn to the disk at its end, in one write. */
  #wantJournal(): void {
    if (this.#isJournalDue || this.#spillTimer !== undefined) return;
    this.#isJournalDue = true;
    setImmediate(() => {
      this.#isJournalDue = false;
      this.#journal();
    });
  }

  #journal(): void {
    const disk = this.#disk;
    const from = this.#unspilled();
    if (disk === null || this.#isStopped || from >= this.#queue.end) return;
    try {
      const { rows, times } = this.#queue.from(from, JOURNAL_ROWS);
      disk.appendNow(
        from,
        rows.map((value, i) => encodeRecord({ at: times[i] ?? 0, value })),
      );
      this.#diskWorks();
    } catch (error) {
      this.#diskFails(error, () => this.#journal());
      return;
    }
    this.#forget(disk);
    if (this.#unspilled() < this.#queue.end) this.#wantJournal();
  }

  #wantSpill(): void {
    const disk = this.#disk;
    if (disk === null || this.#spilling !== null || this.#spillTimer !== undefined) return;
    this.#spilling = (async () => {
      await nextTurn();
      try {
        while (this.#queue.length > this.#lane.maxMemoryRows / 2 && !this.#isStopped) {
          await this.#spillChunk(disk);
          this.#diskWorks();
        }
      } catch (error) {
        this.#diskFails(error, () => this.#wantSpill());
      }
      this.#spilling = null;
    })();
  }

  async #spillChunk(disk: SpoolLane): Promise<void> {
    const from = this.#unspilled();
    const { rows, times } = this.#queue.from(from, SPILL_ROWS);
    const records: Buffer[] = [];
    for (const [i, value] of rows.entries()) {
      if (i % ROWS_PER_TURN === ROWS_PER_TURN - 1) await nextTurn();
      records.push(encodeRecord({ at: times[i] ?? 0, value }));
    }
    if (records.length > 0) await disk.append(from, records);
    this.#queue.dropBefore(from + rows.length);
    // Written while they were on their way to the disk.
    await disk.dropBefore(this.#done);
  }

  /** Takes journaled rows out of memory when there are too many. */
  #forget(disk: SpoolLane): void {
    if (this.#queue.length > this.#lane.maxMemoryRows) this.#queue.dropBefore(disk.end ?? 0);
  }

  #diskWorks(): void {
    if (this.#diskFailures > 0) this.#options.logger.info({ lane: this.name }, 'the disk takes rows again');
    this.#diskFailures = 0;
  }

  #diskFails(error: unknown, again: () => void): void {
    if (this.#diskFailures === 0) {
      this.#options.logger.error(
        { lane: this.name, reason: messageOf(error) },
        'rows cannot be brought to the disk; they are kept in memory and it is tried again',
      );
    }
    this.#spillTimer = setTimeout(
      () => {
        this.#spillTimer = undefined;
        again();
      },
      backoffMs(this.#diskFailures++, DISK_RETRY),
    );
    this.#spillTimer.unref();
  }
}
