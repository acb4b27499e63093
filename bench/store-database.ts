import { rm } from 'node:fs/promises';
import { pino } from 'pino';
import { fromIndicatorDocument, toIndicatorDocument } from '../src/indicator-document.js';
import { startEmbeddedPostgres } from '../src/store/embedded-postgres.js';
import { migrate } from '../src/store/migrate.js';
import { createPool, type Pool } from '../src/store/pool.js';
import { AssetRepository } from '../src/store/repositories/assets.js';
import { CandleRepository } from '../src/store/repositories/candles.js';
import { makeTestFolder } from '../test/support/folder.js';

/** A database with the production's settings and assets to write candles of. */
export interface BenchDatabase {
  readonly url: string;
  readonly pool: Pool;
  readonly candles: CandleRepository;
  readonly assetIds: readonly number[];
  drop(): Promise<void>;
}

/** Starts an embedded Postgres with an empty folder, `fsync` on, and registers assets. */
export async function startBenchDatabase(assets: number): Promise<BenchDatabase> {
  const logger = pino({ level: 'silent' });
  const dataDir = await makeTestFolder('bench-store');
  const postgres = await startEmbeddedPostgres({ dataDir, logger });
  const pool = createPool({ url: postgres.url, logger, queryTimeoutMs: 600_000 });
  await migrate(pool);
  const listings = Array.from({ length: assets }, (_, i) => ({
    symbol: `BENCH${i}/USDT`,
    base: `BENCH${i}`,
    quote: 'USDT',
    dataSource: 'bench',
  }));
  return {
    url: postgres.url,
    pool,
    candles: new CandleRepository(pool, {
      toDocument: toIndicatorDocument,
      fromDocument: fromIndicatorDocument,
    }),
    assetIds: (await new AssetRepository(pool).register(listings)).map(({ id }) => id),
    async drop() {
      await pool.end();
      await postgres.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** What one would write in an hour: one multi-row upsert, all columns overwritten, no rules. */
export const PLAIN_UPSERT = `INSERT INTO price_data (asset_id, timeframe, candle_time, open_price, high_price, low_price,
    close_price, volume, trade_count, vwap, is_closed, is_validated, source, coverage, technical_indicators)
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
