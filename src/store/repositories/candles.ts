import type { Source } from '../../market.js';
import { bucketStart, bucketsBefore, DAY_MS, type Timeframe } from '../../timeframe.js';
import { bulkLoad } from '../bulk-load.js';
import type { ToDocument, UpsertResult } from '../candle-upsert.js';
import { ensureMonths } from '../partitions.js';
import type { Pool } from '../pool.js';
import type { CandleQuery, CandleReader, CandleRecord, ExactCandle } from '../records.js';

export interface CandleRepositoryOptions {
  readonly toDocument: ToDocument;
  /** Gives the flat values of a document of `technical_indicators`; the inverse of `toDocument`. */
  readonly fromDocument: (document: unknown) => Readonly<Record<string, number>>;
}

export interface BulkOptions {
  /** When the records' indicators were computed, ms since the epoch. */
  readonly computedAtMs: number;
  /** Called for each row that the database refuses; the others are written all the same. */
  readonly onRejected: (record: CandleRecord, error: Error) => void;
  /** Called after each page with the number of records done so far. */
  readonly onProgress?: (done: number) => void;
}

interface CandleRow {
  readonly ms: number;
  readonly open_price: string;
  readonly high_price: string;
  readonly low_price: string;
  readonly close_price: string;
  readonly volume: string;
  readonly trade_count: number | null;
  readonly vwap: string | null;
  readonly is_validated: boolean;
  readonly source: Source;
  readonly coverage: number;
  readonly technical_indicators?: unknown;
}

const COLUMNS = `extract(epoch FROM candle_time)::float8 * 1000 AS ms, open_price, high_price, low_price, close_price,
  volume, trade_count, vwap, is_validated, source, coverage`;

const PAGE_ROWS = 2_000;

/**
 * Of these timeframes a month has so few rows that they may live in the default partition, however old, and that they
 * are not archived.
 */
export const SPARSE: ReadonlySet<Timeframe> = new Set<Timeframe>(['1d', '1w', '1M']);

/** Candles that begin later than so long ago are not archived yet: `archive_old_data` leaves three months. */
const LIVE_MS = 50 * DAY_MS;

/** Names what holds the candles of a series from a time on, ms; the archive costs the planner a millisecond. */
function tableOf(timeframe: Timeframe, from: number): string {
  return SPARSE.has(timeframe) || from > Date.now() - LIVE_MS ? 'price_data' : 'v_price_data_all';
}

/** Reads and writes `price_data`, except for what `StoreWriter` writes on the tick. */
export class CandleRepository implements CandleReader {
  readonly #pool: Pool;
  readonly #options: CandleRepositoryOptions;

  constructor(pool: Pool, options: CandleRepositoryOptions) {
    this.#pool = pool;
    this.#options = options;
  }

  async latestClosed(query: CandleQuery): Promise<readonly CandleRecord[]> {
    const rows = await this.#read(query);
    return rows.map((row) => this.#toRecord(query, row));
  }

  async latestClosedExact(query: CandleQuery): Promise<readonly ExactCandle[]> {
    const rows = await this.#read(query);
    return rows.map((row) => ({
      record: this.#toRecord(query, row),
      open: row.open_price,
      high: row.high_price,
      low: row.low_price,
      close: row.close_price,
      volume: row.volume,
    }));
  }

  /** Gives the times (bucket starts, ms) of the closed candles in `from` ≤ time < `to`, ascending: to find holes. */
  async closedTimes(
    assetId: number,
    timeframe: Timeframe,
    from: number,
    to: number,
  ): Promise<readonly number[]> {
    const { rows } = await this.#pool.query<{ ms: number }>(
      `SELECT extract(epoch FROM candle_time)::float8 * 1000 AS ms FROM ${tableOf(timeframe, from)}
       WHERE asset_id = $1 AND timeframe = $2 AND is_closed
         AND candle_time >= to_timestamp($3::float8 / 1000) AND candle_time < to_timestamp($4::float8 / 1000)
       ORDER BY candle_time`,
      [assetId, timeframe, from, to],
    );
    return rows.map(({ ms }) => ms);
  }

  /**
   * Writes many candles, of a history load, in pages, by the same rules as `StoreWriter`; of a key that comes
   * several times the later record meets the earlier in the database. Makes the partitions that they need first.
   *
   * @throws whatever the database throws that is not the fault of a row; the pages before it stay, and the whole call
   * may be made again
   */
  async bulkUpsert(records: readonly CandleRecord[], options: BulkOptions): Promise<UpsertResult> {
    const months = new Set<number>();
    for (const { timeframe, time } of records) {
      if (!SPARSE.has(timeframe) && Number.isFinite(time)) months.add(bucketStart('1M', time));
    }
    await ensureMonths(
      this.#pool,
      [...months].sort((a, b) => a - b),
    );
    const total = { written: 0, unchanged: 0, rejected: 0 };
    let done = 0;
    for (const page of pages(records)) {
      const result = await bulkLoad(this.#pool, page, {
        toDocument: this.#options.toDocument,
        ...options,
      });
      total.written += result.written;
      total.unchanged += result.unchanged;
      total.rejected += result.rejected;
      done += page.length;
      options.onProgress?.(done);
    }
    return total;
  }

  async #read(query: CandleQuery): Promise<CandleRow[]> {
    const { timeframe, to = Number.POSITIVE_INFINITY, from = Number.NEGATIVE_INFINITY, limit } = query;
    // Twice as far back as the rows reach if none is missing. A bound spares the planner the partitions behind it, and
    // if it leaves enough rows they are the newest of all.
    const guess = bucketsBefore(timeframe, bucketStart(timeframe, Math.min(to, Date.now())), 2 * limit);
    if (guess <= from) return this.#readFrom(query, from);
    const rows = await this.#readFrom(query, guess);
    return rows.length === limit ? rows : this.#readFrom(query, from);
  }

  async #readFrom(query: CandleQuery, from: number): Promise<CandleRow[]> {
    const values: (number | string)[] = [query.assetId, query.timeframe, query.limit];
    // Only the bounds that are given, so that the planner sees which partitions are needed.
    const bound = (operator: string, time: number | undefined): string => {
      if (time === undefined || time === Number.NEGATIVE_INFINITY) return '';
      values.push(time);
      return `AND candle_time ${operator} to_timestamp($${values.length}::float8 / 1000)`;
    };
    const { rows } = await this.#pool.query<CandleRow>(
      `SELECT ${COLUMNS} ${query.withIndicators === true ? ', technical_indicators' : ''}
       FROM ${tableOf(query.timeframe, from)}
       WHERE asset_id = $1 AND timeframe = $2 AND is_closed ${bound('>=', from)} ${bound('<', query.to)}
       ORDER BY candle_time DESC LIMIT $3`,
      values,
    );
    return rows.reverse();
  }

  #toRecord({ assetId, timeframe }: CandleQuery, row: CandleRow): CandleRecord {
    const document = row.technical_indicators ?? null;
    return {
      assetId,
      timeframe,
      time: row.ms,
      open: Number(row.open_price),
      high: Number(row.high_price),
      low: Number(row.low_price),
      close: Number(row.close_price),
      volume: Number(row.volume),
      tradeCount: row.trade_count,
      vwap: row.vwap === null ? null : Number(row.vwap),
      isClosed: true,
      isValidated: row.is_validated,
      source: row.source,
      coverage: row.coverage,
      indicators: document === null ? null : this.#options.fromDocument(document),
    };
  }
}

/** Cuts records into pages; none holds a key twice, which one statement could not take. */
function* pages(records: readonly CandleRecord[]): Generator<readonly CandleRecord[]> {
  let page: CandleRecord[] = [];
  const keys = new Set<string>();
  for (const record of records) {
    const key = `${record.assetId} ${record.timeframe} ${record.time}`;
    if (page.length === PAGE_ROWS || keys.has(key)) {
      yield page;
      page = [];
      keys.clear();
    }
    keys.add(key);
    page.push(record);
  }
  if (page.length > 0) yield page;
}
