import type { Connection } from '../pool.js';
import { writeInTransactions } from '../retry.js';
import type { Lane } from './lane.js';

/** Writes rows in the caller's transaction; gives how many were inserted or changed. May be given the same rows again. */
export type RowWriter<Row> = (connection: Connection, rows: readonly Row[]) => Promise<number>;

/** Rows wait so long for others to be written with them, ms. */
const MAX_AGE_MS = 1_000;
const MAX_BATCH_ROWS = 500;
/** Some tens of numbers and texts each. */
const ROW_BYTES = 1_000;

/**
 * A lane of metrics or analyses: kept like closed candles, and written after them.
 *
 * @param key the table's key if its rows are written over: what comes later is written later
 */
export function keptLane<Row extends object>(
  name: string,
  write: RowWriter<Row>,
  key?: (row: Row) => string | number,
): Lane<Row> {
  return {
    ...plainLane(name, write),
    kind: 'lossless',
    priority: 4,
    maxStuckRows: 100_000,
    ...(key === undefined ? {} : { key }),
  };
}

/**
 * A lane of logs: written when nothing else is due, and the first of which rows are given up. A row may be there twice
 * if the answer to its write was lost.
 */
export function logLane<Row extends object>(name: string, write: RowWriter<Row>): Lane<Row> {
  return { ...plainLane(name, write), kind: 'droppable', priority: 6, maxStuckRows: 0 };
}

/** A lane of which only the newest row of each key matters; one whose write fails is given up. */
export function latestLane<Row extends object>(
  name: string,
  write: RowWriter<Row>,
  key: (row: Row) => string | number,
): Lane<Row> {
  return { ...plainLane(name, write), kind: 'latest', priority: 5, maxStuckRows: 0, key };
}

function plainLane<Row extends object>(
  name: string,
  write: RowWriter<Row>,
): Omit<Lane<Row>, 'kind' | 'priority' | 'maxStuckRows'> {
  return {
    name,
    isUrgent: false,
    maxBatchRows: MAX_BATCH_ROWS,
    maxAgeMs: MAX_AGE_MS,
    maxMemoryRows: 10_000,
    rowBytes: () => ROW_BYTES,
    write: (pool, batch) => writeInTransactions(pool, batch, write),
    revive: (value) => {
      if (typeof value !== 'object' || value === null) throw new TypeError('not a row');
      return value as Row;
    },
  };
}
