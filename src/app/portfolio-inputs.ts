import type { HeldAsset, PortfolioInput } from '../engine/analysis/portfolios/inputs.js';
import type { LiveAsset } from '../store/live-records.js';
import type { LiveTables } from './live-tables.js';

/** Gives the active portfolios with what is in them. A holding whose asset is not known yet is left out until it is. */
export function portfolioInputs({
  portfolios,
  portfolioAssets,
  riskSettings,
  assets,
}: Pick<
  LiveTables,
  'portfolios' | 'portfolioAssets' | 'riskSettings' | 'assets'
>): readonly PortfolioInput[] {
  return [...portfolios.values()]
    .filter(({ isActive }) => isActive)
    .map(({ id, userId }) => {
      const [risk = null] = riskSettings.of(userId);
      const holdings = [...portfolioAssets.of(id)].flatMap((row) => {
        const asset = assets.get(row.assetId);
        return asset === undefined || !row.isActive ? [] : [{ ...row, held: heldAsset(asset) }];
      });
      return { id, userId, holdings, risk };
    });
}

function heldAsset({ id, symbol, quoteCurrency, assetType }: LiveAsset): HeldAsset {
  // Unified symbols begin with the coin: `BTC/USDT`.
  const [base = symbol] = symbol.split('/');
  return { assetId: id, symbol, base, quote: quoteCurrency, isStablecoin: assetType === 'stablecoin' };
}
