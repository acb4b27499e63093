import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../logger.js';

type Stop = () => unknown;

interface Part {
  readonly name: string;
  readonly stop: Stop;
  /** How long the parts before it wait for its end, ms. */
  readonly atMostMs: number | null;
}

/**
 * Remembers how to stop what has been started and does it in the opposite order, each once, whether the start was
 * finished or not: what is started after stopping began is stopped at once.
 */
export class Stopper {
  readonly #logger: Logger;
  readonly #parts: Part[] = [];
  #stopping: Promise<void> | null = null;
  #current = '';

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Name of the part that is being stopped; empty before and after. */
  get current(): string {
    return this.#current;
  }

  get stopping(): boolean {
    return this.#stopping !== null;
  }

  /**
   * Registers a part that has just been started.
   *
   * @param atMostMs how long its end is waited for, ms: one that waits for a far side must not take the time that the
   * others need. Default: as long as it takes
   */
  async add(name: string, stop: Stop, atMostMs: number | null = null): Promise<void> {
    const part = { name, stop, atMostMs };
    if (this.#stopping === null) this.#parts.push(part);
    else await this.#run(part);
  }

  /**
   * Stops everything, newest first. A part that fails to stop, or not in its time, is logged and does not keep the others
   * running.
   */
  stop(): Promise<void> {
    this.#stopping ??= this.#stopAll();
    return this.#stopping;
  }

  async #stopAll(): Promise<void> {
    for (const part of this.#parts.reverse()) await this.#run(part);
    this.#current = '';
  }

  async #run({ name, stop, atMostMs }: Part): Promise<void> {
    this.#current = name;
    const started = performance.now();
    const done = new AbortController();
    try {
      const stopped = (async () => stop())().then(() => true);
      const late = atMostMs === null ? [] : [sleep(atMostMs, false, { signal: done.signal })];
      if (await Promise.race([stopped, ...late])) {
        this.#logger.debug({ part: name, ms: Math.round(performance.now() - started) }, 'stopped');
      } else this.#logger.warn({ part: name, atMostMs }, 'did not stop in its time and is left behind');
    } catch (error) {
      this.#logger.error({ part: name, err: error }, 'did not stop cleanly');
    } finally {
      done.abort();
    }
  }
}
