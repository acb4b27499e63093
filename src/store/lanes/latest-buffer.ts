import type { Pool } from '../pool.js';
import type { Lane } from './lane.js';
import { type BufferOptions, type LaneBuffer, LaneCounts, type LaneStats } from './lane-buffer.js';

interface Waiting<Row> {
  readonly row: Row;
  readonly at: number;
}

/**
 * The newest row of each key of a `latest` lane. They are written together, at the lane's age. A write that fails gives
 * up its rows: newer ones follow.
 */
export class LatestBuffer<Row> implements LaneBuffer {
  readonly #lane: Lane<Row>;
  readonly #key: (row: Row) => string | number;
  readonly #options: BufferOptions;
  readonly #counts = new LaneCounts();
  /** In the order of their last change. */
  #newest = new Map<string | number, Waiting<Row>>();
  /** Taken out of `#newest` to be written, batch by batch. */
  #leaving: readonly Waiting<Row>[] = [];
  /** How many of them are written. */
  #left = 0;
  /** When the first row came after the last write, ms of `performance.now()`. */
  #since = Number.POSITIVE_INFINITY;
  #isHastened = false;
  #isStopped = false;

  /** @param key the lane's own */
  constructor(lane: Lane<Row>, key: (row: Row) => string | number, options: BufferOptions) {
    this.#lane = lane;
    this.#key = key;
    this.#options = options;
  }

  get name(): string {
    return this.#lane.name;
  }

  get priority(): number {
    return this.#lane.priority;
  }

  get stats(): LaneStats {
    const [oldest] = this.#newest.values();
    const queuedRows = this.#newest.size + this.#leaving.length - this.#left;
    return {
      ...this.#counts,
      queuedRows,
      queuedBytes: oldest === undefined ? 0 : queuedRows * this.#lane.rowBytes(oldest.row),
      spooledBytes: 0,
      oldestAgeMs: oldest === undefined ? 0 : Math.max(0, this.#options.now() - oldest.at),
    };
  }

  /** Takes a row in place of the key's last one, O(1), no I/O. Never throws. */
  push(row: Row): void {
    if (this.#isStopped) return;
    const key = this.#key(row);
    if (!this.#newest.delete(key) && this.#newest.size >= this.#lane.maxMemoryRows) {
      const oldest = this.#newest.keys().next();
      if (oldest.done !== true) this.#newest.delete(oldest.value);
      this.#counts.dropped++;
    }
    if (this.#newest.size === 0) this.#since = performance.now();
    this.#newest.set(key, { row, at: this.#options.now() });
    this.#options.wake();
  }

  /** Forgets the row of a key if it `isOld`; one that is being written is not taken back. */
  forget(key: string | number, isOld: (row: Row) => boolean): void {
    const waiting = this.#newest.get(key);
    if (waiting === undefined || !isOld(waiting.row)) return;
    this.#newest.delete(key);
    if (this.#newest.size === 0) this.#isHastened = false;
  }

  dueAt(): number {
    if (this.#leaving.length > 0) return 0;
    if (this.#newest.size === 0) return Number.POSITIVE_INFINITY;
    return this.#isHastened ? 0 : this.#since + this.#lane.maxAgeMs;
  }

  hasten(): () => boolean {
    if (this.#newest.size > 0) this.#isHastened = true;
    return () => !this.#isHastened && this.#leaving.length === 0;
  }

  async writeBatch(pool: Pool): Promise<void> {
    if (this.#leaving.length === 0) {
      this.#leaving = [...this.#newest.values()];
      this.#newest = new Map();
      this.#isHastened = false;
    }
    const batch = this.#leaving.slice(this.#left, this.#left + this.#lane.maxBatchRows);
    try {
      const rows = batch.map(({ row }) => row);
      const times = batch.map(({ at }) => at);
      const outcome = await this.#lane.write(pool, { rows, times, isFromDisk: false });
      this.#counts.settle(this.#lane, outcome, this.#options);
      this.#left += batch.length;
    } catch (error) {
      this.#counts.dropped += this.#leaving.length - this.#left;
      this.#left = this.#leaving.length;
      throw error;
    } finally {
      if (this.#left === this.#leaving.length) {
        this.#leaving = [];
        this.#left = 0;
      }
    }
  }

  stop(): void {
    this.#isStopped = true;
  }

  save(): Promise<number> {
    return Promise.resolve(0);
  }
}
