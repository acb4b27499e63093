import { setTimeout as sleep } from 'node:timers/promises';
import { backoffMs } from '../backoff.js';
import { messageOf } from '../errors.js';
import type { Logger } from '../logger.js';
import { TIMEFRAME_COUNT, timeframeIndex } from '../timeframe.js';
import { type ToDocument, type UpsertOptions, upsertCandles } from './candle-upsert.js';
import { ClosedQueue } from './closed-queue.js';
import type { Pool } from './pool.js';
import type { CandleRecord } from './records.js';

export interface CandleWriterOptions {
  readonly pool: Pool;
  readonly logger: Logger;
  readonly toDocument: ToDocument;
  /** Our clock, ms since the epoch. Default `Date.now`. */
  readonly now?: () => number;
  /** How often forming candles are written. Default 5,000 ms. */
  readonly formingWriteMs?: number;
  /** Closed rows kept while they cannot be written. Default 500,000. */
  readonly maxQueuedClosed?: number;
  /** Series of which a forming row is kept. Default 100,000. */
  readonly maxForming?: number;
  /** Rows of one statement. Default 500; what they hold is made ready over several loop turns. */
  readonly maxBatchRows?: number;
  /** Longest first and longest pause between tries, ms. Default 100 and 5,000. */
  readonly retry?: { readonly baseMs: number; readonly maxMs: number };
  /** Called for a closed row for which there is no more room; it is not written. */
  readonly onOverflow?: (record: CandleRecord) => void;
  /** Called for a row that the database refuses; it is set aside and logged with its error. */
  readonly onRejected?: (record: CandleRecord, error: Error) => void;
}

/** Counters since the start, and the state of the queue. Times in ms. */
export interface WriterStats {
  readonly closedQueued: number;
  /** How long the oldest closed row has been waiting; 0 when none is. */
  readonly oldestClosedAgeMs: number;
  readonly closedWritten: number;
  /** Closed rows that were in the database with the same values, or that must not overwrite a better one. */
  readonly closedUnchanged: number;
  readonly closedOverflowed: number;
  readonly formingQueued: number;
  readonly formingWritten: number;
  /** Forming rows given up because the database was away or there was no room. */
  readonly formingDropped: number;
  readonly rejected: number;
  readonly flushes: number;
  readonly retries: number;
  /** False from a failed write until the next that succeeds. */
  readonly isHealthy: boolean;
  /** Why the last failed write failed; null if the last write succeeded. */
  readonly lastError: string | null;
}

const DEFAULT_RETRY = { baseMs: 100, maxMs: 5_000 };

/**
 * Writes candles to `price_data` behind the back of the tick: `closed` and `forming` only put a record into a queue
 * and return. Closed rows are written from the next loop turn on, one statement in flight, what comes meanwhile
 * gathers for the next; they are kept and tried again until the database takes them. Of each series the newest
 * forming row is written every `formingWriteMs`, and dropped if that fails: a newer one follows.
 */
export class CandleWriter {
  readonly #options: CandleWriterOptions;
  readonly #now: () => number;
  readonly #closed = new ClosedQueue();
  /** By series, in the order of their last change. */
  #forming = new Map<number, CandleRecord>();
  #formingDue = false;
  #timer: NodeJS.Timeout | undefined;
  #isRunning = false;
  #isWritingForming = false;
  /** Who waits for the end of the next step. */
  #waiting: (() => void)[] = [];
  #scheduled = false;
  /** Ends a pause between tries. */
  #pause = new AbortController();
  /** Set once closing may wait no longer. */
  #givenUp = false;
  #isClosed = false;
  #attempt = 0;
  #counts = {
    closedWritten: 0,
    closedUnchanged: 0,
    closedOverflowed: 0,
    formingWritten: 0,
    formingDropped: 0,
    rejected: 0,
    flushes: 0,
    retries: 0,
  };
  #lastError: string | null = null;

  constructor(options: CandleWriterOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#timer = setInterval(() => this.#wantForming(), options.formingWriteMs ?? 5_000);
    this.#timer.unref();
  }

  /** Takes a closed candle, O(1). Never throws. After `close` it counts as overflowed. */
  closed(record: CandleRecord): void {
    if (this.#isClosed || this.#closed.length >= (this.#options.maxQueuedClosed ?? 500_000)) {
      this.#overflow(record);
      return;
    }
    const series = seriesOf(record);
    const forming = this.#forming.get(series);
    if (forming !== undefined && forming.time <= record.time) this.#forming.delete(series);
    this.#closed.push(record, this.#now());
    this.#schedule();
  }

  /** Takes the state of a forming candle in place of the series' last one, O(1). Never throws. */
  forming(record: CandleRecord): void {
    if (this.#isClosed) return;
    const series = seriesOf(record);
    if (!this.#forming.delete(series) && this.#forming.size >= (this.#options.maxForming ?? 100_000)) {
      const oldest = this.#forming.keys().next();
      if (oldest.done !== true) this.#forming.delete(oldest.value);
      this.#counts.formingDropped++;
    }
    this.#forming.set(series, record);
  }

  /**
   * Writes all that was handed in so far, forming rows too; resolves when it is written or refused. While the
   * database is away it waits for it.
   */
  async flush(): Promise<void> {
    const end = this.#closed.end;
    this.#wantForming();
    while (this.#closed.start < end || this.#formingDue || this.#isWritingForming) {
      if (this.#givenUp) return;
      this.#schedule();
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /**
   * Takes nothing more, writes what is left, and gives the number of closed rows that could not be written within
   * `timeoutMs` (default 3,000) because the database was away; 0 is the rule. They are logged. Leaves the pool open.
   */
  async close(timeoutMs = 3_000): Promise<number> {
    this.#isClosed = true;
    clearInterval(this.#timer);
    // Try now rather than after the pause that is running.
    this.#pause.abort();
    const done = new AbortController();
    // A query that hangs would hold the flush for longer than the deadline.
    await Promise.race([
      this.flush(),
      sleep(timeoutMs, undefined, { signal: done.signal }).catch(() => undefined),
    ]);
    done.abort();
    this.#givenUp = true;
    this.#pause.abort();
    this.#endStep();
    const unwritten = this.#closed.length;
    if (unwritten > 0) this.#options.logger.error({ unwritten }, 'closed candles could not be written');
    return unwritten;
  }

  get stats(): WriterStats {
    const oldest = this.#closed.oldestAt;
    return {
      ...this.#counts,
      closedQueued: this.#closed.length,
      oldestClosedAgeMs: oldest === undefined ? 0 : Math.max(0, this.#now() - oldest),
      formingQueued: this.#forming.size,
      isHealthy: this.#lastError === null,
      lastError: this.#lastError,
    };
  }

  #overflow(record: CandleRecord): void {
    if (this.#counts.closedOverflowed++ === 0) {
      const why = this.#isClosed ? 'the writer is closed' : 'there is no more room';
      this.#options.logger.error(`closed candles are not written: ${why}; history has to bring them back`);
    }
    this.#guard(() => this.#options.onOverflow?.(record));
  }

  #wantForming(): void {
    if (this.#forming.size === 0) return;
    this.#formingDue = true;
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled || this.#isRunning) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#isRunning = true;
      void this.#run();
    });
  }

  /** Writes until nothing is left; never rejects. */
  async #run(): Promise<void> {
    while ((this.#closed.length > 0 || this.#formingDue) && !this.#givenUp) {
      try {
        if (this.#closed.length > 0) await this.#writeClosed();
        else await this.#writeForming();
        if (this.#lastError !== null) this.#options.logger.info('the database takes candles again');
        this.#lastError = null;
        this.#attempt = 0;
      } catch (error) {
        await this.#waitToRetry(error);
      }
      this.#endStep();
    }
    // In one piece with the look at the queue: what comes next finds nobody running and starts anew.
    this.#isRunning = false;
    this.#endStep();
  }

  #endStep(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  async #writeClosed(): Promise<void> {
    const batch = this.#closed.head(this.#options.maxBatchRows ?? 500);
    const result = await upsertCandles(this.#options.pool, batch, this.#upsertOptions());
    // Only now do they leave the queue: a failed write is tried again with the same rows.
    this.#closed.shift(batch.length);
    this.#counts.closedWritten += result.written;
    this.#counts.closedUnchanged += result.unchanged;
    this.#counts.flushes++;
  }

  async #writeForming(): Promise<void> {
    const rows = [...this.#forming.values()];
    this.#forming = new Map();
    this.#formingDue = false;
    this.#isWritingForming = true;
    const size = this.#options.maxBatchRows ?? 500;
    let at = 0;
    try {
      while (at < rows.length) {
        const batch = rows.slice(at, at + size);
        const result = await upsertCandles(this.#options.pool, batch, this.#upsertOptions());
        at += batch.length;
        this.#counts.formingWritten += result.written;
        this.#counts.flushes++;
        // Closed rows do not wait for the rest of many forming ones.
        if (this.#closed.length > 0) await this.#writeClosed();
      }
    } finally {
      this.#counts.formingDropped += rows.length - at;
      this.#isWritingForming = false;
    }
  }

  async #waitToRetry(error: unknown): Promise<void> {
    if (this.#attempt === 0) {
      this.#options.logger.error(
        { err: error },
        'cannot write candles; closed ones are kept and tried again',
      );
    }
    this.#lastError = messageOf(error);
    this.#counts.retries++;
    const pauseMs = backoffMs(this.#attempt++, this.#options.retry ?? DEFAULT_RETRY);
    if (this.#closed.length === 0 && !this.#formingDue) return;
    await sleep(pauseMs, undefined, { signal: this.#pause.signal }).catch(() => {
      this.#pause = new AbortController();
    });
  }

  #upsertOptions(): UpsertOptions {
    return {
      toDocument: this.#options.toDocument,
      computedAtMs: this.#now(),
      onRejected: (record, error) => {
        this.#counts.rejected++;
        this.#options.logger.error({ err: error, record }, 'a candle was refused and set aside');
        this.#guard(() => this.#options.onRejected?.(record, error));
      },
    };
  }

  /** A listener that throws must stop neither the tick nor the writing. */
  #guard(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#options.logger.error({ err: error }, 'a listener of the candle writer failed');
    }
  }
}

function seriesOf(record: CandleRecord): number {
  return record.assetId * TIMEFRAME_COUNT + timeframeIndex(record.timeframe);
}
