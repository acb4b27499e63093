/**
 * A year of 1m candles of 20 symbols: how long they take to load, how much room they need, and how long a window of
 * 1,000 of them takes to read, as `candles.list` reads it. If this worsens, backfilling a market takes days, or charts
 * come late. Rows are written minute by minute, as a server would have, so that those of one symbol lie far apart.
 * The limits are a plain batched insert of such rows, and a plain SELECT of such windows.
 */
import type { Pool } from '../src/store/pool.js';
import type { CandleRecord } from '../src/store/records.js';
import type { CandleRepository } from '../src/store/repositories/candles.js';
import { MINUTE_MS } from '../src/timeframe.js';
import type { BenchResult } from './bench.js';
import { makeRandom } from './populated-engine.js';
import { PLAIN_UPSERT, startBenchDatabase } from './store-database.js';

const SYMBOLS = 20;
const FROM = Date.UTC(2025, 0, 1);
const TO = Date.UTC(2026, 0, 1);
/** Another year, of which the plain insert writes so many minutes. */
const PLAIN_FROM = Date.UTC(2023, 0, 1);
const PLAIN_MINUTES = 15_000;
/** Minutes of all symbols that are handed over at once: 2,000 rows. */
const PAGE_MINUTES = 100;
/** Pages in work at a time, as a backfill has series. */
const WORKERS = 4;
const WINDOW = 1_000;
const READS = 2_000;
const WARM_READS = 200;

/** Gives rows/s, sizes, and times of reads. */
export async function run(): Promise<readonly BenchResult[]> {
  const { pool, candles, assetIds, drop } = await startBenchDatabase(SYMBOLS);
  try {
    const plain = await plainRate(pool, assetIds);
    const begun = performance.now();
    const rows = await load(candles, assetIds);
    const seconds = (performance.now() - begun) / 1_000;
    // What autovacuum and the next checkpoint do by themselves in the minutes after a load: reads are measured at rest.
    await pool.query('VACUUM (ANALYZE) price_data');
    await pool.query('CHECKPOINT');
    const size = await sizes(pool);
    const reads = await readWindows(pool, candles, assetIds);
    const gigabytes = (bytes: number): string => (bytes / 1e9).toFixed(2);
    return [
      {
        name: 'a year of 1m candles of 20 symbols, loaded',
        unit: 'rows/s',
        ours: rows / seconds,
        limit: plain,
        limitName: 'plain batched upsert of such rows',
        note: `${rows} rows in ${seconds.toFixed(0)} s, ${WORKERS} at a time, without indicators; fsync on`,
      },
      {
        name: 'a year of 1m candles of 20 symbols, on the disk',
        unit: 'GB',
        ours: size.all / 1e9,
        note: `${gigabytes(size.rows)} rows and ${gigabytes(size.all - size.rows)} indexes: ${(size.all / rows).toFixed(0)} bytes a candle`,
      },
      ...reads,
    ];
  } finally {
    await drop();
  }
}

/** Prices with two decimals and amounts with five, as most have. */
function makePage(assetIds: readonly number[], from: number, minutes: number): CandleRecord[] {
  const records: CandleRecord[] = [];
  for (let time = from; time < from + minutes * MINUTE_MS; time += MINUTE_MS) {
    for (const assetId of assetIds) {
      const phase = time / MINUTE_MS / 97 + assetId;
      const open = Math.round(6_000_000 + 50_000 * Math.sin(phase)) / 100;
      const close = Math.round(6_000_000 + 50_000 * Math.sin(phase + 1 / 97)) / 100;
      records.push({
        assetId,
        timeframe: '1m',
        time,
        open,
        high: Math.max(open, close) + 1.25,
        low: Math.min(open, close) - 1.5,
        close,
        volume: Math.round(1e6 * (1 + Math.cos(phase * 31))) / 1e5,
        tradeCount: null,
        vwap: null,
        isClosed: true,
        isValidated: true,
        source: 'history',
        coverage: 1,
        indicators: null,
      });
    }
  }
  return records;
}

/** Takes pages in their order, several at a time. */
async function inPages(from: number, to: number, take: (from: number, minutes: number) => Promise<void>) {
  let next = from;
  const worker = async (): Promise<void> => {
    while (next < to) {
      const begin = next;
      next = Math.min(to, begin + PAGE_MINUTES * MINUTE_MS);
      await take(begin, (next - begin) / MINUTE_MS);
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, worker));
}

async function load(candles: CandleRepository, assetIds: readonly number[]): Promise<number> {
  let rows = 0;
  await inPages(FROM, TO, async (from, minutes) => {
    const { written } = await candles.bulkUpsert(makePage(assetIds, from, minutes), {
      computedAtMs: 0,
      onRejected: (_, error) => {
        throw error;
      },
    });
    rows += written;
  });
  if (rows !== (assetIds.length * (TO - FROM)) / MINUTE_MS) throw new Error(`${rows} rows were written`);
  return rows;
}

async function plainRate(pool: Pool, assetIds: readonly number[]): Promise<number> {
  await pool.query(`SELECT ensure_price_partition('2023-01-01Z')`);
  const begun = performance.now();
  await inPages(PLAIN_FROM, PLAIN_FROM + PLAIN_MINUTES * MINUTE_MS, async (from, minutes) => {
    const page = makePage(assetIds, from, minutes);
    await pool.query(PLAIN_UPSERT, [
      page.map((r) => r.assetId),
      page.map((r) => r.time),
      page.map((r) => r.open),
      page.map((r) => r.high),
      page.map((r) => r.low),
      page.map((r) => r.close),
      page.map((r) => r.volume),
      page.map((r) => r.tradeCount),
      page.map((r) => r.vwap),
      page.map(() => null),
    ]);
  });
  return (PLAIN_MINUTES * assetIds.length) / ((performance.now() - begun) / 1_000);
}

async function sizes(pool: Pool): Promise<{ readonly all: number; readonly rows: number }> {
  const { rows } = await pool.query<{ all: number; rows: number }>(
    `SELECT sum(pg_total_relation_size(inhrelid))::float8 AS all, sum(pg_relation_size(inhrelid))::float8 AS rows
     FROM pg_inherits WHERE inhparent = 'price_data'::regclass AND inhrelid::regclass::text LIKE 'price_data_2025%'`,
  );
  const [size] = rows;
  if (size === undefined) throw new Error('no size');
  return size;
}

interface Window {
  readonly assetId: number;
  readonly to: number;
}

async function readWindows(
  pool: Pool,
  candles: CandleRepository,
  assetIds: readonly number[],
): Promise<readonly BenchResult[]> {
  const random = makeRandom(5);
  const any = (): Window => ({
    assetId: assetIds[Math.floor(random() * assetIds.length)] ?? 0,
    to: FROM + Math.floor(WINDOW + random() * ((TO - FROM) / MINUTE_MS - WINDOW)) * MINUTE_MS,
  });
  const acrossMonths = (): Window => ({
    assetId: any().assetId,
    to:
      Date.UTC(2025, 1 + Math.floor(random() * 11), 1) + Math.floor(1 + random() * (WINDOW - 2)) * MINUTE_MS,
  });
  const list = async ({ assetId, to }: Window): Promise<number> =>
    (await candles.latestClosed({ assetId, timeframe: '1m', to, limit: WINDOW })).length;
  const plain = async ({ assetId, to }: Window): Promise<number> => {
    const from = to - WINDOW * MINUTE_MS;
    const { rows } = await pool.query(
      `SELECT candle_time, open_price, high_price, low_price, close_price, volume FROM price_data
       WHERE asset_id = $1 AND timeframe = '1m' AND candle_time >= to_timestamp($2::float8 / 1000)
         AND candle_time < to_timestamp($3::float8 / 1000) ORDER BY candle_time`,
      [assetId, from, to],
    );
    return rows.length;
  };
  const results: BenchResult[] = [];
  for (const [name, make] of [
    ['any window', any],
    ['a window across two months', acrossMonths],
  ] as const) {
    await timed(WARM_READS, () => list(make()));
    const limit = await timed(READS, () => plain(make()));
    const ours = await timed(READS, () => list(make()));
    const note = `${READS} windows of ${WINDOW} candles, one after the other`;
    results.push(
      {
        name: `${name} of 1,000 candles in a year, p50`,
        unit: 'ms',
        ours: ours.p50,
        limit: limit.p50,
        limitName: 'plain SELECT',
        note,
      },
      {
        name: `${name} of 1,000 candles in a year, p99`,
        unit: 'ms',
        ours: ours.p99,
        limit: limit.p99,
        limitName: 'plain SELECT',
        note: `${note}; bound 10`,
      },
    );
  }
  return results;
}

async function timed(
  count: number,
  read: () => Promise<number>,
): Promise<{ readonly p50: number; readonly p99: number }> {
  const times: number[] = [];
  for (let i = 0; i < count; i++) {
    const begun = performance.now();
    const rows = await read();
    times.push(performance.now() - begun);
    if (rows !== WINDOW) throw new Error(`${rows} candles instead of ${WINDOW}`);
  }
  times.sort((a, b) => a - b);
  const at = (share: number): number => times[Math.floor((times.length - 1) * share)] ?? 0;
  return { p50: at(0.5), p99: at(0.99) };
}
