/**
 * Which topics some process has subscribed to, as far as this one knows. Two sources keep it true: announcements,
 * which come at once but may be lost with a connection, and the full list that is read from time to time.
 */
export class Interest {
  #known = new Set<string>();
  /** Announced while a list was being read: the list may be older than they are. */
  readonly #sinceRead = new Set<string>();

  /** O(1). */
  has(topic: string): boolean {
    return this.#known.has(topic);
  }

  /** All of them. */
  topics(): Iterable<string> {
    return this.#known;
  }

  /** Takes a subscription that was announced. */
  add(topic: string): void {
    this.#known.add(topic);
    this.#sinceRead.add(topic);
  }

  /** Call when the full list is asked for, before the request leaves. */
  beginRead(): void {
    this.#sinceRead.clear();
  }

  /** Takes the full list: what is not in it is forgotten, unless it was announced since `beginRead`. */
  endRead(topics: Iterable<string>): void {
    this.#known = new Set(topics);
    for (const topic of this.#sinceRead) this.#known.add(topic);
  }
}
