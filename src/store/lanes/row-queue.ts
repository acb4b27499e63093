/** First in, first out, of rows that wait to be written, with the time at which each came. Rows have positions. */
export class RowQueue<Row> {
  #rows: Row[] = [];
  #times: number[] = [];
  #head = 0;
  #start = 0;

  get length(): number {
    return this.#rows.length - this.#head;
  }

  /** How many rows have left since the beginning: the position of the oldest. */
  get start(): number {
    return this.#start;
  }

  /** The position of the next row to come. */
  get end(): number {
    return this.#start + this.length;
  }

  /** When the oldest row came, as given to `push`; absent when the queue is empty. */
  get oldestAt(): number | undefined {
    return this.#times[this.#head];
  }

  /** The oldest row; absent when the queue is empty. */
  get oldest(): Row | undefined {
    return this.#rows[this.#head];
  }

  push(row: Row, at: number): void {
    this.#rows.push(row);
    this.#times.push(at);
  }

  /** Gives the rows from a position on, at most `limit`, and their times; none that have left. */
  from(
    position: number,
    limit: number,
  ): { readonly rows: readonly Row[]; readonly times: readonly number[] } {
    const first = this.#head + Math.max(0, position - this.#start);
    const last = Math.min(first + limit, this.#rows.length);
    return { rows: this.#rows.slice(first, last), times: this.#times.slice(first, last) };
  }

  /** Takes off all rows before a position. */
  dropBefore(position: number): void {
    const count = Math.min(position - this.#start, this.length);
    if (count <= 0) return;
    this.#head += count;
    this.#start += count;
    // Cut off once half of the array is taken: O(1) per row.
    if (this.#head * 2 < this.#rows.length) return;
    this.#rows = this.#rows.slice(this.#head);
    this.#times = this.#times.slice(this.#head);
    this.#head = 0;
  }
}

/** Gives how many of the first rows may go into one statement: it stops before a key comes a second time. */
export function uniqueHead<Row>(
  rows: readonly Row[],
  key: ((row: Row) => string | number) | undefined,
): number {
  if (key === undefined) return rows.length;
  const keys = new Set<string | number>();
  for (const row of rows) {
    const size = keys.size;
    if (keys.add(key(row)).size === size) return size;
  }
  return rows.length;
}
