import type { ClosedAt } from '../ws/ports.js';

/** A day of 1m candles, and some. */
const KEPT = 1_500;

/** Remembers at which offsets of its channel the candles of one series closed: of the newest 1,500, in 16 bytes each. */
export class CloseLog {
  #offsets = new Float64Array(4);
  #times = new Float64Array(4);
  #count = 0;
  /** Where the oldest is, once it goes round. */
  #first = 0;
  /** Newest offset that is forgotten; −1: none. */
  #forgotten = -1;

  add(offset: number, time: number): void {
    if (this.#count === this.#offsets.length && this.#count < KEPT) this.#grow();
    if (this.#count < this.#offsets.length) {
      this.#offsets[this.#count] = offset;
      this.#times[this.#count] = time;
      this.#count += 1;
      return;
    }
    this.#forgotten = this.#offsets[this.#first] as number;
    this.#offsets[this.#first] = offset;
    this.#times[this.#first] = time;
    this.#first = (this.#first + 1) % this.#count;
  }

  /** Gives those after an offset, oldest first; null: some of them are forgotten. */
  after(offset: number): readonly ClosedAt[] | null {
    if (offset < this.#forgotten) return null;
    const found: ClosedAt[] = [];
    for (let back = 1; back <= this.#count; back++) {
      const at = (this.#first + this.#count - back) % this.#count;
      const closed = { offset: this.#offsets[at] as number, time: this.#times[at] as number };
      if (closed.offset <= offset) break;
      found.push(closed);
    }
    return found.reverse();
  }

  #grow(): void {
    const length = Math.min(this.#count * 2, KEPT);
    const offsets = new Float64Array(length);
    const times = new Float64Array(length);
    offsets.set(this.#offsets);
    times.set(this.#times);
    this.#offsets = offsets;
    this.#times = times;
  }
}
