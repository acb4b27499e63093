import { OperatorError } from '../../errors.js';
import { plainText } from './cells.js';
import { csvRows, type RowBatch } from './csv-rows.js';
import { InputFile, type InputOptions } from './input-file.js';
import { shown } from './row-problem.js';

/** Columns that a file must have, by what it holds; others are ignored. */
export const REQUIRED_COLUMNS = {
  candles: ['timestamp_ms', 'open', 'high', 'low', 'close', 'volume'],
  trades: ['trade_id', 'trade_time_ms', 'price', 'qty'],
} as const;

export type RecordedKind = keyof typeof REQUIRED_COLUMNS;

const KINDS = Object.keys(REQUIRED_COLUMNS) as RecordedKind[];
/** So many header cells are repeated in a refusal. */
const SHOWN_COLUMNS = 12;

/** A CSV file of candles or trades whose header has been read; its rows are read once, from first to last. */
export class RecordedFile {
  private constructor(
    private readonly file: InputFile,
    readonly kind: RecordedKind,
    /** Names of the columns, in the order of the cells. */
    readonly columns: readonly string[],
    private readonly rest: AsyncGenerator<RowBatch, void, undefined>,
    private readonly ahead: RowBatch[],
  ) {}

  /**
   * Opens a file and tells by its header what it holds. `-` is standard input.
   *
   * @throws OperatorError if it cannot be read, or has not all columns of one kind
   */
  static async open(path: string, options: InputOptions = {}): Promise<RecordedFile> {
    const file = await InputFile.open(path, options);
    const batches = csvRows(file);
    const { value: first } = await batches.next();
    if (first === undefined)
      throw new OperatorError(`${file.name} is empty; it must begin with a header: ${allowed()}`);
    const columns = (first.rows.shift() ?? []).map(plainText);
    first.lines.shift();
    try {
      return new RecordedFile(file, kindOf(file.name, columns), columns, batches, [first]);
    } catch (error) {
      await batches.return();
      throw error;
    }
  }

  /** As the user named it; `stdin` for `-`. */
  get name(): string {
    return this.file.name;
  }

  get bytesRead(): number {
    return this.file.bytesRead;
  }

  /** Null where it is not known. */
  get bytesTotal(): number | null {
    return this.file.bytesTotal;
  }

  /** Gives where a column stands in a row; −1 if the file has none of this name. */
  place(column: string): number {
    return this.columns.indexOf(column);
  }

  /**
   * Gives at least the first `count` rows, or all there are, without taking them away; `rows` gives them again. To be
   * called before `rows`.
   */
  async peek(count: number): Promise<readonly (readonly string[])[]> {
    let have = this.ahead.reduce((sum, batch) => sum + batch.rows.length, 0);
    while (have < count) {
      const { value, done } = await this.rest.next();
      if (done === true) break;
      this.ahead.push(value);
      have += value.rows.length;
    }
    return this.ahead.flatMap((batch) => batch.rows).slice(0, count);
  }

  /** Gives the line of a row that `peek` gave, by its place there; NaN if there is none. */
  peekedLine(index: number): number {
    return this.ahead.flatMap((batch) => batch.lines)[index] ?? Number.NaN;
  }

  /** Gives the rows behind the header, in batches. @throws OperatorError if the file cannot be read on */
  async *rows(): AsyncGenerator<RowBatch, void, undefined> {
    try {
      for (let batch = this.ahead.shift(); batch !== undefined; batch = this.ahead.shift()) yield batch;
      yield* this.rest;
    } finally {
      await this.close();
    }
  }

  /** Lets the file go; `rows` does so by itself at its end. */
  async close(): Promise<void> {
    await this.rest.return();
  }
}

function kindOf(name: string, columns: readonly string[]): RecordedKind {
  const missing = (kind: RecordedKind): readonly string[] =>
    REQUIRED_COLUMNS[kind].filter((column) => !columns.includes(column));
  // Of two kinds that fit badly the one that lacks less is meant.
  const [kind] = KINDS.toSorted((a, b) => missing(a).length - missing(b).length) as [RecordedKind];
  const lacking = missing(kind);
  const found = `found: ${columns.slice(0, SHOWN_COLUMNS).map(shown).join(',')}`;
  if (lacking.length === REQUIRED_COLUMNS[kind].length)
    throw new OperatorError(`${name} line 1: no header of candles or trades; ${found}; needed: ${allowed()}`);
  if (lacking.length > 0)
    throw new OperatorError(`${name} line 1: the header lacks ${lacking.join(', ')}; ${found}`);
  const twice = REQUIRED_COLUMNS[kind].find(
    (column) => columns.indexOf(column) !== columns.lastIndexOf(column),
  );
  if (twice !== undefined) throw new OperatorError(`${name} line 1: column ${twice} is there twice`);
  return kind;
}

function allowed(): string {
  return KINDS.map((kind) => `${REQUIRED_COLUMNS[kind].join(',')} (${kind})`).join(' or ');
}
