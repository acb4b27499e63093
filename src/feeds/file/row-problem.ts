/** Which promise of a file a row breaks. */
export type RowRule =
  /** The row is too short: the cell is not there, or it is empty. */
  | 'missing'
  /** The row has more cells than the header: with a comma inside a number all cells behind it are others. */
  | 'surplus'
  /** The cell is no plain decimal number. */
  | 'number'
  /** A number or time that cannot be: a price of 0, a volume below 0, an amount beyond all bounds. */
  | 'range'
  /** The numbers of the row contradict each other: high below low, close outside of both. */
  | 'contradiction'
  /** The time is not the start of a bucket of the file's timeframe. */
  | 'grid'
  /** The time is before that of an earlier row. */
  | 'order'
  /** The candle, or the trade, was there before. */
  | 'duplicate'
  /** The time is further behind the row before than a series can be carried on across. */
  | 'ahead';

/** A row that cannot be taken. */
export interface RowProblem {
  /** As the user named the file; `stdin` for `-`. */
  readonly file: string;
  /** Counted from 1; the header is line 1. */
  readonly line: number;
  readonly column: string;
  /** Text of the cell; empty if it is not there. */
  readonly value: string;
  readonly rule: RowRule;
  /** One line that names all of this: `BTC.csv.gz line 1042: high 99 is below low 100`. */
  readonly message: string;
}

/** Takes what is wrong with a row. Returning skips the row; throwing ends the reading. */
export type OnProblem = (problem: RowProblem) => void;

/** What a check says of a row, before it is known where the row stands. */
export type Fault = Pick<RowProblem, 'column' | 'value' | 'rule'> & {
  /** What is wrong, in words, without file and line. */
  readonly words: string;
};

const SHOWN_CHARACTERS = 60;

/** Gives a cell as it can be shown in one line: cut short, control characters escaped. */
export function shown(value: string): string {
  const text = JSON.stringify(value.slice(0, SHOWN_CHARACTERS)).slice(1, -1);
  return value.length > SHOWN_CHARACTERS ? `${text}…` : text;
}

/** Gives a fault its place. */
export function problemAt(file: string, line: number, { words, ...fault }: Fault): RowProblem {
  return { file, line, ...fault, message: `${file} line ${line}: ${words}` };
}
