import { isDollar } from '../dollars.js';
import type { HeldAsset, PortfolioInput } from '../engine/analysis/portfolios/inputs.js';
import type { LiveAsset } from '../store/live-records.js';
import type { HoldingFacts } from '../store/repositories/holding-facts.js';
import type { LiveTables } from './live-tables.js';

/** What trades say of holdings, by portfolio. */
export type FactsByPortfolio = ReadonlyMap<number, readonly HoldingFacts[]>;

/**
 * Gives the active portfolios with what is in them. A holding whose asset is not known yet is left out until it is.
 *
 * @param facts of those portfolios of which trades have been read; of others it is not known what they say
 * @param ids of these portfolios only; left out: of all
 */
export function portfolioInputs(
  {
    portfolios,
    portfolioAssets,
    riskSettings,
    assets,
  }: Pick<LiveTables, 'portfolios' | 'portfolioAssets' | 'riskSettings' | 'assets'>,
  facts: FactsByPortfolio,
  ids: Iterable<number> = portfolios.keys(),
): readonly PortfolioInput[] {
  return [...ids]
    .flatMap((id) => portfolios.get(id) ?? [])
    .filter(({ isActive }) => isActive)
    .map(({ id, userId }) => {
      const [risk = null] = riskSettings.of(userId);
      const known = facts.get(id);
      const byHolding = new Map(known?.map((one) => [one.holdingId, one]));
      const holdings = [...portfolioAssets.of(id)].flatMap((row) => {
        const asset = assets.get(row.assetId);
        if (asset === undefined || !row.isActive) return [];
        const { openedAt = null, regimeAtEntry = null } = byHolding.get(row.id) ?? {};
        return [{ ...row, held: heldAsset(asset), openedAt, regimeAtEntry }];
      });
      return { id, userId, holdings, risk, feesPaidUsd: known === undefined ? null : feesOf(known) };
    });
}

/** Sum of all fees, US dollars; null: some are in another currency, and what that was worth is not stored. */
function feesOf(facts: readonly HoldingFacts[]): number | null {
  let sum = 0;
  for (const { feesPaid, quoteCurrency } of facts) {
    if (feesPaid === 0) continue;
    if (quoteCurrency === null || !isDollar(quoteCurrency)) return null;
    sum += feesPaid;
  }
  return sum;
}

function heldAsset({ id, symbol, quoteCurrency, assetType }: LiveAsset): HeldAsset {
  // Unified symbols begin with the coin: `BTC/USDT`.
  const [base = symbol] = symbol.split('/');
  return { assetId: id, symbol, base, quote: quoteCurrency, isStablecoin: assetType === 'stablecoin' };
}
