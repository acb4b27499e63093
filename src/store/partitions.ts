import { bucketEnd, bucketStart } from '../timeframe.js';
import { type Connection, type Pool, transaction } from './pool.js';

/** Any number that no other program on the same database takes for its own lock. */
const LOCK = 4_871_029_366;

/** Gives the name of the partition that holds `time` (ms): `price_data_2024_03`. */
export function partitionName(time: number): string {
  const date = new Date(time);
  const month = String(date.getUTCMonth() + 1).padStart(2, '0');
  return `price_data_${date.getUTCFullYear()}_${month}`;
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
 * the default partition move over, none is seen twice or missing meanwhile. Safe from several processes at once.
 */
export async function ensurePartitions(pool: Pool, from: number, to: number): Promise<readonly string[]> {
  return ensureMonths(pool, monthsBetween(from, to));
}

/**
 * Makes the partitions of the month that holds `now` (ms) and of the `ahead` months after it, for housekeeping.
 *
 * @param ahead default 2
 */
export async function ensurePartitionsAhead(pool: Pool, now: number, ahead = 2): Promise<readonly string[]> {
  const months = [bucketStart('1M', now)];
  for (let i = 0; i < ahead; i++) months.push(bucketEnd('1M', months[i] ?? now));
  return ensureMonths(pool, months);
}

/** As `ensurePartitions`, for months given by their starts (ms, UTC), in any order. */
export async function ensureMonths(pool: Pool, months: readonly number[]): Promise<readonly string[]> {
  if ((await missing(pool, months)).length === 0) return [];
  const made: string[] = [];
  // One transaction a month: the lock on the default partition is held for a moment only.
  for (const month of months) {
    await transaction(pool, async (connection) => {
      await connection.query('SELECT pg_advisory_xact_lock($1)', [LOCK]);
      if ((await missing(connection, [month])).length === 0) return;
      await makePartition(connection, month);
      made.push(partitionName(month));
    });
  }
  return made;
}

async function missing(database: Pick<Connection, 'query'>, months: readonly number[]): Promise<number[]> {
  const { rows } = await database.query<{ name: string }>(
    `SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
     WHERE i.inhparent = 'price_data'::regclass`,
  );
  const names = new Set(rows.map(({ name }) => name));
  return months.filter((month) => !names.has(partitionName(month)));
}

/**
 * Fills a plain table first and attaches it then: `CREATE TABLE … PARTITION OF` would lock the whole of
 * `price_data` against readers, and would refuse while the default partition holds rows of the month.
 */
async function makePartition(connection: Connection, month: number): Promise<void> {
  const name = partitionName(month);
  const from = `'${new Date(month).toISOString()}'`;
  const to = `'${new Date(bucketEnd('1M', month)).toISOString()}'`;
  await connection.query(`
    CREATE TABLE ${name} (LIKE price_data INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE);
    LOCK TABLE price_data_default IN ACCESS EXCLUSIVE MODE;
    WITH moved AS (
      DELETE FROM price_data_default WHERE candle_time >= ${from} AND candle_time < ${to} RETURNING *
    )
    INSERT INTO ${name} SELECT * FROM moved;
    ALTER TABLE price_data ATTACH PARTITION ${name} FOR VALUES FROM (${from}) TO (${to});`);
}
