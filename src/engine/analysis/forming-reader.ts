import { TIMEFRAME_COUNT } from '../../timeframe.js';
import type { ClosedCandle } from './candle-ring.js';
import { ANALYSIS_SET } from './columns.js';
import { enter, type SeriesBook } from './series-book.js';
import type { SeriesReader } from './series-reader.js';

/** More series than anybody has: owners of peeked values are told apart by it. */
const SERIES_AT_MOST = 2 ** 24;

/** Gives the candle that forms, by the asset's number and the timeframe's index; null: there is none at this moment. */
export type FormingCandles = (asset: number, timeframe: number) => ClosedCandle | null;

/**
 * Reads every series with its forming candle as the newest one. Call `refresh` whenever a price may have moved, and do so
 * before it is read again once a candle has closed: what it has read would count twice.
 */
export class FormingReader implements SeriesReader {
  readonly isForming = true;
  readonly #book: SeriesBook;
  readonly #candles: FormingCandles;
  /** Tells what it has peeked from what another reader has. */
  readonly #owner: number;
  /** Copies, by series, of those that were read since the last `refresh`. */
  readonly #known = new Map<number, ClosedCandle | null>();

  constructor(book: SeriesBook, candles: FormingCandles) {
    this.#book = book;
    this.#candles = candles;
    this.#owner = book.readers * SERIES_AT_MOST;
    book.readers += 1;
  }

  /** Forgets what was read of forming candles. */
  refresh(): void {
    this.#known.clear();
    this.#book.state.owner = -1;
  }

  count(asset: number, timeframe: number): number {
    return this.#book.count(asset, timeframe) + (this.#forming(asset, timeframe) === null ? 0 : 1);
  }

  time(asset: number, timeframe: number, back: number): number {
    const candle = this.#forming(asset, timeframe);
    if (candle === null) return this.#book.time(asset, timeframe, back);
    return back === 0 ? candle.time : this.#book.time(asset, timeframe, back - 1);
  }

  open(asset: number, timeframe: number, back: number): number {
    const candle = this.#forming(asset, timeframe);
    if (candle === null) return this.#book.open(asset, timeframe, back);
    return back === 0 ? candle.open : this.#book.open(asset, timeframe, back - 1);
  }

  high(asset: number, timeframe: number, back: number): number {
    const candle = this.#forming(asset, timeframe);
    if (candle === null) return this.#book.high(asset, timeframe, back);
    return back === 0 ? candle.high : this.#book.high(asset, timeframe, back - 1);
  }

  low(asset: number, timeframe: number, back: number): number {
    const candle = this.#forming(asset, timeframe);
    if (candle === null) return this.#book.low(asset, timeframe, back);
    return back === 0 ? candle.low : this.#book.low(asset, timeframe, back - 1);
  }

  close(asset: number, timeframe: number, back: number): number {
    const candle = this.#forming(asset, timeframe);
    if (candle === null) return this.#book.close(asset, timeframe, back);
    return back === 0 ? candle.close : this.#book.close(asset, timeframe, back - 1);
  }

  volume(asset: number, timeframe: number, back: number): number {
    const candle = this.#forming(asset, timeframe);
    if (candle === null) return this.#book.volume(asset, timeframe, back);
    return back === 0 ? candle.volume : this.#book.volume(asset, timeframe, back - 1);
  }

  value(asset: number, timeframe: number, column: number): number {
    const candle = this.#forming(asset, timeframe);
    if (candle === null) return this.#book.value(asset, timeframe, column);
    const { state } = this.#book;
    const series = asset * TIMEFRAME_COUNT + timeframe;
    if (state.owner !== this.#owner + series) {
      enter(state, series, candle);
      ANALYSIS_SET.peek(state, series, series + 1, 0);
      state.owner = this.#owner + series;
    }
    return ANALYSIS_SET.peekedValue(state, 0, column);
  }

  /** A forming candle that does not follow the newest closed one is not read: the series waits for history. */
  #forming(asset: number, timeframe: number): ClosedCandle | null {
    const series = asset * TIMEFRAME_COUNT + timeframe;
    const known = this.#known.get(series);
    if (known !== undefined) return known;
    const view = this.#candles(asset, timeframe);
    const follows = view !== null && !(view.time <= this.#book.time(asset, timeframe, 0));
    const candle = follows
      ? {
          time: view.time,
          open: view.open,
          high: view.high,
          low: view.low,
          close: view.close,
          volume: view.volume,
        }
      : null;
    this.#known.set(series, candle);
    return candle;
  }
}
