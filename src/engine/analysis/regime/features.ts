import { columnOf } from '../columns.js';
import type { Frame } from '../frame.js';
import { clamp, meanKnown, percentileRank, unit } from '../statistics.js';
import type { Structure } from '../structure/structure.js';
import { type CandleWindow, deviationOf, LONGEST_WINDOW } from './candle-window.js';

const EMA_20 = columnOf('ema_20');
const EMA_50 = columnOf('ema_50');
const SMA_50 = columnOf('sma_50');
const SMA_200 = columnOf('sma_200');
const ADX = columnOf('adx_14');
const PLUS_DI = columnOf('plus_di_14');
const MINUS_DI = columnOf('minus_di_14');
const RSI = columnOf('rsi_14');
const MACD_HIST = columnOf('macd_hist');
const ATR = columnOf('atr_14');
const ROC = columnOf('roc_10');

/** Candles by whose returns moves are measured: a move counts by how far a random walk would have gone. */
const SCALE = 100;
/** Fewest returns for that. */
export const LEAST_RETURNS = 29;
/** Candles of a range, and of the move before it. */
const RANGE = 40;
const BEFORE_RANGE = 60;
/** Candles of a realized volatility. */
const VOLATILITY = 20;
/** Realized volatilities that a rank needs: as many as the fewest candles give that have a regime. */
const LEAST_RANKED = 10;
/** Below this the market is flat: there is nothing to measure by. */
const FLAT = 1e-12;

const volatilities = new Float64Array(LONGEST_WINDOW);

/** What the regime is made of, of one series at one moment. Dimensionless: prices × 1000 give the same. NaN: not known. */
export interface Features {
  readonly close: number;
  /** Standard deviation of a candle's log return, of up to 100 of them. */
  readonly deviation: number;
  /** Parts of the trend, each −1…1. */
  readonly trend: readonly number[];
  /** Parts of the momentum, each −1…1. */
  readonly momentum: readonly number[];
  /** Parts of the volume, each −1…1. */
  readonly volume: readonly number[];
  /** −1…1: Dow theory's trend, and how clear it is. */
  readonly structure: number;
  readonly adx: number;
  readonly rsi: number;
  readonly atr: number;
  /** Standard deviation of the newest 20 log returns. */
  readonly volatility: number;
  /** 0–1: share of the known realized volatilities that are lower. */
  readonly volatilityRank: number;
  /** 0–1: how much of a range the newest 40 candles are. */
  readonly range: number;
  /** −1…1: the move of the 60 candles before the range, in random-walk units. */
  readonly before: number;
  readonly sma200: number;
}

/** Reads the features of a series; `window` holds its candles. */
export function readFeatures(
  frame: Frame,
  asset: number,
  window: CandleWindow,
  structure: Structure | null,
): Features {
  const { series, timeframe } = frame;
  const value = (column: number) => series.value(asset, timeframe, column);
  const deviation = window.deviation(SCALE, LEAST_RETURNS);
  const close = window.close(0);
  /** A log move over `length` candles against what a random walk does, −1…1. */
  const scaled = (move: number, length: number) =>
    deviation > FLAT ? Math.tanh(move / (deviation * Math.sqrt(length))) : move * 0;
  const sma50 = value(SMA_50);
  const sma200 = value(SMA_200);
  const adx = value(ADX);
  const plus = value(PLUS_DI);
  const minus = value(MINUS_DI);
  const directed = plus + minus > 0 ? ((plus - minus) / (plus + minus)) * Math.min(1, adx / 40) : adx * 0;
  const atr = value(ATR);
  const volatility = window.deviation(VOLATILITY);
  return {
    close,
    deviation,
    trend: [
      scaled(Math.log(close / sma50), 25),
      scaled(Math.log(value(EMA_20) / value(EMA_50)), 12),
      scaled(Math.log(sma50 / sma200), 75),
      scaled(Math.log(sma50 / window.mean(50, 20)), 20),
      scaled(Math.log(close / sma200), 100),
      scaled(window.move(90), 90),
      clamp(1.5 * directed, -1, 1),
    ],
    momentum: [
      clamp((value(RSI) - 50) / 25, -1, 1),
      atr > 0 ? Math.tanh((2 * value(MACD_HIST)) / atr) : atr * 0,
      scaled(Math.log1p(value(ROC) / 100), 10),
      scaled(window.move(30), 30),
    ],
    volume: [signedVolume(window, 20), signedVolume(window, 50)],
    structure: structureScore(structure),
    adx,
    rsi: value(RSI),
    atr,
    volatility,
    volatilityRank: volatilityRank(window, volatility),
    range: rangeScore(window, deviation, adx),
    before: scaled(window.move(BEFORE_RANGE, RANGE), BEFORE_RANGE),
    sma200,
  };
}

/** What the on-balance volume has gained over `length` candles against all volume of them (Granville 1963), −1…1. */
function signedVolume(window: CandleWindow, length: number): number {
  const { count, returns, volumes } = window;
  if (count <= length) return Number.NaN;
  let all = 0;
  let signed = 0;
  for (let i = count - length; i < count; i++) {
    const volume = volumes[i] as number;
    all += volume;
    signed += Math.sign(returns[i] as number) * volume;
  }
  return all > 0 ? clamp((3 * signed) / all, -1, 1) : 0;
}

function structureScore(structure: Structure | null): number {
  if (structure === null || structure.swings().length < 4) return Number.NaN;
  const { trend, trendStrength } = structure;
  if (trend === 'range') return 0;
  return clamp(trend === 'up' ? trendStrength : -trendStrength, -1, 1);
}

/** Rank of the newest realized volatility among all that the window holds; NaN with fewer than 10 of them. */
function volatilityRank(window: CandleWindow, volatility: number): number {
  const { count, returns } = window;
  if (count - VOLATILITY < LEAST_RANKED || !(volatility >= 0)) return Number.NaN;
  for (let i = VOLATILITY; i < count; i++) volatilities[i] = deviationOf(returns, i - VOLATILITY + 1, i + 1);
  return unit(percentileRank(volatility, volatilities, VOLATILITY, count));
}

/** 0–1: the newest 40 candles went nowhere, within narrow bounds, without direction (Wilder's ADX). */
function rangeScore(window: CandleWindow, deviation: number, adx: number): number {
  const { count, highs, lows } = window;
  if (count <= RANGE || !(deviation >= 0)) return Number.NaN;
  let high = 0;
  let low = Number.POSITIVE_INFINITY;
  for (let i = count - RANGE; i < count; i++) {
    high = Math.max(high, highs[i] as number);
    low = Math.min(low, lows[i] as number);
  }
  const walk = deviation * Math.sqrt(RANGE);
  if (!(walk > FLAT)) return 1;
  const drift = Math.exp(-((window.move(RANGE) / walk) ** 2));
  const height = unit((2.4 - Math.log(high / low) / walk) / 1.4);
  return unit(meanKnown([drift, height, unit((35 - adx) / 20)]));
}
