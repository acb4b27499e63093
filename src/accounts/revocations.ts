import type { Logger } from '../logger.js';

/** Tells who keeps connections of users that one of them may have to end. */
export class Revocations {
  readonly #logger: Logger;
  readonly #listeners = new Set<(userId: number) => void>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Has `listener` called; gives what takes it away. */
  add(listener: (userId: number) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Says that sessions of a user may have ended, or the role changed. Never throws. */
  tell(userId: number): void {
    for (const listener of this.#listeners) {
      try {
        listener(userId);
      } catch (error) {
        this.#logger.error({ err: error }, 'a listener to revoked sessions failed');
      }
    }
  }
}
