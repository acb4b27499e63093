import { TIMEFRAME_COUNT, TIMEFRAMES, type Timeframe } from '../../../timeframe.js';
import { columnOf } from '../columns.js';
import type { Regime, RegimeState, SectorState } from '../contexts.js';
import type { SeriesReader } from '../series-reader.js';
import { clamp } from '../statistics.js';
import type { Structure } from '../structure/structure.js';
import {
  FACTOR_COUNT,
  HIGHER_TREND,
  HIGHEST_TREND,
  MOMENTUM,
  REGIME,
  SECTOR,
  STRUCTURE,
  TREND,
  VOLUME,
} from './factors.js';
import { isLastBefore, trendScore } from './trend-score.js';

const RSI = columnOf('rsi_14');
/** RSI points from 50 at which momentum is full. */
const FULL_MOMENTUM = 20;
const MEAN_CANDLES = 20;
/** Volume against the mean at which a surge is full; at 1 it is none. */
const FULL_SURGE = 2.5;
/** A break of structure counts for so many candles. */
const BREAK_CANDLES = 30;

const REGIME_SCORES: Readonly<Record<Regime, number>> = {
  Bull: 1,
  Accumulation: 0.5,
  Sideways: 0,
  Transition: 0,
  Distribution: -0.5,
  Bear: -1,
};

/** Scores the factors that know a direction into `scores`, NaN for what is not known. Allocates nothing. */
export function scoreDirection(
  scores: Float64Array,
  asset: number,
  timeframe: number,
  series: SeriesReader,
  structure: Structure,
  regime: RegimeState | null,
  sector: SectorState | null,
  time: number,
): void {
  for (let factor = 0; factor < FACTOR_COUNT; factor++) scores[factor] = Number.NaN;
  scores[TREND] = trendScore(asset, timeframe, series);
  scores[HIGHER_TREND] = longerTrend(asset, timeframe + 1, series, time);
  scores[HIGHEST_TREND] = longerTrend(asset, timeframe + 2, series, time);
  scores[STRUCTURE] = structureScore(structure);
  scores[MOMENTUM] = clamp((series.value(asset, timeframe, RSI) - 50) / FULL_MOMENTUM, -1, 1);
  if (regime !== null) scores[REGIME] = REGIME_SCORES[regime.regime] * regime.confidence;
  const strength = sector?.relativeStrength ?? null;
  if (strength !== null) scores[SECTOR] = clamp(2 * strength - 1, -1, 1);
}

/** Scores a surge of volume, 0–1: at 2.5 times the mean it is full. NaN: not known. */
export function scoreVolume(scores: Float64Array, ratio: number): void {
  scores[VOLUME] = Math.max(0, clamp((ratio - 1) / (FULL_SURGE - 1), -1, 1));
}

/** Volume of the newest candle against the mean of the 20 before it; NaN: there are fewer, or nothing was traded. */
export function volumeRatio(asset: number, timeframe: number, series: SeriesReader): number {
  let sum = 0;
  for (let back = 1; back <= MEAN_CANDLES; back++) sum += series.volume(asset, timeframe, back);
  return sum > 0 ? series.volume(asset, timeframe, 0) / (sum / MEAN_CANDLES) : Number.NaN;
}

/** Names the timeframe of each factor that is not of the signal's own. */
export function factorTimeframes(
  timeframe: number,
  regime: Timeframe,
): Readonly<Partial<Record<number, Timeframe>>> {
  return {
    [HIGHER_TREND]: TIMEFRAMES[timeframe + 1] as Timeframe,
    [HIGHEST_TREND]: TIMEFRAMES[timeframe + 2] as Timeframe,
    [REGIME]: regime,
  };
}

function longerTrend(asset: number, timeframe: number, series: SeriesReader, time: number): number {
  if (timeframe >= TIMEFRAME_COUNT || !isLastBefore(asset, timeframe, series, time)) return Number.NaN;
  return trendScore(asset, timeframe, series);
}

/** Trend by Dow, and a break of the structure that is not old. */
function structureScore(structure: Structure): number {
  const { trend, trendStrength, lastBreak } = structure;
  const direction = trend === 'up' ? 1 : trend === 'down' ? -1 : 0;
  const broken =
    lastBreak === null || lastBreak.back > BREAK_CANDLES ? 0 : lastBreak.direction === 'up' ? 1 : -1;
  return 0.6 * direction * trendStrength + 0.4 * broken;
}
