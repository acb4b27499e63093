import type { Logger } from '../logger.js';

/** Work that is done again and again; one failure is logged and does not end it. */
export class Periodic {
  readonly #logger: Logger;
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #running = new Set<Promise<void>>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Does `work` every `periodMs`, first after one period; skips a turn while the one before is still running. */
  every(periodMs: number, name: string, work: () => unknown): void {
    let busy = false;
    const turn = async (): Promise<void> => {
      try {
        await work();
      } catch (error) {
        this.#logger.error({ err: error, work: name }, 'periodic work failed; it is tried again in its turn');
      } finally {
        busy = false;
      }
    };
    this.#timers.push(
      setInterval(() => {
        if (busy) return;
        busy = true;
        const running = turn();
        this.#running.add(running);
        void running.finally(() => this.#running.delete(running));
      }, periodMs),
    );
  }

  /** Begins nothing more and waits for what is running. */
  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await Promise.all(this.#running);
  }
}
