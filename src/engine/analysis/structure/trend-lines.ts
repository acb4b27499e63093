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
  const kind = side === 'resistance' ? 'high' : 'low';
  const points = swings
    .filter((point) => point.kind === kind && point.number >= ring.oldest)
    .slice(-NEWEST_SWINGS);
  const lines: LinePoint[] = [];
  for (const [i, from] of points.entries()) {
    for (const through of points.slice(i + 1)) {
      if (through.number - from.number < SHORTEST) continue;
      const slope = (through.price - from.price) / (through.number - from.number);
      const touching = points
        .slice(i)
        .filter(
          ({ price, number }) => Math.abs(price - (from.price + slope * (number - from.number))) <= tolerance,
        );
      const to = touching.at(-1) ?? through;
      const line = { side, from, to, slope, touches: Math.max(2, touching.length), tolerance };
      if (!isStale(line, newest) && isRespected(ring, line)) lines.push(line);
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

function isRespected(ring: InputRing, line: LinePoint): boolean {
  for (let number = ring.count - 1; number > line.from.number; number--) {
    if (beyond(line, number, ring.close(number)) > line.tolerance) return false;
  }
  return true;
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
