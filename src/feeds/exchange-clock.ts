/** An event of a live exchange further ahead of its clock than this is taken for garbage. */
const MAX_AHEAD_MS = 60_000;
/** A time heard in passing is believed for one to two of these: by then our own clock may have been set. */
const HEARD_FOR_MS = 5 * 60_000;

/**
 * Knows the exchange's time: by its answers to "what time is it", by the dates of its answers where it cannot be
 * asked, and by the times of its events, which may run faster than our clock while a recording is played. All times
 * in ms.
 */
export class ExchangeClock {
  private offset = 0;
  private provenTime = Number.NEGATIVE_INFINITY;
  /** Largest offsets proven by dates: in the span that runs since `heardFrom`, and in the one before. */
  private heard = Number.NEGATIVE_INFINITY;
  private heardBefore = Number.NEGATIVE_INFINITY;
  private heardFrom = Number.NEGATIVE_INFINITY;
  /** Recordings may jump ahead by any distance; a live exchange may not. */
  mayJump = false;

  /** @param local our clock */
  constructor(private readonly local: () => number) {}

  /** Exchange time minus our clock. */
  get offsetMs(): number {
    return this.offset;
  }

  /** A time that the exchange has certainly reached, as it said itself; −Infinity before the first word. */
  get proven(): number {
    return this.provenTime;
  }

  /** Best estimate of the exchange's time now. */
  now(): number {
    return Math.max(this.provenTime, this.local() + this.offset);
  }

  /**
   * An event of exchange time `time` was received at `receivedAt`. Gives false, and learns nothing, if the time is
   * absurdly far ahead. O(1), for the tick path.
   */
  observe(time: number, receivedAt: number): boolean {
    if (time <= this.provenTime) return true;
    const ahead = time - receivedAt - this.offset;
    if (ahead > MAX_AHEAD_MS && !this.mayJump) return false;
    this.provenTime = time;
    // An event cannot come from the exchange's future: its clock is at least this far ahead of ours.
    if (ahead > 0) this.offset += ahead;
    return true;
  }

  /** The exchange said that it is `serverTime`, asked at `askedAt`, heard at `heardAt`. */
  sync(serverTime: number, askedAt: number, heardAt: number): void {
    this.offset = serverTime - (askedAt + heardAt) / 2;
    if (serverTime > this.provenTime) this.provenTime = serverTime;
  }

  /**
   * The exchange, which cannot be asked for its time, dated an answer: it had reached `date` when we heard it. The
   * estimate is the largest of such offsets, so that it is late by a second at first and never early.
   */
  hear(date: number, heardAt: number): void {
    if (Math.abs(heardAt - this.heardFrom) >= HEARD_FOR_MS) {
      this.heardBefore = this.heard;
      this.heard = Number.NEGATIVE_INFINITY;
      this.heardFrom = heardAt;
    }
    this.heard = Math.max(this.heard, date - heardAt);
    this.offset = Math.max(this.heard, this.heardBefore);
    if (date > this.provenTime) this.provenTime = date;
  }
}
