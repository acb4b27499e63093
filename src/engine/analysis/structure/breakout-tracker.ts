import type { InputRing } from './input-ring.js';
import { type SwingCluster, strengthOf } from './level-map.js';
import type { Breakout } from './structure.js';
import { beyond, type LinePoint, valueAt } from './trend-lines.js';

/** How far beyond a level a close must lie, in ATR of the candle before. */
const MARGIN = 0.15;
/** Candles before the newest one that make up the range. */
const RANGE_CANDLES = 20;
/** Volume against the mean of the 20 before that confirms a breakout. */
const CONFIRMING_VOLUME = 1.5;
/** Candles within which a breakout is retested, fails, and is told of. */
const LIFE = 20;
/** How near price must come back to the level, in ATR. */
const RETEST_REACH = 0.25;
/** One swing is no level, and two only draw a line. */
const LEVEL_TESTS = 2;
const LINE_TOUCHES = 3;
/** Candles that must have closed on the near side of a level: one that price swings about holds nothing. */
const HELD_CANDLES = 10;

interface BreakoutPoint extends Omit<Breakout, 'back' | 'isRetested' | 'hasFailed'> {
  readonly number: number;
  /** Change of the level per candle: a trend line goes on. */
  readonly slope: number;
  /** How near price must come back to the level, in price. */
  readonly reach: number;
}

/** What a candle may break, as it stood before that candle. */
export interface Barriers {
  readonly levels: readonly SwingCluster[];
  readonly lines: readonly LinePoint[];
}

/**
 * Breakouts: the first close beyond a level with two tests or more, a trend line with three touches or more, or the range
 * of the 20 candles before (Donchian). By 0.15 ATR; of several at once the level comes before the line and the range. A
 * range that breaks again the same way within 20 candles is the same move and not told anew.
 */
export class BreakoutTracker {
  #newest: BreakoutPoint | null = null;
  #isRetested = false;
  #hasFailed = false;

  /** Looks at the newest candle of the ring. @param barriers as they stood before it */
  take(ring: InputRing, barriers: Barriers): void {
    const number = ring.count - 1;
    this.#follow(ring, number);
    const atr = number > 0 ? ring.atr(number - 1) : Number.NaN;
    if (!(atr > 0)) return;
    const broken =
      findLevel(ring, number, atr, barriers.levels) ??
      findLine(ring, number, barriers.lines) ??
      this.#findRange(ring, number, atr);
    if (broken === null) return;
    const volumeRatio = ring.volumeRatio(number);
    this.#newest = {
      ...broken,
      time: ring.time(number),
      volumeRatio,
      isVolumeConfirmed: volumeRatio >= CONFIRMING_VOLUME,
      number,
      reach: RETEST_REACH * atr,
    };
    this.#isRetested = false;
    this.#hasFailed = false;
  }

  /** Newest breakout; null: none in the newest 20 candles before the given one. */
  at(number: number): Breakout | null {
    const newest = this.#newest;
    if (newest === null || number - newest.number > LIFE) return null;
    return {
      type: newest.type,
      direction: newest.direction,
      level: newest.level,
      time: newest.time,
      back: number - newest.number,
      volumeRatio: newest.volumeRatio,
      isVolumeConfirmed: newest.isVolumeConfirmed,
      isRetested: this.#isRetested,
      hasFailed: this.#hasFailed,
    };
  }

  #follow(ring: InputRing, number: number): void {
    const newest = this.#newest;
    if (newest === null || this.#hasFailed || number - newest.number > LIFE) return;
    const level = newest.level + newest.slope * (number - newest.number);
    const isUp = newest.direction === 'up';
    const close = ring.close(number);
    this.#hasFailed = isUp ? close < level : close > level;
    if (this.#hasFailed) return;
    const nearest = isUp ? ring.low(number) - level : level - ring.high(number);
    if (nearest <= newest.reach && close !== level) this.#isRetested = true;
  }

  #findRange(ring: InputRing, number: number, atr: number): Broken | null {
    if (number < RANGE_CANDLES) return null;
    const close = ring.close(number);
    const margin = MARGIN * atr;
    let highest = ring.high(number - 1);
    let lowest = ring.low(number - 1);
    // Nearly always: a close that stays within the candle before it stays within the range.
    if (close <= highest + margin && close >= lowest - margin) return null;
    for (let i = number - RANGE_CANDLES; i < number; i++) {
      highest = Math.max(highest, ring.high(i));
      lowest = Math.min(lowest, ring.low(i));
    }
    if (close > highest + margin && !this.#isUnderWay('up', number)) {
      return { type: 'range', direction: 'up', level: highest, slope: 0 };
    }
    if (close < lowest - margin && !this.#isUnderWay('down', number)) {
      return { type: 'range', direction: 'down', level: lowest, slope: 0 };
    }
    return null;
  }

  #isUnderWay(direction: 'up' | 'down', number: number): boolean {
    const newest = this.#newest;
    return newest?.direction === direction && !this.#hasFailed && number - newest.number <= LIFE;
  }
}

type Broken = Pick<BreakoutPoint, 'type' | 'direction' | 'level' | 'slope'>;

/** Finds the strongest level that the newest close has left behind by the margin, and none of the ten before it had. */
function findLevel(
  ring: InputRing,
  number: number,
  atr: number,
  levels: readonly SwingCluster[],
): Broken | null {
  const margin = MARGIN * atr;
  const close = ring.close(number);
  const before = ring.close(number - 1);
  let best: Broken | null = null;
  let bestStrength = 0;
  for (const cluster of levels) {
    const level = cluster.price;
    const isUp = before <= level + margin && close > level + margin;
    const isDown = before >= level - margin && close < level - margin;
    if ((!isUp && !isDown) || cluster.points.length < LEVEL_TESTS) continue;
    if (!hasHeld(ring, number, isUp ? level + margin : level - margin, isUp)) continue;
    const strength = strengthOf(cluster, number - 1);
    if (strength <= bestStrength) continue;
    bestStrength = strength;
    best = isUp
      ? { type: 'resistance', direction: 'up', level, slope: 0 }
      : { type: 'support', direction: 'down', level, slope: 0 };
  }
  return best;
}

function hasHeld(ring: InputRing, number: number, limit: number, isUp: boolean): boolean {
  if (number < HELD_CANDLES) return false;
  for (let i = number - HELD_CANDLES; i < number; i++) {
    if (isUp ? ring.close(i) > limit : ring.close(i) < limit) return false;
  }
  return true;
}

/** Finds the first line that the newest close has left behind; lines that closes had left are not there any more. */
function findLine(ring: InputRing, number: number, lines: readonly LinePoint[]): Broken | null {
  const close = ring.close(number);
  for (const line of lines) {
    if (line.touches < LINE_TOUCHES || beyond(line, number, close) <= line.tolerance) continue;
    const level = valueAt(line, number);
    if (!(level > 0)) continue;
    const direction = line.side === 'resistance' ? 'up' : 'down';
    return { type: 'trendline', direction, level, slope: line.slope };
  }
  return null;
}
