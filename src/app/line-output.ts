import type { OutputFile } from './output-file.js';

/** Lines on their way into a file, handed over from where nothing can be waited for; `full` tells when to wait. */
export class LineOutput {
  readonly #output: OutputFile;
  readonly #signal: AbortSignal;
  #waiting: Promise<unknown> | undefined;

  constructor(output: OutputFile, signal: AbortSignal) {
    this.#output = output;
    this.#signal = signal;
  }

  add(text: string): void {
    const waiting = this.#output.write(text, this.#signal);
    if (waiting === undefined) return;
    this.#waiting = this.#waiting === undefined ? waiting : Promise.all([this.#waiting, waiting]);
    // It is waited for before the next event; until then a failure is no unhandled rejection.
    this.#waiting.catch(() => undefined);
  }

  /** Gives what must be waited for before more is added; undefined if nothing. */
  full(): Promise<unknown> | undefined {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    return waiting;
  }

  /** Writes all out and gives the file its name. @throws OperatorError if it cannot be written */
  async commit(): Promise<void> {
    await this.full();
    await this.#output.commit(this.#signal);
  }

  /** Leaves nothing behind of what was not committed. */
  async discard(): Promise<void> {
    await this.#output.discard();
  }
}
