import type { Test } from 'tap';
import type { Pool } from '../../src/store/pool.js';
import { bucketEnd, type Timeframe } from '../../src/timeframe.js';
import { rollUp } from '../oracles/roll-up.js';
import { type Collected, ohlcv } from './closed-collector.js';
import type { RecordedCandle } from './recorded.js';
import { until } from './until.js';

/** What is compared: candles that end after `from` and not after `to`, ms. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Says what a record's closed candles of a timeframe are, by a plain roll-up of its 1m candles. */
export function expectedCandles(
  record: readonly RecordedCandle[],
  timeframe: Timeframe,
  { from, to }: Span,
): readonly (readonly number[])[] {
  const parts = record.map(({ time, open, high, low, close, volume }) => ({
    time,
    open: Number(open),
    high: Number(high),
    low: Number(low),
    close: Number(close),
    volume,
  }));
  return rollUp(parts, timeframe)
    .filter(({ time }) => bucketEnd(timeframe, time) > from && bucketEnd(timeframe, time) <= to)
    .map(ohlcv);
}

/** Waits until a client has as many closed candles as are expected, then compares: each once, in order, exact. */
export async function assertArrived(
  t: Test,
  name: string,
  collected: Collected,
  timeframe: Timeframe,
  wanted: readonly (readonly number[])[],
  span: Span,
): Promise<void> {
  const arrived = (): Collected['closed'] =>
    collected.closed.filter(({ time }) => bucketEnd(timeframe, time) <= span.to);
  await until(
    `${wanted.length} candles have arrived: ${name}`,
    () => arrived().length >= wanted.length,
    60_000,
  );
  t.same(arrived().map(ohlcv), wanted, `${name}: each once, in order, to the last digit`);
}

/** A row of `price_data` as exact text, without trailing zeros. */
export interface StoredCandle {
  readonly ms: number;
  readonly numbers: readonly string[];
  readonly indicators: unknown;
}

/** Reads the closed candles that begin in a span, oldest first. */
export async function storedCandles(
  pool: Pool,
  symbol: string,
  timeframe: Timeframe,
  { from, to }: Span,
): Promise<readonly StoredCandle[]> {
  const { rows } = await pool.query<{ ms: number; numbers: string[]; indicators: unknown }>(
    `SELECT extract(epoch FROM candle_time)::float8 * 1000 AS ms, technical_indicators AS indicators,
       ARRAY[trim_scale(open_price), trim_scale(high_price), trim_scale(low_price), trim_scale(close_price),
         trim_scale(volume)]::text[] AS numbers
     FROM price_data p JOIN assets a ON a.id = p.asset_id
     WHERE a.symbol = $1 AND timeframe = $2 AND is_closed AND candle_time >= to_timestamp($3::float8 / 1000)
       AND candle_time < to_timestamp($4::float8 / 1000) ORDER BY candle_time`,
    [symbol, timeframe, from, to],
  );
  return rows;
}

/** Waits until Postgres has every minute of a span, then compares text with text: no digit can hide. */
export async function assertStoredMinutes(
  t: Test,
  pool: Pool,
  symbol: string,
  record: readonly RecordedCandle[],
  span: Span,
): Promise<void> {
  const trim = (text: string): string => (text.includes('.') ? text.replace(/\.?0+$/, '') : text);
  const wanted = record
    .filter(({ time }) => time >= span.from && time < span.to)
    .map(({ time, open, high, low, close, volume }) => [time, ...[open, high, low, close, volume].map(trim)]);
  await until(
    `Postgres has ${wanted.length} minutes of ${symbol}`,
    async () => (await storedCandles(pool, symbol, '1m', span)).length >= wanted.length,
    30_000,
  );
  const stored = await storedCandles(pool, symbol, '1m', span);
  t.same(
    stored.map(({ ms, numbers }) => [ms, ...numbers]),
    wanted,
    `${symbol}: Postgres holds the record, digit by digit`,
  );
}

/** Compares the stored candles of a longer timeframe with what is expected of them. */
export async function assertStored(
  t: Test,
  pool: Pool,
  symbol: string,
  timeframe: Timeframe,
  wanted: readonly (readonly number[])[],
  span: Span,
): Promise<void> {
  const read = async (): Promise<readonly (readonly number[])[]> =>
    (await storedCandles(pool, symbol, timeframe, { from: wanted[0]?.[0] ?? span.from, to: span.to }))
      .filter(({ ms }) => bucketEnd(timeframe, ms) <= span.to)
      .map(({ ms, numbers }) => [ms, ...numbers.map(Number)]);
  await until(
    `Postgres has ${symbol} ${timeframe}`,
    async () => (await read()).length >= wanted.length,
    30_000,
  );
  t.same(await read(), wanted, `${symbol} ${timeframe}: Postgres holds the roll-up`);
}
