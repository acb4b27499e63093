// @ts-check

/**
 * A candle as the server sends it, with the indicator values of its time where they are known.
 *
 * @typedef {object} Candle
 * @property {number} time start of the bucket, ms
 * @property {number} open
 * @property {number} high
 * @property {number} low
 * @property {number} close
 * @property {number} volume
 * @property {boolean} closed
 * @property {string} state
 * @property {number | null} received_time
 * @property {Record<string, number | null> | null} [indicators]
 */

const FIXED_MS = {
  '1m': 60e3,
  '5m': 300e3,
  '15m': 900e3,
  '1h': 3600e3,
  '4h': 14400e3,
  '1d': 864e5,
  '1w': 6048e5,
};

export const TIMEFRAMES = [...Object.keys(FIXED_MS), '1M'];

/**
 * Gives the start of the bucket after the one that starts at `time`.
 *
 * @param {string} timeframe
 * @param {number} time ms
 */
export function nextBucket(timeframe, time) {
  if (timeframe !== '1M') return time + FIXED_MS[/** @type {keyof typeof FIXED_MS} */ (timeframe)];
  const date = new Date(time);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
}

/** The candles of one series, joined from history and live updates that may overtake each other. */
export class CandleBook {
  /** @type {Map<number, Candle>} */
  #candles = new Map();
  /** Indicator values of a candle that has not come yet. @type {{ time: number, values: Record<string, number | null> } | null} */
  #early = null;
  /** @type {Candle | null} */
  newest = null;

  /** @param {string} timeframe */
  constructor(timeframe) {
    this.timeframe = timeframe;
  }

  get size() {
    return this.#candles.size;
  }

  /** Oldest first. */
  all() {
    return [...this.#candles.values()].sort((a, b) => a.time - b.time);
  }

  /** @param {number} time */
  at(time) {
    return this.#candles.get(time);
  }

  /**
   * Takes a candle unless a better one is known: closed beats forming, later received beats earlier. Says whether it
   * was taken.
   *
   * @param {Candle} candle
   */
  take(candle) {
    const known = this.#candles.get(candle.time);
    if (known !== undefined) {
      if (known.closed && !candle.closed) return false;
      const isOlder = (candle.received_time ?? Infinity) < (known.received_time ?? -Infinity);
      if (known.closed === candle.closed && isOlder) return false;
    }
    const early = this.#early?.time === candle.time ? this.#early.values : null;
    const indicators = candle.indicators ?? known?.indicators ?? early;
    this.#candles.set(candle.time, { ...candle, indicators });
    if (this.newest === null || candle.time >= this.newest.time) this.newest = candle;
    return true;
  }

  /**
   * Takes the indicator values of a candle. Says whether the candle is known; values that come before it are kept.
   *
   * @param {number} time
   * @param {Record<string, number | null>} values
   */
  takeIndicators(time, values) {
    const known = this.#candles.get(time);
    if (known === undefined) {
      this.#early = { time, values };
      return false;
    }
    known.indicators = values;
    return true;
  }

  /**
   * Says whether candles are missing between the newest known one and this one, which is newer.
   *
   * @param {Candle} candle
   */
  leavesHole(candle) {
    return this.newest !== null && candle.time > nextBucket(this.timeframe, this.newest.time);
  }
}
