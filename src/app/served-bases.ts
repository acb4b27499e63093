import { isDollar } from '../dollars.js';
import type { Engine } from '../engine/engine.js';
import type { ServedBase } from '../feeds/sources/coingecko.js';
import type { ServedAsset } from './served-asset.js';

/** Gives each coin that is served with its newest price in dollars, from the first market that has one. */
export function servedBases(
  engine: Pick<Engine, 'ticker'>,
  served: readonly ServedAsset[],
): readonly ServedBase[] {
  const prices = new Map<string, number | null>();
  for (const { asset, market } of served) {
    const price = isDollar(market.quote) ? (engine.ticker(asset)?.last ?? null) : null;
    prices.set(market.base, prices.get(market.base) ?? price);
  }
  return [...prices].map(([base, price]) => ({ base, price }));
}
