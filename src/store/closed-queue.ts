import type { CandleRecord } from './records.js';

/** First in, first out, of closed candles that wait to be written, with the time at which each came. */
export class ClosedQueue {
  #records: CandleRecord[] = [];
  #times: number[] = [];
  #head = 0;
  #start = 0;

  get length(): number {
    return this.#records.length - this.#head;
  }

  /** How many rows have left since the beginning: the position of the oldest. */
  get start(): number {
    return this.#start;
  }

  /** The position of the next row to come. */
  get end(): number {
    return this.#start + this.length;
  }

  /** When the oldest row came, as given to `push`; absent when the queue is empty. */
  get oldestAt(): number | undefined {
    return this.#times[this.#head];
  }

  push(record: CandleRecord, at: number): void {
    this.#records.push(record);
    this.#times.push(at);
  }

  /**
   * Gives the oldest rows, at most `limit`, and stops before a key (asset, timeframe, time) comes a second time:
   * one statement takes each key once, and the later row must meet the earlier in the database.
   */
  head(limit: number): readonly CandleRecord[] {
    const keys = new Set<string>();
    const batch: CandleRecord[] = [];
    for (let i = this.#head; i < this.#records.length && batch.length < limit; i++) {
      const record = this.#records[i];
      if (record === undefined) break;
      const key = `${record.assetId} ${record.timeframe} ${record.time}`;
      if (keys.has(key)) break;
      keys.add(key);
      batch.push(record);
    }
    return batch;
  }

  /** Takes the oldest `count` rows off. */
  shift(count: number): void {
    this.#head += count;
    this.#start += count;
    // Cut off once half of the array is taken: O(1) per row.
    if (this.#head * 2 < this.#records.length) return;
    this.#records = this.#records.slice(this.#head);
    this.#times = this.#times.slice(this.#head);
    this.#head = 0;
  }
}
