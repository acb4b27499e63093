import type { Side } from './score.js';

/** What the analysis of a list reads of a live signal. */
export interface ActiveSignal {
  /** Its row; null: it is not written yet. */
  readonly id: number | null;
  readonly type: Side;
  /** 0–1. */
  readonly confidence: number;
  readonly entryPrice: number;
  readonly quality: 'low' | 'medium' | 'high';
}

/** Live signals by the engine's number of the asset, in an order that depends on nothing but the signals. */
export interface ActiveSignals {
  activeOf(asset: number): readonly ActiveSignal[];
}

/** Grades as numbers, for their mean: thirds. */
const QUALITY: Readonly<Record<ActiveSignal['quality'], number>> = { low: 1 / 3, medium: 2 / 3, high: 1 };

/** Gives the mean grade of signals, low being 1/3 and high 1; null: there are none. */
export function meanQuality(signals: readonly ActiveSignal[]): number | null {
  if (signals.length === 0) return null;
  return signals.reduce((sum, { quality }) => sum + QUALITY[quality], 0) / signals.length;
}

/**
 * Gives how much signals agree on a direction: |Σ ± confidence| / Σ confidence, 1 if all point one way and 0 if they
 * balance; null: there are none, or none with any confidence.
 */
export function agreementOf(signals: readonly ActiveSignal[]): number | null {
  let sum = 0;
  let total = 0;
  for (const { type, confidence } of signals) {
    sum += type === 'long' ? confidence : -confidence;
    total += confidence;
  }
  return total > 0 ? Math.min(1, Math.abs(sum) / total) : null;
}
