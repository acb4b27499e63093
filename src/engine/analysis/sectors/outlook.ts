import type { RegimeState } from '../contexts.js';

export type Outlook = 'Bullish' | 'Bearish' | 'Neutral';

/** What speaks for a rise (up to 1) or a fall (down to −1), and how much its word counts. */
export interface OutlookComponent {
  readonly name: string;
  readonly weight: number;
  /** −1 … 1; NaN: not known. */
  readonly score: number;
}

export interface OutlookFound {
  readonly outlook: Outlook;
  /** Weighted mean of what is known, −1 … 1. */
  readonly score: number;
  /** 0–1: how far the score is from where another outlook begins, times the share of weights that is known. */
  readonly confidence: number;
  /** 0–1: 1 if all pull one way, 0 if they cancel each other out; NaN: none pulls. */
  readonly agreement: number;
}

/** Beyond it, an outlook is not neutral. */
const THRESHOLD = 0.15;
/** A score that leaves no doubt. */
const CERTAIN = 0.5;
/** Less of the weights says nothing. */
const LEAST_KNOWN = 0.5;

/**
 * Gives what the components say together; null: less than half of the weights are known. Our own rule; the confidence is a
 * score, not a probability.
 */
export function outlookOf(components: readonly OutlookComponent[]): OutlookFound | null {
  const known = components.filter(({ score }) => !Number.isNaN(score));
  const all = components.reduce((sum, { weight }) => sum + weight, 0);
  const weights = known.reduce((sum, { weight }) => sum + weight, 0);
  if (!(weights >= LEAST_KNOWN * all)) return null;
  const pull = known.reduce((sum, { weight, score }) => sum + weight * score, 0);
  const pulls = known.reduce((sum, { weight, score }) => sum + weight * Math.abs(score), 0);
  const score = pull / weights;
  const size = Math.abs(score);
  const outlook = size <= THRESHOLD ? 'Neutral' : score > 0 ? 'Bullish' : 'Bearish';
  const distance = outlook === 'Neutral' ? 1 - size / THRESHOLD : size / CERTAIN;
  return {
    outlook,
    score,
    confidence: Math.min(distance, 1) * Math.min(weights / all, 1),
    agreement: Math.min(Math.abs(pull) / pulls, 1),
  };
}

/** Trend of an index by its averages: half for the value against EMA 20, half for EMA 20 against EMA 50. */
export function trendScore(value: number, ema20: number, ema50: number): number {
  return Math.sign(value - ema20) / 2 + Math.sign(ema20 - ema50) / 2;
}

/** What the market's regime says, −1 … 1; NaN: it is not known. */
export function regimeScore(regime: RegimeState | null): number {
  if (regime === null) return Number.NaN;
  const direction = { Bull: 1, Accumulation: 0.5, Sideways: 0, Transition: 0, Distribution: -0.5, Bear: -1 };
  return direction[regime.regime] * regime.confidence;
}
