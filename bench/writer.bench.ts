/**
 * The way of closed candles to Postgres: `StoreWriter` beside a plain batched upsert of the same rows. If this
 * worsens, a burst of closes (every timeframe at midnight) stays in memory longer, and a crash loses more of it.
 */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { pino } from 'pino';
import { startEmbeddedPostgres } from '../src/store/embedded-postgres.js';
import { migrate } from '../src/store/migrate.js';
import { ensurePartitions } from '../src/store/partitions.js';
import { createPool, type Pool } from '../src/store/pool.js';
import type { CandleRecord } from '../src/store/records.js';
import { AssetRepository } from '../src/store/repositories/assets.js';
import { StoreWriter } from '../src/store/writer.js';
import type { BenchResult } from './bench.js';

const ASSETS = 100;
const MINUTES = 300;
const BATCH_ROWS = 500;
const MINUTE = 60_000;
/** A month of its own for each way, so that both write into an empty partition. */
const OURS_FROM = Date.UTC(2024, 0, 10);
const PLAIN_FROM = Date.UTC(2024, 1, 10);

/** Gives rows/s and the longest that a timer was late while writing. */
export async function run(): Promise<readonly BenchResult[]> {
  const dataDir = await mkdtemp(join(tmpdir(), 'cryptopredict-bench-'));
  // Also user postgres must enter it, when root runs this.
  await chmod(dataDir, 0o755);
  const logger = pino({ level: 'silent' });
  const server = await startEmbeddedPostgres({ dataDir, logger });
  const pool = createPool({ url: server.url, logger });
  try {
    await migrate(pool);
    await ensurePartitions(pool, OURS_FROM, Date.UTC(2024, 3, 1));
    const listings = Array.from({ length: ASSETS }, (_, i) => ({
      symbol: `C${i}/USDT`,
      base: `C${i}`,
      quote: 'USDT',
      dataSource: 'bench',
    }));
    const ids = (await new AssetRepository(pool).register(listings)).map(({ id }) => id);
    // A first round of each, not measured: code compiled, files of the partitions grown.
    await writePlain(pool, makeRows(ids.slice(0, 20), Date.UTC(2024, 2, 10)));
    await writeOurs(pool, makeRows(ids.slice(20, 40), Date.UTC(2024, 2, 10)));
    const limit = await writePlain(pool, makeRows(ids, PLAIN_FROM));
    const ours = await writeOurs(pool, makeRows(ids, OURS_FROM));
    const note = `${ASSETS * MINUTES} closed candles with 20 indicator values, statements of ${BATCH_ROWS} rows, fsync on`;
    return [
      {
        name: 'closed candles to Postgres',
        unit: 'rows/s',
        ours: ours.rowsPerSecond,
        limit: limit.rowsPerSecond,
        limitName: 'plain batched upsert',
        note,
      },
      {
        name: 'event-loop delay while writing, p99',
        unit: 'ms',
        ours: ours.delayMs,
        limit: limit.delayMs,
        limitName: 'plain batched upsert',
        note: 'of a timer of 1 ms, itself taken off',
      },
    ];
  } finally {
    await pool.end();
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

function makeRows(ids: readonly number[], from: number): CandleRecord[] {
  const rows: CandleRecord[] = [];
  for (let minute = 0; minute < MINUTES; minute++) {
    for (const assetId of ids) {
      const open = 100 + Math.sin(assetId + minute / 50) * 10;
      const close = open + Math.cos(minute) / 7;
      const indicators: Record<string, number> = {};
      for (let i = 0; i < 20; i++) indicators[`VALUE_${i}`] = open * (1 + i / 97);
      rows.push({
        assetId,
        timeframe: '1m',
        time: from + minute * MINUTE,
        open,
        high: Math.max(open, close) + 0.5,
        low: Math.min(open, close) - 0.5,
        close,
        volume: 1_000 / (minute + 1),
        tradeCount: 40 + minute,
        vwap: (open + close) / 2,
        isClosed: true,
        isValidated: true,
        source: 'stream',
        coverage: 1,
        indicators,
      });
    }
  }
  return rows;
}

interface Measured {
  readonly rowsPerSecond: number;
  readonly delayMs: number;
}

async function measure(rows: number, work: () => Promise<void>): Promise<Measured> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const start = performance.now();
  await work();
  const seconds = (performance.now() - start) / 1_000;
  delay.disable();
  return { rowsPerSecond: rows / seconds, delayMs: delay.percentile(99) / 1e6 - 1 };
}

function toDocument(flat: Readonly<Record<string, number>>, computedAtMs: number): unknown {
  return { ...flat, computed_at: new Date(computedAtMs).toISOString() };
}

function writeOurs(pool: Pool, rows: readonly CandleRecord[]): Promise<Measured> {
  const writer = new StoreWriter({
    pool,
    logger: pino({ level: 'silent' }),
    toDocument,
    maxBatchRows: BATCH_ROWS,
  });
  return measure(rows.length, async () => {
    for (const row of rows) writer.closed(row);
    const unwritten = await writer.close(60_000);
    if (unwritten > 0 || writer.stats.closedWritten !== rows.length) throw new Error('rows are missing');
  });
}

/** What one would write in an hour: one multi-row upsert, all columns overwritten, no rules. */
const PLAIN = `INSERT INTO price_data (asset_id, timeframe, candle_time, open_price, high_price, low_price, close_price,
    volume, trade_count, vwap, is_closed, is_validated, source, coverage, technical_indicators)
  SELECT asset_id, '1m', to_timestamp(ms / 1000), open, high, low, close, volume, trades, vwap, true, true, 'stream', 1,
    indicators
  FROM unnest($1::int[], $2::float8[], $3::numeric[], $4::numeric[], $5::numeric[], $6::numeric[], $7::numeric[],
    $8::int[], $9::numeric[], $10::jsonb[])
    AS n (asset_id, ms, open, high, low, close, volume, trades, vwap, indicators)
  ON CONFLICT (asset_id, timeframe, candle_time) DO UPDATE SET open_price = excluded.open_price,
    high_price = excluded.high_price, low_price = excluded.low_price, close_price = excluded.close_price,
    volume = excluded.volume, trade_count = excluded.trade_count, vwap = excluded.vwap,
    is_closed = excluded.is_closed, is_validated = excluded.is_validated, source = excluded.source,
    coverage = excluded.coverage, technical_indicators = excluded.technical_indicators`;

function writePlain(pool: Pool, rows: readonly CandleRecord[]): Promise<Measured> {
  return measure(rows.length, async () => {
    for (let at = 0; at < rows.length; at += BATCH_ROWS) {
      const page = rows.slice(at, at + BATCH_ROWS);
      await pool.query(PLAIN, [
        page.map((r) => r.assetId),
        page.map((r) => r.time),
        page.map((r) => r.open),
        page.map((r) => r.high),
        page.map((r) => r.low),
        page.map((r) => r.close),
        page.map((r) => r.volume),
        page.map((r) => r.tradeCount),
        page.map((r) => r.vwap),
        page.map((r) => JSON.stringify(toDocument(r.indicators ?? {}, 0))),
      ]);
    }
  });
}
