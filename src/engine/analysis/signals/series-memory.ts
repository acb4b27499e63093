import { TIMEFRAME_COUNT } from '../../../timeframe.js';
import { columnOf } from '../columns.js';
import type { SeriesReader } from '../series-reader.js';

const FIELDS = 6;
const TIME = 0;
const RSI = 1;
const HISTOGRAM = 2;
/** Candles in a row of which the bands of Bollinger lay within the channel of Keltner. */
const SQUEEZED = 3;
const FORMER_RSI = 4;
const FORMER_HISTOGRAM = 5;

const RSI_COLUMN = columnOf('rsi_14');
const HISTOGRAM_COLUMN = columnOf('macd_hist');
const UPPER_COLUMN = columnOf('bb_upper');
const LOWER_COLUMN = columnOf('bb_lower');
const EMA_COLUMN = columnOf('ema_20');
const ATR_COLUMN = columnOf('atr_14');

/** Half width of Keltner's channel, ATRs. */
const KELTNER_WIDTH = 1.5;

/** Fewest squeezed candles whose end is a release. */
const SQUEEZE_MIN = 6;

/**
 * What turns need of the candle before the newest one, per series. A reader tells indicators of the newest candle
 * alone; this remembers those before. Six numbers a series, nothing is allocated once it is there.
 */
export class SeriesMemory {
  #rows = new Float64Array(0);

  /** Takes in the newest candle of a series. Call it at each close, in order; twice for one candle changes nothing. */
  observe(asset: number, timeframe: number, series: SeriesReader): void {
    const at = this.#place(asset, timeframe);
    const time = series.time(asset, timeframe, 0);
    const rows = this.#rows;
    if (!(time > (rows[at + TIME] as number)) && !Number.isNaN(rows[at + TIME] as number)) return;
    const follows = rows[at + TIME] === series.time(asset, timeframe, 1);
    const rsi = follows ? (rows[at + RSI] as number) : Number.NaN;
    const histogram = follows ? (rows[at + HISTOGRAM] as number) : Number.NaN;
    const squeezed = follows ? (rows[at + SQUEEZED] as number) : 0;
    rows[at + FORMER_RSI] = rsi;
    rows[at + FORMER_HISTOGRAM] = histogram;
    rows[at + TIME] = time;
    rows[at + RSI] = series.value(asset, timeframe, RSI_COLUMN);
    rows[at + HISTOGRAM] = series.value(asset, timeframe, HISTOGRAM_COLUMN);
    // A release is told by a negative count, for the one candle that it lasts.
    if (isSqueezed(asset, timeframe, series)) rows[at + SQUEEZED] = Math.max(squeezed, 0) + 1;
    else rows[at + SQUEEZED] = squeezed > 0 ? -squeezed : 0;
  }

  /** Forgets an asset, whose number may come to mean another one. */
  forget(asset: number): void {
    const at = this.#place(asset, 0);
    this.#rows.fill(Number.NaN, at, at + TIMEFRAME_COUNT * FIELDS);
  }

  /** RSI of the candle before the newest one; NaN: not known. */
  formerRsi(asset: number, timeframe: number): number {
    return this.#at(asset, timeframe, FORMER_RSI);
  }

  /** MACD histogram of the candle before the newest one; NaN: not known. */
  formerHistogram(asset: number, timeframe: number): number {
    return this.#at(asset, timeframe, FORMER_HISTOGRAM);
  }

  /** Says whether the newest candle is the first one out of a squeeze that was long enough. */
  isReleased(asset: number, timeframe: number): boolean {
    return this.#at(asset, timeframe, SQUEEZED) <= -SQUEEZE_MIN;
  }

  #at(asset: number, timeframe: number, field: number): number {
    return this.#rows[this.#place(asset, timeframe) + field] as number;
  }

  #place(asset: number, timeframe: number): number {
    const at = (asset * TIMEFRAME_COUNT + timeframe) * FIELDS;
    if (at >= this.#rows.length) {
      const rows = new Float64Array(2 * (asset + 1) * TIMEFRAME_COUNT * FIELDS).fill(Number.NaN);
      rows.set(this.#rows);
      this.#rows = rows;
    }
    return at;
  }
}

/** Bollinger's bands within Keltner's channel: little has moved lately (Carter 2005). */
function isSqueezed(asset: number, timeframe: number, series: SeriesReader): boolean {
  const middle = series.value(asset, timeframe, EMA_COLUMN);
  const reach = KELTNER_WIDTH * series.value(asset, timeframe, ATR_COLUMN);
  return (
    series.value(asset, timeframe, UPPER_COLUMN) < middle + reach &&
    series.value(asset, timeframe, LOWER_COLUMN) > middle - reach
  );
}
