import { isPrice, MAX_PRICE, MIN_PRICE } from '../../limits.js';
import { type Fault, shown } from './row-problem.js';

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const WHOLE = /^\d+$/;
/** Blanks have smaller codes than it. */
const QUOTE = 34;
/** The end of the year 2100, ms: what is later is no ms. */
const MAX_TIME = 4_133_980_800_000;

/** Gives the text of a cell without blanks and quotes around it. */
export function plainText(cell: string): string {
  if (cell.charCodeAt(0) > QUOTE && cell.charCodeAt(cell.length - 1) > QUOTE) return cell;
  return /^\s*"?(.*?)"?\s*$/.exec(cell)?.[1] ?? cell;
}

/** Reads a moment in ms since the epoch as files write it; NaN if it is no whole number. */
export function timeOf(text: string): number {
  return WHOLE.test(text) ? Number(text) : Number.NaN;
}

/**
 * Reads the cells of a row by the names of its columns. The first fault is kept and all that is read after it is
 * meaningless. One object serves all rows of a file.
 */
export class Cells {
  /** The first thing that is wrong with the row; null if nothing is. */
  fault: Fault | null = null;
  #cells: readonly string[] = [];

  /**
   * @param columns names in the order in which they are read
   * @param places where each stands in a row
   * @param width cells of the header; a row has no more, but for empty ones at its end
   */
  constructor(
    private readonly columns: readonly string[],
    private readonly places: readonly number[],
    private readonly width: number,
  ) {}

  /** Takes the next row. */
  take(cells: readonly string[]): void {
    this.#cells = cells;
    this.fault = null;
    if (cells.length > this.width) this.#refuseSurplus();
  }

  #refuseSurplus(): void {
    const value = this.#cells.slice(this.width).find((cell) => plainText(cell) !== '');
    if (value === undefined) return;
    const words = `the row has ${this.#cells.length} cells, the header ${this.width}: is there a comma inside a number?`;
    this.fault = { column: '', value, rule: 'surplus', words };
  }

  /** Gives the text of a column, by its number among `columns`, without blanks and quotes around it. */
  text(column: number): string {
    const cell = this.#cells[this.places[column] as number];
    if (cell === undefined || cell === '') {
      const words =
        cell === undefined
          ? `column ${this.columns[column]} is missing; the row has ${this.#cells.length} cells`
          : `${this.columns[column]} is empty`;
      this.#fail(column, '', 'missing', words);
      return '';
    }
    return plainText(cell);
  }

  /** Gives a decimal number. */
  number(column: number): number {
    const text = this.text(column);
    const value = DECIMAL.test(text) ? Number(text) : Number.NaN;
    if (Number.isNaN(value))
      this.#fail(column, text, 'number', `${this.columns[column]} "${shown(text)}" is not a number`);
    return value;
  }

  /** Gives a price in quote per base, > 0. */
  price(column: number): number {
    return this.#sound(column, isPrice);
  }

  /** Gives an amount in base units, > 0. */
  amount(column: number): number {
    return this.#sound(column, isPrice);
  }

  /** Gives a volume in base units, ≥ 0. */
  volume(column: number): number {
    return this.#sound(column, (value) => value >= 0 && value <= MAX_PRICE, 0);
  }

  /** Gives a moment in ms since the epoch: a whole number, up to the year 2100. */
  time(column: number): number {
    const text = this.text(column);
    const value = timeOf(text);
    const name = this.columns[column];
    if (Number.isNaN(value)) {
      const isNumber = DECIMAL.test(text);
      const words = isNumber ? 'is not a whole number of ms since 1970' : 'is not a number';
      this.#fail(column, text, isNumber ? 'range' : 'number', `${name} "${shown(text)}" ${words}`);
    } else if (value > MAX_TIME) {
      this.#fail(column, text, 'range', `${name} ${shown(text)} is beyond the year 2100; times are in ms`);
    }
    return value;
  }

  /** Notes what is wrong with the row as a whole, unless something was before. */
  contradict(column: number, words: string): void {
    this.#fail(column, this.text(column), 'contradiction', words);
  }

  /** @param least the smallest that is sound, as it is told */
  #sound(column: number, isSound: (value: number) => boolean, least = MIN_PRICE): number {
    const value = this.number(column);
    if (!isSound(value))
      this.#fail(
        column,
        this.text(column),
        'range',
        `${this.columns[column]} ${shown(this.text(column))} is out of range; allowed: from ${least} to ${MAX_PRICE}`,
      );
    return value;
  }

  #fail(column: number, value: string, rule: Fault['rule'], words: string): void {
    this.fault ??= { column: this.columns[column] as string, value, rule, words };
  }
}
