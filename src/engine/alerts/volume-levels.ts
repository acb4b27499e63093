import type { Alert } from './alert.js';
import { type Level, LevelList, NO_LEVELS } from './level-list.js';

/**
 * The `volume_spike` alerts of one asset and timeframe, by multiple of the mean volume, and where the volume stands
 * among them.
 *
 * A forming candle's volume only grows and begins anew with each candle: `above` and `percentage_change` are looked at
 * while it grows. That it is below or at a multiple shows only at the end: `below` and `equals` look at the sequence
 * of closed candles.
 */
export class VolumeLevels {
  /** Left by `grow` and `close`: the multiple before. */
  previous = Number.NaN;
  readonly #forming = new LevelList();
  readonly #closedUp = new LevelList();
  readonly #closedDown = new LevelList();
  /** Start of the candle that forms, ms, and its highest multiple; −Infinity: none was seen yet. */
  #candleTime = Number.NEGATIVE_INFINITY;
  #peak = 0;
  /** A multiple below this reaches nothing, in this candle and until an alert is added. A candle grows with each trade. */
  #quietBelow = Number.NEGATIVE_INFINITY;
  /** Start of the newest closed candle, ms, and its multiple; NaN: none was seen yet. */
  #closedTime = Number.NEGATIVE_INFINITY;
  #closedMultiple = Number.NaN;

  get isEmpty(): boolean {
    return this.#forming.size + this.#closedUp.size + this.#closedDown.size === 0;
  }

  add({ id, condition, value }: Alert): void {
    this.#quietBelow = Number.NEGATIVE_INFINITY;
    if (condition === 'above') this.#forming.add(value, id);
    else if (condition === 'percentage_change') this.#forming.add(multipleOf(value), id);
    else {
      this.#closedDown.add(value, id);
      if (condition === 'equals') this.#closedUp.add(value, id);
    }
  }

  remove({ id, condition, value }: Alert): void {
    if (condition === 'above') this.#forming.remove(value, id);
    else if (condition === 'percentage_change') this.#forming.remove(multipleOf(value), id);
    else {
      this.#closedDown.remove(value, id);
      if (condition === 'equals') this.#closedUp.remove(value, id);
    }
  }

  /** Takes the multiple of a candle in; gives what it reached for the first time in this candle. */
  grow(candleTime: number, multiple: number): readonly Level[] {
    this.previous = this.#peak;
    if (candleTime < this.#candleTime) return NO_LEVELS;
    if (candleTime > this.#candleTime) {
      const isFirst = this.#candleTime === Number.NEGATIVE_INFINITY;
      this.#candleTime = candleTime;
      // What a candle had reached before anybody looked is not news.
      this.#peak = isFirst ? multiple : 0;
      this.previous = this.#peak;
      this.#quietBelow = Number.NEGATIVE_INFINITY;
    }
    if (multiple <= this.#peak) return NO_LEVELS;
    this.#peak = multiple;
    if (multiple < this.#quietBelow) return NO_LEVELS;
    this.#forming.gapAbove(multiple);
    this.#quietBelow = this.#forming.high;
    return this.#forming.upward(this.previous, multiple);
  }

  /** Takes the multiple of a closed candle in; gives what lies between the closed one before and it. */
  close(candleTime: number, multiple: number): readonly Level[] {
    if (candleTime <= this.#closedTime) return NO_LEVELS;
    const previous = this.#closedMultiple;
    this.previous = previous;
    this.#closedTime = candleTime;
    this.#closedMultiple = multiple;
    if (multiple > previous) return this.#closedUp.upward(previous, multiple);
    // Also of the first one, whose predecessor is NaN.
    return multiple < previous ? this.#closedDown.downward(previous, multiple) : NO_LEVELS;
  }
}

/** Gives what `percent` above the mean is as a multiple of it. */
function multipleOf(percent: number): number {
  return (100 + percent) / 100;
}
