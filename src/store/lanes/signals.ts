import { insertSignals, type NewSignal } from '../repositories/signals.js';
import { writeInTransactions } from '../retry.js';
import type { Lane } from './lane.js';

/** The lane of trading signals and their events: written once each, before everything else. */
export const signalsLane: Lane<NewSignal> = {
  name: 'signals',
  kind: 'lossless',
  priority: 1,
  isUrgent: true,
  maxBatchRows: 200,
  maxAgeMs: 0,
  maxMemoryRows: 20_000,
  maxStuckRows: Number.POSITIVE_INFINITY,
  rowBytes: () => 2_000,
  write: (pool, batch) => writeInTransactions(pool, batch, insertSignals),
  revive: (value) => {
    const signal = value as NewSignal;
    const isSignal =
      typeof value === 'object' &&
      value !== null &&
      typeof signal.assetId === 'number' &&
      typeof signal.candleTime === 'number' &&
      Array.isArray(signal.channels);
    if (!isSignal) throw new TypeError('not a signal');
    return signal;
  },
};
