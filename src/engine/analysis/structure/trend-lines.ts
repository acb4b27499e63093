import type { InputRing } from './input-ring.js';
import type { TrendLine } from './structure.js';
import type { SwingPoint } from './swing-tracker.js';

/** Swings of one side that lines are drawn through. */
const NEWEST_SWINGS = 8;
/** Lines that are kept of each side. */
const LINES_PER_SIDE = 2;
/** How far a swing may lie from its line, and a close beyond it, in ATR. */
const TOLERANCE = 0.2;
/** Candles from the first to the second swing, at least. */
const SHORTEST = 5;
/** A line is trusted for as long as it has held, and at least for so many candles. */
const SHORTEST_TRUST = 20;
const FULL_TOUCHES = 4;
const FULL_SPAN = 60;

/** A line by candle numbers. */
export interface LinePoint {
  readonly side: TrendLine['side'];
  readonly from: SwingPoint;
  /** Newest swing on it. */
  readonly to: SwingPoint;
  readonly slope: number;
  readonly touches: number;
  /** How far a close may lie beyond it, in price. */
  readonly tolerance: number;
}

/** Gives a line's value at a candle. */
export function valueAt({ from, slope }: LinePoint, number: number): number {
  return from.price + slope * (number - from.number);
}

/** Says by how much a close lies beyond a line, in price: above a resistance, below a support. Negative: it does not. */
export function beyond(line: LinePoint, number: number, close: number): number {
  const above = close - valueAt(line, number);
  return line.side === 'resistance' ? above : -above;
}

/** Says whether a line is too old to be trusted at a candle: its last touch is longer ago than it has held. */
export function isStale({ from, to }: LinePoint, number: number): boolean {
  return number - to.number > Math.max(SHORTEST_TRUST, to.number - from.number);
}

/**
 * Draws the lines of one side as of the newest candle: through two of the newest eight swings, at least five candles
 * apart, with no close since the first of them beyond it by more than 0.2 ATR. Swings within 0.2 ATR touch it. Most
 * touches first, then the longest; of lines that run together the first.
 */
export function drawLines(
  ring: InputRing,
  swings: readonly SwingPoint[],
  side: TrendLine['side'],
): readonly LinePoint[] {
  const newest = ring.count - 1;
  const tolerance = TOLERANCE * ring.atr(newest);
  if (Number.isNaN(tolerance)) return [];
  const points = newestOf(ring, swings, side === 'resistance' ? 'high' : 'low');
  const outward = side === 'resistance' ? 1 : -1;
  const lines: LinePoint[] = [];
  for (let i = 0; i < points.length - 1; i++) {
    const from = points[i] as SwingPoint;
    let steepest = Number.NEGATIVE_INFINITY;
    for (let j = i + 1; j < points.length; j++) {
      steepest = Math.max(steepest, outward * slopeOf(from, points[j] as SwingPoint));
    }
    const least = leastOutwardSlope(ring, from, outward, tolerance, steepest);
    for (let j = i + 1; j < points.length; j++) {
      const through = points[j] as SwingPoint;
      const slope = slopeOf(from, through);
      if (through.number - from.number < SHORTEST || !(outward * slope >= least)) continue;
      const line = touch({ side, from, to: through, slope, touches: 2, tolerance }, points);
      if (!isStale(line, newest)) lines.push(line);
    }
  }
  lines.sort(
    (a, b) =>
      b.touches - a.touches || spanOf(b) - spanOf(a) || b.to.number - a.to.number || a.slope - b.slope,
  );
  const kept: LinePoint[] = [];
  for (const line of lines) {
    if (kept.length < LINES_PER_SIDE && !kept.some((other) => runTogether(line, other, newest)))
      kept.push(line);
  }
  return kept;
}

function slopeOf(from: SwingPoint, to: SwingPoint): number {
  return (to.price - from.price) / (to.number - from.number);
}

/**
 * Gives the slope that a line from a swing needs, at least, for all closes since to keep to their side of it, counted
 * outward: up for a resistance, down for a support. Stops looking once no line can be so steep.
 */
function leastOutwardSlope(
  ring: InputRing,
  from: SwingPoint,
  outward: 1 | -1,
  tolerance: number,
  steepest: number,
): number {
  let least = Number.NEGATIVE_INFINITY;
  const count = ring.count;
  for (let number = from.number + 1; number < count && least <= steepest; number++) {
    const slope = (outward * (ring.close(number) - from.price) - tolerance) / (number - from.number);
    if (slope > least) least = slope;
  }
  return least;
}

/** Counts the swings that touch a line drawn through two of them. */
function touch(line: LinePoint, points: readonly SwingPoint[]): LinePoint {
  let { to, touches } = line;
  for (const point of points) {
    if (point.number <= line.from.number || point === line.to) continue;
    if (Math.abs(point.price - valueAt(line, point.number)) > line.tolerance) continue;
    touches += 1;
    if (point.number > to.number) to = point;
  }
  return { ...line, to, touches };
}

/** Gives the newest swings of a kind whose candles are still kept, oldest first. */
function newestOf(
  ring: InputRing,
  swings: readonly SwingPoint[],
  kind: SwingPoint['kind'],
): readonly SwingPoint[] {
  const found: SwingPoint[] = [];
  for (let i = swings.length - 1; i >= 0 && found.length < NEWEST_SWINGS; i--) {
    const swing = swings[i] as SwingPoint;
    if (swing.number < ring.oldest) break;
    if (swing.kind === kind) found.push(swing);
  }
  return found.reverse();
}

function runTogether(a: LinePoint, b: LinePoint, newest: number): boolean {
  const start = Math.max(a.from.number, b.from.number);
  return [start, newest].every(
    (number) => Math.abs(valueAt(a, number) - valueAt(b, number)) <= 2 * a.tolerance,
  );
}

function spanOf({ from, to }: LinePoint): number {
  return to.number - from.number;
}

/**
 * Describes a line at a candle. Strength, 0–1: 60 % touches (four are all that counts), 25 % how long it has held (60
 * candles), 15 % how lately it was touched (half after 20 candles).
 */
export function describeLine(line: LinePoint, number: number): TrendLine {
  const { side, from, to, slope, touches } = line;
  const strength =
    0.6 * Math.min(1, (touches - 1) / (FULL_TOUCHES - 1)) +
    0.25 * Math.min(1, spanOf(line) / FULL_SPAN) +
    0.15 * 2 ** (-(number - to.number) / SHORTEST_TRUST);
  return {
    side,
    from: { time: from.time, price: from.price },
    to: { time: to.time, price: to.price },
    slope,
    price: valueAt(line, number),
    touches,
    strength: Math.min(1, strength),
  };
}
