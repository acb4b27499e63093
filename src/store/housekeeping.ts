import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../errors.js';
import type { Logger } from '../logger.js';
import { HOUSEKEEPING_TASKS, type HousekeepingTask } from './housekeeping-tasks.js';
import type { Connection, Pool } from './pool.js';
import {
  BackgroundTaskRepository,
  type TaskData,
  type TaskOutlook,
} from './repositories/background-tasks.js';
import { readSettings } from './retention.js';

export interface HousekeepingOptions {
  readonly pool: Pool;
  readonly logger: Logger;
  /** Default: all. */
  readonly tasks?: readonly HousekeepingTask[];
  /** How often it is looked what is due, ms. Default 30,000. */
  readonly checkMs?: number;
  /** How long after a failure a task is tried again, ms; doubled with each that follows. Default 60,000. */
  readonly retryMs?: number;
  /** Our clock, ms since the epoch. Default `Date.now`. */
  readonly now?: () => number;
}

/** Since the start, of this process. */
export interface HousekeepingStats {
  /** The task under way; null: none. */
  readonly running: string | null;
  readonly completed: number;
  readonly failed: number;
  /** What failed last and has not succeeded since; null: all is well. */
  readonly lastError: string | null;
}

/** First half of the keys of our advisory locks; the second is the task's. No other program may take it. */
const LOCK = 48_711;
const HEARTBEAT_MS = 10_000;
const STOP_MS = 900;

/**
 * Runs the tasks that are due, each as a row of `background_tasks`. What is due is read from that table, so a restart
 * neither repeats nor skips a run, and any number of servers do each run once: who runs a task holds its advisory lock.
 * A run whose process died is marked as failed by the next; one that a stop breaks off waits for whoever comes next.
 * A task that fails is tried again, later and later; one that is only done when asked for is not.
 */
export class Housekeeping {
  readonly #options: HousekeepingOptions;
  readonly #tasks: readonly HousekeepingTask[];
  readonly #rows: BackgroundTaskRepository;
  readonly #stopping = new AbortController();
  readonly #errors = new Map<string, string>();
  #loop: Promise<void> | null = null;
  #endWait: () => void = () => undefined;
  #isWoken = false;
  #running: string | null = null;
  #completed = 0;
  #failed = 0;

  constructor(options: HousekeepingOptions) {
    this.#options = options;
    this.#tasks = options.tasks ?? HOUSEKEEPING_TASKS;
    this.#rows = new BackgroundTaskRepository(options.pool);
  }

  /** Begins, and goes on until `stop`. Never throws: what fails is logged, written down and tried again. */
  start(): void {
    this.#loop ??= this.#run();
  }

  /**
   * Asks for a run of a task, with its parameters, by whichever server is free.
   *
   * @throws RangeError if there is no such task, and whatever the database throws
   */
  async request(name: string, params: TaskData = {}): Promise<void> {
    const task = this.#tasks.find((candidate) => candidate.name === name);
    if (task === undefined) throw new RangeError(`there is no task ${name}`);
    await this.#rows.request(name, task.type, params);
    this.#isWoken = true;
    this.#endWait();
  }

  /** Breaks off what is under way, at its next step; resolves within a second. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#endWait();
    const done = new AbortController();
    const late = sleep(STOP_MS, true, { signal: done.signal }).catch(() => false);
    const ended = this.#loop?.then(() => false) ?? Promise.resolve(false);
    if (await Promise.race([ended, late])) {
      this.#options.logger.warn({ task: this.#running }, 'housekeeping did not end in time');
    }
    done.abort();
  }

  get stats(): HousekeepingStats {
    return {
      running: this.#running,
      completed: this.#completed,
      failed: this.#failed,
      lastError: [...this.#errors].map(([name, error]) => `${name}: ${error}`).at(-1) ?? null,
    };
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      this.#isWoken = false;
      try {
        await this.#check();
        this.#errors.delete('check');
      } catch (error) {
        this.#fault('check', error);
      }
      await this.#wait();
    }
  }

  /** Runs what is due, one after the other. */
  async #check(): Promise<void> {
    const outlooks = await this.#rows.outlook(this.#tasks.map(({ name }) => name));
    for (const task of this.#tasks) {
      const outlook = outlooks.find(({ name }) => name === task.name);
      // Another process may have mended what failed here.
      if (outlook?.failures === 0) this.#errors.delete(task.name);
      if (outlook === undefined || !this.#isDue(task, outlook)) continue;
      if (this.#stopping.signal.aborted) return;
      try {
        await this.#attempt(task);
      } catch (error) {
        this.#fault(task.name, error);
      }
    }
  }

  #isDue({ everyMs }: HousekeepingTask, outlook: TaskOutlook): boolean {
    if (outlook.isRequested) return true;
    if (everyMs === null) return false;
    const { retryMs = 60_000 } = this.#options;
    const { sinceCompletedMs, sinceFailedMs, failures } = outlook;
    if (sinceFailedMs !== null) {
      return sinceFailedMs >= Math.min(everyMs, retryMs * 2 ** Math.min(failures - 1, 30));
    }
    return sinceCompletedMs === null || sinceCompletedMs >= everyMs;
  }

  /** Runs a task under its lock, unless another process has the lock or was quicker. */
  async #attempt(task: HousekeepingTask): Promise<void> {
    const holder = await this.#options.pool.connect();
    let isFree = false;
    try {
      const { rows } = await holder.query<{ held: boolean }>(
        'SELECT pg_try_advisory_lock($1, hashtext($2)) AS held',
        [LOCK, task.name],
      );
      isFree = rows[0]?.held !== true;
      if (isFree) return;
      await this.#rows.abandon(task.name);
      const [outlook] = await this.#rows.outlook([task.name]);
      if (outlook !== undefined && this.#isDue(task, outlook)) await this.#perform(task, holder);
      await holder.query('SELECT pg_advisory_unlock($1, hashtext($2))', [LOCK, task.name]);
      isFree = true;
    } finally {
      // A lock that was not given back goes with its connection.
      holder.release(!isFree);
    }
  }

  /** Runs a task and writes its end down. */
  async #perform(task: HousekeepingTask, holder: Connection): Promise<void> {
    const { pool, logger, now = Date.now } = this.#options;
    const { id, params } = await this.#rows.begin(task.name, task.type);
    const lost = new AbortController();
    const onEnd = (): void => lost.abort();
    holder.once('end', onEnd);
    const signal = AbortSignal.any([this.#stopping.signal, lost.signal]);
    const beat = setInterval(() => {
      this.#rows.heartbeat(id).catch((err: unknown) => logger.debug({ err }, 'no sign of life of a task'));
    }, HEARTBEAT_MS);
    this.#running = task.name;
    try {
      const { settings, problems } = await readSettings(pool);
      if (problems.length > 0) logger.warn({ problems }, 'system_config.housekeeping is taken in part');
      const result = await task.run({ pool, signal, params, settings, now: now() });
      if (signal.aborted) await this.#rows.requeue(id);
      else await this.#rows.complete(id, result);
      this.#completed += signal.aborted ? 0 : 1;
      this.#errors.delete(task.name);
      logger.debug({ task: task.name, result }, 'housekeeping done');
    } catch (error) {
      if (this.#stopping.signal.aborted) await this.#rows.requeue(id);
      else {
        this.#fault(task.name, error);
        await this.#rows.fail(id, messageOf(error));
      }
    } finally {
      clearInterval(beat);
      holder.off('end', onEnd);
      this.#running = null;
    }
  }

  #fault(name: string, error: unknown): void {
    if (this.#stopping.signal.aborted) return;
    this.#failed++;
    this.#errors.delete(name);
    this.#errors.set(name, messageOf(error));
    this.#options.logger.error({ err: error, task: name }, 'housekeeping failed; it is tried again');
  }

  async #wait(): Promise<void> {
    if (this.#isWoken || this.#stopping.signal.aborted) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, this.#options.checkMs ?? 30_000);
      this.#endWait = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
