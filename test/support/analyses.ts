import type { NewMetrics, NewRegime } from '../../src/store/market-records.js';
import type { Pool, Queryable } from '../../src/store/pool.js';
import { upsertMetrics } from '../../src/store/repositories/metrics.js';
import { START } from './candles.js';

/** An hour, ms. */
export const HOUR = 3_600_000;

/** Gives a snapshot of `binance` in 1h at `START`, and what is different in it. */
export function snapshot(different: Partial<NewMetrics> = {}): NewMetrics {
  return {
    dataSource: 'binance',
    timeframe: '1h',
    snapshotTime: START,
    btcPriceUsd: '50000.125',
    ...different,
  };
}

/** Writes a snapshot and gives its id. */
export async function makeSnapshot(
  database: Queryable,
  different: Partial<NewMetrics> = {},
): Promise<number> {
  const [id] = await upsertMetrics(database, [snapshot(different)]);
  return id ?? 0;
}

/** Gives a live analysis in 1h of a snapshot at `START`, and what is different in it. */
export function regime(
  aiModelId: number,
  metricsSnapshotId: number,
  different: Partial<NewRegime> = {},
): NewRegime {
  return {
    aiModelId,
    metricsSnapshotId,
    analysisTime: START,
    analysisTimeframe: '1h',
    currentRegime: 'Bull',
    regimeConfidence: 0.8,
    ...different,
  };
}

/** Gives the plans of the queries that `work` asks, as one text. */
export async function plansOf(pool: Pool, work: (database: Queryable) => Promise<unknown>): Promise<string> {
  const asked: (readonly [text: string, values: readonly unknown[]])[] = [];
  const recorder = {
    query(text: string, values: readonly unknown[] = []) {
      asked.push([text, values]);
      return pool.query(text, [...values]);
    },
  };
  await work(recorder as unknown as Queryable);
  const plans: string[] = [];
  for (const [text, values] of asked) {
    const { rows } = await pool.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${text}`, [...values]);
    plans.push(rows.map((row) => row['QUERY PLAN']).join('\n'));
  }
  return plans.join('\n');
}
