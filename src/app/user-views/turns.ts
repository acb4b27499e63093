/**
 * Work in line, done in the order in which it came: some ms in each turn of the event loop, so that prices come through
 * between.
 */
export class Turns {
  readonly #budgetMs: number;
  readonly #line: (() => void)[] = [];
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
      this.#line.push(() => {
        try {
          resolve(work());
        } catch (error) {
          reject(error as Error);
        }
      });
      this.#turn ??= setImmediate(() => this.#work());
    });
  }

  #work(): void {
    this.#turn = null;
    const begun = performance.now();
    let now = begun;
    while (this.#next < this.#line.length && now - begun < this.#budgetMs) {
      this.#line[this.#next]?.();
      this.#next += 1;
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
