/** Reads of single keys, those of one turn of the event loop as one. */
export class Batched<K, V> {
  readonly #read: (keys: readonly K[]) => Promise<ReadonlyMap<K, V>>;
  #waiting: { readonly keys: Set<K>; readonly found: Promise<ReadonlyMap<K, V>> } | null = null;

  /** @param read gives what it finds, by key */
  constructor(read: (keys: readonly K[]) => Promise<ReadonlyMap<K, V>>) {
    this.#read = read;
  }

  /** Gives what is found under a key; null: nothing. @throws what reading throws */
  async get(key: K): Promise<V | null> {
    if (this.#waiting === null) {
      const keys = new Set<K>();
      const found = new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
        this.#waiting = null;
        return this.#read([...keys]);
      });
      this.#waiting = { keys, found };
    }
    this.#waiting.keys.add(key);
    return (await this.#waiting.found).get(key) ?? null;
  }
}
