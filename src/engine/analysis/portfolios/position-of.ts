import { isDollar } from '../../../dollars.js';
import type { AnalysisMarket } from '../market.js';
import { type HoldingInput, type Position, QUOTE_IS_DOLLAR } from './inputs.js';

/** Finds an asset by its row in `assets`. */
export type AssetNumbers = ReadonlyMap<number, number>;

/** Gives the numbers of all served assets by their rows. */
export function assetNumbers(market: AnalysisMarket): AssetNumbers {
  return new Map(market.assets.map(({ asset, assetId }) => [assetId, asset]));
}

/** Makes a holding ready for arithmetic. */
export function positionOf(input: HoldingInput, market: AnalysisMarket, numbers: AssetNumbers): Position {
  const { held } = input;
  const asset = numbers.get(held.assetId) ?? dollarMarket(input, market) ?? -1;
  const served = asset === -1 ? undefined : market.asset(asset);
  const quote = served?.quote ?? held.quote;
  const quoteAsset =
    quote === null ? -1 : isDollar(quote) ? QUOTE_IS_DOLLAR : (market.reference(quote)?.asset ?? -1);
  return {
    input,
    direction: input.assetType === 'Short Position' ? -1 : 1,
    quantity: Number(input.quantity),
    leverage: Math.max(1, Number(input.leverageRatio)),
    entry: toNumber(input.entryPrice),
    stop: toNumber(input.stopLossPrice),
    target: toNumber(input.takeProfitPrice),
    allocationTarget: toNumber(input.allocationTargetPercent),
    maxAllocation: Number(input.maxAllocationPercent),
    asset,
    quoteAsset,
    isPegged: asset === -1 && isStable(input) && isDollar(held.base),
    sectorId: served?.sectorId ?? null,
    isSimulated:
      served?.simulated === true || (quoteAsset >= 0 && market.asset(quoteAsset)?.simulated === true),
  };
}

/** Says whether a holding is cash that keeps its value, rather than a bet on a price. */
export function isStable({ assetType, held }: HoldingInput): boolean {
  return assetType === 'Stablecoin' || (assetType === 'Crypto Asset' && held.isStablecoin);
}

/** A stablecoin is the same coin whatever market its row is of: its market in dollars prices it. */
function dollarMarket(input: HoldingInput, market: AnalysisMarket): number | undefined {
  return isStable(input) ? market.reference(input.held.base)?.asset : undefined;
}

function toNumber(text: string | null): number {
  return text === null ? Number.NaN : Number(text);
}
