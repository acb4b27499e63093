import { clamp, meanKnown } from '../statistics.js';
import type { Features } from './features.js';

/** Names of the components and what each counts. Those that are not known drop out, and the others count for them. */
export const WEIGHTS = {
  trend: 0.34,
  structure: 0.12,
  momentum: 0.12,
  volume: 0.1,
  cycle: 0.18,
  breadth: 0.08,
  sentiment: 0.06,
} as const;

export type ComponentName = keyof typeof WEIGHTS;

/** What a component says: −1 a falling market, 1 a rising one. */
export interface Component {
  readonly name: ComponentName;
  /** −1…1; NaN: not known. */
  readonly score: number;
  readonly weight: number;
}

/** What the metrics of the market add; null: not known. */
export interface MarketMood {
  /** Percent of assets that rise, 0–100. */
  readonly breadth: number | null;
  /** Fear & Greed, 0–100. */
  readonly sentiment: number | null;
}

/** Gives the components, in the order of `WEIGHTS`. @param cycle score of the bull or bear market, −1…1 */
export function componentsOf(features: Features, cycle: number, mood: MarketMood): readonly Component[] {
  const scores: Readonly<Record<ComponentName, number>> = {
    trend: meanKnown(features.trend),
    structure: features.structure,
    momentum: meanKnown(features.momentum),
    volume: meanKnown(features.volume),
    cycle,
    breadth: mood.breadth === null ? Number.NaN : clamp((mood.breadth - 50) / 50, -1, 1),
    sentiment: mood.sentiment === null ? Number.NaN : clamp((mood.sentiment - 50) / 50, -1, 1),
  };
  const names = Object.keys(WEIGHTS) as ComponentName[];
  return names.map((name) => ({ name, score: scores[name], weight: WEIGHTS[name] }));
}

/** Weighted mean of the known components, −1…1; NaN: none is known. */
export function scoreOf(components: readonly Component[]): number {
  let sum = 0;
  let weights = 0;
  for (const { score, weight } of components) {
    if (!Number.isFinite(score)) continue;
    sum += score * weight;
    weights += weight;
  }
  return weights === 0 ? Number.NaN : sum / weights;
}

/** Weighted standard deviation of the known components around their score, 0–1: how much they disagree. */
export function disagreementOf(components: readonly Component[]): number {
  const mean = scoreOf(components);
  let squares = 0;
  let weights = 0;
  for (const { score, weight } of components) {
    if (!Number.isFinite(score)) continue;
    squares += weight * (score - mean) ** 2;
    weights += weight;
  }
  return weights === 0 ? Number.NaN : Math.sqrt(squares / weights);
}

/** Share of all weight that is known, 0–1. */
export function completenessOf(components: readonly Component[]): number {
  let known = 0;
  let all = 0;
  for (const { score, weight } of components) {
    all += weight;
    if (Number.isFinite(score)) known += weight;
  }
  return known / all;
}
