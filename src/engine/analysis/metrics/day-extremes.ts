import { DAY_MS, TIMEFRAME_COUNT, timeframeIndex } from '../../../timeframe.js';
import type { Frame } from '../frame.js';
import type { SeriesReader } from '../series-reader.js';
import { CANDLE_MS, endedBy, newestKnown } from './candle-lookup.js';

const DAY = timeframeIndex('1d');
const FIVE_MINUTES = timeframeIndex('5m');

const KEY = 0;
const HIGH = 1;
const LOW = 2;
const ROW = 3;

/**
 * Highest and lowest price of the 24 h before a candle. Put together of the longest candles that fit, days to minutes;
 * a day that begins between two candles of 5 minutes begins with the earlier one.
 *
 * What was found of a candle is kept until the next one, since many live frames ask for the same.
 */
export class DayExtremes {
  /** By series: start of the candle, then its 24 h. */
  #known = new Float64Array(0);
  #high = Number.NaN;
  #low = Number.NaN;

  /**
   * Says whether the newest candle is beyond all prices of the 24 h before it: 1 above, −1 below, 2 both, 0 neither;
   * NaN where 24 h are not known. Of frames longer than a day the newest day is judged.
   */
  side(frame: Frame, asset: number): number {
    const { series } = frame;
    const timeframe = Math.min(frame.timeframe, DAY);
    const back = timeframe === frame.timeframe ? 0 : newestKnown(frame, asset, timeframe);
    if (back === -1) return Number.NaN;
    if (!this.#find(series, asset, timeframe, series.time(asset, timeframe, back))) return Number.NaN;
    const isHigh = series.high(asset, timeframe, back) > this.#high;
    const isLow = series.low(asset, timeframe, back) < this.#low;
    if (isHigh && isLow) return 2;
    return isHigh ? 1 : isLow ? -1 : 0;
  }

  #find(series: SeriesReader, asset: number, timeframe: number, candleTime: number): boolean {
    const row = (asset * TIMEFRAME_COUNT + timeframe) * ROW;
    if (row >= this.#known.length) this.#grow(row + ROW);
    if (this.#known[row + KEY] === candleTime) {
      this.#high = this.#known[row + HIGH] as number;
      this.#low = this.#known[row + LOW] as number;
      return true;
    }
    this.#high = Number.NEGATIVE_INFINITY;
    this.#low = Number.POSITIVE_INFINITY;
    if (!this.#cover(series, asset, DAY, candleTime - DAY_MS, candleTime)) return false;
    if (this.#low > this.#high) return false;
    this.#known[row + KEY] = candleTime;
    this.#known[row + HIGH] = this.#high;
    this.#known[row + LOW] = this.#low;
    return true;
  }

  /** Takes in the candles from `from` up to `to`, the middle in this timeframe and the ends in shorter ones. */
  #cover(series: SeriesReader, asset: number, timeframe: number, from: number, to: number): boolean {
    if (from >= to) return true;
    if (timeframe < 0) return false;
    const length = CANDLE_MS[timeframe] as number;
    const begin =
      timeframe === FIVE_MINUTES ? Math.floor(from / length) * length : Math.ceil(from / length) * length;
    const end = Math.floor(to / length) * length;
    if (begin >= end || !this.#take(series, asset, timeframe, begin, end)) {
      return this.#cover(series, asset, timeframe - 1, from, to);
    }
    return (
      this.#cover(series, asset, timeframe - 1, from, begin) &&
      this.#cover(series, asset, timeframe - 1, end, to)
    );
  }

  /** False: the candles of this timeframe do not reach from `begin` to `end`. A hole between them has no prices. */
  #take(series: SeriesReader, asset: number, timeframe: number, begin: number, end: number): boolean {
    const count = series.count(asset, timeframe);
    if (count === 0 || series.time(asset, timeframe, count - 1) > begin) return false;
    if (series.time(asset, timeframe, 0) + (CANDLE_MS[timeframe] as number) < end) return false;
    let back = endedBy(series, asset, timeframe, end);
    while (back < count && series.time(asset, timeframe, back) >= begin) {
      this.#high = Math.max(this.#high, series.high(asset, timeframe, back));
      this.#low = Math.min(this.#low, series.low(asset, timeframe, back));
      back += 1;
    }
    return true;
  }

  #grow(needed: number): void {
    const known = new Float64Array(2 * needed).fill(Number.NaN);
    known.set(this.#known);
    this.#known = known;
  }
}
