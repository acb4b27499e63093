import type { Queryable } from '../pool.js';
import { endSignalsByKey, type KeyedSignalEnd } from '../repositories/signal-ends.js';
import { insertSignals, type NewSignal } from '../repositories/signals.js';
import { writeInTransactions } from '../retry.js';
import type { Lane } from './lane.js';

/** A signal that is new, or how one ends. */
export type SignalRow = NewSignal | KeyedSignalEnd;

/** The lane of trading signals and their events: written once each, before everything else. */
export const signalsLane: Lane<SignalRow> = {
  name: 'signals',
  kind: 'lossless',
  priority: 1,
  isUrgent: true,
  maxBatchRows: 200,
  maxAgeMs: 0,
  maxMemoryRows: 20_000,
  maxStuckRows: Number.POSITIVE_INFINITY,
  rowBytes: () => 2_000,
  write: (pool, batch) => writeInTransactions(pool, batch, writeSignalRows),
  revive: (value) => {
    if (typeof value !== 'object' || value === null) throw new TypeError('not a signal');
    const row = value as SignalRow;
    const { assetId, candleTime } = 'key' in row ? (row.key ?? {}) : row;
    const isSignal =
      typeof assetId === 'number' &&
      typeof candleTime === 'number' &&
      ('key' in row ? typeof row.status === 'string' : Array.isArray(row.channels));
    if (!isSignal) throw new TypeError('not a signal');
    return row;
  },
};

/** Those that are new first: a signal may open and end in one batch, and its key never comes again. */
async function writeSignalRows(connection: Queryable, rows: readonly SignalRow[]): Promise<number> {
  const opened = rows.filter((row): row is NewSignal => !('key' in row));
  const ended = rows.filter((row) => 'key' in row);
  return (await insertSignals(connection, opened)) + (await endSignalsByKey(connection, ended));
}
