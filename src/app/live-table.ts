import { isDeepStrictEqual } from 'node:util';

/** What a batch of changes did to a table. */
export interface LiveChange<R> {
  /** Rows that are new or different now. */
  readonly set: readonly R[];
  /** Rows that are gone, as they were. */
  readonly removed: readonly R[];
}

/** A table of the database in memory, as it was a moment ago. Rows are never changed, only replaced. */
export class LiveTable<K extends number | string, R> {
  readonly #rows = new Map<K, R>();
  readonly #groups = new Map<number, Map<K, R>>();
  readonly #listeners = new Set<(change: LiveChange<R>) => void>();
  readonly #keyOf: (row: R) => K;
  readonly #groupOf: ((row: R) => number | null) | null;
  #version = 0;

  /** @param groupOf by what else rows are asked for, such as the list that an entry belongs to; null: by nothing */
  constructor(keyOf: (row: R) => K, groupOf: ((row: R) => number | null) | null = null) {
    this.#keyOf = keyOf;
    this.#groupOf = groupOf;
  }

  /** Counts the changes; what was computed from the rows holds as long as it stays. */
  get version(): number {
    return this.#version;
  }

  get size(): number {
    return this.#rows.size;
  }

  /** O(1). */
  get(key: K): R | undefined {
    return this.#rows.get(key);
  }

  values(): IterableIterator<R> {
    return this.#rows.values();
  }

  /** Gives the rows of a group, in no order. O(1). */
  of(group: number): Iterable<R> {
    return this.#groups.get(group)?.values() ?? [];
  }

  /** Has `listener` called after each change, synchronously; it must not throw. Gives what ends that. */
  subscribe(listener: (change: LiveChange<R>) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Takes in how rows stand in the database now.
   *
   * @param rows those that exist
   * @param gone keys of those that do not
   */
  apply(rows: readonly R[], gone: Iterable<K>): void {
    const set: R[] = [];
    const removed: R[] = [];
    for (const row of rows) {
      if (isDeepStrictEqual(this.#rows.get(this.#keyOf(row)), row)) continue;
      this.#put(row);
      set.push(row);
    }
    for (const key of gone) {
      const row = this.#take(key);
      if (row !== undefined) removed.push(row);
    }
    if (set.length + removed.length === 0) return;
    this.#version += 1;
    for (const listener of [...this.#listeners]) listener({ set, removed });
  }

  /** Gives the keys of all rows. */
  keys(): IterableIterator<K> {
    return this.#rows.keys();
  }

  #put(row: R): void {
    const key = this.#keyOf(row);
    this.#take(key);
    this.#rows.set(key, row);
    const group = this.#groupOf?.(row) ?? null;
    if (group === null) return;
    const members = this.#groups.get(group) ?? new Map<K, R>();
    members.set(key, row);
    this.#groups.set(group, members);
  }

  #take(key: K): R | undefined {
    const row = this.#rows.get(key);
    if (row === undefined) return undefined;
    this.#rows.delete(key);
    const group = this.#groupOf?.(row) ?? null;
    if (group === null) return row;
    const members = this.#groups.get(group);
    members?.delete(key);
    if (members?.size === 0) this.#groups.delete(group);
    return row;
  }
}
