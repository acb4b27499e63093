import type { Pool } from '../pool.js';

/**
 * What becomes of rows that cannot be written at once:
 * – `lossless`: kept in memory, then on disk, and written in the order they came;
 * – `latest`: of each key only the newest is kept, and it is given up when a write fails: a newer one follows;
 * – `droppable`: kept while there is room, the oldest goes first.
 */
export type LaneKind = 'lossless' | 'latest' | 'droppable';

/** A row that was refused for what it holds, and why. */
export interface Refusal<Row> {
  readonly row: Row;
  readonly error: Error;
}

/** What became of the rows of one batch; those that are neither were refused. */
export interface WriteOutcome<Row> {
  /** Rows inserted or changed. */
  readonly written: number;
  /** Rows that were there already, or that must not overwrite what is there. */
  readonly unchanged: number;
  readonly refusals: readonly Refusal<Row>[];
}

/** Rows on their way to the database. */
export interface Batch<Row> {
  readonly rows: readonly Row[];
  /** When each row was handed in, our clock, ms since the epoch; as long as `rows`. */
  readonly times: readonly number[];
  /** True if the rows were read from the disk: newer knowledge may be in the database already. */
  readonly isFromDisk: boolean;
}

/** One kind of rows on its way to the database: all that the writer has to know of a table. */
export interface Lane<Row> {
  /** Lower-case letters and `_`: names the lane in the statistics and its files on the disk. */
  readonly name: string;
  readonly kind: LaneKind;
  /** Lower goes first: 1 signals, 2 alerts, 3 closed candles, 4 metrics, 5 forming candles, 6 logs. */
  readonly priority: number;
  /**
   * True if rows are few and must not wait behind large statements: they have a connection of their own, and each is
   * on the disk at the end of the loop turn in which it came, so that a killed process loses none. Lossless only.
   */
  readonly isUrgent: boolean;
  /** Rows of one statement. */
  readonly maxBatchRows: number;
  /** How long a row may wait for others to be written with it, ms; 0: it does not wait. */
  readonly maxAgeMs: number;
  /** Rows kept in memory. Those of a lossless lane go to the disk beyond it; of others the oldest is given up. */
  readonly maxMemoryRows: number;
  /**
   * Rows of a lossless lane kept in memory when the disk takes none either; what comes then has overflowed. Infinity:
   * none ever does.
   */
  readonly maxStuckRows: number;
  /** Tells rows that must not be in one statement, or of which a `latest` lane keeps one. Absent: any may. */
  readonly key?: (row: Row) => string | number;
  /** About how many bytes a row takes in memory. O(1); asked for one row when statistics are read. */
  readonly rowBytes: (row: Row) => number;
  /**
   * Writes a batch. Whatever was written may be written again: after a lost answer, after a crash.
   *
   * @throws what is not the rows' fault: nothing is known of any of them then, and the same batch comes again
   */
  readonly write: (pool: Pool, batch: Batch<Row>) => Promise<WriteOutcome<Row>>;
  /**
   * Makes a row again out of what was read from the disk: plain data as the row was (MessagePack keeps every bit of a
   * number; undefined and functions are lost).
   *
   * @throws TypeError if it is not such a row
   */
  readonly revive: (value: unknown) => Row;
}
