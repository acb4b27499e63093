import { clamp, deviation, unit } from '../statistics.js';
import { type Position, QUOTE_IS_DOLLAR } from './inputs.js';
import { type HistoryWindow, type MarketHistories, windowOf } from './market-histories.js';
import type { AnalysisPeriod } from './rows.js';
import { beta, logReturns, maxDrawdown, product, sharpeRatio, simpleReturns } from './statistics.js';
import type { UsdSeries } from './usd-series.js';
import type { HoldingValue } from './valuation.js';

/** A holding with its value, its share and, where there is one, its history. */
export interface WeighedHolding {
  readonly position: Position;
  readonly value: HoldingValue;
  /** Of what is left of all holdings, 0–1: a position whose margin is gone has 0. */
  readonly share: number;
}

export interface CorrelatedPair {
  readonly asset1: string;
  readonly asset2: string;
  /** −1 to 1. */
  readonly correlation: number;
}

/** How a portfolio as it is now would have done before. NaN: not known. */
export interface PathStatistics {
  readonly window: HistoryWindow;
  /** Returns that it is made of; 0: there is no history. */
  readonly returns: number;
  /** Share of the value that it covers, 0–1. */
  readonly share: number;
  /** Symbols without enough history. */
  readonly leftOut: readonly string[];
  /** USD, oldest first. */
  readonly path: Float64Array;
  /** A year, as a fraction. */
  readonly volatility: number;
  readonly sharpe: number;
  readonly beta: number;
  /** Percent of the peak. */
  readonly maxDrawdownPct: number;
  /** Of every two markets. */
  readonly correlations: readonly CorrelatedPair[];
  /** Rao's quadratic entropy with distances of 1 − correlation, 0–1. */
  readonly entropy: number;
  /** 1 − 1 ÷ diversification ratio (Choueifaty 2008), 0–1. */
  readonly diversificationBenefit: number;
  /** Simple returns by market in dollars, over the same times. */
  readonly returnsOf: ReadonlyMap<string, Float64Array>;
  /** Those of BTC; null: not known over all of the times. */
  readonly bitcoin: Float64Array | null;
}

/**
 * Statistics of today's quantities at past closes. Cash stays what it is; what has no history of the least length is
 * left out and named. With leverage a path may fall to 0 or below: it has a drawdown, and no returns.
 */
export function pathStatistics(
  holdings: readonly WeighedHolding[],
  histories: MarketHistories,
  period: AnalysisPeriod,
  riskFree: number,
): PathStatistics {
  const window = windowOf(period);
  const { usd } = histories;
  const lengths = holdings.map(({ position, value }) => {
    if (value.valueUsd === null) return 0;
    return position.isPegged ? Number.POSITIVE_INFINITY : usd.length(position, window);
  });
  const isIn = lengths.map((length) => length > window.least);
  const finite = lengths.filter((length) => length > window.least && Number.isFinite(length));
  const length = finite.length === 0 ? 0 : Math.min(...finite);
  const path = new Float64Array(length);
  const parts: Part[] = [];
  let share = 0;
  for (const [i, { position, value, share: own }] of holdings.entries()) {
    if (isIn[i] !== true) continue;
    share += own;
    const series = usd.of(position, window, length);
    const units = position.direction * position.quantity;
    const rest = (value.valueUsd ?? 0) - (value.exposureUsd ?? 0);
    for (let k = 0; k < length; k++) {
      path[k] = (path[k] as number) + rest + units * (series.closes[k] as number);
    }
    if (length > 0) parts.push({ symbol: value.symbol, size: value.exposureUsd ?? 0, series });
  }
  const isAbove = length > 1 && path.every((value) => value > 0);
  const returns = isAbove ? logReturns(path) : new Float64Array(0);
  const bitcoin = bitcoinOf(histories, window, length);
  const together = correlations(parts);
  return {
    window,
    returns: Math.max(0, length - 1),
    share: isIn.includes(false) ? Math.min(1, share) : 1,
    leftOut: holdings.filter((_, i) => isIn[i] !== true).map(({ value }) => value.symbol),
    path,
    volatility: deviation(returns) * Math.sqrt(window.perYear),
    sharpe: isAbove ? sharpeRatio(simpleReturns(path), riskFree, window.perYear) : Number.NaN,
    beta: isAbove && bitcoin !== null ? beta(returns, bitcoin.logs) : Number.NaN,
    maxDrawdownPct: length > 1 ? maxDrawdown(path) : Number.NaN,
    correlations: pairs(parts, together),
    entropy: entropy(parts, together),
    diversificationBenefit: benefit(parts),
    returnsOf: new Map(parts.map(({ symbol, series }) => [symbol, series.simple])),
    bitcoin: bitcoin?.simple ?? null,
  };
}

function bitcoinOf(histories: MarketHistories, window: HistoryWindow, length: number): UsdSeries | null {
  const market = histories.frame.market.reference('BTC');
  if (market === undefined || length === 0) return null;
  const bitcoin = { asset: market.asset, quoteAsset: QUOTE_IS_DOLLAR, isPegged: false };
  if (histories.usd.length(bitcoin, window) < length) return null;
  return histories.usd.of(bitcoin, window, length);
}

interface Part {
  readonly symbol: string;
  /** Exposure, USD, signed. */
  readonly size: number;
  readonly series: UsdSeries;
}

/** Of every two parts, the later one's row first; NaN: one of the two does not vary. */
function correlations(parts: readonly Part[]): Float64Array[] {
  return parts.map(({ series }, i) =>
    Float64Array.from({ length: i }, (_, j) =>
      clamp(product(series.standardized, (parts[j] as Part).series.standardized), -1, 1),
    ),
  );
}

function pairs(parts: readonly Part[], together: readonly Float64Array[]): CorrelatedPair[] {
  const found: CorrelatedPair[] = [];
  const isFirst = parts.map(({ symbol }, i) => parts.findIndex((part) => part.symbol === symbol) === i);
  for (let i = 0; i < parts.length; i++) {
    for (let j = i + 1; j < parts.length; j++) {
      const value = together[j]?.[i] ?? Number.NaN;
      if (isFirst[i] !== true || isFirst[j] !== true || !Number.isFinite(value)) continue;
      found.push({
        asset1: (parts[i] as Part).symbol,
        asset2: (parts[j] as Part).symbol,
        correlation: value,
      });
    }
  }
  return found;
}

/**
 * Rao's quadratic entropy (Rao 1982; as a measure of portfolios: Carmichael, Koumou, Moran 2015): Σ wᵢ wⱼ (1 − ρᵢⱼ). Below
 * 0 a correlation counts as 0, so that it is 1 − Herfindahl where nothing moves together and 0 where all does. A short is
 * correlated the other way round; cash with nothing. NaN: there is nothing to weigh.
 */
function entropy(parts: readonly Part[], together: readonly Float64Array[]): number {
  const total = parts.reduce((sum, { size }) => sum + Math.abs(size), 0);
  if (!(total > 0)) return Number.NaN;
  let alike = 0;
  for (const [i, a] of parts.entries()) {
    alike += (a.size / total) ** 2;
    for (let j = 0; j < i; j++) {
      const b = parts[j] as Part;
      const found = a.symbol === b.symbol ? 1 : (together[i]?.[j] ?? Number.NaN);
      const value = found * (a.size / total) * (b.size / total);
      if (value > 0) alike += 2 * value;
    }
  }
  return unit(1 - alike);
}

/** Choueifaty & Coignard 2008: the weighted volatilities over the volatility of the whole, here as 1 − 1 ÷ ratio. */
function benefit(parts: readonly Part[]): number {
  const length = parts[0]?.series.logs.length ?? 0;
  const whole = new Float64Array(length);
  let apart = 0;
  for (const { size, series } of parts) {
    apart += Math.abs(size) * series.deviation;
    for (let k = 0; k < length; k++) whole[k] = (whole[k] as number) + size * (series.logs[k] as number);
  }
  return apart > 0 ? unit(1 - deviation(whole) / apart) : Number.NaN;
}
