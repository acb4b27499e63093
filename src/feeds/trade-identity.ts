/** Trades of one connection that are remembered; what an exchange sends again after a reconnect are fewer. */
const REMEMBERED = 4_096;

/**
 * Names the trades of an exchange that gives them no ids, by what is known of each: its time, price, amount and side,
 * and which of its equals on this connection it is. What is sent once more on a new connection has the same name again,
 * so that it is found to be a duplicate; two equal trades of one connection have not.
 */
export class TradeIdentity {
  private readonly counts = new Map<string, number>();

  /** A new connection: its first trades may be those of the last one. */
  broke(): void {
    this.counts.clear();
  }

  /** O(1). */
  name(time: unknown, price: unknown, amount: unknown, side: unknown): string {
    const key = `${String(time)}:${String(price)}:${String(amount)}:${String(side ?? '')}`;
    const count = (this.counts.get(key) ?? 0) + 1;
    this.counts.set(key, count);
    if (this.counts.size > REMEMBERED) {
      const [oldest] = this.counts.keys();
      if (oldest !== undefined) this.counts.delete(oldest);
    }
    return `${key}:${count}`;
  }
}
