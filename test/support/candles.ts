import type { Pool } from '../../src/store/pool.js';
import type { CandleRecord } from '../../src/store/records.js';
import { AssetRepository } from '../../src/store/repositories/assets.js';

export const MINUTE = 60_000;
/** A whole minute in the middle of a month. */
export const START = Date.UTC(2024, 2, 10, 12);

/** Gives a closed 1m candle of asset 1 at `START` with believable values, and what is different in it. */
export function candle(different: Partial<CandleRecord> = {}): CandleRecord {
  return {
    assetId: 1,
    timeframe: '1m',
    time: START,
    open: 100.5,
    high: 101.25,
    low: 99.75,
    close: 100.1,
    volume: 12.345,
    tradeCount: 17,
    vwap: 100.4,
    isClosed: true,
    isValidated: false,
    source: 'built',
    coverage: 1,
    indicators: null,
    ...different,
  };
}

/** Registers `count` assets, with the ids 1 to `count` in a fresh database. */
export async function makeAssets(pool: Pool, count = 1): Promise<readonly number[]> {
  const listings = Array.from({ length: count }, (_, i) => ({
    symbol: `C${i}/USDT`,
    base: `C${i}`,
    quote: 'USDT',
    dataSource: 'demo',
  }));
  return (await new AssetRepository(pool).register(listings)).map(({ id }) => id);
}

/** A document as simple as can be: the store must not care what is in it. */
export function toDocument(flat: Readonly<Record<string, number>>, computedAtMs: number): unknown {
  return { values: flat, computed_at: new Date(computedAtMs).toISOString() };
}

/** The inverse of `toDocument`. */
export function fromDocument(document: unknown): Readonly<Record<string, number>> {
  return (document as { values: Record<string, number> }).values;
}
