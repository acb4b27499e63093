import { type DivergencePoint, findDivergences } from './divergences.js';
import type { InputRing } from './input-ring.js';

/** Candles on each side of a pivot that must not reach beyond it. */
export const PIVOT_SIDE = 3;
/** Swings that are kept. */
export const KEPT_SWINGS = 60;
/** Smallest move between opposite swings, in ATR. */
const SMALLEST_LEG = 1;

const LOW_FIRST = ['low', 'high'] as const;
const HIGH_FIRST = ['high', 'low'] as const;

/** Kinds of swings that a candle has changed. */
export type Changed = 'none' | SwingPoint['kind'] | 'both';

/** A confirmed swing with what is read of its candle. */
export interface SwingPoint {
  readonly kind: 'high' | 'low';
  /** Candle number in the series. */
  readonly number: number;
  /** Start of its candle, ms. */
  readonly time: number;
  readonly price: number;
  /** Of its candle. */
  readonly atr: number;
  /** Of its candle, 0–100; NaN: not defined yet. */
  readonly rsi: number;
  /** Mean volume of its candle and the two beside it: one candle alone is chance. */
  readonly volume: number;
  /** Volume of its candle against the mean of the 20 before it; NaN: not known. */
  readonly volumeRatio: number;
  /** Against the swing of the same kind before it. */
  readonly divergences: readonly DivergencePoint[];
}

/**
 * Turns of the price, high and low in turn: fractal pivots (Williams 1995, here with three candles on each side) of which
 * a zigzag keeps those at least one ATR from the opposite one before. Of two highs with no such low between them the
 * higher one stays, so the newest swing may move on, and no other.
 *
 * A pivot is known three candles later. Of equal highs in a row the first is the pivot; a flat market has none. A candle
 * that is both is taken as low, then high if it rose, else the other way around. Without an ATR there is no swing.
 */
export class SwingTracker {
  readonly #points: SwingPoint[] = [];
  readonly #byPrice: SwingPoint[] = [];

  /** Oldest first, at most `KEPT_SWINGS`. */
  get points(): readonly SwingPoint[] {
    return this.#points;
  }

  /** The same by price, ascending; of equal ones the older first. */
  get byPrice(): readonly SwingPoint[] {
    return this.#byPrice;
  }

  /** Newest swing of a kind; undefined: none yet. */
  newest(kind: SwingPoint['kind']): SwingPoint | undefined {
    const last = this.#points.at(-1);
    return last?.kind === kind ? last : this.#points.at(-2);
  }

  /** Looks at the pivot that the newest candle of the ring decides. @returns the kinds of swings that have changed */
  take(ring: InputRing): Changed {
    const number = ring.count - 1 - PIVOT_SIDE;
    if (number < PIVOT_SIDE) return 'none';
    const isHigh = isPivotHigh(ring, number);
    const isLow = isPivotLow(ring, number);
    if (!isHigh && !isLow) return 'none';
    if (!isLow) return this.#offer(ring, number, 'high') ? 'high' : 'none';
    if (!isHigh) return this.#offer(ring, number, 'low') ? 'low' : 'none';
    const [first, second] = ring.close(number) >= ring.open(number) ? LOW_FIRST : HIGH_FIRST;
    const isFirst = this.#offer(ring, number, first);
    if (!this.#offer(ring, number, second)) return isFirst ? first : 'none';
    return isFirst ? 'both' : second;
  }

  #offer(ring: InputRing, number: number, kind: SwingPoint['kind']): boolean {
    const atr = ring.atr(number);
    if (!(atr > 0)) return false;
    const points = this.#points;
    const last = points.at(-1);
    const price = kind === 'high' ? ring.high(number) : ring.low(number);
    if (last !== undefined) {
      const leg = kind === 'high' ? price - last.price : last.price - price;
      if (last.kind === kind ? !(leg > 0) : !(leg >= SMALLEST_LEG * atr)) return false;
      if (last.kind === kind) this.#forget(points.pop());
    }
    const swing = {
      kind,
      number,
      time: ring.time(number),
      price,
      atr,
      rsi: ring.rsi(number),
      volume: (ring.volume(number - 1) + ring.volume(number) + ring.volume(number + 1)) / 3,
      volumeRatio: ring.volumeRatio(number),
    };
    const former = points.at(-2);
    this.#keep({ ...swing, divergences: former === undefined ? [] : findDivergences(former, swing) });
    if (points.length > KEPT_SWINGS) this.#forget(points.shift());
    return true;
  }

  #keep(swing: SwingPoint): void {
    this.#points.push(swing);
    const place = this.#byPrice.findIndex(({ price }) => price > swing.price);
    this.#byPrice.splice(place === -1 ? this.#byPrice.length : place, 0, swing);
  }

  #forget(swing: SwingPoint | undefined): void {
    if (swing !== undefined) this.#byPrice.splice(this.#byPrice.indexOf(swing), 1);
  }
}

function isPivotHigh(ring: InputRing, number: number): boolean {
  const high = ring.high(number);
  for (let i = 1; i <= PIVOT_SIDE; i++) {
    if (ring.high(number - i) >= high || ring.high(number + i) > high) return false;
  }
  return true;
}

function isPivotLow(ring: InputRing, number: number): boolean {
  const low = ring.low(number);
  for (let i = 1; i <= PIVOT_SIDE; i++) {
    if (ring.low(number - i) <= low || ring.low(number + i) < low) return false;
  }
  return true;
}
