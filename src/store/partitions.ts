import { setTimeout as sleep } from 'node:timers/promises';
import { backoffMs } from '../backoff.js';
import { bucketEnd, bucketStart } from '../timeframe.js';
import { errorCode } from './error-code.js';
import { patient } from './patient-query.js';
import type { Pool, Queryable } from './pool.js';

export interface PartitionOptions {
  /** Ends the work between two steps, and the pauses of tries. */
  readonly signal?: AbortSignal;
  /** How long a lock that others hold is tried for, ms. Default 20,000. */
  readonly patienceMs?: number;
}

/** Gives the name of the partition that holds `time` (ms): `price_data_2024_03`. */
export function partitionName(time: number): string {
  return `price_data_${monthName(time)}`;
}

function monthName(time: number): string {
  return new Date(time).toISOString().slice(0, 7).replace('-', '_');
}

/** Gives the starts (ms, UTC) of the months that hold any moment of `from` ≤ time < `to`, in order. */
export function monthsBetween(from: number, to: number): readonly number[] {
  const months: number[] = [];
  for (let month = bucketStart('1M', from); month < to; month = bucketEnd('1M', month)) months.push(month);
  return months;
}

/**
 * Makes the monthly partitions of `price_data` that a range of candle times (ms, `to` exclusive) needs, and gives
 * the names of those it made. One small query when all are there. Rows of a new month that had found their home in
 * the default partition move over, none is seen twice or missing meanwhile. A month that is archived gets none: its
 * late candles go to the default partition. Safe from several processes at once.
 *
 * @throws with code 55P03 if others hold a lock for longer than our patience; the months before it stay, and candles of
 * those that are missing find the default partition
 */
export async function ensurePartitions(
  pool: Pool,
  from: number,
  to: number,
  options: PartitionOptions = {},
): Promise<readonly string[]> {
  return ensureMonths(pool, monthsBetween(from, to), options);
}

/**
 * Makes the partitions of the month that holds `now` (ms) and of the `ahead` months after it, for housekeeping.
 *
 * @param ahead default 2
 */
export async function ensurePartitionsAhead(
  pool: Pool,
  now: number,
  ahead = 2,
  options: PartitionOptions = {},
): Promise<readonly string[]> {
  const months = [bucketStart('1M', now)];
  for (let i = 0; i < ahead; i++) months.push(bucketEnd('1M', months[i] ?? now));
  return ensureMonths(pool, months, options);
}

/** As `ensurePartitions`, for months given by their starts (ms, UTC), in any order. */
export async function ensureMonths(
  pool: Pool,
  months: readonly number[],
  options: PartitionOptions = {},
): Promise<readonly string[]> {
  const made: string[] = [];
  // One transaction a month: the lock on the default partition is held for a moment only.
  for (const month of await missing(pool, months)) {
    const [row] = await persistent<{ made: boolean }>(
      pool,
      'SELECT ensure_price_partition(to_timestamp($1::float8 / 1000)) AS made',
      [month],
      options,
    );
    if (row?.made === true) made.push(partitionName(month));
  }
  return made;
}

/** What the database makes partitions for; a candle of any other time stays in the default partition. */
const FIRST_MONTH = 0;
const LAST_MONTH = Date.UTC(2999, 11);

/** Those of the months that have a partition neither among the candles nor in the archive. */
async function missing(database: Queryable, months: readonly number[]): Promise<readonly number[]> {
  const usual = months.filter((month) => month >= FIRST_MONTH && month <= LAST_MONTH);
  if (usual.length === 0) return [];
  const { rows } = await database.query<{ name: string }>(
    `SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
     WHERE i.inhparent IN ('price_data'::regclass, 'price_data_archive'::regclass)`,
  );
  const names = new Set(rows.map(({ name }) => name));
  return usual.filter(
    (month) => !names.has(partitionName(month)) && !names.has(`price_data_archive_${monthName(month)}`),
  );
}

/** What archiving has moved. */
export interface Archived {
  /** Months that were moved whole, by the names that their partitions have now. */
  readonly months: readonly string[];
  /** Candles that had come late and were moved one by one. */
  readonly late: number;
}

/**
 * Moves the months that end at or before `before` (ms) from `price_data` to `price_data_archive`, the oldest first, and
 * late candles of archived months with them; candles of days, weeks and months stay. One transaction a step, so that
 * it may be broken off at any moment and goes on where it stood.
 *
 * @throws with code 55P03 as `ensurePartitions` does; 22023 if `before` is too new: three months are always kept
 */
export async function archiveMonths(
  pool: Pool,
  before: number,
  options: PartitionOptions = {},
): Promise<Archived> {
  const months: string[] = [];
  let late = 0;
  while (options.signal?.aborted !== true) {
    const [step] = await persistent<{ partition: string; rows_moved: number; is_whole: boolean }>(
      pool,
      'SELECT partition, rows_moved, is_whole FROM archive_old_data(to_timestamp($1::float8 / 1000))',
      [before],
      options,
    );
    if (step === undefined) break;
    if (step.is_whole) months.push(step.partition);
    else late += step.rows_moved;
  }
  return { months, late };
}

/** Reads the planner's statistics of the months of a range (ms, `to` exclusive) anew, as after a load of many candles. */
export async function analyzeMonths(
  pool: Pool,
  from: number,
  to: number,
  options: PartitionOptions = {},
): Promise<void> {
  for (const month of monthsBetween(from, to)) {
    if (options.signal?.aborted === true) return;
    await persistent(pool, 'SELECT analyze_price_data(to_timestamp($1::float8 / 1000))', [month], options);
  }
}

/** Others held a lock for too long, or wanted ours. */
const BUSY = new Set(['55P03', '40P01']);

/** One step, again and again while others hold what it needs. */
async function persistent<Row extends object>(
  pool: Pool,
  text: string,
  values: readonly unknown[],
  { signal, patienceMs = 20_000 }: PartitionOptions,
): Promise<readonly Row[]> {
  const end = performance.now() + patienceMs;
  for (let attempt = 0; ; attempt++) {
    try {
      const { rows } = await pool.query<Row>(patient(text, [...values]));
      return rows;
    } catch (error) {
      if (!BUSY.has(errorCode(error) ?? '') || performance.now() >= end) throw error;
      const pauseMs = backoffMs(attempt, { baseMs: 100, maxMs: 2_000 });
      await sleep(pauseMs, undefined, signal === undefined ? {} : { signal });
    }
  }
}
