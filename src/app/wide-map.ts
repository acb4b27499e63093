/** A map that doubles moves all of its entries at once: a small part of them is moved in no time. */
const PARTS = 256;

/** A map of a million entries whose growth never holds the event loop up: it is many small ones. In no order. */
export class WideMap<K extends number | string, V> {
  readonly #parts: readonly Map<K, V>[] = Array.from({ length: PARTS }, () => new Map<K, V>());

  get size(): number {
    let size = 0;
    for (const part of this.#parts) size += part.size;
    return size;
  }

  has(key: K): boolean {
    return this.#partOf(key).has(key);
  }

  set(key: K, value: V): void {
    this.#partOf(key).set(key, value);
  }

  delete(key: K): boolean {
    return this.#partOf(key).delete(key);
  }

  *keys(): IterableIterator<K> {
    for (const part of this.#parts) yield* part.keys();
  }

  *[Symbol.iterator](): IterableIterator<[K, V]> {
    for (const part of this.#parts) yield* part;
  }

  #partOf(key: K): Map<K, V> {
    // Ids follow one another; texts are few.
    const number = typeof key === 'number' ? key % PARTS : 0;
    return this.#parts[number] as Map<K, V>;
  }
}
