import type { Engine } from '../engine/engine.js';
import type { AssetFigures } from '../store/records.js';
import type { PriceHistory } from '../store/repositories/price-history.js';
import { TIMEFRAME_COUNT, TIMEFRAMES } from '../timeframe.js';
import type { ServedAsset } from './served-asset.js';

/** Of the forming candles the longest known: its high and low are not in the database yet. */
const LONGEST = TIMEFRAMES.indexOf('1M');

/**
 * Gives the live figures of the assets that have a price: the last one and its changes from the engine, older prices
 * and extremes from stored history. All-time means the history that the exchange gave us.
 */
export function assetFigures(
  engine: Engine,
  served: readonly ServedAsset[],
  history: ReadonlyMap<number, PriceHistory>,
): readonly AssetFigures[] {
  return served.flatMap(({ asset, assetId }) => {
    const ticker = engine.ticker(asset);
    if (ticker === null) return [];
    const { last, change24hPercent, exchangeTime } = ticker;
    const past = history.get(assetId);
    const forming = engine.forming(asset * TIMEFRAME_COUNT + LONGEST);
    const top = extreme(past?.high, past?.highTime, forming?.high, forming?.time, (a, b) => a > b);
    const bottom = extreme(past?.low, past?.lowTime, forming?.low, forming?.time, (a, b) => a < b);
    return [
      {
        assetId,
        currentPrice: last,
        priceChange24h: change24hPercent,
        priceChange7d: percent(last, past?.close7d),
        priceChange30d: percent(last, past?.close30d),
        ath: top?.price ?? null,
        athDate: top?.time ?? null,
        atl: bottom?.price ?? null,
        atlDate: bottom?.time ?? null,
        lastPriceUpdate: exchangeTime,
      },
    ];
  });
}

function percent(last: number, before: number | null | undefined): number | null {
  return before === null || before === undefined ? null : (last / before - 1) * 100;
}

/** Gives the more extreme of a stored and a forming price; without stored history none is known. */
function extreme(
  storedPrice: number | null | undefined,
  storedTime: number | null | undefined,
  formingPrice: number | undefined,
  formingTime: number | undefined,
  beats: (a: number, b: number) => boolean,
): { price: number; time: number } | null {
  if (storedPrice === null || storedPrice === undefined || storedTime === null || storedTime === undefined)
    return null;
  const isNew = formingPrice !== undefined && formingTime !== undefined && beats(formingPrice, storedPrice);
  return isNew ? { price: formingPrice, time: formingTime } : { price: storedPrice, time: storedTime };
}
