import { REGIMES, type Regime } from '../contexts.js';
import { unit } from '../statistics.js';
import { type Component, disagreementOf, scoreOf } from './components.js';
import type { Features } from './features.js';

/** How far apart two pieces of evidence must be for one to be e times as likely. */
const TEMPERATURE = 0.15;

/** Chances of the regimes, in the order of `REGIMES`; they add up to 1. */
export type Probabilities = readonly number[];

export function probabilityOf(probabilities: Probabilities, regime: Regime): number {
  return probabilities[REGIMES.indexOf(regime)] as number;
}

/**
 * What speaks for each regime, in the order of `REGIMES`, on the scale of the score (−1…1).
 *
 * - Bull, Bear: the score, and its opposite.
 * - Sideways: a range, as far as the score does not lean to a side.
 * - Accumulation, Distribution (Wyckoff 1931): a range after a fall in which volume comes with rising closes, and one
 *   after a rise in which it comes with falling ones.
 * - Transition: components that disagree more than they do in a trend, while the market is in no range.
 */
export function evidenceOf(features: Features, components: readonly Component[]): readonly number[] {
  const score = scoreOf(components);
  const range = Number.isFinite(features.range) ? features.range : 0;
  const before = Number.isFinite(features.before) ? features.before : 0;
  const bought = components.find(({ name }) => name === 'volume')?.score ?? Number.NaN;
  const volume = Number.isFinite(bought) ? bought : 0;
  const sideways = 0.5 * range - 0.5 * Math.abs(score);
  const accumulated = sideways + 0.5 * range * unit(-before) * unit(0.3 + volume) - 0.1;
  const distributed = sideways + 0.5 * range * unit(before) * unit(0.3 - volume) - 0.1;
  const torn = 1.2 * disagreementOf(components) * (1 - range) - 0.5 * Math.abs(score);
  return [score, -score, sideways, torn, accumulated, distributed];
}

/** Turns evidence into chances that add up to 1 (softmax). */
export function probabilitiesOf(evidence: readonly number[]): Probabilities {
  const most = Math.max(...evidence);
  const odds = evidence.map((value) => Math.exp((value - most) / TEMPERATURE));
  const all = odds.reduce((sum, value) => sum + value, 0);
  return odds.map((value) => value / all);
}
