import { isDollar } from '../../../dollars.js';
import { DAY_MS } from '../../../timeframe.js';
import { columnOf } from '../columns.js';
import { type Frame, isCurrent } from '../frame.js';
import type { Gaps } from '../gaps.js';
import type { AnalysisAsset, AnalysisMarket } from '../market.js';
import { closeBefore, stands } from './candle-lookup.js';
import type { DayExtremes } from './day-extremes.js';
import { momentumScore } from './momentum-score.js';

const EMA_20 = columnOf('ema_20');
const EMA_50 = columnOf('ema_50');

/** Breadth of fewer coins says nothing of a market. */
const MIN_ASSETS = 3;

/** How the market moves as a whole. Each null is in the gaps it was given. */
export interface Breadth {
  /** Percent of coins in an up-trend. */
  readonly upTrend: number | null;
  readonly newHighs: number | null;
  readonly newLows: number | null;
  /** −100 … 100. */
  readonly momentum: number | null;
  /** 0–1: rising among those that moved in 24 h. */
  readonly advancersRatio: number | null;
  /** 0–1: new highs among new highs and lows. */
  readonly highsRatio: number | null;
  /** Symbols whose candle is not there. */
  readonly late: readonly string[];
}

/** The coins that breadth is counted of: each in one market, in dollars, in the order of the engine's numbers. */
export class BreadthMembers {
  #assets: readonly AnalysisAsset[] = [];
  #members: readonly AnalysisAsset[] = [];
  #bitcoin: AnalysisAsset | undefined;

  /** Coins that are dollars themselves have no part in it. */
  of(market: AnalysisMarket): readonly AnalysisAsset[] {
    this.#read(market);
    return this.#members;
  }

  /** Gives the market that stands for Bitcoin; undefined: none in dollars is served. */
  bitcoin(market: AnalysisMarket): AnalysisAsset | undefined {
    this.#read(market);
    return this.#bitcoin;
  }

  #read(market: AnalysisMarket): void {
    if (market.assets === this.#assets) return;
    this.#assets = market.assets;
    const bases = new Set(market.assets.map(({ base }) => base).filter((base) => !isDollar(base)));
    this.#members = [...bases]
      .flatMap((base) => market.reference(base) ?? [])
      .toSorted((a, b) => a.asset - b.asset);
    this.#bitcoin = market.reference('BTC');
  }
}

/**
 * Counts the market at a frame. A figure needs at least three coins and half of them all that have what it is counted
 * of; those without do not count. O(coins), no allocation but the answer.
 *
 * Up-trend: close above its EMA50, and EMA20 above EMA50 (price over the longer average, and the shorter over the longer
 * one: J. J. Murphy, Technical Analysis of the Financial Markets, 1999, ch. 9). Advancers: close above that of 24 h ago
 * (the advance–decline figures of the exchanges). New high: `DayExtremes`. Momentum: mean of `momentumScore`.
 */
export function breadthOf(
  frame: Frame,
  members: readonly AnalysisAsset[],
  extremes: DayExtremes,
  gaps: Gaps,
): Breadth {
  const { series, timeframe } = frame;
  const late: string[] = [];
  let known = 0;
  let rising = 0;
  let changed = 0;
  let advancers = 0;
  let decliners = 0;
  let ranged = 0;
  let highs = 0;
  let lows = 0;
  let scored = 0;
  let scores = 0;
  for (const { asset, symbol } of members) {
    const isStanding = stands(frame, asset);
    if (!isStanding && !isCurrent(frame, asset)) {
      late.push(symbol);
      continue;
    }
    const close = series.close(asset, timeframe, 0);
    const longer = series.value(asset, timeframe, EMA_50);
    if (!Number.isNaN(longer)) {
      known += 1;
      if (close > longer && series.value(asset, timeframe, EMA_20) > longer) rising += 1;
    }
    const before = closeBefore(frame, asset, DAY_MS);
    if (!Number.isNaN(before)) {
      changed += 1;
      if (close > before) advancers += 1;
      else if (close < before) decliners += 1;
    }
    const side = extremes.side(frame, asset);
    if (!Number.isNaN(side)) {
      ranged += 1;
      if (side > 0 && !isStanding) highs += 1;
      if ((side === -1 || side === 2) && !isStanding) lows += 1;
    }
    const score = momentumScore(series, asset, timeframe);
    if (!Number.isNaN(score)) {
      scored += 1;
      scores += score;
    }
  }

  const all = members.length;
  const isEnough = (count: number) => count >= MIN_ASSETS && 2 * count >= all;
  const few = (count: number, needed: string) =>
    `${count} of ${all} coins have ${needed}; at least ${MIN_ASSETS} and half of them must`;
  const counted = (field: string, count: number, value: number, needed: string) =>
    gaps.number(field, isEnough(count) ? value : null, few(count, needed));
  const composite = 'extended_metrics.composite_metrics';
  const moved = advancers + decliners;
  const extreme = highs + lows;
  return {
    upTrend: counted('crypto_market_breadth', known, (100 * rising) / known, '50 candles'),
    newHighs: counted('new_highs_24h', ranged, highs, 'a candle and 24 h before it'),
    newLows: counted('new_lows_24h', ranged, lows, 'a candle and 24 h before it'),
    momentum: counted('momentum_index', scored, Math.min(Math.max(scores / scored, -100), 100), '34 candles'),
    advancersRatio: gaps.number(
      `${composite}.breadth_advancers_ratio`,
      isEnough(changed) ? advancers / moved : null,
      isEnough(changed) ? 'no coin has moved in 24 h' : few(changed, 'a close of 24 h ago'),
    ),
    highsRatio: gaps.number(
      `${composite}.breadth_new_highs_lows_ratio`,
      isEnough(ranged) ? highs / extreme : null,
      isEnough(ranged) ? 'no coin is at a new high or low' : few(ranged, 'a candle and 24 h before it'),
    ),
    late,
  };
}
