import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../logger.js';
import type { ToDocument } from './candle-upsert.js';
import { closedLane, formingLane, seriesOf } from './lanes/candles.js';
import type { Lane } from './lanes/lane.js';
import type { BufferOptions, LaneBuffer, LaneStats } from './lanes/lane-buffer.js';
import { LaneRunner } from './lanes/lane-runner.js';
import { LatestBuffer } from './lanes/latest-buffer.js';
import { QueuedBuffer } from './lanes/queued-buffer.js';
import { type SignalRow, signalsLane } from './lanes/signals.js';
import type { Pool } from './pool.js';
import type { CandleRecord } from './records.js';
import type { KeyedSignalEnd } from './repositories/signal-ends.js';
import type { NewSignal } from './repositories/signals.js';
import type { Spool, SpoolStats } from './spool/spool.js';

export interface StoreWriterOptions {
  readonly pool: Pool;
  readonly logger: Logger;
  readonly toDocument: ToDocument;
  /** Where rows go that memory cannot hold while the database is away; the writer closes it. Default: nowhere. */
  readonly spool?: Spool;
  /** Our clock, ms since the epoch. Default `Date.now`. */
  readonly now?: () => number;
  /** How often forming candles are written. Default 5,000 ms. */
  readonly formingWriteMs?: number;
  /** Closed candles kept in memory; more go to the disk. Default 50,000. */
  readonly maxMemoryClosed?: number;
  /** Closed candles kept in memory when the disk takes none. Default 500,000. */
  readonly maxQueuedClosed?: number;
  /** Series of which a forming row is kept. Default 100,000. */
  readonly maxForming?: number;
  /** Candles of one statement: making one ready holds the event loop up. Default 120. */
  readonly maxBatchRows?: number;
  /** Longest first and longest pause between tries, ms. Default 100 and 5,000. */
  readonly retry?: { readonly baseMs: number; readonly maxMs: number };
  /** Called for a closed candle for which there is no room anywhere; it is not written. */
  readonly onOverflow?: (record: CandleRecord) => void;
  /** Called for a row that the database refuses; it is set aside and logged with its error. */
  readonly onRejected?: (row: unknown, error: Error) => void;
}

/** Counters since the start, and the state of the queues. Times in ms. */
export interface WriterStats {
  /** Those on the disk too. */
  readonly closedQueued: number;
  /** How long the oldest closed row in memory has been waiting; 0 when none is. */
  readonly oldestClosedAgeMs: number;
  readonly closedWritten: number;
  /** Closed rows that were in the database with the same values, or that must not overwrite a better one. */
  readonly closedUnchanged: number;
  readonly closedOverflowed: number;
  readonly formingQueued: number;
  readonly formingWritten: number;
  /** Forming rows given up because the database was away or there was no room. */
  readonly formingDropped: number;
  /** Rows of all lanes that the database refused. */
  readonly rejected: number;
  /** Batches of all lanes that were written. */
  readonly flushes: number;
  readonly retries: number;
  /** False from a failed write until the same lane's next that succeeds. */
  readonly isHealthy: boolean;
  /** Why a write failed that has not succeeded since; null if there is none. */
  readonly lastError: string | null;
  /** By name, those that go first first. */
  readonly lanes: Readonly<Record<string, LaneStats>>;
  /** Null: there is no spool. */
  readonly spool: SpoolStats | null;
}

const DEFAULT_RETRY = { baseMs: 100, maxMs: 5_000 };

/**
 * The one that writes what the engine makes, behind the back of the tick: handing a row in only puts it into its lane's
 * queue. Lanes go by priority, one statement in flight, and what comes meanwhile gathers for the next; urgent lanes
 * have a connection of their own, so that a signal waits for no batch of candles. What the database does not take is
 * tried again, and what memory cannot hold meanwhile waits on the disk (`Lane` says for whom), also across a crash.
 */
export class StoreWriter {
  readonly #options: StoreWriterOptions;
  readonly #bufferOptions: BufferOptions;
  readonly #urgent: LaneRunner;
  readonly #others: LaneRunner;
  readonly #buffers: LaneBuffer[] = [];
  readonly #closedRows: QueuedBuffer<CandleRecord>;
  readonly #formingRows: LatestBuffer<CandleRecord>;
  readonly #signals: (row: SignalRow) => void;
  #rejected = 0;
  /** Who waits for the end of the next step. */
  #waiting: (() => void)[] = [];
  /** Set once closing may wait no longer. */
  #isGivenUp = false;
  #closing: Promise<number> | undefined;

  constructor(options: StoreWriterOptions) {
    this.#options = options;
    const { pool, logger, toDocument, retry = DEFAULT_RETRY, now = Date.now } = options;
    const runner = { pool, logger, retry, onStep: () => this.#endStep() };
    this.#urgent = new LaneRunner(runner);
    this.#others = new LaneRunner(runner);
    this.#bufferOptions = {
      logger,
      now,
      wake: () => this.#others.wake(),
      onRefused: (lane, row, error) => this.#refuse(lane, row, error),
    };
    this.#signals = this.addLane(signalsLane);
    const candles = { toDocument, now, maxBatchRows: options.maxBatchRows ?? 120 };
    const closed = closedLane(candles, {
      maxMemoryRows: options.maxMemoryClosed ?? 50_000,
      maxStuckRows: options.maxQueuedClosed ?? 500_000,
    });
    this.#closedRows = this.#queued(closed, (record) =>
      this.#guard(() => this.#options.onOverflow?.(record)),
    );
    const forming = formingLane(candles, {
      maxMemoryRows: options.maxForming ?? 100_000,
      maxAgeMs: options.formingWriteMs ?? 5_000,
    });
    this.#formingRows = new LatestBuffer(forming, forming.key, this.#bufferOptions);
    this.#add(this.#formingRows, this.#others);
  }

  /**
   * Adds a lane and gives what takes its rows: O(1), never throws, no I/O. Rows of the lane that an earlier process has
   * left on the disk are written first.
   */
  addLane<Row>(lane: Lane<Row>): (row: Row) => void {
    if (lane.kind !== 'latest') {
      const buffer = this.#queued(lane);
      return (row) => buffer.push(row);
    }
    const { key } = lane;
    if (key === undefined) throw new TypeError(`lane ${lane.name} keeps the latest and has no key`);
    const buffer = new LatestBuffer(lane, key, this.#bufferOptions);
    this.#add(buffer, this.#others);
    return (row) => buffer.push(row);
  }

  /** Takes a closed candle, O(1). Never throws. After `close` it counts as overflowed. */
  closed(record: CandleRecord): void {
    this.#formingRows.forget(seriesOf(record), ({ time }) => time <= record.time);
    this.#closedRows.push(record);
  }

  /** Takes the state of a forming candle in place of the series' last one, O(1). Never throws. */
  forming(record: CandleRecord): void {
    this.#formingRows.push(record);
  }

  /** Takes a signal, O(1). Never throws. With a spool it is on the disk at the end of this turn of the loop. */
  signal(signal: NewSignal): void {
    this.#signals(signal);
  }

  /** Takes the end of a signal, O(1), as `signal` does; it is written after the signal itself. Never throws. */
  signalEnded(end: KeyedSignalEnd): void {
    this.#signals(end);
  }

  /** Closed candles that are not in the database yet, those on the disk too. O(1). */
  get closedQueued(): number {
    return this.#closedRows.queuedRows;
  }

  /**
   * Writes all that was handed in so far, forming rows and what was found on the disk too; resolves when it is written or
   * refused. While the database is away it waits for it.
   */
  async flush(): Promise<void> {
    const marks = this.#buffers.map((buffer) => buffer.hasten());
    while (!marks.every((isDone) => isDone())) {
      if (this.#isGivenUp) return;
      const step = new Promise<void>((resolve) => this.#waiting.push(resolve));
      this.#urgent.wake();
      this.#others.wake();
      await step;
    }
  }

  /**
   * Takes nothing more, writes what is left within `timeoutMs` (default 3,000), and brings to the disk what the database
   * does not take. Gives the number of rows that must not be lost and are in neither; 0 is the rule. They are logged.
   * Leaves the pool open.
   */
  close(timeoutMs = 3_000): Promise<number> {
    this.#closing ??= this.#close(timeoutMs);
    return this.#closing;
  }

  get stats(): WriterStats {
    const closed = this.#closedRows.stats;
    const forming = this.#formingRows.stats;
    const lanes = Object.fromEntries(this.#buffers.map((buffer) => [buffer.name, buffer.stats]));
    const lastError = this.#urgent.error ?? this.#others.error;
    return {
      closedQueued: closed.queuedRows,
      oldestClosedAgeMs: closed.oldestAgeMs,
      closedWritten: closed.written,
      closedUnchanged: closed.unchanged,
      closedOverflowed: closed.overflowed,
      formingQueued: forming.queuedRows,
      formingWritten: forming.written,
      formingDropped: forming.dropped,
      rejected: this.#rejected,
      flushes: Object.values(lanes).reduce((sum, { batches }) => sum + batches, 0),
      retries: this.#urgent.retries + this.#others.retries,
      isHealthy: lastError === null,
      lastError,
      lanes,
      spool: this.#options.spool?.stats ?? null,
    };
  }

  async #close(timeoutMs: number): Promise<number> {
    for (const buffer of this.#buffers) buffer.stop();
    // Try now rather than after the pauses that are running.
    this.#urgent.hasten();
    this.#others.hasten();
    const done = new AbortController();
    // A query that hangs would hold the flush for longer than the deadline.
    await Promise.race([
      this.flush(),
      sleep(timeoutMs, undefined, { signal: done.signal }).catch(() => undefined),
    ]);
    done.abort();
    this.#isGivenUp = true;
    this.#urgent.end();
    this.#others.end();
    this.#endStep();
    let unwritten = 0;
    for (const buffer of this.#buffers) unwritten += await buffer.save();
    await this.#options.spool?.close();
    if (unwritten > 0) this.#options.logger.error({ unwritten }, 'rows could not be written');
    return unwritten;
  }

  #queued<Row>(lane: Lane<Row>, onOverflow?: (row: Row) => void): QueuedBuffer<Row> {
    const runner = lane.isUrgent ? this.#urgent : this.#others;
    const options = { ...this.#bufferOptions, wake: () => runner.wake() };
    const disk = lane.kind === 'lossless' ? (this.#options.spool?.lane(lane.name) ?? null) : null;
    const buffer = new QueuedBuffer(lane, options, disk, onOverflow);
    this.#add(buffer, runner);
    return buffer;
  }

  #add(buffer: LaneBuffer, runner: LaneRunner): void {
    this.#buffers.push(buffer);
    this.#buffers.sort((a, b) => a.priority - b.priority);
    runner.add(buffer);
    runner.wake();
  }

  #endStep(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  #refuse(lane: string, row: unknown, error: Error): void {
    this.#rejected++;
    this.#options.logger.error({ err: error, lane, row: shown(row) }, 'a row was refused and set aside');
    this.#options.spool?.refuse(lane, row, error);
    this.#guard(() => this.#options.onRejected?.(row, error));
  }

  /** A listener that throws must stop neither the tick nor the writing. */
  #guard(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#options.logger.error({ err: error }, 'a listener of the writer failed');
    }
  }
}

/** Longest row that the log shows whole, characters of JSON; `refused.ndjson` holds all of it. */
const MOST_SHOWN = 2_000;

function shown(row: unknown): unknown {
  const text = JSON.stringify(row) ?? '';
  return text.length <= MOST_SHOWN ? row : `${text.slice(0, MOST_SHOWN)}…`;
}
