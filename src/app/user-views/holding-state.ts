import { Gaps } from '../../engine/analysis/gaps.js';
import type { Position } from '../../engine/analysis/portfolios/inputs.js';
import { isBeyond } from '../../engine/analysis/portfolios/position-action.js';
import type { HoldingValue } from '../../engine/analysis/portfolios/valuation.js';
import { DAY_MS } from '../../timeframe.js';
import type { HoldingData } from '../../user-view-fields.js';
import type { PortfolioLook } from './portfolio-look.js';
import type { PriceFacts } from './seen-prices.js';

/** What holdings are told with. */
export interface HoldingParts {
  /** Null: `noLook` says why. */
  readonly look: PortfolioLook | null;
  readonly noLook: string;
  /** By the engine's number; null: no price is known yet. */
  readonly factsOf: (asset: number) => PriceFacts | null;
}

/** Why a figure of an analysis is null that says no reason. */
export const NO_REASON = 'the analysis gives none';
/** Cash is none of the positions that are. */
const NOT_LOOKED_AT = 'the newest hourly analysis has none of it: it is new since, or cash';

/** Says how a holding stands. @param total what is left of all holdings, US dollars */
export function holdingState(
  { look, noLook, factsOf }: HoldingParts,
  position: Position,
  value: HoldingValue,
  total: number,
): HoldingData {
  const { input, direction, quantity, leverage, entry, stop, target } = position;
  const gaps = new Gaps();
  const facts = factsOfPosition(position, factsOf);
  const noPrice = value.missing.price ?? 'its price is not known';
  const noEntry = value.missing.entry ?? noPrice;
  const found = look?.holdings.get(input.id) ?? null;
  const unlooked = found !== null ? null : look === null ? noLook : NOT_LOOKED_AT;
  const reasonOf = (column: string): string => unlooked ?? found?.missing?.[column] ?? NO_REASON;
  return {
    portfolio_asset_id: input.id,
    asset_id: value.assetId,
    symbol: value.symbol,
    asset_type: input.assetType,
    quantity,
    leverage,
    entry_price: gaps.number('entry_price', entry, 'the entry price is not known'),
    price: gaps.number('price', value.price, noPrice),
    price_time: gaps.number(
      'price_time',
      facts?.time ?? null,
      position.isPegged ? 'its price is that of a peg' : noPrice,
    ),
    price_basis: gaps.value('price_basis', value.basis, noPrice),
    usd_per_quote: gaps.number('usd_per_quote', value.usdPerQuote, noPrice),
    value_usd: gaps.number('value_usd', value.valueUsd, value.missing.price ?? noEntry),
    cost_usd: gaps.number('cost_usd', value.costUsd, noEntry),
    exposure_usd: gaps.number('exposure_usd', value.exposureUsd, noPrice),
    pnl_usd: gaps.number('pnl_usd', value.pnlUsd, noEntry),
    pnl_pct: gaps.number('pnl_pct', value.pnlPct, value.pnlUsd === null ? noEntry : 'nothing was put in'),
    daily_pnl_usd: gaps.number(
      'daily_pnl_usd',
      dailyPnl(position, value, facts),
      value.missing.price ?? 'its price of 24 hours ago is not known',
    ),
    share_pct: gaps.number('share_pct', shareOf(value, total), 'its value, or that of all, is not above 0'),
    stop_loss_price: gaps.number('stop_loss_price', stop, 'the user has set none'),
    take_profit_price: gaps.number('take_profit_price', target, 'the user has set none'),
    stop_reached: gaps.value('stop_reached', reached(value.price, stop, direction), noLevel(value, stop)),
    target_reached: gaps.value(
      'target_reached',
      reached(value.price, target, direction === 1 ? -1 : 1),
      noLevel(value, target),
    ),
    analysed_at: gaps.number('analysed_at', found?.analysisTime ?? null, unlooked ?? noLook),
    position_status: gaps.value(
      'position_status',
      found?.positionStatus ?? null,
      reasonOf('position_status'),
    ),
    recommended_action: gaps.value(
      'recommended_action',
      found?.recommendedAction ?? null,
      reasonOf('recommended_action'),
    ),
    suggested_sl_price: gaps.number(
      'suggested_sl_price',
      found?.suggestedSlPrice ?? null,
      reasonOf('suggested_sl_price'),
    ),
    suggested_tp_price: gaps.number(
      'suggested_tp_price',
      found?.suggestedTpPrice ?? null,
      reasonOf('suggested_tp_price'),
    ),
    simulated: position.isSimulated,
    missing: gaps.missing,
  };
}

/**
 * What a holding has gained by its price in 24 hours, or since its first trade if that is later: quantity × (price −
 * price then), at today's rate of the quote. A peg moves nothing. NaN: not known.
 */
export function dailyPnl(
  { input, direction, quantity, entry, isPegged }: Position,
  { price, usdPerQuote }: HoldingValue,
  facts: PriceFacts | null,
): number {
  const isYoung =
    facts !== null &&
    input.openedAt != null &&
    input.openedAt > facts.time - DAY_MS &&
    Number.isFinite(entry);
  const before = isPegged ? 1 : isYoung ? entry : (facts?.open24h ?? Number.NaN);
  return direction * quantity * ((price ?? Number.NaN) - before) * (usdPerQuote ?? Number.NaN);
}

/** Says what a position's price is known by. */
export function factsOfPosition(
  { asset }: Position,
  factsOf: (asset: number) => PriceFacts | null,
): PriceFacts | null {
  return asset < 0 ? null : factsOf(asset);
}

/** The share of a holding in what is left of all, percent; null: not known. */
export function shareOf({ valueUsd }: HoldingValue, total: number): number | null {
  return valueUsd === null || !(total > 0) ? null : (Math.max(0, valueUsd) / total) * 100;
}

function reached(price: number | null, level: number, direction: 1 | -1): boolean | null {
  return price === null || !Number.isFinite(level) ? null : isBeyond(price, level, direction);
}

function noLevel({ missing }: HoldingValue, level: number): string {
  return Number.isFinite(level) ? (missing.price ?? 'its price is not known') : 'the user has set none';
}
