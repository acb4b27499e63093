import { bucketEnd, DAY_MS, FIXED_TIMEFRAME_MS, TIMEFRAMES, timeframeIndex } from '../../../timeframe.js';
import type { Frame } from '../frame.js';
import type { SeriesReader } from '../series-reader.js';

/** Lengths of candles by timeframe, ms; a month counts as its shortest: a search by it begins too far back. */
export const CANDLE_MS: readonly number[] = TIMEFRAMES.map((timeframe) =>
  timeframe === '1M' ? 28 * DAY_MS : FIXED_TIMEFRAME_MS[timeframe],
);

/** Where past closes are looked for, the finest that reaches back first. */
const LADDER = (['5m', '15m', '1h', '4h', '1d'] as const).map(timeframeIndex);

/**
 * Gives how many candles ago the newest one is that ended at or before `moment`, ms; −1: none is kept. A few steps:
 * the place is reckoned from the times, and only holes are walked over.
 */
export function endedBy(series: SeriesReader, asset: number, timeframe: number, moment: number): number {
  const count = series.count(asset, timeframe);
  if (count === 0) return -1;
  const length = CANDLE_MS[timeframe] as number;
  const newest = series.time(asset, timeframe, 0);
  let back = Math.min(Math.max(Math.ceil((newest + length - moment) / length), 0), count - 1);
  while (back > 0 && endOf(series, asset, timeframe, back - 1) <= moment) back -= 1;
  while (back < count && endOf(series, asset, timeframe, back) > moment) back += 1;
  return back < count ? back : -1;
}

/**
 * Gives how many candles ago the newest one is that a frame may read of another timeframe than its own; −1: none. Longer
 * ones must have ended before the frame's moment: those that end with it close in an order that nothing may depend on.
 */
export function newestKnown({ series, timeframe, time }: Frame, asset: number, other: number): number {
  return endedBy(series, asset, other, other > timeframe ? time - 1 : time);
}

/**
 * Gives the close as of `span` ms before the frame's moment: of the newest candle that ended by then, hours and shorter
 * ones first. NaN if none is kept, or if it ended more than a 24th of the span before that (an hour for a day).
 */
export function closeBefore({ series, time }: Frame, asset: number, span: number): number {
  const moment = time - span;
  for (const timeframe of LADDER) {
    const back = endedBy(series, asset, timeframe, moment);
    if (back === -1 || moment - endOf(series, asset, timeframe, back) > span / 24) continue;
    return series.close(asset, timeframe, back);
  }
  return Number.NaN;
}

/**
 * Says whether an asset stands: it has not traded since the forming candle of a live frame began, so its price is still
 * the last close, and its newest candle the one before.
 */
export function stands({ series, timeframe, candleTime, isForming }: Frame, asset: number): boolean {
  return isForming && series.count(asset, timeframe) > 0 && endOf(series, asset, timeframe, 0) === candleTime;
}

function endOf(series: SeriesReader, asset: number, timeframe: number, back: number): number {
  const start = series.time(asset, timeframe, back);
  return timeframe === TIMEFRAMES.length - 1
    ? bucketEnd('1M', start)
    : start + (CANDLE_MS[timeframe] as number);
}
