import type { Engine } from '../engine/engine.js';
import type { CandleView } from '../engine/views.js';
import { OperatorError } from '../errors.js';
import { TIMEFRAME_COUNT, TIMEFRAMES } from '../timeframe.js';
import { LineOutput } from './line-output.js';
import { OutputFile } from './output-file.js';

const HEAD = [
  'symbol',
  'timeframe',
  'timestamp_ms',
  'open',
  'high',
  'low',
  'close',
  'volume',
  'trade_count',
  'vwap',
  'coverage',
] as const;

type Form = 'csv' | 'ndjson';

/**
 * A file of closed candles and their indicators: `.csv`, where an empty cell is a value that is not known, or
 * `.ndjson`, an object a line, where such a value is null; either may be compressed (`.gz`).
 */
export class ClosedFile {
  readonly #names: readonly string[];
  readonly #lines: LineOutput;

  private constructor(
    lines: LineOutput,
    private readonly form: Form,
    private readonly engine: Engine,
  ) {
    this.#lines = lines;
    this.#names = [...HEAD, ...engine.indicatorColumns];
    if (form === 'csv') lines.add(`${this.#names.join(',')}\n`);
  }

  /** @throws OperatorError if it cannot be written, or its name ends otherwise */
  static async open(path: string, engine: Engine, signal: AbortSignal): Promise<ClosedFile> {
    const [, form] = /\.(csv|ndjson)(?:\.gz)?$/.exec(path) ?? [];
    if (form === undefined)
      throw new OperatorError(
        `--out "${path}" is not allowed; allowed: a name ending in .csv or .ndjson, or .gz after it`,
      );
    return new ClosedFile(new LineOutput(await OutputFile.open(path), signal), form as Form, engine);
  }

  /** Adds the candle that a series has just closed. */
  add(symbol: string, asset: number, timeframeIndex: number, view: CandleView): void {
    const series = asset * TIMEFRAME_COUNT + timeframeIndex;
    const { time, open, high, low, close, volume, tradeCount, vwap, coverage } = view;
    const cells: unknown[] = [symbol, TIMEFRAMES[timeframeIndex], time, open, high, low, close, volume];
    cells.push(tradeCount, vwap, coverage);
    for (let column = 0; column < this.engine.indicatorColumns.length; column++) {
      const value = this.engine.closedValue(series, column);
      cells.push(Number.isNaN(value) ? null : value);
    }
    this.#lines.add(`${this.form === 'csv' ? cells.join(',') : this.#object(cells)}\n`);
  }

  /** As of `LineOutput`. */
  full(): Promise<unknown> | undefined {
    return this.#lines.full();
  }

  /** As of `LineOutput`. */
  commit(): Promise<void> {
    return this.#lines.commit();
  }

  /** As of `LineOutput`. */
  discard(): Promise<void> {
    return this.#lines.discard();
  }

  #object(cells: readonly unknown[]): string {
    const entries = this.#names.map((name, place) => [name, cells[place]] as const);
    return JSON.stringify({ ...Object.fromEntries(entries), simulated: true });
  }
}
