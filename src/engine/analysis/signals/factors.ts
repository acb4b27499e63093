import { TIMEFRAMES, type Timeframe } from '../../../timeframe.js';
import { fourDecimals, unit } from '../statistics.js';
import { SETUPS } from './setups.js';
import type { ConfluenceFactor } from './signal.js';

/**
 * The factors and their weights, which add up to 1. Those that know a direction are above 0 when they speak for a long
 * one, and are turned for a short one; the last three are of the direction already.
 */
const FACTORS = [
  { name: 'trend', weight: 0.1, isTurned: true },
  { name: 'higher_timeframe_trend', weight: 0.15, isTurned: true },
  { name: 'highest_timeframe_trend', weight: 0.05, isTurned: true },
  { name: 'market_structure', weight: 0.1, isTurned: true },
  { name: 'momentum', weight: 0.05, isTurned: true },
  { name: 'market_regime', weight: 0.1, isTurned: true },
  { name: 'sector_strength', weight: 0.05, isTurned: true },
  { name: 'volume_surge', weight: 0.1, isTurned: false },
  { name: 'room_to_target', weight: 0.05, isTurned: false },
] as const;

export const TREND = 0;
export const HIGHER_TREND = 1;
export const HIGHEST_TREND = 2;
export const STRUCTURE = 3;
export const MOMENTUM = 4;
export const REGIME = 5;
export const SECTOR = 6;
export const VOLUME = 7;
export const ROOM = 8;
export const FACTOR_COUNT = FACTORS.length;

/** The weight that the setups share. */
const SETUP_WEIGHT = 0.25;
/** Less than this known of all weights: no signal. */
const LEAST_KNOWN = 0.7;

/** Whose candles a factor was read from. */
export type FactorTimeframes = Readonly<Partial<Record<number, Timeframe>>>;

/**
 * Adds up a confidence, 0–1: for each factor its weight × its score, rounded to four decimals. A factor that is not
 * known (NaN) is left out, and the weights of the others grow so that they add up to 1 again. NaN: too little is known.
 *
 * @param side 1: long, −1: short
 * @param scores by the numbers above; `setups` as `findSetups` gives them
 * @param listed takes the factors, if given, in the order in which they are added
 */
export function confidenceOf(
  side: 1 | -1,
  scores: Float64Array,
  setups: Float64Array,
  timeframe: number,
  listed?: ConfluenceFactor[],
  timeframes?: FactorTimeframes,
): number {
  let known = SETUP_WEIGHT;
  for (let factor = 0; factor < FACTOR_COUNT; factor++) {
    if (!Number.isNaN(scores[factor] as number)) known += FACTORS[factor]?.weight ?? 0;
  }
  if (known < LEAST_KNOWN) return Number.NaN;
  const own = TIMEFRAMES[timeframe] as Timeframe;
  let sum = 0;
  let open = 1;
  for (let place = 0; place < setups.length; place++) {
    const score = setups[place] as number;
    if (score === 0) continue;
    const weight = (SETUP_WEIGHT / known) * open;
    const contribution = fourDecimals(weight * score);
    sum += contribution;
    open *= 1 - score;
    listed?.push({
      factor: SETUPS[place] ?? '',
      timeframe: own,
      weight: fourDecimals(weight),
      score: fourDecimals(score),
      contribution,
    });
  }
  for (let factor = 0; factor < FACTOR_COUNT; factor++) {
    const { name, weight: share, isTurned } = FACTORS[factor] as (typeof FACTORS)[number];
    const raw = scores[factor] as number;
    if (Number.isNaN(raw)) continue;
    const score = isTurned ? side * raw : raw;
    const weight = share / known;
    const contribution = fourDecimals(weight * score);
    sum += contribution;
    listed?.push({
      factor: name,
      timeframe: timeframes?.[factor] ?? own,
      weight: fourDecimals(weight),
      score: fourDecimals(score),
      contribution,
    });
  }
  return unit(fourDecimals(sum));
}

/** The most that the confidence can still become while setups, volume and room are not known yet. */
export function bestConfidence(side: 1 | -1, scores: Float64Array, setup: number): number {
  let known = SETUP_WEIGHT;
  let sum = SETUP_WEIGHT * setup;
  for (let factor = 0; factor < FACTOR_COUNT; factor++) {
    const { weight, isTurned } = FACTORS[factor] as (typeof FACTORS)[number];
    const raw = scores[factor] as number;
    if (factor === ROOM || factor === VOLUME) {
      known += weight;
      sum += weight * (Number.isNaN(raw) ? 1 : raw);
    } else if (!Number.isNaN(raw)) {
      known += weight;
      sum += weight * (isTurned ? side * raw : raw);
    }
  }
  // Rounding of a dozen contributions may add up to a little more.
  return sum / known + 0.001;
}
