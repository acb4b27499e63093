/**
 * Work in line, done in the order in which it came: some ms in each turn of the event loop, so that prices come through
 * between.
 */
export class Turns {
  readonly #budgetMs: number;
  /** Each does a piece of its work and says whether that was the last. */
  readonly #line: (() => boolean)[] = [];
  #next = 0;
  #turn: NodeJS.Immediate | null = null;
  #longestMs = 0;

  constructor(budgetMs: number) {
    this.#budgetMs = budgetMs;
  }

  /** Longest time that one turn has taken, ms. */
  get longestMs(): number {
    return this.#longestMs;
  }

  /** Does `work` in its turn; rejects with what it throws. */
  run<T>(work: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#queue(() => {
        resolve(work());
        return true;
      }).catch(reject);
    });
  }

  /** Does `work` for one after another, as many in a turn as fit; rejects with what it throws, and leaves the others. */
  each<T>(items: Iterable<T>, work: (item: T) => void): Promise<void> {
    const left = items[Symbol.iterator]();
    return this.#queue(() => {
      const next = left.next();
      if (next.done !== true) work(next.value);
      return next.done === true;
    });
  }

  #queue(step: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#line.push(() => {
        try {
          if (!step()) return false;
          resolve();
        } catch (error) {
          reject(error as Error);
        }
        return true;
      });
      this.#turn ??= setImmediate(() => this.#work());
    });
  }

  #work(): void {
    this.#turn = null;
    const begun = performance.now();
    let now = begun;
    while (this.#next < this.#line.length && now - begun < this.#budgetMs) {
      if (this.#line[this.#next]?.() !== false) this.#next += 1;
      now = performance.now();
    }
    this.#longestMs = Math.max(this.#longestMs, now - begun);
    if (this.#next < this.#line.length) {
      this.#turn = setImmediate(() => this.#work());
      return;
    }
    this.#line.length = 0;
    this.#next = 0;
  }
}
