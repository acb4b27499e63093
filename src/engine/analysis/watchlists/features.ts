import { isDollar } from '../../../dollars.js';
import { columnOf } from '../columns.js';
import type { Contexts } from '../contexts.js';
import { type Frame, isCurrent } from '../frame.js';
import type { AnalysisAsset } from '../market.js';
import type { Structure } from '../structure/structure.js';
import { type ReturnPath, returnPath } from './return-path.js';
import { type Horizon, horizonOf } from './windows.js';

const EMA_20 = columnOf('ema_20');
const EMA_50 = columnOf('ema_50');
const EMA_200 = columnOf('ema_200');
const ATR = columnOf('atr_14');
const ADX = columnOf('adx_14');
const RSI = columnOf('rsi_14');
const MACD_HIST = columnOf('macd_hist');

/** Below it there is no trend to speak of (J. W. Wilder 1978). */
const TRENDING_ADX = 25;
/** A structure that has seen fewer candles has too few swings to tell a trend by. */
const LEAST_DEPTH = 50;
/** A break of structure that is so many candles old says nothing any more. */
const BREAK_LIFE = 20;

/** What is read of one asset before assets are compared with each other. NaN: not known. */
export interface Features {
  readonly asset: AnalysisAsset;
  /** False: its newest candle is not the frame's. */
  readonly isCurrent: boolean;
  /** Newest close, quote currency. */
  readonly price: number;
  readonly path: ReturnPath | null;
  /** 0–1, as the components of the same names. */
  readonly trend: number;
  readonly momentum: number;
  readonly riskAdjustedReturn: number;
  readonly structure: number;
  readonly sectorStrength: number;
  readonly drawdown: number;
  /** Mean quote volume of a candle of the horizon, in dollars; NaN: its quote is another. */
  readonly quoteVolume: number;
}

/** Reads one asset of a frame, in time proportional to the horizon. @throws RangeError in other timeframes than lists are analysed in */
export function featuresOf(frame: Frame, contexts: Contexts, asset: AnalysisAsset): Features {
  const { series, timeframe } = frame;
  const horizon = horizonOf(timeframe);
  if (!isCurrent(frame, asset.asset)) return absent(asset);
  const path = returnPath(series, asset.asset, timeframe, horizon);
  return {
    asset,
    isCurrent: true,
    price: series.close(asset.asset, timeframe, 0),
    path,
    trend: trendOf(frame, asset.asset),
    momentum: momentumOf(frame, asset.asset, path),
    // Sharpe 1994 without a riskless rate, times √n: the t-value of the mean return.
    riskAdjustedReturn:
      path === null ? Number.NaN : bounded((ratio(path.mean, path.deviation) * Math.sqrt(path.count)) / 2),
    structure: structureOf(frame.structures.of(asset.asset, timeframe)),
    sectorStrength: sectorStrengthOf(frame, contexts, asset),
    drawdown: path === null ? Number.NaN : placeOf(path),
    quoteVolume: isDollar(asset.quote) ? quoteVolumeOf(frame, asset.asset, horizon) : Number.NaN,
  };
}

/** Puts −∞ … ∞ into 0 … 1, 0 becoming 0.5: ½ + ½ tanh x. */
export function bounded(x: number): number {
  return 0.5 + 0.5 * Math.tanh(x);
}

/** Division in which 0 / 0 is 0: what has not moved is not far away, however little it moves. */
export function ratio(a: number, b: number): number {
  return a === 0 ? 0 : a / b;
}

function absent(asset: AnalysisAsset): Features {
  const nothing = Number.NaN;
  return {
    ...{ asset, isCurrent: false, price: nothing, path: null, trend: nothing, momentum: nothing },
    ...{ riskAdjustedReturn: nothing, structure: nothing, sectorStrength: nothing, drawdown: nothing },
    quoteVolume: nothing,
  };
}

/**
 * How the averages lie, in ATR: mean of tanh over close − EMA 20, EMA 20 − EMA 50 and, where it is known, EMA 50 −
 * EMA 200, halved in weight while the ADX says that there is no trend (Wilder 1978).
 */
function trendOf({ series, timeframe }: Frame, asset: number): number {
  const close = series.close(asset, timeframe, 0);
  const atr = series.value(asset, timeframe, ATR);
  const [ema20, ema50] = [series.value(asset, timeframe, EMA_20), series.value(asset, timeframe, EMA_50)];
  const ema200 = series.value(asset, timeframe, EMA_200);
  const steps = Math.tanh(ratio(close - ema20, 2 * atr)) + Math.tanh(ratio(ema20 - ema50, 2 * atr));
  const alignment = Number.isNaN(ema200)
    ? steps / 2
    : (steps + Math.tanh(ratio(ema50 - ema200, 4 * atr))) / 3;
  const strength = 0.5 + 0.5 * Math.min(1, series.value(asset, timeframe, ADX) / TRENDING_ADX);
  return 0.5 + 0.5 * alignment * strength;
}

/** Mean of RSI 14 (Wilder 1978), the MACD histogram in ATR (G. Appel 1979), and the 10-candle return in deviations. */
function momentumOf({ series, timeframe }: Frame, asset: number, path: ReturnPath | null): number {
  if (path === null) return Number.NaN;
  const past = series.close(asset, timeframe, 10);
  const change = Math.log(series.close(asset, timeframe, 0) / past);
  const histogram = ratio(series.value(asset, timeframe, MACD_HIST), series.value(asset, timeframe, ATR));
  const rate = ratio(change, path.deviation * Math.sqrt(10));
  const value = (series.value(asset, timeframe, RSI) / 100 + bounded(2 * histogram) + bounded(rate / 2)) / 3;
  return Math.min(Math.max(value, 0), 1);
}

/** Dow's trend by confirmed swings, seven tenths, and the newest break of structure, fading over 20 candles. */
function structureOf(structure: Structure | null): number {
  if (structure === null || structure.depth < LEAST_DEPTH) return Number.NaN;
  const { trend, lastBreak } = structure;
  const dow = trend === 'range' ? 0 : (trend === 'up' ? 1 : -1) * structure.trendStrength;
  const fresh = lastBreak === null ? 0 : Math.max(0, 1 - lastBreak.back / BREAK_LIFE);
  const turn = lastBreak?.direction === 'up' ? fresh : -fresh;
  return 0.5 + 0.5 * (0.7 * dow + 0.3 * turn);
}

function sectorStrengthOf({ time }: Frame, contexts: Contexts, { sectorId }: AnalysisAsset): number {
  if (sectorId === null) return Number.NaN;
  return contexts.sectorBefore(sectorId, time)?.relativeStrength ?? Number.NaN;
}

/** Place of the close between the lowest (0) and highest close of the window, in logarithms; ½ if they are one. */
function placeOf({ rise, fall }: ReturnPath): number {
  return rise + fall === 0 ? 0.5 : rise / (rise + fall);
}

function quoteVolumeOf({ series, timeframe }: Frame, asset: number, { volumeCandles }: Horizon): number {
  if (series.count(asset, timeframe) < volumeCandles) return Number.NaN;
  let sum = 0;
  for (let back = 0; back < volumeCandles; back++) {
    sum += series.close(asset, timeframe, back) * series.volume(asset, timeframe, back);
  }
  return sum / volumeCandles;
}
