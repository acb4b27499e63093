import type { LiveCandle } from '../engine/analysis/analysis.js';
import { bucketEnd, TIMEFRAMES, type Timeframe } from '../timeframe.js';

/** A candle that has closed and is not taken in yet. */
export interface ClosedEarlier {
  /** Its index. */
  readonly timeframe: number;
  readonly candle: LiveCandle;
}

const NONE: readonly ClosedEarlier[] = [];

/** Candles that have closed at one moment and wait to be taken in, by asset, in the order in which they closed. */
export class WaitingCloses {
  readonly #byAsset = new Map<number, ClosedEarlier[]>();
  /** When all that waits has ended, ms. */
  #moment = Number.NaN;

  /** Says whether a candle may wait beside what waits: nothing does, or it ends at the same moment. */
  isOfMoment(closed: ClosedEarlier): boolean {
    return this.#byAsset.size === 0 || endOf(closed) === this.#moment;
  }

  add(asset: number, closed: ClosedEarlier): void {
    this.#moment = endOf(closed);
    const waiting = this.#byAsset.get(asset);
    if (waiting === undefined) this.#byAsset.set(asset, [closed]);
    else waiting.push(closed);
  }

  has(asset: number): boolean {
    return this.#byAsset.size > 0 && this.#byAsset.has(asset);
  }

  /** The asset that has waited longest; undefined: none waits. */
  get first(): number | undefined {
    if (this.#byAsset.size === 0) return undefined;
    return this.#byAsset.keys().next().value;
  }

  /** Gives what waits of an asset, and forgets it. */
  take(asset: number): readonly ClosedEarlier[] {
    const waiting = this.#byAsset.get(asset) ?? NONE;
    this.#byAsset.delete(asset);
    return waiting;
  }
}

function endOf({ timeframe, candle }: ClosedEarlier): number {
  return bucketEnd(TIMEFRAMES[timeframe] as Timeframe, candle.time);
}
