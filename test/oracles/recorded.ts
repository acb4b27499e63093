import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** A table read from a gzipped CSV file: cells by column, empty ones NaN, text columns NaN too. */
export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly Float64Array[];
}

/** Reads `name` (without `.csv.gz`) below `folder`. */
export function readTable(folder: string, name: string): Table {
  const lines = gunzipSync(readFileSync(resolve(folder, `${name}.csv.gz`)))
    .toString()
    .trimEnd()
    .split('\n');
  const columns = (lines[0] as string).split(',');
  const rows = lines
    .slice(1)
    .map((line) => Float64Array.from(line.split(','), (cell) => (cell === '' ? Number.NaN : Number(cell))));
  return { columns, rows };
}
