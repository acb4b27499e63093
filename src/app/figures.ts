import type { Engine } from '../engine/engine.js';
import type { CoinFigures } from '../external-events.js';
import type { AssetFigures } from '../store/records.js';
import type { PriceHistory } from '../store/repositories/price-history.js';
import { TIMEFRAME_COUNT, timeframeIndex } from '../timeframe.js';
import type { ServedAsset } from './served-asset.js';

/** Forming candles whose highs and lows are not in the database yet; the shortest dates an extreme best. */
const FORMING = (['1d', '1w', '1M'] as const).map(timeframeIndex);

/**
 * Gives the live figures of the assets that have a price: the last one and its changes from the engine, older prices
 * and extremes from stored history, those of the coin from outside. All-time means the history that the exchange gave us.
 */
export function assetFigures(
  engine: Engine,
  served: readonly ServedAsset[],
  history: ReadonlyMap<number, PriceHistory>,
  coinOf: (base: string) => CoinFigures | null,
): readonly AssetFigures[] {
  return served.flatMap(({ asset, assetId, market: { base } }) => {
    const ticker = engine.ticker(asset);
    if (ticker === null) return [];
    const { last, change24hPercent, exchangeTime } = ticker;
    const past = history.get(assetId);
    const coin = coinOf(base);
    let top = stored(past?.high, past?.highTime);
    let bottom = stored(past?.low, past?.lowTime);
    for (const timeframe of FORMING) {
      const forming = engine.forming(asset * TIMEFRAME_COUNT + timeframe);
      if (forming === null) continue;
      const { high, low, time } = forming;
      if (top !== null && high > top.price) top = { price: high, time };
      if (bottom !== null && low < bottom.price) bottom = { price: low, time };
    }
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
        marketCap: coin?.marketCap ?? null,
        marketCapRank: coin?.rank ?? null,
        totalVolume: coin?.totalVolume ?? null,
      },
    ];
  });
}

function percent(last: number, before: number | null | undefined): number | null {
  return before === null || before === undefined ? null : (last / before - 1) * 100;
}

/** An extreme of stored history; without one none is known, whatever forms now. */
function stored(
  price: number | null | undefined,
  time: number | null | undefined,
): { readonly price: number; readonly time: number } | null {
  return price === null || price === undefined || time === null || time === undefined
    ? null
    : { price, time };
}
