import { setImmediate as nextTurn } from 'node:timers/promises';

/** Share of a turn of the event loop that work in slices takes, all of it together, ms. */
const SHARE_MS = 2;

/**
 * Lets long work take turns with everything else: what subscribes to thousands of channels asks after each whether its
 * share of the turn is over, and pauses then. All such work of a gateway shares one share, first come, first served.
 */
export class Slices {
  readonly #waiting: (() => void)[] = [];
  #isPumping = false;
  #began = performance.now();

  get isOver(): boolean {
    const now = performance.now();
    // Nobody pauses, so a new turn has not been told of: what began long ago began in another one.
    if (!this.#isPumping && now - this.#began > SHARE_MS * 10) this.#began = now;
    return now - this.#began > SHARE_MS;
  }

  /** Resolves in a later turn, in which there is something left of the share. */
  pause(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      void this.#pump();
    });
  }

  async #pump(): Promise<void> {
    if (this.#isPumping) return;
    this.#isPumping = true;
    while (this.#waiting.length > 0) {
      await nextTurn();
      this.#began = performance.now();
      do {
        this.#waiting.shift()?.();
        // It works on until it pauses or is done, before this goes on.
        await Promise.resolve().then(() => undefined);
      } while (this.#waiting.length > 0 && performance.now() - this.#began <= SHARE_MS);
    }
    this.#isPumping = false;
    this.#began = performance.now();
  }
}
