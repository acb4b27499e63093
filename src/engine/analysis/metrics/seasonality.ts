import { bucketStart, bucketsBefore, timeframeIndex } from '../../../timeframe.js';
import type { Frame } from '../frame.js';
import { newestKnown } from './candle-lookup.js';

const MONTH = timeframeIndex('1M');
/** One month of a name is no season. */
const MIN_YEARS = 2;

/**
 * Mean change, percent, from open to close of the earlier months that bear the name of the frame's month; NaN under two
 * of them. Of the months that are kept (five years), the running one not counted.
 */
export function seasonality(frame: Frame, asset: number): number {
  const { series, candleTime } = frame;
  let back = newestKnown(frame, asset, MONTH);
  if (back === -1) return Number.NaN;
  const months = series.count(asset, MONTH);
  let month = bucketsBefore('1M', bucketStart('1M', candleTime), 12);
  let years = 0;
  let sum = 0;
  for (; back < months; back++) {
    const start = series.time(asset, MONTH, back);
    while (start < month) month = bucketsBefore('1M', month, 12);
    if (start !== month) continue;
    years += 1;
    sum += series.close(asset, MONTH, back) / series.open(asset, MONTH, back) - 1;
  }
  return years >= MIN_YEARS ? (100 * sum) / years : Number.NaN;
}
