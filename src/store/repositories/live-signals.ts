import type { Queryable } from '../pool.js';
import { SIGNALS, type SignalRow } from '../signal-records.js';

/**
 * Gives everybody's signals of a model that are active, and those of candles since a moment, ms, that have ended: what a
 * restart goes on with. By asset, then by candle.
 */
export async function signalsToGoOnWith(
  database: Queryable,
  { aiModelId, assetIds, since }: { aiModelId: number; assetIds: readonly number[]; since: number },
): Promise<readonly SignalRow[]> {
  const { rows } = await database.query<SignalRow>(
    `SELECT ${SIGNALS.select('s')} FROM ai_trading_signals s
     WHERE s.asset_id = ANY ($2::integer[]) AND s.ai_model_id = $1 AND s.user_id IS NULL
       AND (s.status = 'active' OR s.candle_time >= to_timestamp($3::float8 / 1000))
     ORDER BY s.asset_id, s.candle_time, s.id`,
    [aiModelId, assetIds, since],
  );
  return rows;
}
