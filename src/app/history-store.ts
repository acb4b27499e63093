import { setTimeout as sleep } from 'node:timers/promises';
import { backoffMs } from '../backoff.js';
import type { Logger } from '../logger.js';
import type { CandleRecord } from '../store/records.js';
import { type CandleRepository, SPARSE } from '../store/repositories/candles.js';

/** Candles of one write: a stop waits for no more than these. */
const PAGE = 2_000;

export interface HistoryStoreOptions {
  readonly candles: Pick<CandleRepository, 'bulkUpsert'>;
  readonly logger: Logger;
  /** Our clock, ms since the epoch. */
  readonly now: () => number;
  /**
   * Called when nothing waits any more and much has been written: times (ms) of its first and its last candle, those of
   * days and longer aside.
   */
  readonly onMuchStored?: (from: number, to: number) => void;
  /** Longest first and longest pause before what was not stored is tried again, ms. Default 1,000 and 30,000. */
  readonly retry?: { readonly baseMs: number; readonly maxMs: number };
}

/** So many new candles change what the planner should know of the tables. */
const MANY = 50_000;
const DEFAULT_RETRY = { baseMs: 1_000, maxMs: 30_000 };

/**
 * Writes fetched history to the database behind the back of the start, one symbol after the other. What the database
 * does not take waits in memory and is tried again until it does, or until a stop: the next start finds it missing
 * and fetches it again.
 */
export class HistoryStore {
  readonly #options: HistoryStoreOptions;
  readonly #stopping = new AbortController();
  #queue: Promise<void> = Promise.resolve();
  /** Pages that the database was not there to take. */
  #waiting: (readonly CandleRecord[])[] = [];
  #retrying: Promise<void> | null = null;
  /** Of what was written since `onMuchStored` was last called. */
  #stored = { candles: 0, from: Number.POSITIVE_INFINITY, to: Number.NEGATIVE_INFINITY };
  /** Candles that wait for their first try. */
  pending = 0;
  /** Candles written, or found there already as they are. */
  written = 0;
  /** Candles that the database refused. */
  refused = 0;
  /** Candles that have been tried in vain, and are tried again; after a stop all that are not written. */
  unstored = 0;
  /** Tries that failed. */
  failures = 0;

  constructor(options: HistoryStoreOptions) {
    this.#options = options;
  }

  /** Puts records in the queue; resolves when they are written or refused, or have been tried in vain. Never rejects. */
  add(records: readonly CandleRecord[]): Promise<void> {
    this.pending += records.length;
    for (let start = 0; start < records.length; start += PAGE) {
      const page = records.slice(start, start + PAGE);
      this.#queue = this.#queue.then(() => this.#first(page));
    }
    return this.#queue;
  }

  /** Begins no further page; resolves when the one in work is written. What is left the next start fetches again. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all([this.#queue, this.#retrying]);
    if (this.unstored > 0) {
      this.#options.logger.info(
        { candles: this.unstored },
        'history not stored yet; the next start fetches it',
      );
    }
  }

  async #first(page: readonly CandleRecord[]): Promise<void> {
    if (this.#stopping.signal.aborted || this.#retrying !== null || !(await this.#write(page))) {
      this.unstored += page.length;
      this.#waiting.push(page);
      if (!this.#stopping.signal.aborted) this.#retrying ??= this.#retry();
    }
    this.pending -= page.length;
    this.#tellIfMuch();
  }

  /** Writes what waits, in its order, until nothing does or we are stopped; never rejects. */
  async #retry(): Promise<void> {
    const { signal } = this.#stopping;
    // The first try has just failed.
    let attempt = 1;
    while (!signal.aborted) {
      const [page] = this.#waiting;
      if (page === undefined) break;
      if (attempt > 0) {
        const pauseMs = backoffMs(attempt - 1, this.#options.retry ?? DEFAULT_RETRY);
        await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
        if (signal.aborted) break;
      }
      attempt += 1;
      if (!(await this.#write(page))) continue;
      attempt = 0;
      this.#waiting.shift();
      this.unstored -= page.length;
    }
    this.#retrying = null;
    this.#tellIfMuch();
  }

  #tellIfMuch(): void {
    const { candles, from, to } = this.#stored;
    if (candles < MANY || this.pending > 0 || this.unstored > 0) return;
    this.#stored = { candles: 0, from: Number.POSITIVE_INFINITY, to: Number.NEGATIVE_INFINITY };
    this.#options.onMuchStored?.(from, to);
  }

  /** Gives false if the database was not there to take a page. */
  async #write(page: readonly CandleRecord[]): Promise<boolean> {
    const { candles, logger, now } = this.#options;
    try {
      const result = await candles.bulkUpsert(page, {
        computedAtMs: now(),
        onRejected: (record, err) => logger.error({ record, err }, 'a history candle was refused'),
      });
      this.written += result.written + result.unchanged;
      this.refused += result.rejected;
      this.#stored.candles += result.written;
      for (const { time, timeframe } of page) {
        if (SPARSE.has(timeframe)) continue;
        this.#stored.from = Math.min(this.#stored.from, time);
        this.#stored.to = Math.max(this.#stored.to, time);
      }
      return true;
    } catch (error) {
      this.failures += 1;
      logger.error({ err: error, candles: page.length }, 'history was not stored; trying again');
      return false;
    }
  }
}
