import type { Logger } from '../../logger.js';
import type { Pool } from '../pool.js';
import type { Lane, Refusal, WriteOutcome } from './lane.js';

/** State of a lane and counters since the start, in rows. */
export interface LaneStats {
  /** Rows that wait, in memory or on the disk; those of a file of an earlier process count once it is read. */
  readonly queuedRows: number;
  /** About the bytes that those in memory take. */
  readonly queuedBytes: number;
  /** Bytes of the lane's files. */
  readonly spooledBytes: number;
  /** How long the oldest row in memory has been waiting, ms; 0: there is none. */
  readonly oldestAgeMs: number;
  readonly written: number;
  /** Rows that were there already, or that must not overwrite what is there. */
  readonly unchanged: number;
  /** Rows that the database refused; set aside. */
  readonly refused: number;
  /** Rows of a lane that is not lossless, given up because there was no room or a write failed. */
  readonly dropped: number;
  /** Rows of a lossless lane for which neither memory nor disk had room. */
  readonly overflowed: number;
  /** Rows on the disk that could not be read again. */
  readonly lost: number;
  readonly batches: number;
}

/** What a lane's rows wait in. */
export interface LaneBuffer {
  readonly name: string;
  readonly priority: number;
  readonly stats: LaneStats;
  /** When the next batch may be written, ms of `performance.now()`; Infinity: nothing waits. */
  dueAt(): number;
  /** Lets what waits now be written without waiting for more; gives what says whether all of that is done. */
  hasten(): () => boolean;
  /** Writes one batch. @throws what is not the rows' fault; they wait on, or are given up if they may be */
  writeBatch(pool: Pool): Promise<void>;
  /** Takes nothing more. */
  stop(): void;
  /** After `stop`: brings rows that must not be lost to the disk; gives how many are neither there nor written. */
  save(): Promise<number>;
}

export interface BufferOptions {
  readonly logger: Logger;
  readonly now: () => number;
  /** Called when something has come that waits to be written. */
  readonly wake: () => void;
  /** Called for each row that was refused. */
  readonly onRefused: (lane: string, row: unknown, error: Error) => void;
}

/** Counters that every kind of buffer has. */
export class LaneCounts {
  written = 0;
  unchanged = 0;
  refused = 0;
  dropped = 0;
  overflowed = 0;
  lost = 0;
  batches = 0;

  /** Counts what became of a batch and hands on what was refused. */
  settle<Row>(lane: Lane<Row>, outcome: WriteOutcome<Row>, options: BufferOptions): void {
    this.written += outcome.written;
    this.unchanged += outcome.unchanged;
    this.batches++;
    this.refuse(lane.name, outcome.refusals, options);
  }

  refuse(lane: string, refusals: readonly Refusal<unknown>[], { onRefused }: BufferOptions): void {
    this.refused += refusals.length;
    for (const { row, error } of refusals) onRefused(lane, row, error);
  }
}
