import { Gaps } from '../../engine/analysis/gaps.js';
import type { AnalysisMarket } from '../../engine/analysis/market.js';
import { allocationOf } from '../../engine/analysis/portfolios/allocation.js';
import type { PortfolioInput, Position } from '../../engine/analysis/portfolios/inputs.js';
import type { HoldingValue, PortfolioValue } from '../../engine/analysis/portfolios/valuation.js';
import type { HoldingData, PortfolioData } from '../../user-view-fields.js';
import {
  dailyPnl,
  factsOfPosition,
  type HoldingParts,
  holdingState,
  NO_REASON,
  shareOf,
} from './holding-state.js';

/** What a portfolio's live state is made of. */
export interface PortfolioParts extends HoldingParts {
  readonly input: PortfolioInput;
  readonly positions: readonly Position[];
  /** By the newest prices, its holdings in the order of the positions. */
  readonly value: PortfolioValue;
  readonly market: AnalysisMarket;
}

/** Sums of a portfolio. */
type PortfolioSums = Pick<
  PortfolioData,
  | 'total_value_usd'
  | 'total_cost_usd'
  | 'total_pnl_usd'
  | 'total_pnl_pct'
  | 'daily_pnl_usd'
  | 'daily_pnl_pct'
  | 'gross_exposure_usd'
  | 'net_exposure_usd'
  | 'covered'
>;

/** Sums a portfolio up by the newest prices; `gaps` keeps why a sum is null. */
function portfolioSums(
  { positions, value, factsOf }: Pick<PortfolioParts, 'positions' | 'value' | 'factsOf'>,
  gaps: Gaps,
): PortfolioSums {
  const isEmpty = positions.length === 0;
  const daily = dailyOf(positions, value, factsOf);
  const noHolding = isEmpty ? EMPTY : 'the value of no holding is known';
  const noPnl = isEmpty ? EMPTY : 'of no holding both price and entry price are known';
  const noDaily = isEmpty ? EMPTY : 'of no holding the price of 24 hours ago is known';
  const noShare = daily.pnl === null ? noDaily : 'what it was worth is not above 0';
  return {
    total_value_usd: gaps.number('total_value_usd', value.valueUsd, noHolding),
    total_cost_usd: gaps.number('total_cost_usd', value.costUsd, noPnl),
    total_pnl_usd: gaps.number('total_pnl_usd', value.pnlUsd, noPnl),
    total_pnl_pct: gaps.number('total_pnl_pct', value.pnlPct, noPnl),
    daily_pnl_usd: gaps.number('daily_pnl_usd', daily.pnl, noDaily),
    daily_pnl_pct: gaps.number('daily_pnl_pct', daily.pct, noShare),
    gross_exposure_usd: gaps.number('gross_exposure_usd', value.grossExposureUsd, noHolding),
    net_exposure_usd: gaps.number('net_exposure_usd', value.netExposureUsd, noHolding),
    covered: {
      holdings: value.covered.holdings,
      valued: value.covered.valued,
      with_pnl: value.covered.withPnl,
      with_daily_pnl: daily.count,
      is_complete: value.covered.isComplete,
    },
  };
}

/** Sums with the reasons of those that are null. */
export type SummedPortfolio = PortfolioSums & Pick<PortfolioData, 'missing'>;

/** Sums a portfolio up, as `portfolioState` does. */
export function summedPortfolio(
  parts: Pick<PortfolioParts, 'positions' | 'value' | 'factsOf'>,
): SummedPortfolio {
  const gaps = new Gaps();
  return { ...portfolioSums(parts, gaps), missing: gaps.missing };
}

const EMPTY = 'nothing is in it';

/** Says how a portfolio stands by the newest prices, with what the newest hourly analysis says of its risks. */
export function portfolioState(parts: PortfolioParts): PortfolioData {
  const { value, look, noLook, positions } = parts;
  const gaps = new Gaps();
  const total = totalOf(value);
  const holdings = value.holdings.map((holding, i) =>
    holdingState(parts, positions[i] as Position, holding, total),
  );
  const reasons = look?.missing ?? {};
  const figure = (column: string, found: number | null | undefined): number | null =>
    gaps.number(column, found ?? null, look === null ? noLook : (reasons[column] ?? NO_REASON));
  const said = <T>(column: string, found: T | null | undefined): T | null =>
    gaps.value(column, found ?? null, look === null ? noLook : (reasons[column] ?? NO_REASON));
  return {
    portfolio_id: parts.input.id,
    time: gaps.number('time', newest(holdings), 'no price of a market is in it'),
    simulated: value.isSimulated,
    ...portfolioSums(parts, gaps),
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

function dailyOf(
  positions: readonly Position[],
  { holdings }: PortfolioValue,
  factsOf: PortfolioParts['factsOf'],
): { readonly pnl: number | null; readonly pct: number | null; readonly count: number } {
  let [pnl, worth, count] = [0, 0, 0];
  for (const [i, position] of positions.entries()) {
    const value = holdings[i] as HoldingValue;
    const gain = dailyPnl(position, value, factsOfPosition(position, factsOf));
    if (!Number.isFinite(gain) || value.valueUsd === null) continue;
    pnl += gain;
    worth += value.valueUsd;
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

function newest(holdings: readonly HoldingData[]): number | null {
  let time: number | null = null;
  for (const { price_time } of holdings)
    if (price_time !== null && (time === null || price_time > time)) time = price_time;
  return time;
}
