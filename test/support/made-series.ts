import { columnOf } from '../../src/engine/analysis/columns.js';
import type { SeriesReader } from '../../src/engine/analysis/series-reader.js';

/** A candle by hand: open, high, low, close, volume. */
export type HandCandle = readonly [open: number, high: number, low: number, close: number, volume?: number];

/** One series by hand, whatever asset and timeframe are asked for: candles, newest last, and indicators by name. */
export class MadeSeries implements SeriesReader {
  readonly isForming = false;
  candles: readonly HandCandle[];
  values: Readonly<Record<string, number>>;
  /** Start of the newest candle, ms. */
  newest: number;
  readonly #step: number;

  constructor(
    candles: readonly HandCandle[],
    values: Readonly<Record<string, number>>,
    newest = 0,
    step = 3_600_000,
  ) {
    this.candles = candles;
    this.values = values;
    this.newest = newest;
    this.#step = step;
  }

  count(): number {
    return this.candles.length;
  }

  time(_asset: number, _timeframe: number, back: number): number {
    return back < this.candles.length ? this.newest - back * this.#step : Number.NaN;
  }

  open(_asset: number, _timeframe: number, back: number): number {
    return this.#at(back, 0);
  }

  high(_asset: number, _timeframe: number, back: number): number {
    return this.#at(back, 1);
  }

  low(_asset: number, _timeframe: number, back: number): number {
    return this.#at(back, 2);
  }

  close(_asset: number, _timeframe: number, back: number): number {
    return this.#at(back, 3);
  }

  volume(_asset: number, _timeframe: number, back: number): number {
    return this.#at(back, 4);
  }

  value(_asset: number, _timeframe: number, column: number): number {
    for (const [name, value] of Object.entries(this.values)) if (columnOf(name) === column) return value;
    return Number.NaN;
  }

  #at(back: number, field: number): number {
    return this.candles.at(-1 - back)?.[field] ?? Number.NaN;
  }
}
