import type { Migration } from './migrate.js';

/** First line of every backup; the number goes up when older programs can no longer read it. */
export const BACKUP_MARK = 'cryptopredict backup 1';
/** Line after the last row of a table. No row is like it: COPY writes a backslash as two. */
export const ROWS_END = '\\.';

/** Second line: what was backed up, as JSON. The schema itself is not in it: it is made by these migrations. */
export interface BackupHeader {
  /** ISO 8601. */
  readonly createdAt: string;
  /** Of the program. */
  readonly version: string;
  readonly migrations: readonly Pick<Migration, 'name' | 'checksum'>[];
}

/** A line before the rows of a table, in the text form of COPY. */
export interface TableLine {
  readonly table: string;
  readonly columns: readonly string[];
  /** Present for a partition, which is made if the migrations do not. */
  readonly partition?: {
    readonly of: string;
    /** `FOR VALUES FROM (…) TO (…)`, or `DEFAULT`. */
    readonly bound: string;
    /** CHECKs of its own. */
    readonly checks: readonly { readonly name: string; readonly definition: string }[];
  };
}

/** Last line: where the sequences stood, and what a complete backup holds. */
export interface EndLine {
  readonly sequences: readonly { readonly name: string; readonly last: string; readonly called: boolean }[];
  /** Rows by table. */
  readonly rows: Readonly<Record<string, number>>;
}
