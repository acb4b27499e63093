import type { KeyLevel } from './structure.js';
import type { SwingPoint } from './swing-tracker.js';

/** Swings of one level lie within this many ATR: half of it to each side. */
const WIDTH = 1;
/** Widest level, as a share of its price: where candles are that long, an ATR says nothing any more. */
const WIDEST = 0.1;
/** After so many candles a test counts half. */
const HALF_LIFE = 100;
/** What is left of the oldest test. */
const LEAST_WEIGHT = 1e-9;
/** What one fresh test at usual volume takes away from the doubt. */
const TEST_STRENGTH = 0.4;
const LOW_VOLUME = 0.75;
const HIGH_VOLUME = 1.5;

/** Swings about the same price. */
export interface SwingCluster {
  readonly price: number;
  /** At least one. */
  readonly points: readonly SwingPoint[];
}

/**
 * Gathers swings to levels: the range of one ATR that holds the most weight becomes one, without its swings again, until
 * none is left. A swing's weight halves every 100 candles; a level's price is the weighted mean of its swings.
 *
 * @param points in any order
 * @param now candle number as of which swings age
 * @param atrShare ATR as a share of the price; levels are as wide in proportion to their own price
 * @returns by price, ascending
 */
export function clusterSwings(
  points: readonly SwingPoint[],
  now: number,
  atrShare: number,
): readonly SwingCluster[] {
  const left = points.toSorted((a, b) => a.price - b.price || a.number - b.number);
  const weights = left.map((point) => weightOf(point, now));
  const reach = 1 + Math.min(WIDEST, WIDTH * atrShare);
  const clusters: SwingCluster[] = [];
  while (left.length > 0) {
    const { from, to } = heaviest(left, weights, reach);
    clusters.push(clusterOf(left.splice(from, to - from), weights.splice(from, to - from)));
  }
  return clusters.sort((a, b) => a.price - b.price);
}

/** Finds the heaviest range within reach, the lowest of equal ones. @returns indices, `to` exclusive */
function heaviest(
  points: readonly SwingPoint[],
  weights: readonly number[],
  reach: number,
): { from: number; to: number } {
  let best = { from: 0, to: 1 };
  let bestWeight = 0;
  for (let from = 0; from < points.length; from++) {
    const limit = (points[from] as SwingPoint).price * reach;
    let weight = 0;
    let to = from;
    while (to < points.length && (points[to] as SwingPoint).price <= limit) {
      weight += weights[to] as number;
      to += 1;
    }
    if (weight > bestWeight) {
      best = { from, to };
      bestWeight = weight;
    }
  }
  return best;
}

function clusterOf(points: readonly SwingPoint[], weights: readonly number[]): SwingCluster {
  let sum = 0;
  let total = 0;
  for (const [i, point] of points.entries()) {
    sum += point.price * (weights[i] as number);
    total += weights[i] as number;
  }
  const [lowest, highest] = [points[0] as SwingPoint, points.at(-1) as SwingPoint];
  // A mean is rounded: that of equal prices may come out beside them.
  return { price: Math.min(highest.price, Math.max(lowest.price, sum / total)), points };
}

/**
 * Gives the strength of a level, 0–1: each test takes away 40 % of the doubt that is left, less the older it is, and by
 * its volume between half and one and a half of that.
 */
export function strengthOf({ points }: SwingCluster, now: number): number {
  let doubt = 1;
  for (const point of points) {
    const volume = Number.isNaN(point.volumeRatio) ? 1 : Math.min(1.5, Math.max(0.5, point.volumeRatio));
    doubt *= 1 - TEST_STRENGTH * volume * weightOf(point, now);
  }
  return 1 - doubt;
}

/** Describes levels as seen from a close. @returns strongest first, of equal ones the lowest */
export function keyLevels(
  clusters: readonly SwingCluster[],
  now: number,
  close: number,
): readonly KeyLevel[] {
  return clusters
    .map((cluster): KeyLevel => {
      const { price, points } = cluster;
      return {
        type: price <= close ? 'support' : 'resistance',
        price,
        strength: strengthOf(cluster, now),
        tests: points.length,
        lastTest: Math.max(...points.map(({ time }) => time)),
        distancePct: (price / close - 1) * 100,
        volume: volumeAt(points),
      };
    })
    .sort((a, b) => b.strength - a.strength || a.price - b.price);
}

function volumeAt(points: readonly SwingPoint[]): KeyLevel['volume'] {
  const ratios = points.map(({ volumeRatio }) => volumeRatio).filter((ratio) => !Number.isNaN(ratio));
  if (ratios.length === 0) return 'normal';
  const mean = ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length;
  if (mean < LOW_VOLUME) return 'low';
  return mean >= HIGH_VOLUME ? 'high' : 'normal';
}

function weightOf(point: SwingPoint, now: number): number {
  return Math.max(LEAST_WEIGHT, 2 ** ((point.number - now) / HALF_LIFE));
}
