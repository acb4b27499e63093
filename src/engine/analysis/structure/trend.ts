import type { StructureTrend } from './structure.js';
import type { SwingPoint } from './swing-tracker.js';

/** Swings of one kind that lie closer, in ATR of the newer one, are at the same height. */
const SAME_HEIGHT = 0.1;
/** Newest swings that are compared with their predecessors of the same kind. */
const COMPARED = 6;

/** Says whether a swing is higher (1) or lower (−1) than the one of the same kind before it, or as high (0). */
export function compareSwings(
  former: Pick<SwingPoint, 'price'>,
  swing: Pick<SwingPoint, 'price' | 'atr'>,
): -1 | 0 | 1 {
  const difference = swing.price - former.price;
  if (Math.abs(difference) <= SAME_HEIGHT * swing.atr) return 0;
  return difference > 0 ? 1 : -1;
}

/**
 * Trend by the newest high and the newest low against their predecessors (Dow theory, Rhea 1932): both higher is up, both
 * lower is down, anything else a range.
 *
 * @param points swings in turn, oldest first
 */
export function trendOf(points: readonly SwingPoint[]): StructureTrend {
  const newest = orderAt(points, points.length - 1);
  if (newest === null || newest === 0 || newest !== orderAt(points, points.length - 2)) return 'range';
  return newest > 0 ? 'up' : 'down';
}

/**
 * Gives how many of the newest six swings say so, 0–1: for a trend those that follow its direction, for a range those
 * that are balanced by an opposite one or at the same height. Swings that are not there say nothing.
 *
 * @param points swings in turn, oldest first
 */
export function trendStrengthOf(points: readonly SwingPoint[], trend: StructureTrend): number {
  let count = 0;
  let up = 0;
  let down = 0;
  for (let i = points.length - 1; i >= points.length - COMPARED; i--) {
    const order = orderAt(points, i);
    if (order === null) break;
    count += 1;
    if (order > 0) up += 1;
    if (order < 0) down += 1;
  }
  if (trend === 'range') return (count - Math.abs(up - down)) / COMPARED;
  return (trend === 'up' ? up : down) / COMPARED;
}

function orderAt(points: readonly SwingPoint[], i: number): -1 | 0 | 1 | null {
  const former = points[i - 2];
  const swing = points[i];
  return former === undefined || swing === undefined ? null : compareSwings(former, swing);
}
