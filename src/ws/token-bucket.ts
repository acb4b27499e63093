/** So much a second in the long run, and a burst at once. A clock that goes back takes nothing and gives nothing. */
export class TokenBucket {
  #tokens: number;
  #last: number;

  /** @param now ms, here and below */
  constructor(
    private readonly perSecond: number,
    private readonly burst: number,
    now: number,
  ) {
    this.#tokens = burst;
    this.#last = now;
  }

  /** Gives how much may be taken now. */
  left(now: number): number {
    this.#tokens = Math.min(
      this.burst,
      this.#tokens + (Math.max(0, now - this.#last) * this.perSecond) / 1_000,
    );
    this.#last = now;
    return this.#tokens;
  }

  /** Takes so much, or nothing and gives false. */
  take(amount: number, now: number): boolean {
    if (this.left(now) < amount) return false;
    this.#tokens -= amount;
    return true;
  }
}
