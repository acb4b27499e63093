/** One map of two million entries stops everything for 100–300 ms when it grows; one of these for some ms. */
const SHARDS = 128;

/** Alert ids → slots. */
export class IdMap {
  readonly #shards = Array.from({ length: SHARDS }, () => new Map<number, number>());
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(id: number): number | undefined {
    return this.#shards[id % SHARDS]?.get(id);
  }

  /** Sets the slot of an id that is not in the map. */
  add(id: number, slot: number): void {
    this.#shards[id % SHARDS]?.set(id, slot);
    this.#size += 1;
  }

  /** Removes an id that is in the map. */
  delete(id: number): void {
    this.#shards[id % SHARDS]?.delete(id);
    this.#size -= 1;
  }
}
