import type { SignalChange, SignalDraft } from '../engine/analysis/signals/signal.js';
import { OperatorError } from '../errors.js';
import { bucketEnd } from '../timeframe.js';
import { OutputFile } from './output-file.js';

/**
 * Gives a signal that is given as a line of JSON. `time` is the end of the candle at whose close it was given, ms; the
 * others are the columns of `ai_trading_signals`, but `asset_id`: there is no database.
 */
export function openedLine(symbol: string, draft: SignalDraft): string {
  const { assetId: _, ...columns } = draft;
  const time = bucketEnd(draft.timeframe, draft.candleTime);
  return lineOf({ type: 'opened', time, symbol, ...columns });
}

/** Gives the end of a signal as a line of JSON. `time` is of the price or the candle that ended it, ms. */
export function endedLine(symbol: string, draft: SignalDraft, { time, ...change }: SignalChange): string {
  const { timeframe, candleTime, signalType } = draft;
  return lineOf({ type: 'ended', time, symbol, timeframe, candleTime, signalType, ...change });
}

function lineOf(value: object): string {
  const entries = Object.entries(value).map(([name, one]) => [snakeName(name), one] as const);
  return `${JSON.stringify({ ...Object.fromEntries(entries), simulated: true })}\n`;
}

function snakeName(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** A file of the signals of a replay, an object a line, in order; it may be compressed (`.gz`). */
export class SignalsFile {
  #waiting: Promise<unknown> | undefined;

  private constructor(
    private readonly output: OutputFile,
    private readonly signal: AbortSignal,
  ) {}

  /** @throws OperatorError if it cannot be written, or its name ends otherwise */
  static async open(path: string, signal: AbortSignal): Promise<SignalsFile> {
    if (!/\.ndjson(?:\.gz)?$/.test(path))
      throw new OperatorError(
        `--signals "${path}" is not allowed; allowed: a name ending in .ndjson, or .gz after it`,
      );
    return new SignalsFile(await OutputFile.open(path), signal);
  }

  add(line: string): void {
    const waiting = this.output.write(line, this.signal);
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
    await this.output.commit(this.signal);
  }

  /** Leaves nothing behind of what was not committed. */
  async discard(): Promise<void> {
    await this.output.discard();
  }
}
