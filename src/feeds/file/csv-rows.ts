import { CsvError, type Options, Parser } from 'csv-parse';
import { OperatorError } from '../../errors.js';
import type { InputFile } from './input-file.js';

/** A line longer than this is none of a table of numbers; it bounds the memory for a file without line ends. */
const MAX_LINE_BYTES = 65_536;

/** Lines that were read together. */
export interface RowBatch {
  /** Line of each row; the header is line 1. Empty lines are counted and left out. */
  readonly lines: number[];
  readonly rows: (readonly string[])[];
}

/**
 * Reads a CSV file row by row, in batches of what one chunk of bytes holds; a byte order mark and CRLF are tolerated.
 * Quotes are part of the cell: a row is a line, so that a stray quote spoils that one row and not all that follow.
 *
 * @throws OperatorError if the file cannot be read, or a line is longer than 64 KiB
 */
export async function* csvRows(file: InputFile): AsyncGenerator<RowBatch, void, undefined> {
  let batch: RowBatch = { lines: [], rows: [] };
  const options: Options = {
    bom: true,
    quote: null,
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: MAX_LINE_BYTES,
    // Taken here and not from the readable side: one promise per chunk instead of one per row.
    on_record: (cells: string[], { lines }) => {
      batch.lines.push(lines);
      batch.rows.push(cells);
      return null;
    },
  };
  const parser = new Parser(options);
  // It reaches the callbacks of `write` and `end`; unheard, the event would end the process.
  parser.on('error', () => undefined);
  for await (const chunk of file.chunks()) {
    await done(file, (callback) => parser.write(chunk, callback));
    if (batch.rows.length === 0) continue;
    yield batch;
    batch = { lines: [], rows: [] };
  }
  await done(file, (callback) => parser.end(callback));
  if (batch.rows.length > 0) yield batch;
}

function done(file: InputFile, start: (callback: (error?: Error | null) => void) => unknown): Promise<void> {
  return new Promise((resolve, reject) => {
    start((error) => {
      if (error === undefined || error === null) resolve();
      else reject(explained(file, error));
    });
  });
}

function explained(file: InputFile, error: Error): Error {
  if (!(error instanceof CsvError) || error.code !== 'CSV_MAX_RECORD_SIZE') return error;
  const line = String(error.lines);
  return new OperatorError(
    `${file.name} line ${line}: longer than ${MAX_LINE_BYTES} bytes; this is no table of candles or trades`,
  );
}
