import { type BackoffOptions, backoffMs } from '../../backoff.js';
import { messageOf } from '../../errors.js';
import type { Logger } from '../../logger.js';
import type { Pool } from '../pool.js';
import type { LaneBuffer } from './lane-buffer.js';

export interface RunnerOptions {
  readonly pool: Pool;
  readonly logger: Logger;
  readonly retry: BackoffOptions;
  /** Called after every batch, written or not. */
  readonly onStep: () => void;
}

interface Run {
  readonly buffer: LaneBuffer;
  /** Failures in a row. */
  failures: number;
  /** Not before, ms of `performance.now()`. */
  retryAt: number;
  error: string | null;
}

/**
 * Writes the lanes that share a connection, one batch at a time: before each the lane of the highest priority that is
 * due is chosen. A lane that fails pauses, longer and longer, and does not hold the others up.
 */
export class LaneRunner {
  readonly #options: RunnerOptions;
  readonly #runs: Run[] = [];
  #timer: NodeJS.Timeout | undefined;
  #isScheduled = false;
  #isRunning = false;
  #isEnded = false;
  #retries = 0;

  constructor(options: RunnerOptions) {
    this.#options = options;
  }

  /** Why the lane that fails longest does; null: none does. */
  get error(): string | null {
    return this.#runs.find(({ error }) => error !== null)?.error ?? null;
  }

  /** Batches that failed. */
  get retries(): number {
    return this.#retries;
  }

  add(buffer: LaneBuffer): void {
    this.#runs.push({ buffer, failures: 0, retryAt: 0, error: null });
    this.#runs.sort((a, b) => a.buffer.priority - b.buffer.priority);
  }

  /** Looks for what is due in the next turn of the loop. O(1) while it is looking anyway. */
  wake(): void {
    if (this.#isScheduled || this.#isRunning || this.#isEnded) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      void this.#run();
    });
  }

  /** Tries now rather than after the pauses that are running. */
  hasten(): void {
    for (const run of this.#runs) run.retryAt = 0;
    this.wake();
  }

  /** Begins no further batch; one that is under way is not waited for. */
  end(): void {
    this.#isEnded = true;
    clearTimeout(this.#timer);
  }

  /** Writes until nothing is due; never rejects. */
  async #run(): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    clearTimeout(this.#timer);
    for (let run = this.#next(); run !== undefined && !this.#isEnded; run = this.#next()) {
      await this.#write(run);
      this.#options.onStep();
    }
    // In one piece with the last look: what comes next finds nobody running and wakes us anew.
    this.#isRunning = false;
    this.#waitForNext();
  }

  #next(): Run | undefined {
    const now = performance.now();
    return this.#runs.find(({ buffer, retryAt }) => Math.max(buffer.dueAt(), retryAt) <= now);
  }

  #waitForNext(): void {
    if (this.#isEnded) return;
    const dueAt = Math.min(...this.#runs.map(({ buffer, retryAt }) => Math.max(buffer.dueAt(), retryAt)));
    if (dueAt === Number.POSITIVE_INFINITY) return;
    // Rounded up: a timer that fires a moment early would look in vain, again and again.
    this.#timer = setTimeout(() => void this.#run(), Math.max(0, Math.ceil(dueAt - performance.now())));
  }

  async #write(run: Run): Promise<void> {
    const { pool, logger } = this.#options;
    const lane = run.buffer.name;
    try {
      await run.buffer.writeBatch(pool);
      // What failed and has given its rows up cannot show by itself that the database is back.
      const isOver = (other: Run): boolean =>
        other === run || other.buffer.dueAt() === Number.POSITIVE_INFINITY;
      for (const other of this.#runs.filter(isOver)) {
        if (other.error !== null) logger.info({ lane: other.buffer.name }, 'the database takes rows again');
        other.error = null;
        other.failures = 0;
      }
    } catch (error) {
      if (run.failures === 0) logger.error({ err: error, lane }, 'cannot write; it is tried again');
      run.error = messageOf(error);
      run.retryAt = performance.now() + backoffMs(run.failures++, this.#options.retry);
      this.#retries++;
    }
  }
}
