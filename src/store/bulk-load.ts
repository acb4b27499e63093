import { setImmediate as nextTurn } from 'node:timers/promises';
import { type UpsertOptions, type UpsertResult, upsertCandles } from './candle-upsert.js';
import { copyIn } from './copy.js';
import { errorCode } from './error-code.js';
import type { Connection, Pool, Queryable } from './pool.js';
import type { CandleRecord } from './records.js';

/** Rows made into text before the loop turns. */
const ROWS_PER_TURN = 200;

/** The last that a `Date` can hold, ms. */
const LAST_TIME = 8.64e15;

const COPY = `COPY price_data (asset_id, timeframe, candle_time, open_price, high_price, low_price, close_price, volume,
  trade_count, vwap, is_closed, is_validated, source, coverage, technical_indicators) FROM STDIN`;

/**
 * Writes candles as `upsertCandles` does, but faster where the table has none of their range yet: by COPY, in one
 * statement. Anything that speaks against it (a row that another process has written meanwhile, a value that is
 * refused) is left to the upsert. The keys (asset, timeframe, time) must differ.
 *
 * @throws what is not the rows' fault; the same call may be made again
 */
export async function bulkLoad(
  pool: Pool,
  records: readonly CandleRecord[],
  options: UpsertOptions,
): Promise<UpsertResult> {
  if (records.length > 0 && !(await hasAny(pool, records))) {
    const written = await copied(pool, records, options);
    if (written !== null) return { written, unchanged: records.length - written, rejected: 0 };
  }
  return upsertCandles(pool, records, options);
}

interface Range {
  readonly assetId: number;
  readonly timeframe: string;
  from: number;
  to: number;
}

/** Says whether the table has a row between the first and the last of any of the series. */
async function hasAny(database: Queryable, records: readonly CandleRecord[]): Promise<boolean> {
  const ranges = new Map<string, Range>();
  for (const { assetId, timeframe, time } of records) {
    const key = `${assetId} ${timeframe}`;
    const range = ranges.get(key);
    if (range === undefined) ranges.set(key, { assetId, timeframe, from: time, to: time });
    else {
      range.from = Math.min(range.from, time);
      range.to = Math.max(range.to, time);
    }
  }
  const all = [...ranges.values()];
  // A time that is none, or that no calendar has, is the upsert's to refuse.
  if (!all.every(({ from, to }) => from >= 0 && to <= LAST_TIME)) return true;
  const { rows } = await database.query<{ found: boolean }>(
    `SELECT EXISTS (
       SELECT FROM unnest($1::int[], $2::timeframe[], $3::float8[], $4::float8[]) AS r (asset_id, timeframe, from_ms, to_ms)
       CROSS JOIN LATERAL (
         SELECT FROM price_data p
         WHERE p.asset_id = r.asset_id AND p.timeframe = r.timeframe
           AND p.candle_time BETWEEN to_timestamp(r.from_ms / 1000) AND to_timestamp(r.to_ms / 1000)
         LIMIT 1
       ) AS there
     ) AS found`,
    [
      all.map(({ assetId }) => assetId),
      all.map(({ timeframe }) => timeframe),
      all.map(({ from }) => from),
      all.map(({ to }) => to),
    ],
  );
  return rows[0]?.found === true;
}

/** Copies the rows and gives how many the table took (it passes over those that are archived); null: one is refused. */
async function copied(
  pool: Pool,
  records: readonly CandleRecord[],
  options: UpsertOptions,
): Promise<number | null> {
  const connection: Connection = await pool.connect();
  let broken: Error | undefined;
  try {
    return await copyIn(connection, COPY, pieces(records, options));
  } catch (error) {
    if (error instanceof UnprintableError || /^(22|23|54)...$/.test(errorCode(error) ?? '')) return null;
    broken = error instanceof Error ? error : new Error(String(error));
    throw error;
  } finally {
    connection.release(broken);
  }
}

/** A row cannot be made into text: its time is none, or the document of its indicators cannot be made. */
class UnprintableError extends Error {}

async function* pieces(records: readonly CandleRecord[], options: UpsertOptions): AsyncGenerator<Buffer> {
  for (let start = 0; start < records.length; start += ROWS_PER_TURN) {
    if (start > 0) await nextTurn();
    yield Buffer.from(text(records.slice(start, start + ROWS_PER_TURN), options));
  }
}

function text(records: readonly CandleRecord[], options: UpsertOptions): string {
  try {
    return records.map((record) => line(record, options)).join('');
  } catch (error) {
    throw new UnprintableError('a row has no text', { cause: error });
  }
}

/** `String(double)` is the shortest text that reads back as the same double. */
function line(r: CandleRecord, options: UpsertOptions): string {
  const time = new Date(r.time).toISOString();
  const counts = `${r.tradeCount ?? '\\N'}\t${r.vwap ?? '\\N'}`;
  return `${r.assetId}\t${r.timeframe}\t${time}\t${r.open}\t${r.high}\t${r.low}\t${r.close}\t${r.volume}\t${counts}\t${r.isClosed}\t${r.isValidated}\t${r.source}\t${r.coverage}\t${document(r, options)}\n`;
}

/** JSON has no raw control characters; of what COPY reads otherwise only the backslash is left. */
function document({ indicators }: CandleRecord, { toDocument, computedAtMs }: UpsertOptions): string {
  return indicators === null
    ? '\\N'
    : JSON.stringify(toDocument(indicators, computedAtMs)).replaceAll('\\', '\\\\');
}
