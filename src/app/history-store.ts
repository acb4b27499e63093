import type { Logger } from '../logger.js';
import type { CandleRecord } from '../store/records.js';
import type { CandleRepository } from '../store/repositories/candles.js';

/** Candles of one write: a stop waits for no more than these. */
const PAGE = 2_000;

/**
 * Writes fetched history to the database behind the back of the start, one symbol after the other. What cannot be
 * written is logged and counted: the next start finds it missing and fetches it again.
 */
export class HistoryStore {
  readonly #candles: Pick<CandleRepository, 'bulkUpsert'>;
  readonly #logger: Logger;
  readonly #now: () => number;
  #queue: Promise<void> = Promise.resolve();
  #stopped = false;
  /** Candles that waited when we were stopped. */
  #left = 0;
  /** Candles that wait to be written. */
  pending = 0;
  /** Candles written, or found there already as they are. */
  written = 0;
  /** Candles that the database refused, or that it was not there to take. */
  failed = 0;
  /** Candles that were not tried to the end: the database was away, or we were stopped. */
  unstored = 0;

  constructor(candles: Pick<CandleRepository, 'bulkUpsert'>, logger: Logger, now: () => number) {
    this.#candles = candles;
    this.#logger = logger;
    this.#now = now;
  }

  /** Puts records in the queue; resolves when they are written, refused or given up. Never rejects. */
  add(records: readonly CandleRecord[]): Promise<void> {
    this.pending += records.length;
    for (let start = 0; start < records.length; start += PAGE) {
      const page = records.slice(start, start + PAGE);
      this.#queue = this.#queue.then(() => this.#write(page));
    }
    return this.#queue;
  }

  /** Begins no further page; resolves when the one in work is written. What is left the next start fetches again. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#queue;
    if (this.#left > 0) {
      this.#logger.info({ candles: this.#left }, 'history not stored yet; the next start fetches it');
    }
  }

  async #write(records: readonly CandleRecord[]): Promise<void> {
    if (this.#stopped) {
      this.#left += records.length;
      this.unstored += records.length;
    } else {
      try {
        const result = await this.#candles.bulkUpsert(records, {
          computedAtMs: this.#now(),
          onRejected: (record, err) => this.#logger.error({ record, err }, 'a history candle was refused'),
        });
        this.written += result.written + result.unchanged;
        this.failed += result.rejected;
      } catch (error) {
        this.failed += records.length;
        this.unstored += records.length;
        this.#logger.error(
          { err: error, candles: records.length },
          'history was not stored; the next start fetches it',
        );
      }
    }
    this.pending -= records.length;
  }
}
