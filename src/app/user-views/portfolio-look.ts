import type { PortfolioFrame } from '../../engine/analysis/portfolios/portfolio-frame.js';
import type { StoredHoldingLook, StoredLook } from '../../store/repositories/live-looks.js';

/** What the newest hourly analysis says of a portfolio and of its holdings, by their ids. */
export interface PortfolioLook extends StoredLook {
  readonly holdings: ReadonlyMap<number, StoredHoldingLook>;
}

/** Takes from a look at a portfolio, just made, what its live state shows. */
export function lookOf({ analysis, assets }: PortfolioFrame): PortfolioLook {
  const { portfolioId, analysisTime } = analysis;
  return {
    portfolioId,
    analysisTime,
    portfolioRiskScore: analysis.portfolioRiskScore,
    diversificationScore: analysis.diversificationScore,
    concentrationRisk: analysis.concentrationRisk,
    portfolioBeta: analysis.portfolioBeta,
    portfolioVolatility: analysis.portfolioVolatility,
    sharpeRatio: analysis.sharpeRatio,
    maxDrawdownPct: analysis.maxDrawdownPct,
    rebalanceNeeded: analysis.rebalanceNeeded,
    overallAction: analysis.overallAction,
    missing: reasonsIn(analysis.analysisData),
    holdings: new Map(
      assets.map((row) => [
        row.portfolioAssetId,
        {
          portfolioId,
          portfolioAssetId: row.portfolioAssetId,
          analysisTime: row.analysisTime,
          positionStatus: row.positionStatus,
          recommendedAction: row.recommendedAction,
          suggestedSlPrice: row.suggestedSlPrice,
          suggestedTpPrice: row.suggestedTpPrice,
          missing: reasonsIn(row.analysisData),
        },
      ]),
    ),
  };
}

/** Joins stored looks with those of their holdings, by portfolio. */
export function storedLooks(
  looks: readonly StoredLook[],
  holdings: readonly StoredHoldingLook[],
): ReadonlyMap<number, PortfolioLook> {
  const byPortfolio = new Map<number, Map<number, StoredHoldingLook>>(
    looks.map(({ portfolioId }) => [portfolioId, new Map()]),
  );
  for (const look of holdings) byPortfolio.get(look.portfolioId)?.set(look.portfolioAssetId, look);
  return new Map(
    looks.map((look) => [
      look.portfolioId,
      { ...look, holdings: byPortfolio.get(look.portfolioId) ?? new Map() },
    ]),
  );
}

function reasonsIn(data: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> | null {
  const { missing } = data;
  return typeof missing === 'object' && missing !== null ? (missing as Record<string, string>) : null;
}
