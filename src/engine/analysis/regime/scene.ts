import type { Timeframe } from '../../../timeframe.js';
import type { RegimeState, SectorState } from '../contexts.js';
import type { Frame } from '../frame.js';
import type { Gaps } from '../gaps.js';
import type { AnalysisAsset } from '../market.js';
import { clamp, unit } from '../statistics.js';
import type { Structure } from '../structure/structure.js';
import type { RegimeMetrics } from './analysis.js';
import type { CandleWindow } from './candle-window.js';
import { type Component, scoreOf } from './components.js';
import type { Features } from './features.js';
import type { Track } from './track.js';

/** What the sections of an analysis read: all of one timeframe at one moment. */
export interface Scene {
  readonly frame: Frame;
  readonly timeframe: Timeframe;
  /** The market that stands for all. */
  readonly asset: AnalysisAsset;
  readonly window: CandleWindow;
  readonly features: Features;
  readonly components: readonly Component[];
  /** With the newest candle. */
  readonly track: Track;
  /** Null: too few swings. */
  readonly structure: Structure | null;
  readonly metrics: RegimeMetrics | null;
  readonly sectors: readonly SectorState[] | null;
  /** Newest states of the other timeframes, of before this moment. */
  readonly others: readonly RegimeState[];
  readonly gaps: Gaps;
}

/** 1 for the regimes that price rises in, −1 for those that it falls in, 0 for those without direction. */
export function directionOf(regime: Track['regime']): -1 | 0 | 1 {
  if (regime === 'Bull') return 1;
  return regime === 'Bear' ? -1 : 0;
}

/** As `directionOf`, with half for the regimes that usually come before a direction. */
export function leaningOf(regime: Track['regime']): number {
  if (regime === 'Accumulation') return 0.5;
  return regime === 'Distribution' ? -0.5 : directionOf(regime);
}

/**
 * 0–1, from by how much the regime is likelier than the next best one: 0.5 when both are as likely, below when another is
 * ahead and not confirmed yet.
 */
export function confidenceOf({ probabilities, regime }: Track, order: readonly string[]): number {
  const at = order.indexOf(regime);
  let other = 0;
  for (const [i, chance] of probabilities.entries()) if (i !== at && chance > other) other = chance;
  return unit((1 + (probabilities[at] as number) - other) / 2);
}

/** 0–1: how far the components lean to a side (60 %), and Wilder's ADX against 50 (40 %). */
export function strengthOf(features: Features, components: readonly Component[]): number {
  const lean = Math.abs(scoreOf(components));
  return unit(Number.isFinite(features.adx) ? 0.6 * lean + 0.4 * Math.min(1, features.adx / 50) : lean);
}

/**
 * 0–1, by weight: components that say what the regime says. For Bull and Bear those of its sign, for the others those
 * that lean to no side by more than a third.
 */
export function agreementOf(track: Track, components: readonly Component[]): number {
  const direction = directionOf(track.regime);
  let agreed = 0;
  let known = 0;
  for (const { score, weight } of components) {
    if (!Number.isFinite(score)) continue;
    known += weight;
    if (direction === 0 ? Math.abs(score) <= 1 / 3 : Math.sign(score) === direction) agreed += weight;
  }
  return known === 0 ? 0 : unit(agreed / known);
}

/** 0.1–5: how much risk the volatility and the regime allow, against the usual. */
export function riskFactorOf(
  { features, track }: Pick<Scene, 'features' | 'track'>,
  confidence: number,
): number {
  const byRegime = {
    Bull: 1.2,
    Accumulation: 1,
    Sideways: 0.8,
    Transition: 0.6,
    Distribution: 0.6,
    Bear: 0.5,
  }[track.regime];
  // Volatility targeting (Moreira & Muir 2017), within bounds.
  const usual = features.volatility > 0 ? features.deviation / features.volatility : 1;
  const byVolatility = clamp(Number.isFinite(usual) ? usual : 1, 0.5, 1.25);
  return clamp(byRegime * byVolatility * (0.5 + confidence), 0.1, 2);
}
