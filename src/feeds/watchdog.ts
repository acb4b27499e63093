/** Silence this many times the usual distance between messages is not usual any more. */
const UNUSUAL = 20;
/** Weight of the newest distance in the usual one. */
const WEIGHT = 0.05;
/** Each new connection that stays silent doubles the patience with the next, up to so many times. */
const MAX_PATIENCE = 16;
/** A connection that has not spoken yet is given this many times the stall time. */
const FIRST_WORD = 10;

/**
 * Notices connections that are open but silent. Silence is judged against the connection's usual rate, so that a
 * market that trades once an hour is no stall. Our clock is handed in, in ms.
 */
export class Watchdog {
  private usualMs = 0;
  private lastAt: number;
  private hasSpoken = false;
  private patience = 1;

  /** @param stallMs shortest silence that counts as a stall */
  constructor(
    private readonly stallMs: number,
    startedAt: number,
  ) {
    this.lastAt = startedAt;
  }

  /** A message came. O(1), allocates nothing. */
  message(at: number): void {
    if (this.hasSpoken) {
      this.usualMs += (at - this.lastAt - this.usualMs) * WEIGHT;
      this.patience = 1;
    }
    this.hasSpoken = true;
    this.lastAt = at;
  }

  /** The connection was made anew at `at`; what is usual stays known. */
  restart(at: number): void {
    this.lastAt = at;
    this.hasSpoken = false;
    this.patience = Math.min(this.patience * 2, MAX_PATIENCE);
  }

  /** We ourselves could not listen for so many ms: no silence of the connection. */
  deaf(ms: number): void {
    this.lastAt += ms;
  }

  /** Says whether the connection has been silent for unusually long. */
  isStalled(at: number): boolean {
    const patience = this.usualMs > 0 || this.hasSpoken ? this.patience : FIRST_WORD;
    return at - this.lastAt > Math.max(this.stallMs * patience, this.usualMs * UNUSUAL);
  }
}
