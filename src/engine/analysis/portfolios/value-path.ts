import type { Position } from './inputs.js';
import { type HistoryWindow, type MarketHistories, windowOf } from './market-histories.js';
import type { AnalysisPeriod } from './rows.js';
import {
  beta,
  correlation,
  deviation,
  logReturns,
  maxDrawdown,
  sharpeRatio,
  simpleReturns,
} from './statistics.js';
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
  const closes = holdings.map(({ position }) => usdCloses(position, histories, window));
  const isIn = holdings.map(({ position, value }, i) => {
    return (
      value.valueUsd !== null && (position.isPegged || (closes[i] as Float64Array).length > window.least)
    );
  });
  const lengths = closes.filter((_, i) => isIn[i] === true && holdings[i]?.position.isPegged === false);
  const length = lengths.length === 0 ? 0 : Math.min(...lengths.map((of) => of.length));
  const path = new Float64Array(length);
  const parts: { readonly symbol: string; readonly size: number; readonly returns: Float64Array }[] = [];
  let share = 0;
  for (const [i, { position, value, share: own }] of holdings.entries()) {
    if (isIn[i] !== true) continue;
    share += own;
    const of = position.isPegged
      ? new Float64Array(length).fill(1)
      : newest(closes[i] as Float64Array, length);
    const size = position.direction * position.quantity;
    for (let k = 0; k < length; k++) {
      path[k] =
        (path[k] as number) + (value.valueUsd ?? 0) - (value.exposureUsd ?? 0) + size * (of[k] as number);
    }
    if (length > 0)
      parts.push({ symbol: value.symbol, size: value.exposureUsd ?? 0, returns: logReturns(of) });
  }
  const isAbove = length > 1 && path.every((value) => value > 0);
  const returns = isAbove ? logReturns(path) : new Float64Array(0);
  const market = histories.frame.market.reference('BTC');
  const bitcoin =
    market === undefined ? new Float64Array(0) : newest(histories.closes(market.asset, window), length);
  const spread = deviation(returns);
  const correlations = pairs(parts);
  return {
    window,
    returns: Math.max(0, length - 1),
    share: isIn.includes(false) ? Math.min(1, share) : 1,
    leftOut: holdings.filter((_, i) => isIn[i] !== true).map(({ value }) => value.symbol),
    path,
    volatility: spread * Math.sqrt(window.perYear),
    sharpe: isAbove ? sharpeRatio(simpleReturns(path), riskFree, window.perYear) : Number.NaN,
    beta: isAbove && bitcoin.length === length ? beta(returns, logReturns(bitcoin)) : Number.NaN,
    maxDrawdownPct: length > 1 ? maxDrawdown(path) : Number.NaN,
    correlations,
    entropy: entropy(parts, correlations),
    diversificationBenefit: benefit(parts),
    returnsOf: new Map(parts.map((part) => [part.symbol, part.returns.map(Math.expm1)])),
  };
}

/** Closes in US dollars, oldest first; none: not known. */
function usdCloses(position: Position, histories: MarketHistories, window: HistoryWindow): Float64Array {
  const { asset, quoteAsset } = position;
  if (asset < 0 || quoteAsset === -1) return new Float64Array(0);
  const closes = histories.closes(asset, window);
  if (quoteAsset < 0) return closes;
  const rates = histories.closes(quoteAsset, window);
  const length = Math.min(closes.length, rates.length);
  const rate = newest(rates, length);
  return newest(closes, length).map((close, k) => close * (rate[k] as number));
}

function newest(values: Float64Array, count: number): Float64Array {
  return values.slice(Math.max(0, values.length - count));
}

interface Part {
  readonly symbol: string;
  /** Exposure, USD, signed. */
  readonly size: number;
  readonly returns: Float64Array;
}

function pairs(parts: readonly Part[]): CorrelatedPair[] {
  const found: CorrelatedPair[] = [];
  const unique = parts.filter((part, i) => parts.findIndex(({ symbol }) => symbol === part.symbol) === i);
  for (const [i, one] of unique.entries()) {
    for (const other of unique.slice(i + 1)) {
      const value = correlation(one.returns, other.returns);
      if (Number.isFinite(value))
        found.push({ asset1: one.symbol, asset2: other.symbol, correlation: value });
    }
  }
  return found;
}

/**
 * Rao's quadratic entropy (Rao 1982; as a measure of portfolios: Carmichael, Koumou, Moran 2015): Σ wᵢ wⱼ (1 − ρᵢⱼ). Below
 * 0 a correlation counts as 0, so that it is 1 − Herfindahl where nothing moves together and 0 where all does. A short is
 * correlated the other way round; cash with nothing. NaN: there is nothing to weigh.
 */
function entropy(parts: readonly Part[], correlations: readonly CorrelatedPair[]): number {
  const total = parts.reduce((sum, { size }) => sum + Math.abs(size), 0);
  if (!(total > 0)) return Number.NaN;
  const known = new Map(correlations.map((pair) => [`${pair.asset1} ${pair.asset2}`, pair.correlation]));
  let together = 0;
  for (const a of parts) {
    for (const b of parts) {
      const found = known.get(`${a.symbol} ${b.symbol}`) ?? known.get(`${b.symbol} ${a.symbol}`) ?? 0;
      const value = (a.symbol === b.symbol ? 1 : found) * Math.sign(a.size) * Math.sign(b.size);
      together += (Math.abs(a.size) / total) * (Math.abs(b.size) / total) * Math.max(0, value);
    }
  }
  return Math.max(0, Math.min(1, 1 - together));
}

/** Choueifaty & Coignard 2008: the weighted volatilities over the volatility of the whole, here as 1 − 1 ÷ ratio. */
function benefit(parts: readonly Part[]): number {
  const length = parts[0]?.returns.length ?? 0;
  const whole = new Float64Array(length);
  let apart = 0;
  for (const { size, returns } of parts) {
    apart += Math.abs(size) * deviation(returns);
    for (let k = 0; k < length; k++) whole[k] = (whole[k] as number) + size * (returns[k] as number);
  }
  return apart > 0 ? Math.max(0, Math.min(1, 1 - deviation(whole) / apart)) : Number.NaN;
}
