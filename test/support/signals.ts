import type { Pool } from '../../src/store/pool.js';
import type { NewSignal } from '../../src/store/repositories/signals.js';
import { START } from './candles.js';

/** Registers a model and gives its id. */
export async function makeModel(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ id: number }>(
    `INSERT INTO ai_models (name, version, architecture, model_type, training_data_timeframe, target_variable)
     SELECT 'test', '1.0.0', enum_first(NULL::model_architecture), enum_first(NULL::model_type), '1m',
       enum_first(NULL::target_variable)
     RETURNING id`,
  );
  return rows[0]?.id ?? 0;
}

/** Gives a signal of a model for asset 1 at `START`, told on channel `signals`, and what is different in it. */
export function signal(aiModelId: number, different: Partial<NewSignal> = {}): NewSignal {
  return {
    assetId: 1,
    aiModelId,
    timeframe: '1m',
    candleTime: START,
    signalType: 'long',
    signalOrigin: 'market_opportunity',
    signalQuality: 'high',
    confidenceScore: 0.7,
    userId: null,
    channels: ['signals'],
    ...different,
  };
}
