import { bucketEnd, TIMEFRAMES, type Timeframe } from '../../../timeframe.js';
import { columnOf } from '../columns.js';
import type { SeriesReader } from '../series-reader.js';

const EMA_20 = columnOf('ema_20');
const EMA_50 = columnOf('ema_50');
const EMA_200 = columnOf('ema_200');
const ADX = columnOf('adx_14');

/** From this ADX on a trend is called one (Wilder 1978). */
const TRENDING_ADX = 25;
/** What is left of the score of a series that does not trend at all. */
const LEAST_GATE = 0.4;

/**
 * Says how a series trends as of its newest candle, −1 (down) to 1 (up); NaN: too few candles. The mean of the signs of
 * close − EMA 50, EMA 20 − EMA 50 and, where there is one, EMA 50 − EMA 200, times ADX ÷ 25 within 0.4–1.
 */
export function trendScore(asset: number, timeframe: number, series: SeriesReader): number {
  const middle = series.value(asset, timeframe, EMA_50);
  const slow = series.value(asset, timeframe, EMA_200);
  const adx = series.value(asset, timeframe, ADX);
  if (Number.isNaN(middle) || Number.isNaN(adx)) return Number.NaN;
  const fast = Math.sign(series.value(asset, timeframe, EMA_20) - middle);
  const price = Math.sign(series.close(asset, timeframe, 0) - middle);
  const mean = Number.isNaN(slow) ? (fast + price) / 2 : (fast + price + Math.sign(middle - slow)) / 3;
  return mean * Math.min(1, Math.max(LEAST_GATE, adx / TRENDING_ADX));
}

/**
 * Says whether the newest candle of a longer series is the last one that ended before `time`, ms. Strictly: of two
 * candles that end together the longer one may be known or not yet, and nothing may depend on it.
 */
export function isLastBefore(asset: number, timeframe: number, series: SeriesReader, time: number): boolean {
  const start = series.time(asset, timeframe, 0);
  if (Number.isNaN(start)) return false;
  const name = TIMEFRAMES[timeframe] as Timeframe;
  const end = bucketEnd(name, start);
  // The one that forms now, or ends at this very moment, is the next one.
  return end < time && time <= bucketEnd(name, end);
}
