import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Queryable } from '../store/pool.js';
import type { LiveSource } from '../store/repositories/live-rows.js';
import { isRowsFault } from '../store/retry.js';
import { WideMap } from './wide-map.js';

/** Rows of one query: what pg makes of them in one turn of the event loop takes one or two ms. */
const PAGE = 400;
/** Rows, or keys, that are taken in one turn: below a ms. */
const PER_TURN = 100;
/** Keys that are only looked up in one turn. */
const LOOKED_PER_TURN = 10_000;

/** What holds rows as they stand in the database. */
export interface LiveTarget<K, R> {
  /** Keys of the rows that it holds. */
  keys(): Iterable<K>;
  /** Takes in rows that exist, and the keys of some that do not. Rows that it holds as they are change nothing. */
  apply(rows: readonly R[], gone: Iterable<K>): void;
}

/**
 * Brings a table in memory up to date, reading what has been marked. Whatever is marked while it reads is left to the
 * next time: what this one read of it may be older.
 */
export class LiveReader<K extends number | string, R> {
  readonly table: string;
  readonly #source: LiveSource<K, R>;
  readonly #target: LiveTarget<K, R>;
  #isAll = false;
  #marked = new Set<K>();

  constructor(source: LiveSource<K, R>, target: LiveTarget<K, R>) {
    this.table = source.table;
    this.#source = source;
    this.#target = target;
  }

  /** True if something is marked. */
  get isDue(): boolean {
    return this.#isAll || this.#marked.size > 0;
  }

  /** Has rows read next time; null: all of them. */
  mark(keys: readonly K[] | null): void {
    if (keys === null) {
      this.#isAll = true;
      return;
    }
    for (const key of keys) this.#marked.add(key);
  }

  /**
   * Reads what is marked, a query for some hundred rows, and takes it in, a hundred in a turn of the event loop.
   *
   * @throws what the database throws; all is marked again then
   */
  async read(connection: Queryable): Promise<void> {
    const isAll = this.#isAll;
    const keys = [...this.#marked];
    this.#isAll = false;
    this.#marked = new Set();
    try {
      if (isAll) await this.#readAll(connection);
      else await this.#readKeys(connection, keys);
    } catch (error) {
      // A key that the table cannot have would fail every time: anyone may notify.
      this.mark(isAll || isRowsFault(error) ? null : keys);
      throw error;
    }
  }

  async #readAll(connection: Queryable): Promise<void> {
    const seen = new WideMap<K, true>();
    let after: K | null = null;
    for (;;) {
      const rows: readonly R[] = await this.#source.page(connection, after, PAGE);
      for (const row of rows) seen.set(this.#source.keyOf(row), true);
      await this.take(rows, []);
      const last = rows.at(-1);
      if (rows.length < PAGE || last === undefined) break;
      after = this.#source.keyOf(last);
    }
    const gone: K[] = [];
    let looked = 0;
    for (const key of this.#target.keys()) {
      if (!seen.has(key)) gone.push(key);
      looked += 1;
      if (looked % LOOKED_PER_TURN === 0) await nextTurn();
    }
    await this.take([], gone);
  }

  async #readKeys(connection: Queryable, keys: readonly K[]): Promise<void> {
    for (let at = 0; at < keys.length; at += PAGE) {
      const some = keys.slice(at, at + PAGE);
      const rows = await this.#source.byKeys(connection, some);
      const found = new Set(rows.map((row) => this.#source.keyOf(row)));
      await this.take(
        rows,
        some.filter((key) => !found.has(key)),
      );
    }
  }

  /** Takes in rows that were read, and keys of those that were not there. */
  async take(rows: readonly R[], gone: readonly K[]): Promise<void> {
    const isFresh = (key: K): boolean => !this.#marked.has(key);
    for (let at = 0; at < Math.max(rows.length, gone.length); at += PER_TURN) {
      await nextTurn();
      const some = rows.slice(at, at + PER_TURN).filter((row) => isFresh(this.#source.keyOf(row)));
      this.#target.apply(some, gone.slice(at, at + PER_TURN).filter(isFresh));
    }
  }
}
