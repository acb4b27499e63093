import { messageOf, OperatorError } from '../errors.js';
import { ROWS_END } from './backup-format.js';

const NEWLINE = 0x0a;
const END = Buffer.from(`${ROWS_END}\n`);
const END_AFTER_ROW = Buffer.from(`\n${ROWS_END}\n`);

/** Reads a backup as a stream: lines, and between them the rows of tables. */
export class BackupReader {
  readonly #pieces: AsyncIterator<Buffer>;
  #buffer: Buffer = Buffer.alloc(0);

  constructor(pieces: AsyncIterable<Buffer>) {
    this.#pieces = pieces[Symbol.asyncIterator]();
  }

  /** Gives the next line without its end. @throws OperatorError if the backup ends before */
  async line(): Promise<string> {
    for (;;) {
      const at = this.#buffer.indexOf(NEWLINE);
      if (at >= 0) {
        const line = this.#buffer.toString('utf8', 0, at);
        this.#buffer = this.#buffer.subarray(at + 1);
        return line;
      }
      await this.#more();
    }
  }

  /** Gives the next line, which is JSON. @throws OperatorError if it is not */
  async json<T>(): Promise<T> {
    const line = await this.line();
    try {
      return JSON.parse(line) as T;
    } catch (error) {
      throw new OperatorError(`the backup is damaged: ${messageOf(error)}`);
    }
  }

  /** Gives the rows up to the line that ends them, in pieces, and passes over that line. */
  async *rows(): AsyncGenerator<Buffer> {
    while (this.#buffer.length < END.length) await this.#more();
    if (this.#buffer.subarray(0, END.length).equals(END)) {
      this.#buffer = this.#buffer.subarray(END.length);
      return;
    }
    for (;;) {
      const end = this.#buffer.indexOf(END_AFTER_ROW);
      if (end >= 0) {
        yield this.#buffer.subarray(0, end + 1);
        this.#buffer = this.#buffer.subarray(end + END_AFTER_ROW.length);
        return;
      }
      // The end of the last row stays: the next piece may begin with the line that ends the rows.
      const complete = this.#buffer.lastIndexOf(NEWLINE);
      if (complete > 0) {
        yield this.#buffer.subarray(0, complete);
        this.#buffer = this.#buffer.subarray(complete);
      }
      await this.#more();
    }
  }

  /** Reads to the end, where the compression's checksum stands. @throws OperatorError if anything follows */
  async end(): Promise<void> {
    const { done } = await this.#pieces.next();
    if (done !== true || this.#buffer.length > 0)
      throw new OperatorError('the backup is damaged: something follows its end');
  }

  async #more(): Promise<void> {
    const { value, done } = await this.#pieces.next();
    if (done === true) throw new OperatorError('the backup is cut off: it is not complete');
    this.#buffer = this.#buffer.length === 0 ? value : Buffer.concat([this.#buffer, value]);
  }
}
