import { TIMEFRAME_COUNT, timeframeIndex } from '../../timeframe.js';
import { type LateRows, type ToDocument, upsertCandles } from '../candle-upsert.js';
import type { Pool } from '../pool.js';
import type { CandleRecord } from '../records.js';
import type { Batch, Lane, Refusal, WriteOutcome } from './lane.js';

export interface CandleLaneOptions {
  readonly toDocument: ToDocument;
  /** Our clock, ms since the epoch. */
  readonly now: () => number;
  /** Rows of one statement; what they hold is made ready over several loop turns. */
  readonly maxBatchRows: number;
}

/** The series of a candle as one number. */
export function seriesOf({ assetId, timeframe }: CandleRecord): number {
  return assetId * TIMEFRAME_COUNT + timeframeIndex(timeframe);
}

/**
 * The lane of closed candles. A restart can have those that overflow from the exchange's history.
 *
 * @param rows bounds as in `Lane`
 */
export function closedLane(
  options: CandleLaneOptions,
  rows: Pick<Lane<CandleRecord>, 'maxMemoryRows' | 'maxStuckRows'>,
): Lane<CandleRecord> {
  return {
    name: 'closed',
    kind: 'lossless',
    priority: 3,
    isUrgent: false,
    maxBatchRows: options.maxBatchRows,
    maxAgeMs: 0,
    ...rows,
    key: (record) => `${seriesOf(record)} ${record.time}`,
    rowBytes,
    write: candleWrite(options),
    revive: reviveCandle,
  };
}

/** The lane of forming candles: the newest of each series, every `maxAgeMs`. */
export function formingLane(
  options: CandleLaneOptions,
  bounds: Pick<Lane<CandleRecord>, 'maxMemoryRows' | 'maxAgeMs'>,
): Lane<CandleRecord> & { readonly key: (record: CandleRecord) => number } {
  return {
    name: 'forming',
    kind: 'latest',
    priority: 5,
    isUrgent: false,
    maxBatchRows: options.maxBatchRows,
    maxStuckRows: bounds.maxMemoryRows,
    ...bounds,
    key: seriesOf,
    rowBytes,
    write: candleWrite(options),
    revive: reviveCandle,
  };
}

/** Fields of a record as numbers and references, and what each indicator takes in a dictionary. */
function rowBytes({ indicators }: CandleRecord): number {
  return 200 + (indicators === null ? 0 : Object.keys(indicators).length * 24);
}

function candleWrite({ toDocument, now }: CandleLaneOptions): Lane<CandleRecord>['write'] {
  /** The database's clock when the rows that come from the disk now began to be written. */
  let since: number | null = null;
  return async (pool, batch): Promise<WriteOutcome<CandleRecord>> => {
    const refusals: Refusal<CandleRecord>[] = [];
    since = batch.isFromDisk ? (since ?? (await databaseClock(pool))) : null;
    const { written, unchanged } = await upsertCandles(pool, batch.rows, {
      toDocument,
      computedAtMs: now(),
      onRejected: (row, error) => refusals.push({ row, error }),
      ...late(batch, since),
    });
    return { written, unchanged, refusals };
  };
}

function late({ times }: Batch<CandleRecord>, since: number | null): { readonly late?: LateRows } {
  return since === null ? {} : { late: { knownAt: times, since } };
}

async function databaseClock(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ ms: number }>(
    'SELECT extract(epoch FROM clock_timestamp())::float8 * 1000 AS ms',
  );
  return rows[0]?.ms ?? 0;
}

const NUMBERS = ['assetId', 'time', 'open', 'high', 'low', 'close', 'volume', 'coverage'] as const;

/** What the database does not refuse by itself is looked at: the types on which our own code relies. */
function reviveCandle(value: unknown): CandleRecord {
  const record = value as CandleRecord;
  const isCandle =
    typeof value === 'object' &&
    value !== null &&
    NUMBERS.every((name) => typeof record[name] === 'number') &&
    typeof record.timeframe === 'string' &&
    typeof record.isClosed === 'boolean' &&
    typeof record.isValidated === 'boolean' &&
    typeof record.source === 'string' &&
    typeof record.indicators === 'object';
  if (!isCandle) throw new TypeError('not a candle');
  return record;
}
