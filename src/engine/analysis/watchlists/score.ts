/** Which way an asset is watched. */
export type Side = 'long' | 'short';

/** How a component enters the score. */
interface ComponentRule {
  /** Share of the score, all of them 1 together. */
  readonly weight: number;
  /** Whether it says up (1) or down (0), and so the opposite to who is short. */
  readonly isDirectional: boolean;
}

/** What a score is made of, in the order in which it is summed. */
export const COMPONENTS = {
  trend: { weight: 0.2, isDirectional: true },
  momentum: { weight: 0.15, isDirectional: true },
  relative_strength: { weight: 0.2, isDirectional: true },
  risk_adjusted_return: { weight: 0.15, isDirectional: true },
  structure: { weight: 0.1, isDirectional: true },
  sector_strength: { weight: 0.05, isDirectional: true },
  drawdown: { weight: 0.05, isDirectional: true },
  liquidity: { weight: 0.1, isDirectional: false },
} as const satisfies Readonly<Record<string, ComponentRule>>;

export type ComponentName = keyof typeof COMPONENTS;

/** In the order in which they are summed. */
export const COMPONENT_NAMES = Object.keys(COMPONENTS) as readonly ComponentName[];

/** With less than this share of the weights known nothing is said. */
export const LEAST_COVERAGE = 0.5;

/** What a score has of one component. */
export interface ScoreComponent {
  /** 0–1; of directional ones 0.5 is neither up nor down. */
  readonly value: number;
  /** Of the components that are known; they are 1 together. */
  readonly weight: number;
  /** `value × weight`; the score is their sum. */
  readonly contribution: number;
}

/** How good an asset looks to who is long (or short) of it, and why. */
export interface AssetScore {
  /** The engine's number. */
  readonly asset: number;
  readonly assetId: number;
  readonly symbol: string;
  readonly side: Side;
  /** Newest close in quote currency; null: its candle is not there. */
  readonly price: number | null;
  /** 0–1; null: see `missing`. */
  readonly score: number | null;
  /** 1 is the best, of those that are ranked together; of equal ones the smaller number comes first. Null: no score. */
  readonly rank: number | null;
  /** 0 (down) to 1 (up) whatever the side: the directional components alone. Null: no score. */
  readonly direction: number | null;
  /** Share of the weights that is known, 0–1. */
  readonly coverage: number;
  readonly components: Readonly<Partial<Record<ComponentName, ScoreComponent>>>;
  /** Why components, or the score, are not there. */
  readonly missing: Readonly<Record<string, string>>;
}

/** Whose score it is. */
export type Scored = Pick<AssetScore, 'asset' | 'assetId' | 'symbol' | 'price'>;

/** Components of who is long, 0–1; NaN: not known. */
export type ComponentValues = Readonly<Record<ComponentName, number>>;

/**
 * Weighs components to a score: Σ weight × value over those that are known, the weights of which are scaled to 1. A
 * directional value of who is short is 1 − value. Not ranked yet.
 *
 * @param reasons why components are NaN
 */
export function scoreOf(
  scored: Scored,
  side: Side,
  values: ComponentValues,
  reasons: Readonly<Record<string, string>>,
): AssetScore {
  let coverage = 0;
  for (const name of COMPONENT_NAMES) if (!Number.isNaN(values[name])) coverage += COMPONENTS[name].weight;
  const components: Partial<Record<ComponentName, ScoreComponent>> = {};
  let score = 0;
  let directions = 0;
  let directionWeight = 0;
  for (const name of COMPONENT_NAMES) {
    const up = values[name];
    if (Number.isNaN(up)) continue;
    const { weight, isDirectional } = COMPONENTS[name];
    const value = isDirectional && side === 'short' ? 1 - up : up;
    const contribution = (value * weight) / coverage;
    components[name] = { value, weight: weight / coverage, contribution };
    score += contribution;
    if (!isDirectional) continue;
    directions += up * weight;
    directionWeight += weight;
  }
  const isEnough = coverage >= LEAST_COVERAGE;
  const missing = isEnough ? reasons : { score: tooLittle(coverage), ...reasons };
  return {
    ...scored,
    side,
    score: isEnough ? Math.min(score, 1) : null,
    rank: null,
    direction: isEnough && directionWeight > 0 ? directions / directionWeight : null,
    coverage: Math.min(coverage, 1),
    components,
    missing,
  };
}

/** Gives the score of who is short of what another is long of, and the other way round. Not ranked. */
export function mirrored(score: AssetScore): AssetScore {
  const side = score.side === 'long' ? 'short' : 'long';
  const up = (name: ComponentName): number => {
    const value = score.components[name]?.value ?? Number.NaN;
    return COMPONENTS[name].isDirectional && score.side === 'short' ? 1 - value : value;
  };
  const values = Object.fromEntries(COMPONENT_NAMES.map((name) => [name, up(name)])) as ComponentValues;
  const { asset, assetId, symbol, price } = score;
  if (score.score === null) return { ...score, side };
  return scoreOf({ asset, assetId, symbol, price }, side, values, score.missing);
}

/** Ranks scores, the best first; those without a score stay unranked, at the end, in the order of their numbers. */
export function ranked(scores: readonly AssetScore[]): readonly AssetScore[] {
  const known = scores.filter(({ score }) => score !== null);
  const best = known.toSorted((a, b) => (b.score ?? 0) - (a.score ?? 0) || a.asset - b.asset);
  const others = scores.filter(({ score }) => score === null).toSorted((a, b) => a.asset - b.asset);
  return [...best.map((score, place) => ({ ...score, rank: place + 1 })), ...others];
}

function tooLittle(coverage: number): string {
  return `${Math.round(coverage * 100)} % of the weights are known, ${LEAST_COVERAGE * 100} % are needed`;
}
