import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Queryable } from './pool.js';
import type { CandleRecord } from './records.js';
import { asError, isRowsFault } from './retry.js';

/**
 * Makes the document of `price_data.technical_indicators` out of flat values, as `indicator-document.ts` does.
 *
 * @param computedAtMs when the values were computed, ms since the epoch
 */
export type ToDocument = (flat: Readonly<Record<string, number>>, computedAtMs: number) => unknown;

/** What became of the rows of an upsert. */
export interface UpsertResult {
  /** Rows inserted or changed. */
  readonly written: number;
  /** Rows that were there already with the same values, or that must not overwrite what is there. */
  readonly unchanged: number;
  /** Rows that the database, or the making of their document, refused. */
  readonly rejected: number;
}

export interface UpsertOptions {
  readonly toDocument: ToDocument;
  /** When the indicators were computed, ms since the epoch. */
  readonly computedAtMs: number;
  readonly onRejected: (record: CandleRecord, error: Error) => void;
  /** Present for rows that have waited on the disk. */
  readonly late?: LateRows;
}

/** What tells late rows from what was learned meanwhile. */
export interface LateRows {
  /** When each row was known, ms since the epoch; as long as the rows. */
  readonly knownAt: readonly number[];
  /**
   * The database's clock when we began to write such rows, ms since the epoch: what was changed since then was changed
   * by us, in the order in which it was known.
   */
  readonly since: number;
}

/** Documents made before the loop turns: a millisecond's work with 20 values each. */
const ROWS_PER_TURN = 50;

/** The new row and the one that is there (`p`) tell of the same trades. */
const SAME = `(p.open_price = excluded.open_price AND p.high_price = excluded.high_price
  AND p.low_price = excluded.low_price AND p.close_price = excluded.close_price AND p.volume = excluded.volume)`;

/** The row that is there is the exchange's own finished candle, and the new one is not. */
const KEEP = '(p.is_closed AND p.is_validated AND NOT excluded.is_validated)';

/**
 * Which of the two rows prevails:
 * – a forming row never overwrites a closed one;
 * – an exchange's own finished candle (`is_validated`) is overwritten by another such one only;
 * – where prices and volume are the same, knowledge is only added: trade count, vwap, indicators, validation;
 * – where they differ, nothing of the old row stays, its indicators and trade count neither;
 * – a row that says nothing new is not rewritten; when its indicators were computed does not count.
 */
const UPSERT = upsertBy('now()', '');

/**
 * As `UPSERT`, of rows that have waited on the disk. `updated_at` says when each was known: an exchange's own candle
 * that someone has written since then, before we began, is newer and stays.
 */
const UPSERT_LATE = upsertBy(
  'to_timestamp(known_at / 1000)',
  `AND (${SAME} OR NOT p.is_validated OR p.updated_at <= excluded.updated_at
    OR p.updated_at >= to_timestamp($17::float8 / 1000))`,
);

function upsertBy(knownAt: string, unlessNewer: string): string {
  return `
INSERT INTO price_data AS p (asset_id, timeframe, candle_time, open_price, high_price, low_price, close_price,
  volume, trade_count, vwap, is_closed, is_validated, source, coverage, technical_indicators, updated_at)
SELECT asset_id, timeframe, to_timestamp(ms / 1000), open, high, low, close, volume, trade_count, vwap, is_closed,
  is_validated, source, coverage, indicators::jsonb, ${knownAt}
FROM unnest($1::int[], $2::timeframe[], $3::float8[], $4::numeric[], $5::numeric[], $6::numeric[], $7::numeric[],
  $8::numeric[], $9::int[], $10::numeric[], $11::bool[], $12::bool[], $13::candle_source[], $14::float8[], $15::text[]
  ${unlessNewer === '' ? '' : ', $16::float8[]'})
  AS n (asset_id, timeframe, ms, open, high, low, close, volume, trade_count, vwap, is_closed, is_validated, source,
    coverage, indicators${unlessNewer === '' ? '' : ', known_at'})
ON CONFLICT (asset_id, timeframe, candle_time) DO UPDATE SET
  open_price = excluded.open_price,
  high_price = excluded.high_price,
  low_price = excluded.low_price,
  close_price = excluded.close_price,
  volume = excluded.volume,
  trade_count = CASE WHEN ${SAME} THEN coalesce(excluded.trade_count, p.trade_count) ELSE excluded.trade_count END,
  vwap = CASE WHEN ${SAME} THEN coalesce(excluded.vwap, p.vwap) ELSE excluded.vwap END,
  technical_indicators = CASE WHEN ${SAME} THEN coalesce(excluded.technical_indicators, p.technical_indicators)
    ELSE excluded.technical_indicators END,
  is_closed = excluded.is_closed,
  is_validated = excluded.is_validated OR ${KEEP},
  source = CASE WHEN ${KEEP} THEN p.source ELSE excluded.source END,
  coverage = CASE WHEN ${KEEP} THEN p.coverage ELSE excluded.coverage END
WHERE (excluded.is_closed OR NOT p.is_closed)
  AND (${SAME} OR NOT ${KEEP})
  ${unlessNewer}
  AND (NOT ${SAME}
    OR (NOT ${KEEP} AND (p.is_closed, p.is_validated, p.source, p.coverage)
      <> (excluded.is_closed, excluded.is_validated, excluded.source, excluded.coverage))
    OR (excluded.trade_count IS NOT NULL AND p.trade_count IS DISTINCT FROM excluded.trade_count)
    OR (excluded.vwap IS NOT NULL AND p.vwap IS DISTINCT FROM excluded.vwap)
    OR (excluded.technical_indicators IS NOT NULL AND p.technical_indicators - 'computed_at'
      IS DISTINCT FROM excluded.technical_indicators - 'computed_at'))`;
}

/**
 * Writes candles in one statement by the rules above. The keys (asset, timeframe, time) must differ. A row that is
 * refused is handed to `onRejected` and the others are written all the same, by halving.
 *
 * @throws what is not the rows' fault (no connection, deadlock, full disk): nothing is known of any row then, and
 * the same call may be made again
 */
export async function upsertCandles(
  database: Queryable,
  records: readonly CandleRecord[],
  options: UpsertOptions,
): Promise<UpsertResult> {
  const rows: Row[] = [];
  const refusals: Refusal[] = [];
  for (const [index, record] of records.entries()) {
    if (index > 0 && index % ROWS_PER_TURN === 0) await nextTurn();
    const knownAt = options.late?.knownAt[index] ?? options.computedAtMs;
    try {
      rows.push({ record, document: document(record, options.toDocument, knownAt), knownAt });
    } catch (error) {
      refusals.push({ record, error: asError(error) });
    }
  }
  // In the order of the key: two writers that touch the same rows take their locks in the same order.
  rows.sort((a, b) => compareKeys(a.record, b.record));
  const written = await upsertRows({ database, since: options.late?.since ?? null }, rows, refusals);
  // Told only now: had the connection broken on the way, the same rows would be refused again.
  for (const { record, error } of refusals) options.onRejected(record, error);
  const rejected = refusals.length;
  return { written, unchanged: records.length - written - rejected, rejected };
}

interface Refusal {
  readonly record: CandleRecord;
  readonly error: Error;
}

interface Row {
  readonly record: CandleRecord;
  /** JSON text as an element of an array literal. */
  readonly document: string;
  readonly knownAt: number;
}

interface Target {
  readonly database: Queryable;
  /** As in `LateRows`; null: the rows are not late. */
  readonly since: number | null;
}

function document({ indicators }: CandleRecord, toDocument: ToDocument, computedAtMs: number): string {
  return indicators === null ? 'NULL' : quote(JSON.stringify(toDocument(indicators, computedAtMs)));
}

function compareKeys(a: CandleRecord, b: CandleRecord): number {
  if (a.assetId !== b.assetId) return a.assetId - b.assetId;
  if (a.timeframe !== b.timeframe) return a.timeframe < b.timeframe ? -1 : 1;
  return a.time - b.time;
}

/** Gives the number of rows inserted or changed, and adds those that are refused to `refusals`. */
async function upsertRows(
  target: Target,
  rows: readonly Row[],
  refusals: Refusal[],
  isLastTry = false,
): Promise<number> {
  const [first] = rows;
  if (first === undefined) return 0;
  try {
    const { database, since } = target;
    const values = parameters(rows);
    const { rowCount } =
      since === null
        ? await database.query(UPSERT, values)
        : await database.query(UPSERT_LATE, [
            ...values,
            `{${rows.map((row) => row.knownAt).join(',')}}`,
            since,
          ]);
    return rowCount ?? 0;
  } catch (error) {
    if (!isRowsFault(error)) throw error;
    if (rows.length > 1) {
      const middle = rows.length >> 1;
      const left = await upsertRows(target, rows.slice(0, middle), refusals);
      return left + (await upsertRows(target, rows.slice(middle), refusals));
    }
    // A row on its way to the default partition is refused if its month gets a partition meanwhile: try again.
    if (!isLastTry) return upsertRows(target, rows, refusals, true);
    refusals.push({ record: first.record, error: asError(error) });
    return 0;
  }
}

/**
 * Gives one array literal per column. Written by hand since pg escapes every element of an array, and numbers need
 * none: a third of the time. `String(double)` is the shortest text that reads back as the same double.
 */
function parameters(rows: readonly Row[]): string[] {
  const column = (of: (record: CandleRecord) => number | string | boolean | null): string =>
    `{${rows.map(({ record }) => of(record) ?? 'NULL').join(',')}}`;
  return [
    column((r) => r.assetId),
    column((r) => r.timeframe),
    column((r) => r.time),
    column((r) => r.open),
    column((r) => r.high),
    column((r) => r.low),
    column((r) => r.close),
    column((r) => r.volume),
    column((r) => r.tradeCount),
    column((r) => r.vwap),
    column((r) => r.isClosed),
    column((r) => r.isValidated),
    column((r) => r.source),
    column((r) => r.coverage),
    `{${rows.map((row) => row.document).join(',')}}`,
  ];
}

function quote(text: string): string {
  return `"${text.replaceAll(/["\\]/g, '\\$&')}"`;
}
