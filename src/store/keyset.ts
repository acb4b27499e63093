/** A part of a list, and where the next one begins. */
export interface Page<T> {
  readonly items: readonly T[];
  /** Opaque; null: that was all. */
  readonly nextCursor: string | null;
}

/** Which part of a list is asked for. */
export interface PageRequest {
  /** Items at most, 1–500. Default 50. */
  readonly limit?: number;
  /** `nextCursor` of the page before. Default: the first page. */
  readonly cursor?: string;
}

/** What a row brings along for the cursor, by the column list of `Keyset.select`. */
export interface KeyedRow {
  readonly page_key: readonly string[];
}

/** Any of `int`, `bigint`; `timestamptz`, by the microsecond; `numeric`; `text`. */
export type KeyType = 'integer' | 'time' | 'decimal' | 'text';

/** A column that the list is sorted by. Never null: a row comparison with null is neither true nor false. */
export interface KeyColumn {
  /** A constant of the program, such as `t.created_at`. */
  readonly sql: string;
  readonly type: KeyType;
}

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 500;

/** Longer than the cursor of any list. */
const MAX_CURSOR_LENGTH = 2_000;

/**
 * The order of one list, and the pages that it is read by. A page begins behind the last row of the one before, by the
 * values of that row and not by a count of rows: rows that come and go meanwhile neither repeat nor hide others. The
 * last column makes the order total, so that rows with equal times fall on one side of a page's end or the other.
 *
 * @example
 * const NEWEST = new Keyset('activities', 'DESC', [{ sql: 'created_at', type: 'time' }, { sql: 'id', type: 'integer' }]);
 * const values: unknown[] = [userId];
 * const { rows } = await database.query<ActivityRow & KeyedRow>(
 *   `SELECT ${COLUMNS}, ${NEWEST.select} FROM user_activities
 *    WHERE user_id = $1 AND ${NEWEST.after(request, values)} ${NEWEST.orderAndLimit(request, values)}`,
 *   values,
 * );
 * return NEWEST.page(request, rows, toRecord);
 */
export class Keyset {
  /** Column list that gives `page_key`. */
  readonly select: string;
  readonly #name: string;
  readonly #direction: 'ASC' | 'DESC';
  readonly #columns: readonly KeyColumn[];

  /** @param name tells this list's cursors from those of others */
  constructor(name: string, direction: 'ASC' | 'DESC', columns: readonly KeyColumn[]) {
    this.#name = name;
    this.#direction = direction;
    this.#columns = columns;
    this.select = `ARRAY[${columns.map(toText).join(', ')}] AS page_key`;
  }

  /**
   * Gives the condition of the rows behind the cursor, whose values it adds to the parameters of the query.
   *
   * @throws RangeError if the cursor is not one of this list
   */
  after(request: PageRequest, values: unknown[]): string {
    if (request.cursor === undefined) return 'true';
    const places = this.#read(request.cursor).map((text, index) => {
      values.push(text);
      return fromText(this.#columns[index]?.type ?? 'text', values.length);
    });
    const columns = this.#columns.map(({ sql }) => sql).join(', ');
    // One row comparison, which an index on the columns answers in one descent.
    return `(${columns}) ${this.#direction === 'ASC' ? '>' : '<'} (${places.join(', ')})`;
  }

  /**
   * Gives the end of the query; reads one row more than the page holds, to know whether there is a next one.
   *
   * @throws RangeError if the limit is out of its range
   */
  orderAndLimit(request: PageRequest, values: unknown[]): string {
    const order = this.#columns.map(({ sql }) => `${sql} ${this.#direction}`).join(', ');
    values.push(pageLimit(request) + 1);
    return `ORDER BY ${order} LIMIT $${values.length}`;
  }

  /** Makes a page of the rows that such a query gave. */
  page<Row extends KeyedRow, T>(
    request: PageRequest,
    rows: readonly Row[],
    toItem: (row: Row) => T,
  ): Page<T> {
    const shown = rows.slice(0, pageLimit(request));
    const last = shown.at(-1);
    return {
      items: shown.map(toItem),
      nextCursor: last === undefined || rows.length === shown.length ? null : this.#write(last.page_key),
    };
  }

  #write(key: readonly string[]): string {
    return Buffer.from(JSON.stringify([this.#name, ...key])).toString('base64url');
  }

  #read(cursor: string): readonly string[] {
    if (cursor.length > MAX_CURSOR_LENGTH) throw this.#refusal();
    let parts: unknown;
    try {
      parts = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    } catch {
      throw this.#refusal();
    }
    if (!Array.isArray(parts) || parts.length !== this.#columns.length + 1) throw this.#refusal();
    const [name, ...key] = parts as readonly unknown[];
    if (name !== this.#name) throw this.#refusal();
    return key.map((value, index) => {
      if (typeof value !== 'string' || !isText(this.#columns[index]?.type ?? 'text', value)) {
        throw this.#refusal();
      }
      return value;
    });
  }

  #refusal(): RangeError {
    return new RangeError(`cursor: not one that the list of ${this.#name} gave`);
  }
}

/**
 * Gives how many items a page holds.
 *
 * @throws RangeError if it is not an integer from 1 to 500
 */
export function pageLimit({ limit = DEFAULT_LIMIT }: PageRequest): number {
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) {
    throw new RangeError(`limit: ${limit} is not an integer from 1 to ${MAX_LIMIT}`);
  }
  return limit;
}

/** Of times the driver hands on milliseconds only: rows of one millisecond would be passed over. */
function toText({ sql, type }: KeyColumn): string {
  return type === 'time' ? `(extract(epoch FROM ${sql}) * 1000000)::bigint::text` : `(${sql})::text`;
}

function fromText(type: KeyType, place: number): string {
  switch (type) {
    case 'integer':
      return `$${place}::bigint`;
    case 'time':
      return `(timestamptz 'epoch' + $${place}::bigint * interval '1 microsecond')`;
    case 'decimal':
      return `$${place}::numeric`;
    case 'text':
      return `$${place}::text`;
  }
}

/** Whether the database takes the text as such a value: what is forged is our refusal, not its error. */
function isText(type: KeyType, text: string): boolean {
  switch (type) {
    case 'integer':
    case 'time':
      // Microseconds that a double holds, as the product with an interval needs: to the year 2255.
      return /^-?\d{1,16}$/.test(text) && Number.isSafeInteger(Number(text));
    case 'decimal':
      return /^-?\d{1,100}(\.\d{1,100})?$/.test(text);
    case 'text':
      return !text.includes('\0');
  }
}
