import type { ClosedCandle } from '../../src/engine/analysis/candle-ring.js';

/** How a price that was entered ended. */
export interface TrackEnd {
  readonly entry: number;
  readonly exit: number;
  /** ms */
  readonly endedAt: number;
  /** Null: the time was over. */
  readonly isSuccessful: boolean | null;
}

/** What the price of an asset did, by its finest candles: written anew, to be independent of what it checks. */
export class PriceTrack {
  readonly #candles: ClosedCandle[] = [];

  push(candle: ClosedCandle): void {
    this.#candles.push(candle);
  }

  /**
   * Says what becomes of a price that is entered at the first open from `from` on, and left at `stop`, at `target` (a
   * candle that touches both: at the stop), or when it is `until`, ms. Null: the record ends before, or the first price
   * lies beyond one of the two.
   */
  enter(side: 1 | -1, from: number, until: number, stop: number, target: number): TrackEnd | null {
    const candles = this.#candles;
    let at = this.#firstFrom(from);
    const first = candles[at];
    if (first === undefined) return null;
    const entry = first.open;
    if (side * (entry - stop) <= 0 || side * (entry - target) >= 0) return null;
    let last = entry;
    for (; at < candles.length; at++) {
      const candle = candles[at] as ClosedCandle;
      if (candle.time >= until) return { entry, exit: last, endedAt: candle.time, isSuccessful: null };
      const against = side === 1 ? candle.low : candle.high;
      const along = side === 1 ? candle.high : candle.low;
      if (side * (against - stop) <= 0) {
        const exit = side * (candle.open - stop) < 0 ? candle.open : stop;
        return { entry, exit, endedAt: candle.time, isSuccessful: false };
      }
      if (side * (along - target) >= 0) {
        return { entry, exit: target, endedAt: candle.time, isSuccessful: true };
      }
      last = candle.close;
    }
    return null;
  }

  /** What holding it from `from` to `until`, ms, brought: percent after fees, and the deepest fall of its closes. */
  hold(
    from: number,
    until: number,
    feePerSide: number,
  ): { readonly returnPct: number; readonly drawdownPct: number } | null {
    const first = this.#candles[this.#firstFrom(from)];
    const last = this.#candles[this.#firstFrom(until) - 1];
    if (first === undefined || last === undefined || last.time < first.time) return null;
    let highest = first.open;
    let drawdown = 0;
    for (
      let at = this.#firstFrom(from);
      (this.#candles[at]?.time ?? Number.POSITIVE_INFINITY) <= last.time;
      at++
    ) {
      const close = this.#candles[at]?.close ?? Number.NaN;
      highest = Math.max(highest, close);
      drawdown = Math.max(drawdown, 1 - close / highest);
    }
    const ratio = last.close / first.open;
    return { returnPct: 100 * (ratio - 1 - feePerSide * (1 + ratio)), drawdownPct: 100 * drawdown };
  }

  #firstFrom(time: number): number {
    let low = 0;
    let high = this.#candles.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#candles[middle]?.time ?? 0) < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
