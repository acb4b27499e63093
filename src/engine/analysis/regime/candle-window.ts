import { HISTORY_DEPTH } from '../series-book.js';
import type { SeriesReader } from '../series-reader.js';

/** Candles that a window holds at most. */
export const LONGEST_WINDOW = Math.max(...HISTORY_DEPTH);

/**
 * The newest candles of one series in plain arrays, oldest first; read anew for each analysis. One candle fewer than the
 * series book keeps is the most that is read, so that a forming candle pushes none out that its close would not.
 */
export class CandleWindow {
  readonly highs = new Float64Array(LONGEST_WINDOW);
  readonly lows = new Float64Array(LONGEST_WINDOW);
  readonly closes = new Float64Array(LONGEST_WINDOW);
  /** Base units. */
  readonly volumes = new Float64Array(LONGEST_WINDOW);
  /** Starts of the candles, ms. */
  readonly times = new Float64Array(LONGEST_WINDOW);
  /** `returns[i]` is the log return from candle `i − 1` to candle `i`; that of the first is 0. */
  readonly returns = new Float64Array(LONGEST_WINDOW);
  #count = 0;

  /** Candles that were read. */
  get count(): number {
    return this.#count;
  }

  read(series: SeriesReader, asset: number, timeframe: number): void {
    const count = Math.min(series.count(asset, timeframe), (HISTORY_DEPTH[timeframe] as number) - 1);
    this.#count = count;
    for (let i = 0; i < count; i++) {
      const back = count - 1 - i;
      const close = series.close(asset, timeframe, back);
      this.times[i] = series.time(asset, timeframe, back);
      this.highs[i] = series.high(asset, timeframe, back);
      this.lows[i] = series.low(asset, timeframe, back);
      this.volumes[i] = series.volume(asset, timeframe, back);
      this.returns[i] = i === 0 ? 0 : Math.log(close / (this.closes[i - 1] as number));
      this.closes[i] = close;
    }
  }

  /** Gives the close `back` candles before the newest; NaN: not read. */
  close(back: number): number {
    return back < this.#count ? (this.closes[this.#count - 1 - back] as number) : Number.NaN;
  }

  /** Log return over the newest `length` candles; NaN: there are too few. */
  move(length: number, until = 0): number {
    return Math.log(this.close(until) / this.close(until + length));
  }

  /** Mean of `length` closes that end `back` candles before the newest; NaN: there are too few. */
  mean(length: number, back = 0): number {
    const end = this.#count - back;
    if (end < length) return Number.NaN;
    let sum = 0;
    for (let i = end - length; i < end; i++) sum += this.closes[i] as number;
    return sum / length;
  }

  /**
   * Standard deviation of the newest log returns, per candle: of `length` of them, or of as many as there are if that is
   * at least `least`; NaN otherwise.
   */
  deviation(length: number, least = length): number {
    const used = Math.min(length, this.#count - 1);
    if (used < least || used < 2) return Number.NaN;
    return deviationOf(this.returns, this.#count - used, this.#count);
  }
}

/** Sample standard deviation of `values[from … to)`, in two passes; NaN for fewer than two. */
export function deviationOf(values: ArrayLike<number>, from: number, to: number): number {
  const count = to - from;
  if (count < 2) return Number.NaN;
  let sum = 0;
  for (let i = from; i < to; i++) sum += values[i] as number;
  const mean = sum / count;
  let squares = 0;
  for (let i = from; i < to; i++) squares += ((values[i] as number) - mean) ** 2;
  return Math.sqrt(squares / (count - 1));
}
