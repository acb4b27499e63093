import type { Test } from 'tap';
import type { Pool } from '../../src/store/pool.js';
import type { CandleRecord } from '../../src/store/records.js';
import type { NewSignal } from '../../src/store/repositories/signals.js';
import type { StoreWriter } from '../../src/store/writer.js';
import { candle, MINUTE, START } from './candles.js';
import { signal } from './signals.js';

/** Assets that each close a candle in every minute of the load. */
export const LOAD_ASSETS = 40;
/** Each fifth minute one asset has a signal. */
const SIGNAL_EVERY = 5;

/** Gives the closed candle of an asset and a minute, the same each time. */
function loadCandle(assetId: number, minute: number): CandleRecord {
  const close = 100 + ((minute * 7 + assetId * 3) % 50) / 100;
  return candle({
    assetId,
    time: START + minute * MINUTE,
    close,
    indicators: { rsi_14: close / 2, sma_20: close, ema_20: close + 1, atr_14: 1 / 3, minute },
  });
}

/** Gives the signal of a minute; null: it has none. */
function loadSignal(model: number, minute: number): NewSignal | null {
  if (minute % SIGNAL_EVERY !== 0) return null;
  const assetId = 1 + ((minute / SIGNAL_EVERY) % LOAD_ASSETS);
  return signal(model, { assetId, candleTime: START + minute * MINUTE });
}

/** Hands a minute to a writer as the engine does at its end. */
export function writeMinute(
  writer: StoreWriter,
  model: number,
  minute: number,
  options: { readonly withSignal: boolean } = { withSignal: true },
): void {
  const made = loadSignal(model, minute);
  if (made !== null && options.withSignal) writer.signal(made);
  for (let assetId = 1; assetId <= LOAD_ASSETS; assetId++) {
    writer.closed(loadCandle(assetId, minute));
    if (minute % 3 === 0)
      writer.forming({ ...loadCandle(assetId, minute + 1), isClosed: false, isValidated: false });
  }
}

/** The newest minute of which the database has a closed candle; −1: it has none. */
export async function newestMinute(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ newest: number | null }>(
    'SELECT max(candle_time) AS newest FROM price_data WHERE is_closed',
  );
  return rows[0]?.newest == null ? -1 : (rows[0].newest - START) / MINUTE;
}

/** Asserts that the database has every closed candle and every signal of the first minutes exactly once, and an event each. */
export async function assertExactlyOnce(t: Test, pool: Pool, minutes: number): Promise<void> {
  const candles = await pool.query(
    `SELECT count(*)::int AS rows, count(DISTINCT (asset_id, candle_time))::int AS keys,
       (count(*) FILTER (WHERE close_price = 100 + ((minute * 7 + asset_id * 3) % 50)::numeric / 100
         AND technical_indicators #>> '{values,minute}' = minute::text))::int AS right_ones
     FROM (SELECT *, (extract(epoch FROM candle_time) * 1000 - $1)::bigint / 60000 AS minute FROM price_data) p
     WHERE is_closed AND minute BETWEEN 0 AND $2 - 1`,
    [START, minutes],
  );
  const all = minutes * LOAD_ASSETS;
  t.same(candles.rows, [{ rows: all, keys: all, right_ones: all }], 'every closed candle is there once');
  const signals = await pool.query(
    `SELECT count(*)::int AS rows, count(DISTINCT candle_time)::int AS keys FROM ai_trading_signals`,
  );
  const made = Math.ceil(minutes / SIGNAL_EVERY);
  t.same(signals.rows, [{ rows: made, keys: made }], 'every signal is there once');
  const events = await pool.query(
    `SELECT count(*)::int AS rows, count(DISTINCT s.id)::int AS signals, min("offset")::int AS first,
       max("offset")::int AS last
     FROM outbox o LEFT JOIN ai_trading_signals s ON s.id = (o.data ->> 'id')::bigint`,
  );
  t.same(
    events.rows,
    [{ rows: made, signals: made, first: 1, last: made }],
    'and has one event, without a hole',
  );
}
