import { columnOf } from '../columns.js';
import type { SeriesReader } from '../series-reader.js';
import type { KeyLevel, Structure } from '../structure/structure.js';
import type { SeriesMemory } from './series-memory.js';

/** What a signal begins with: something that has happened at the newest close. In the order of their shares. */
export const SETUPS = [
  'breakout_confirmed',
  'breakout_unconfirmed',
  'breakout_retest',
  'pullback_to_level',
  'pullback_to_ema',
  'rsi_divergence',
  'rsi_recovery',
  'squeeze_release',
  'macd_turn',
] as const;

const BREAKOUT_CONFIRMED = 0;
const BREAKOUT_UNCONFIRMED = 1;
const BREAKOUT_RETEST = 2;
const PULLBACK_TO_LEVEL = 3;
const PULLBACK_TO_EMA = 4;
const RSI_DIVERGENCE = 5;
const RSI_RECOVERY = 6;
const SQUEEZE_RELEASE = 7;
const MACD_TURN = 8;

/** How much a setup says alone, 0–1. Chosen once, by judgement, and not fitted. */
const CONFIRMED_SCORE = 0.9;
const UNCONFIRMED_SCORE = 0.55;
const RETEST_SCORE = 0.75;
const LEVEL_SCORE = 0.7;
const EMA_SCORE = 0.6;
const DIVERGENCE_SCORE = 0.7;
const RECOVERY_SCORE = 0.5;
const RELEASE_SCORE = 0.6;
const TURN_SCORE = 0.45;

/** Candles within which a retest and a divergence still count. */
const RETEST_CANDLES = 20;
const DIVERGENCE_CANDLES = 5;
/** How near the extreme of a candle comes to what it bounces off, ATRs. */
const NEAR = 0.25;
/** Levels that are weaker are not bounced off. */
const LEVEL_STRENGTH = 0.4;
/** RSI below which, mirrored above which, a market is oversold (Wilder 1978). */
const OVERSOLD = 30;

const EMA_20 = columnOf('ema_20');
const EMA_50 = columnOf('ema_50');
const RSI = columnOf('rsi_14');
const HISTOGRAM = columnOf('macd_hist');
const MACD = columnOf('macd');
const BB_MIDDLE = columnOf('bb_middle');

/**
 * Finds the setups of a direction that need no levels, into `scores` (0: not there), and gives how many there are.
 *
 * @param side 1: long, −1: short
 * @param trend `trendScore` of the series
 */
export function findSetups(
  scores: Float64Array,
  side: 1 | -1,
  asset: number,
  timeframe: number,
  series: SeriesReader,
  structure: Structure,
  memory: SeriesMemory,
  atr: number,
  trend: number,
): number {
  scores.fill(0);
  const close = series.close(asset, timeframe, 0);
  const turnsOurWay = side * (close - series.open(asset, timeframe, 0)) > 0;
  const extreme = side === 1 ? series.low(asset, timeframe, 0) : series.high(asset, timeframe, 0);

  const direction = side === 1 ? 'up' : 'down';
  const breakout = structure.breakout();
  if (breakout !== null && breakout.direction === direction && !breakout.hasFailed) {
    if (breakout.back === 0) {
      if (breakout.isVolumeConfirmed) scores[BREAKOUT_CONFIRMED] = CONFIRMED_SCORE;
      else scores[BREAKOUT_UNCONFIRMED] = UNCONFIRMED_SCORE;
    } else if (
      breakout.isRetested &&
      breakout.back <= RETEST_CANDLES &&
      turnsOurWay &&
      side * (extreme - breakout.level) <= NEAR * atr &&
      side * (close - breakout.level) > 0
    ) {
      scores[BREAKOUT_RETEST] = RETEST_SCORE;
    }
  }

  const fast = series.value(asset, timeframe, EMA_20);
  const middle = series.value(asset, timeframe, EMA_50);
  if (
    side * trend > 0.5 &&
    turnsOurWay &&
    side * (extreme - fast) <= 0 &&
    side * (close - fast) > 0 &&
    side * (extreme - middle) > -NEAR * atr
  ) {
    scores[PULLBACK_TO_EMA] = EMA_SCORE;
  }

  const [divergence] = structure.divergences();
  if (divergence !== undefined && divergence.back <= DIVERGENCE_CANDLES && divergence.indicator === 'RSI') {
    const isBullish = divergence.type === 'bullish' || divergence.type === 'hidden_bullish';
    if (isBullish === (side === 1)) {
      scores[RSI_DIVERGENCE] = DIVERGENCE_SCORE * (0.5 + 0.5 * divergence.strength);
    }
  }

  // Mirrored for shorts, so that 30 is the line of both.
  const rsi = mirrored(side, series.value(asset, timeframe, RSI));
  const formerRsi = mirrored(side, memory.formerRsi(asset, timeframe));
  if (formerRsi <= OVERSOLD && rsi > OVERSOLD) scores[RSI_RECOVERY] = RECOVERY_SCORE;

  const histogram = side * series.value(asset, timeframe, HISTOGRAM);
  const formerHistogram = side * memory.formerHistogram(asset, timeframe);
  if (formerHistogram <= 0 && histogram > 0) {
    // A turn from the other side of zero has its way before it.
    const isEarly = side * series.value(asset, timeframe, MACD) < 0;
    scores[MACD_TURN] = isEarly ? TURN_SCORE : 0.8 * TURN_SCORE;
  }

  if (
    memory.isReleased(asset, timeframe) &&
    histogram > 0 &&
    side * (close - series.value(asset, timeframe, BB_MIDDLE)) > 0
  ) {
    scores[SQUEEZE_RELEASE] = RELEASE_SCORE;
  }

  let count = 0;
  for (let place = 0; place < scores.length; place++) if ((scores[place] as number) > 0) count += 1;
  return count;
}

/** Says whether the newest candle may have bounced off a level: worth asking for levels. */
export function mayBounce(
  side: 1 | -1,
  asset: number,
  timeframe: number,
  series: SeriesReader,
  atr: number,
): boolean {
  const close = series.close(asset, timeframe, 0);
  const extreme = side === 1 ? series.low(asset, timeframe, 0) : series.high(asset, timeframe, 0);
  return side * (close - series.open(asset, timeframe, 0)) > 0 && side * (close - extreme) > 2 * NEAR * atr;
}

/** The most that `pullback_to_level` can be. */
export const BEST_BOUNCE = LEVEL_SCORE;

/** Scores a bounce of the newest candle off one of the levels. */
export function scoreBounce(
  scores: Float64Array,
  side: 1 | -1,
  asset: number,
  timeframe: number,
  series: SeriesReader,
  levels: readonly KeyLevel[],
  atr: number,
): void {
  if (!mayBounce(side, asset, timeframe, series, atr)) return;
  const close = series.close(asset, timeframe, 0);
  const extreme = side === 1 ? series.low(asset, timeframe, 0) : series.high(asset, timeframe, 0);
  for (const { price, strength } of levels) {
    const isTouched = Math.abs(extreme - price) <= NEAR * atr;
    if (strength < LEVEL_STRENGTH || !isTouched || !(side * (close - price) > NEAR * atr)) continue;
    const score = LEVEL_SCORE * (0.5 + 0.5 * strength);
    if (score > (scores[PULLBACK_TO_LEVEL] as number)) scores[PULLBACK_TO_LEVEL] = score;
  }
}

function mirrored(side: 1 | -1, rsi: number): number {
  return side === 1 ? rsi : 100 - rsi;
}

/**
 * Says what setups say together, 0–1: each takes its share of what those before it have left open (noisy or), so that
 * two that tell of the same event do not count twice.
 */
export function combined(scores: Float64Array): number {
  let open = 1;
  for (let place = 0; place < scores.length; place++) open *= 1 - (scores[place] as number);
  return 1 - open;
}
