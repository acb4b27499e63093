import { DAY_MS, FIXED_TIMEFRAME_MS, HOUR_MS, type Timeframe } from '../../../timeframe.js';
import { REGIMES } from '../contexts.js';
import { rounded } from '../statistics.js';
import type { Json, RegimeAnalysis } from './analysis.js';
import type { Scene } from './scene.js';
import { LEAST_SPELLS, remainingCandles, spellsOf, successRate, typicalCandles } from './spells.js';
import type { Track } from './track.js';
import { LEAST_FOLLOWED } from './transition-matrix.js';

const YEAR_HOURS = 365.25 * 24;

/** Hours of a candle; a month counts as a twelfth of a year. */
export function hoursOf(timeframe: Timeframe): number {
  return timeframe === '1M' ? YEAR_HOURS / 12 : FIXED_TIMEFRAME_MS[timeframe] / HOUR_MS;
}

/** Chance that the next candle brings another regime, 0–1; null: too few candles have followed this one. */
export function transitionProbability({ matrix, regime }: Track): number | null {
  if (matrix.followed(regime) < LEAST_FOLLOWED) return null;
  const row = matrix.row(regime);
  return 1 - (row[REGIMES.indexOf(regime)] as number);
}

/** Fields of duration and of what comes next. */
export function durationFields({
  frame,
  timeframe,
  track,
  gaps,
}: Scene): Pick<
  RegimeAnalysis,
  'predictedRegime' | 'regimeTransitionProb' | 'regimeDurationDays' | 'regimeDurationEstimate'
> {
  const days = Math.floor(Math.max(0, frame.time - track.since) / DAY_MS);
  const remaining = remainingCandles(spellsOf(track.spells, track.regime), track.age);
  const few = `fewer than ${LEAST_FOLLOWED} candles have followed ${track.regime}`;
  return {
    predictedRegime: gaps.value('predicted_regime', track.predicted, few),
    regimeTransitionProb: gaps.number('regime_transition_prob', transitionProbability(track), few),
    regimeDurationDays: gaps.number(
      'regime_duration_days',
      track.isBeginningKnown ? days : null,
      `it began before the history that is known: at least ${days} days ago`,
    ),
    regimeDurationEstimate: gaps.number(
      'regime_duration_estimate',
      track.isBeginningKnown && remaining !== null ? Math.round(remaining * hoursOf(timeframe)) : null,
      track.isBeginningKnown
        ? `fewer than ${LEAST_SPELLS} known spells of ${track.regime} lasted longer than ${track.age} candles`
        : 'its beginning is not known',
    ),
  };
}

/** Field `regime_statistics`; figures that history does not give are null in it, and counted by `completed_spells`. */
export function statisticsOf(
  timeframe: Timeframe,
  track: Track,
  volatility: number,
  days: number | null,
): Json {
  const { regime, matrix } = track;
  const spells = spellsOf(track.spells, regime);
  const typical = typicalCandles(spells);
  const at = REGIMES.indexOf(regime);
  const [counted, sum] = [track.volatilityCounts[at] as number, track.volatilitySums[at] as number];
  const yearly = (value: number) => rounded(value * Math.sqrt(YEAR_HOURS / hoursOf(timeframe)));
  const row = matrix.row(regime);
  const success = successRate(spells, regime);
  return {
    typical_duration_days: typical === null ? null : rounded((typical * hoursOf(timeframe)) / 24),
    current_duration_days: days,
    typical_volatility: counted > 0 ? yearly(sum / counted) : null,
    current_volatility: Number.isFinite(volatility) ? yearly(volatility) : null,
    success_rate_historical: success === null ? null : rounded(success),
    completed_spells: spells.length,
    candles_followed: track.closes,
    transition_matrix_row:
      matrix.followed(regime) < LEAST_FOLLOWED
        ? null
        : Object.fromEntries(REGIMES.map((to, i) => [to, rounded(row[i] as number)])),
  };
}
