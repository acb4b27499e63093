import type { MetricsModel } from '../engine/analysis/metrics/metrics-model.js';
import type { IndexAnchor } from '../engine/analysis/sectors/sector-model.js';
import type { SeriesReader } from '../engine/analysis/series-reader.js';
import type { MetricsMemory } from '../store/repositories/metrics-memory.js';
import type { StoredAnchor } from '../store/repositories/sector-anchors.js';
import { bucketEnd, bucketStart, HOUR_MS, type Timeframe, timeframeIndex } from '../timeframe.js';

/** Hourly snapshots that the metrics are to remember: 40 days of market caps. */
export const REMEMBERED_HOURS = 40 * 24;
/** By which candles a sector's index may be taken up again, the finest first: those by which it finds past values. */
export const ANCHOR_TIMEFRAMES = ['5m', '15m', '1h', '1d'] as const satisfies readonly Timeframe[];
/**
 * The figure of a day is published shortly after it has begun: so long after midnight a snapshot has it, and not that of
 * the day before.
 */
const FEAR_GREED_DELAY_MS = 6 * HOUR_MS;

/** Has the metrics remember what hourly snapshots, oldest first, say of figures that later ones are compared with. */
export function rememberMetrics(
  metrics: Pick<MetricsModel, 'remember' | 'rememberTotal2'>,
  snapshots: readonly MetricsMemory[],
): void {
  for (const { time, fearGreedIndex, fundingRateBtc, openInterestBtc, total, btcDominance } of snapshots) {
    const day = bucketStart('1d', time);
    if (fearGreedIndex !== null && time - day >= FEAR_GREED_DELAY_MS) {
      metrics.remember({ name: 'fear_greed_index', value: fearGreedIndex, asOf: day });
    }
    if (fundingRateBtc !== null) {
      metrics.remember({ name: 'funding_rate_btc', value: fundingRateBtc, asOf: time });
    }
    if (openInterestBtc !== null) {
      metrics.remember({ name: 'open_interest_btc', value: openInterestBtc, asOf: time });
    }
    if (total !== null && btcDominance !== null) {
      metrics.rememberTotal2(total * (1 - btcDominance / 100), time);
    }
  }
}

/**
 * Gives of each sector the anchor that history reaches back to exactly: of the finest candles whose kept ones begin
 * before its moment. Of a sector of which there is none nothing.
 *
 * @param assets numbers of the assets that indices are made of
 */
export function reachableAnchors(
  stored: readonly StoredAnchor[],
  series: SeriesReader,
  assets: readonly number[],
): readonly IndexAnchor[] {
  const anchors = new Map<number, IndexAnchor>();
  for (const timeframe of ANCHOR_TIMEFRAMES) {
    const begin = oldestEnd(series, assets, timeframe);
    for (const { sectorId, candleTime, value, ...one } of stored) {
      const time = bucketEnd(one.timeframe, candleTime);
      if (one.timeframe !== timeframe || anchors.has(sectorId) || time < begin) continue;
      anchors.set(sectorId, { sectorId, time, value });
    }
  }
  return [...anchors.values()];
}

/** End of the oldest candle that is kept of any of the assets, ms; infinity: none is. */
function oldestEnd(series: SeriesReader, assets: readonly number[], timeframe: Timeframe): number {
  const index = timeframeIndex(timeframe);
  return assets.reduce((oldest, asset) => {
    const count = series.count(asset, index);
    if (count === 0) return oldest;
    return Math.min(oldest, bucketEnd(timeframe, series.time(asset, index, count - 1)));
  }, Number.POSITIVE_INFINITY);
}
