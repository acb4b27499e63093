import type { KeyLevel } from './structure.js';
import type { SwingPoint } from './swing-tracker.js';

/** Swings of one level lie within this many ATR: half of it to each side. */
const WIDTH = 1;
/** Widest level, as a share of its price: where candles are that long, an ATR says nothing any more. */
const WIDEST = 0.1;
/** After so many candles a test counts half. */
const HALF_LIFE = 100;
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
 * @param points by price, ascending
 * @param now candle number as of which swings age
 * @param atrShare ATR as a share of the price; levels are as wide in proportion to their own price
 * @returns by price, ascending
 */
export function clusterSwings(
  points: readonly SwingPoint[],
  now: number,
  atrShare: number,
): readonly SwingCluster[] {
  const prices = new Float64Array(points.length);
  const weights = new Float64Array(points.length);
  for (let i = 0; i < points.length; i++) {
    const point = points[i] as SwingPoint;
    prices[i] = point.price;
    weights[i] = weightOf(point, now);
  }
  const clusters: SwingCluster[] = [];
  const reach = 1 + Math.min(WIDEST, WIDTH * atrShare);
  gather({ points, prices, weights, reach }, clusters, 0, points.length);
  return clusters;
}

interface Weighed {
  readonly points: readonly SwingPoint[];
  readonly prices: Float64Array;
  readonly weights: Float64Array;
  /** Price of the highest swing of a level against that of the lowest. */
  readonly reach: number;
}

/**
 * Takes the heaviest range out of the swings from `begin` to `end`, the lowest of equal ones, and goes on with what is left
 * of it and right of it: what it parts lies farther apart than a level is wide.
 */
function gather(weighed: Weighed, clusters: SwingCluster[], begin: number, end: number): void {
  const { points, prices, weights, reach } = weighed;
  if (begin >= end) return;
  let from = begin;
  let to = begin + 1;
  let heaviest = 0;
  for (let start = begin; start < end; start++) {
    const limit = (prices[start] as number) * reach;
    let weight = 0;
    let stop = start;
    while (stop < end && (prices[stop] as number) <= limit) {
      weight += weights[stop] as number;
      stop += 1;
    }
    if (weight > heaviest) {
      from = start;
      to = stop;
      heaviest = weight;
    }
  }
  gather(weighed, clusters, begin, from);
  clusters.push(clusterOf(points.slice(from, to), weights, from));
  gather(weighed, clusters, to, end);
}

function clusterOf(points: readonly SwingPoint[], weights: Float64Array, from: number): SwingCluster {
  let sum = 0;
  let total = 0;
  for (let i = 0; i < points.length; i++) {
    const weight = weights[from + i] as number;
    sum += (points[i] as SwingPoint).price * weight;
    total += weight;
  }
  const lowest = (points[0] as SwingPoint).price;
  const highest = (points[points.length - 1] as SwingPoint).price;
  // A mean is rounded: that of equal prices may come out beside them.
  return { price: Math.min(highest, Math.max(lowest, sum / total)), points };
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
        lastTest: points.reduce((newest, { time }) => Math.max(newest, time), 0),
        distancePct: (price / close - 1) * 100,
        volume: volumeAt(points),
      };
    })
    .sort((a, b) => b.strength - a.strength || a.price - b.price);
}

function volumeAt(points: readonly SwingPoint[]): KeyLevel['volume'] {
  let sum = 0;
  let count = 0;
  for (const { volumeRatio } of points) {
    if (Number.isNaN(volumeRatio)) continue;
    sum += volumeRatio;
    count += 1;
  }
  if (count === 0) return 'normal';
  const mean = sum / count;
  if (mean < LOW_VOLUME) return 'low';
  return mean >= HIGH_VOLUME ? 'high' : 'normal';
}

/** Weight of a swing by its age in candles, until nothing worth counting is left of it. */
const WEIGHTS = Float64Array.from({ length: 2000 }, (_, age) => 2 ** (-age / HALF_LIFE));

function weightOf({ number }: SwingPoint, now: number): number {
  return WEIGHTS[Math.min(now - number, WEIGHTS.length - 1)] as number;
}
