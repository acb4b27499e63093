import type { Logger } from '../logger.js';

type Stop = () => Promise<unknown> | void;

/**
 * Remembers how to stop what has been started and does it in the opposite order, each once, whether the start was
 * finished or not: what is started after stopping began is stopped at once.
 */
export class Stopper {
  readonly #logger: Logger;
  readonly #parts: { readonly name: string; readonly stop: Stop }[] = [];
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

  /** Registers a part that has just been started. */
  async add(name: string, stop: Stop): Promise<void> {
    if (this.#stopping !== null) {
      await this.#run(name, stop);
      return;
    }
    this.#parts.push({ name, stop });
  }

  /** Stops everything, newest first. A part that fails to stop is logged and does not keep the others running. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stopAll();
    return this.#stopping;
  }

  async #stopAll(): Promise<void> {
    for (const { name, stop } of this.#parts.reverse()) await this.#run(name, stop);
    this.#current = '';
  }

  async #run(name: string, stop: Stop): Promise<void> {
    this.#current = name;
    const started = performance.now();
    try {
      await stop();
      this.#logger.debug({ part: name, ms: Math.round(performance.now() - started) }, 'stopped');
    } catch (error) {
      this.#logger.error({ part: name, err: error }, 'did not stop cleanly');
    }
  }
}
