import type { Logger } from '../logger.js';

/** Work under way at most; what comes then is left undone and logged. */
const MAX_WORK = 1_000;

/** Work behind the back of who asks: neither its time nor its failure tells them anything. */
export class BackgroundWork {
  readonly #logger: Logger;
  readonly #running = new Set<Promise<void>>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Begins work. Never throws; a failure is logged. */
  run(name: string, work: () => Promise<unknown>): void {
    if (this.#running.size >= MAX_WORK) {
      this.#logger.error({ work: name }, 'too much work waits: left undone');
      return;
    }
    const running = (async () => {
      try {
        await work();
      } catch (error) {
        this.#logger.error({ err: error, work: name }, 'work in the background failed');
      }
    })();
    this.#running.add(running);
    void running.finally(() => this.#running.delete(running));
  }

  /** Resolves when all that has begun is done. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }
}
