import { Gaps } from '../../engine/analysis/gaps.js';
import type { AnalysisMarket } from '../../engine/analysis/market.js';
import { allocationOf } from '../../engine/analysis/portfolios/allocation.js';
import type { PortfolioInput, Position } from '../../engine/analysis/portfolios/inputs.js';
import { isBeyond } from '../../engine/analysis/portfolios/position-action.js';
import type { HoldingValue, PortfolioValue } from '../../engine/analysis/portfolios/valuation.js';
import { DAY_MS } from '../../timeframe.js';
import type { HoldingData, PortfolioData } from '../../user-view-fields.js';
import type { PortfolioLook } from './portfolio-look.js';

/** What is known of an asset's price besides the price. */
export interface PriceFacts {
  /** The exchange's time of the newest price, ms. */
  readonly time: number;
  /** Price of 24 hours ago; null until 24 hours without a hole are known. */
  readonly open24h: number | null;
  readonly change24hPercent: number | null;
}

/** What a portfolio's live state is made of. */
export interface PortfolioParts {
  readonly input: PortfolioInput;
  readonly positions: readonly Position[];
  /** By the newest prices, its holdings in the order of the positions. */
  readonly value: PortfolioValue;
  /** Null: `noLook` says why. */
  readonly look: PortfolioLook | null;
  readonly noLook: string;
  readonly market: AnalysisMarket;
  /** By the engine's number; null: no price is known yet. */
  readonly factsOf: (asset: number) => PriceFacts | null;
}

/** Says how a portfolio stands by the newest prices, with what the newest hourly analysis says of its risks. */
export function portfolioState(parts: PortfolioParts): PortfolioData {
  const { value, look, noLook, positions } = parts;
  const gaps = new Gaps();
  const total = totalOf(value);
  const holdings = value.holdings.map((holding, i) =>
    holdingState(parts, positions[i] as Position, holding, total),
  );
  const noHolding = holdings.length === 0 ? 'nothing is in it' : 'the value of no holding is known';
  const noPnl =
    holdings.length === 0 ? 'nothing is in it' : 'of no holding both price and entry price are known';
  const daily = dailyOf(holdings);
  const noDaily =
    holdings.length === 0 ? 'nothing is in it' : 'of no holding the price of 24 hours ago is known';
  const reasons = look?.missing ?? {};
  const figure = (column: string, found: number | null | undefined): number | null =>
    gaps.number(column, found ?? null, look === null ? noLook : (reasons[column] ?? NO_REASON));
  const said = <T>(column: string, found: T | null | undefined): T | null =>
    gaps.value(column, found ?? null, look === null ? noLook : (reasons[column] ?? NO_REASON));
  return {
    portfolio_id: parts.input.id,
    time: gaps.number('time', newest(holdings), 'no price of a market is in it'),
    simulated: value.isSimulated,
    total_value_usd: gaps.number('total_value_usd', value.valueUsd, noHolding),
    total_cost_usd: gaps.number('total_cost_usd', value.costUsd, noPnl),
    total_pnl_usd: gaps.number('total_pnl_usd', value.pnlUsd, noPnl),
    total_pnl_pct: gaps.number('total_pnl_pct', value.pnlPct, noPnl),
    daily_pnl_usd: gaps.number('daily_pnl_usd', daily.pnl, noDaily),
    daily_pnl_pct: gaps.number(
      'daily_pnl_pct',
      daily.pct,
      daily.pnl === null ? noDaily : 'what it was worth is not above 0',
    ),
    gross_exposure_usd: gaps.number('gross_exposure_usd', value.grossExposureUsd, noHolding),
    net_exposure_usd: gaps.number('net_exposure_usd', value.netExposureUsd, noHolding),
    covered: {
      holdings: value.covered.holdings,
      valued: value.covered.valued,
      with_pnl: value.covered.withPnl,
      with_daily_pnl: daily.count,
      is_complete: value.covered.isComplete,
    },
    allocation: gaps.value('allocation', allocation(parts, total), 'its value is not above 0'),
    analysed_at: gaps.number('analysed_at', look?.analysisTime ?? null, noLook),
    portfolio_risk_score: figure('portfolio_risk_score', look?.portfolioRiskScore),
    diversification_score: figure('diversification_score', look?.diversificationScore),
    concentration_risk: figure('concentration_risk', look?.concentrationRisk),
    portfolio_beta: figure('portfolio_beta', look?.portfolioBeta),
    portfolio_volatility: figure('portfolio_volatility', look?.portfolioVolatility),
    sharpe_ratio: figure('sharpe_ratio', look?.sharpeRatio),
    max_drawdown_pct: figure('max_drawdown_pct', look?.maxDrawdownPct),
    rebalance_needed: said('rebalance_needed', look?.rebalanceNeeded),
    overall_action: said('overall_action', look?.overallAction),
    holdings,
    missing: gaps.missing,
  };
}

const NO_REASON = 'the analysis gives none';
/** Cash is none of the positions that are. */
const NOT_LOOKED_AT = 'the newest hourly analysis has none of it: it is new since, or cash';

/** The state of a portfolio of which nothing is known, for one reason. */
export function noPortfolio(portfolioId: number | null, reason: string): PortfolioData {
  const figures = {
    time: null,
    total_value_usd: null,
    total_cost_usd: null,
    total_pnl_usd: null,
    total_pnl_pct: null,
    daily_pnl_usd: null,
    daily_pnl_pct: null,
    gross_exposure_usd: null,
    net_exposure_usd: null,
    allocation: null,
    analysed_at: null,
    portfolio_risk_score: null,
    diversification_score: null,
    concentration_risk: null,
    portfolio_beta: null,
    portfolio_volatility: null,
    sharpe_ratio: null,
    max_drawdown_pct: null,
    rebalance_needed: null,
    overall_action: null,
  };
  const absent = portfolioId === null ? { portfolio_id: null, ...figures } : figures;
  return {
    ...figures,
    portfolio_id: portfolioId,
    simulated: false,
    covered: { holdings: 0, valued: 0, with_pnl: 0, with_daily_pnl: 0, is_complete: false },
    holdings: [],
    missing: Object.fromEntries(Object.keys(absent).map((field) => [field, reason])),
  };
}

function holdingState(
  { look, noLook, factsOf }: PortfolioParts,
  position: Position,
  value: HoldingValue,
  total: number,
): HoldingData {
  const { input, direction, quantity, leverage, entry, stop, target } = position;
  const gaps = new Gaps();
  const facts = position.asset < 0 ? null : factsOf(position.asset);
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
    ...daily(position, value, facts, gaps),
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
 * price then), at today's rate of the quote. A peg moves nothing.
 */
function daily(
  { input, direction, quantity, entry, isPegged }: Position,
  { price, usdPerQuote, missing }: HoldingValue,
  facts: PriceFacts | null,
  gaps: Gaps,
): { readonly daily_pnl_usd: number | null } {
  const isYoung =
    facts !== null &&
    input.openedAt != null &&
    input.openedAt > facts.time - DAY_MS &&
    Number.isFinite(entry);
  const before = isPegged ? 1 : isYoung ? entry : (facts?.open24h ?? Number.NaN);
  const pnl = direction * quantity * ((price ?? Number.NaN) - before) * (usdPerQuote ?? Number.NaN);
  const reason = missing.price ?? 'its price of 24 hours ago is not known';
  return { daily_pnl_usd: gaps.number('daily_pnl_usd', pnl, reason) };
}

function dailyOf(holdings: readonly HoldingData[]): {
  readonly pnl: number | null;
  readonly pct: number | null;
  readonly count: number;
} {
  let [pnl, worth, count] = [0, 0, 0];
  for (const { daily_pnl_usd, value_usd } of holdings) {
    if (daily_pnl_usd === null || value_usd === null) continue;
    pnl += daily_pnl_usd;
    worth += value_usd;
    count += 1;
  }
  if (count === 0) return { pnl: null, pct: null, count };
  const before = worth - pnl;
  return { pnl, pct: before > 0 ? (pnl / before) * 100 : null, count };
}

/** What is left of all holdings; a position whose margin is gone has nothing. */
function totalOf({ holdings }: PortfolioValue): number {
  let total = 0;
  for (const { valueUsd } of holdings) total += Math.max(0, valueUsd ?? 0);
  return total;
}

function shareOf({ valueUsd }: HoldingValue, total: number): number | null {
  return valueUsd === null || !(total > 0) ? null : (Math.max(0, valueUsd) / total) * 100;
}

function allocation(
  { positions, value, market }: PortfolioParts,
  total: number,
): PortfolioData['allocation'] {
  if (!(total > 0)) return null;
  const parts = value.holdings.flatMap((holding, i) => {
    const pct = shareOf(holding, total);
    if (pct === null) return [];
    return [{ holding: { position: positions[i] as Position, value: holding, share: pct / 100 }, pct }];
  });
  const { bySector, byRisk, byAssetType } = allocationOf(parts, 0, market);
  return { by_sector: bySector, by_risk: byRisk, by_asset_type: byAssetType };
}

function reached(price: number | null, level: number, direction: 1 | -1): boolean | null {
  return price === null || !Number.isFinite(level) ? null : isBeyond(price, level, direction);
}

function noLevel({ missing }: HoldingValue, level: number): string {
  return Number.isFinite(level) ? (missing.price ?? 'its price is not known') : 'the user has set none';
}

function newest(holdings: readonly HoldingData[]): number | null {
  let time: number | null = null;
  for (const { price_time } of holdings)
    if (price_time !== null && (time === null || price_time > time)) time = price_time;
  return time;
}
