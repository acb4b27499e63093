import { DAY_MS, timeframeIndex } from '../../../timeframe.js';
import type { SeriesReader } from '../series-reader.js';
import { correlation } from '../statistics.js';

const DAILY = timeframeIndex('1d');
const RETURNS = 30;
/** Fewer days that both have traded say nothing. */
const LEAST_RETURNS = 20;

/**
 * Correlation (Pearson) of an asset with another one by the logarithmic returns of the newest 30 days that ended before
 * `time`, ms, −1…1; null: fewer than 20 of them are known of both, or one of the two has not moved. Strictly before: at
 * midnight the other's day may be closed or not yet.
 */
export function marketCorrelation(
  asset: number,
  reference: number,
  series: SeriesReader,
  time: number,
): number | null {
  const own = closesBefore(asset, series, time);
  const other = closesBefore(reference, series, time);
  const a = new Float64Array(RETURNS).fill(Number.NaN);
  const b = new Float64Array(RETURNS).fill(Number.NaN);
  for (let day = 0; day < RETURNS; day++) {
    const change = Math.log((own[day] ?? Number.NaN) / (own[day + 1] ?? Number.NaN));
    const otherChange = Math.log((other[day] ?? Number.NaN) / (other[day + 1] ?? Number.NaN));
    if (!Number.isFinite(change) || !Number.isFinite(otherChange)) continue;
    a[day] = change;
    b[day] = otherChange;
  }
  const found = correlation(a, b, LEAST_RETURNS);
  return Number.isNaN(found) ? null : found;
}

/** Closes of the newest days that ended before `time`, newest first, NaN for one that is missing. */
function closesBefore(asset: number, series: SeriesReader, time: number): readonly number[] {
  const newest = (Math.ceil(time / DAY_MS) - 2) * DAY_MS;
  const closes = new Array<number>(RETURNS + 1).fill(Number.NaN);
  const count = series.count(asset, DAILY);
  for (let back = 0; back < count; back++) {
    const day = (newest - series.time(asset, DAILY, back)) / DAY_MS;
    if (day > RETURNS) break;
    if (day >= 0) closes[day] = series.close(asset, DAILY, back);
  }
  return closes;
}
