import { type Frame, isCurrent } from '../frame.js';
import type { AnalysisAsset } from '../market.js';
import { correlation } from '../statistics.js';
import { backOf, type Horizon } from './windows.js';

/** Fewer returns in common say nothing. */
const LEAST_PAIRS = 3;

/**
 * Gives the correlation (K. Pearson 1895) of an asset's logarithmic returns with the mean of those of the other assets of
 * its sector, −1 … 1, over the candles of the horizon that they have in common. NaN: it has no sector, or there is no
 * other asset in it with as many candles, or one side does not move.
 */
export function sectorCorrelation(
  frame: Frame,
  { asset, sectorId, base }: AnalysisAsset,
  { candles, candleMs }: Horizon,
): number {
  const own = returnsOf(frame, asset, candles, candleMs);
  if (sectorId === null || own === null) return Number.NaN;
  const sums = new Map<number, { sum: number; count: number }>();
  for (const other of frame.market.assets) {
    if (other.sectorId !== sectorId || other.base === base || !isCurrent(frame, other.asset)) continue;
    const returns = returnsOf(frame, other.asset, candles, candleMs);
    if (returns === null) continue;
    for (const [time, value] of returns) {
      const known = sums.get(time) ?? { sum: 0, count: 0 };
      sums.set(time, { sum: known.sum + value, count: known.count + 1 });
    }
  }
  const a: number[] = [];
  const b: number[] = [];
  for (const [time, value] of own) {
    const found = sums.get(time);
    if (found === undefined) continue;
    a.push(value);
    b.push(found.sum / found.count);
  }
  return correlation(a, b, LEAST_PAIRS);
}

/** Logarithmic returns by the candle's start, oldest first; null: history is too short. */
function returnsOf(
  { series, timeframe }: Frame,
  asset: number,
  candles: number,
  candleMs: number,
): ReadonlyMap<number, number> | null {
  const first = backOf(series, asset, timeframe, candles, candleMs);
  if (first < 2) return null;
  const returns = new Map<number, number>();
  for (let back = first - 1; back >= 0; back--) {
    const change = series.close(asset, timeframe, back) / series.close(asset, timeframe, back + 1);
    returns.set(series.time(asset, timeframe, back), Math.log(change));
  }
  return returns;
}
