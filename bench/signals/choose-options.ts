import {
  type PerformanceFigures,
  performanceOf,
  riskMultipleOf,
} from '../../src/engine/analysis/signals/performance.js';
import { SIGNAL_DEFAULTS, type SignalOptions } from '../../src/engine/analysis/signals/signal-options.js';
import { playSignals } from './play-signals.js';
import type { Recording } from './recorded-series.js';

/** What was tried. */
const CONFIDENCES = [0.6, 0.7, 0.8];
const STOPS = [0.4, 1, 1.5];
const RATIOS = [1.5, 2];

export interface Trial {
  readonly options: Pick<SignalOptions, 'minConfidence' | 'minStopPct' | 'minRiskReward'>;
  readonly figures: PerformanceFigures;
  /** Mean of R over its standard error; null: fewer than two signals. */
  readonly tValue: number | null;
}

/** Plays a recording until `until`, ms, with each of the options that were to choose from. */
export function tryOptions(recording: Recording, until: number): readonly Trial[] {
  return CONFIDENCES.flatMap((minConfidence) =>
    STOPS.flatMap((minStopPct) =>
      RATIOS.map((minRiskReward) => {
        const options = { minConfidence, minStopPct, minRiskReward };
        const { signals } = playSignals(recording, options, until);
        const outcomes = signals.flatMap(({ outcome }) => (outcome === null ? [] : [outcome]));
        const { feePerSide } = SIGNAL_DEFAULTS;
        return {
          options,
          figures: performanceOf(outcomes, feePerSide),
          tValue: tValueOf(outcomes.map((outcome) => riskMultipleOf(outcome, feePerSide))),
        };
      }),
    ),
  );
}

/** Mean over its standard error. */
export function tValueOf(values: readonly number[]): number | null {
  if (values.length < 2) return null;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  return mean / Math.sqrt(variance / values.length);
}
