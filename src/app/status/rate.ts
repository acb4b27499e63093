/** How fast a counter grows: what it grew by between two readings, per second. */
export class Rate {
  #value: number | null = null;
  #at = 0;

  /** Takes in the counter at `now`, ms; gives how much it grew per second since the last reading; null: this is the first. */
  read(value: number, now: number): number | null {
    const before = this.#value;
    const seconds = (now - this.#at) / 1_000;
    this.#value = value;
    this.#at = now;
    if (before === null || seconds <= 0) return null;
    return Math.round(((value - before) / seconds) * 100) / 100;
  }
}

/** Says for a while that a counter has grown. */
export class Grown {
  #value: number | null = null;
  #until = 0;
  readonly #holdMs: number;

  /** @param holdMs how long after the last growth it is told, ms */
  constructor(holdMs: number) {
    this.#holdMs = holdMs;
  }

  read(value: number, now: number): boolean {
    if (this.#value !== null && value > this.#value) this.#until = now + this.#holdMs;
    this.#value = value;
    return now < this.#until;
  }
}
