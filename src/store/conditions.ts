/**
 * Conditions of a query and the values that they bring. Those that are not asked for are left out of the statement
 * rather than passed as NULL, so that the planner takes the index of those that are.
 */
export class Conditions {
  /** Parameters of the statement; whoever appends to its end adds theirs behind. */
  readonly values: unknown[] = [];
  readonly #parts: string[] = [];

  /**
   * Adds a condition unless its value is undefined.
   *
   * @param toSql gives the condition, a constant of the program but for the parameter's place such as `$1`
   */
  add(value: unknown, toSql: (place: string) => string): this {
    if (value === undefined) return this;
    this.values.push(value);
    this.#parts.push(toSql(`$${this.values.length}`));
    return this;
  }

  /** Gives all of them, with those added that are given. */
  sql(...more: readonly string[]): string {
    return [...this.#parts, ...more].join(' AND ') || 'true';
  }
}

/** SQL of a time that comes in ms since the epoch. */
export function timeAt(place: string): string {
  return `to_timestamp(${place}::float8 / 1000)`;
}

/** A part of time, ms since the epoch. */
export interface TimeRange {
  /** Inclusive; default: no bound. */
  readonly from?: number;
  /** Exclusive; default: no bound. */
  readonly to?: number;
}

/** A range of which one row per bucket of time is read. */
export interface BucketedRange {
  readonly from: number;
  readonly to: number;
  /** At most 5,000 of them lie in the range. Those of a week begin on Monday. */
  readonly bucketMs: number;
}

const MOST_BUCKETS = 5_000;
/** 1970-01-05. */
const FIRST_MONDAY_MS = 4 * 86_400_000;

/**
 * Gives SQL of the buckets of a range as rows (from, to), whose places are `$first` to `$first + 2`, and their values.
 *
 * @throws RangeError if the range is empty or has too many
 */
export function buckets(
  { from, to, bucketMs }: BucketedRange,
  first: number,
): { readonly sql: string; readonly values: readonly number[] } {
  const start = Math.floor((from - FIRST_MONDAY_MS) / bucketMs) * bucketMs + FIRST_MONDAY_MS;
  const count = Math.ceil((to - start) / bucketMs);
  if (!(from < to && bucketMs > 0 && count <= MOST_BUCKETS)) {
    throw new RangeError(`from, to, bucketMs: ${from}, ${to}, ${bucketMs} are not 1–${MOST_BUCKETS} buckets`);
  }
  const at = (n: string): string => timeAt(`($${first}::float8 + ${n} * $${first + 1}::float8)`);
  return {
    sql: `(SELECT ${at('n')} AS start, ${at('(n + 1)')} AS finish
      FROM generate_series(0, $${first + 2}::int - 1) AS n) AS bucket`,
    values: [start, bucketMs, count],
  };
}
