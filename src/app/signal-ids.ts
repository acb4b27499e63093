import type { SignalKey } from '../engine/analysis/signals/signal.js';
import { TIMEFRAMES, type Timeframe } from '../timeframe.js';

/** That a signal has ended which the model still follows: an admin or another server has ended it. */
export interface ToldEnd {
  readonly key: SignalKey;
  readonly reason: string;
}

/** Rows of a model's signals that are stored, by key (`keyText`). */
export class SignalIds {
  readonly #aiModelId: number;
  readonly #ids = new Map<string, number>();

  constructor(aiModelId: number) {
    this.#aiModelId = aiModelId;
  }

  /** Null: it is not known to be stored. */
  of(key: string): number | null {
    return this.#ids.get(key) ?? null;
  }

  set(key: string, id: number): void {
    this.#ids.set(key, id);
  }

  forget(key: string): void {
    this.#ids.delete(key);
  }

  /**
   * Takes an event of the channel `signals`: that of a new one tells its row. Gives the end of a signal whose row is known
   * and was not forgotten; null: it tells of none.
   */
  heard(data: unknown): ToldEnd | null {
    if (typeof data !== 'object' || data === null) return null;
    const { id, status, asset_id, timeframe, candle_time, signal_type, user_id, ai_model_id, reason } =
      data as Record<string, unknown>;
    if (typeof id !== 'number') return null;
    const text = `${asset_id} ${timeframe} ${candle_time} ${signal_type}`;
    if (status === 'active') {
      if ((user_id ?? null) === null && ai_model_id === this.#aiModelId) this.#ids.set(text, id);
      return null;
    }
    // An end names neither model nor user: its row does.
    if (this.#ids.get(text) !== id) return null;
    this.#ids.delete(text);
    const key = readKey(asset_id, timeframe, candle_time, signal_type);
    if (key === null) return null;
    return { key, reason: typeof reason === 'string' ? reason : `it is ${status} in the database` };
  }
}

function readKey(assetId: unknown, timeframe: unknown, candleTime: unknown, type: unknown): SignalKey | null {
  if (typeof assetId !== 'number' || typeof candleTime !== 'number' || !isTimeframe(timeframe)) return null;
  return type === 'long' || type === 'short' ? { assetId, timeframe, candleTime, signalType: type } : null;
}

function isTimeframe(value: unknown): value is Timeframe {
  return TIMEFRAMES.some((timeframe) => timeframe === value);
}
