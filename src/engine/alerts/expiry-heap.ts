import type { AlertTable } from './alert-table.js';

/**
 * The alerts that expire, the next one first; at the same time the one of the smallest id. A binary heap of slots that
 * knows where each stands, so that one is taken out in O(log n) and none is left behind.
 */
export class ExpiryHeap {
  readonly #table: AlertTable;
  readonly #slots: number[] = [];

  constructor(table: AlertTable) {
    this.#table = table;
  }

  /** Takes a slot in if its alert expires at all. */
  add(slot: number): void {
    if (this.#table.expiresAt(slot) === Number.POSITIVE_INFINITY) return;
    this.#put(slot, this.#slots.length);
    this.#rise(slot, this.#slots.length - 1);
  }

  /** Takes a slot out, if it is in. To be called before its alert changes. */
  remove(slot: number): void {
    const place = this.#table.place(slot);
    if (place === -1) return;
    this.#table.setPlace(slot, -1);
    const last = this.#slots.pop();
    if (last === undefined || last === slot) return;
    this.#put(last, place);
    this.#sink(last, place);
    this.#rise(last, this.#table.place(last));
  }

  /** Gives the slot of an alert whose time is over at `now`; −1: there is none. */
  due(now: number): number {
    const first = this.#slots[0];
    return first !== undefined && this.#table.expiresAt(first) <= now ? first : -1;
  }

  #rise(slot: number, from: number): void {
    let place = from;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = this.#slots[above] as number;
      if (!this.#isBefore(slot, parent)) break;
      this.#put(parent, place);
      place = above;
    }
    this.#put(slot, place);
  }

  #sink(slot: number, from: number): void {
    let place = from;
    for (;;) {
      let below = 2 * place + 1;
      if (below >= this.#slots.length) break;
      const right = this.#slots[below + 1];
      if (right !== undefined && this.#isBefore(right, this.#slots[below] as number)) below += 1;
      const child = this.#slots[below] as number;
      if (!this.#isBefore(child, slot)) break;
      this.#put(child, place);
      place = below;
    }
    this.#put(slot, place);
  }

  #put(slot: number, place: number): void {
    this.#slots[place] = slot;
    this.#table.setPlace(slot, place);
  }

  #isBefore(a: number, b: number): boolean {
    const table = this.#table;
    const difference = table.expiresAt(a) - table.expiresAt(b);
    return difference < 0 || (difference === 0 && table.id(a) < table.id(b));
  }
}
