import { clamp } from '../statistics.js';

/** Width of the filter in deviations of a candle's return: about 20 % on BTC's days, less on shorter candles. */
const WIDTH = 6.5;

/** Whether the market has risen from its last low, or fallen from its last high, by more than the filter. */
export interface Cycle {
  /** 1: a bull market, −1: a bear market, 0: neither has shown yet. */
  readonly direction: -1 | 0 | 1;
  /** Highest close since the bear market ended, and lowest since the bull market did. */
  readonly high: number;
  readonly low: number;
  /** −1…1: 1 at a new high, 0 just before it counts as a bear market, −1 at a new low; NaN: neither yet. */
  readonly score: number;
}

export const NO_CYCLE: Cycle = { direction: 0, high: 0, low: Number.POSITIVE_INFINITY, score: Number.NaN };

/**
 * Follows bull and bear markets by a filter (Lunde & Timmermann 2004): a bear market has begun when the close lies by the
 * filter's width below the highest close of the bull market, and the other way round. The width moves with the volatility,
 * so that it means the same on hours as on days, and on wild coins as on quiet ones.
 *
 * @param deviation standard deviation of a candle's log return; NaN: not known, nothing is decided
 */
export function followCycle(cycle: Cycle, close: number, deviation: number): Cycle {
  const high = Math.max(cycle.high, close);
  const low = Math.min(cycle.low, close);
  const width = WIDTH * deviation;
  if (!(width > 0)) return { ...cycle, high, low };
  const fall = Math.log(high / close);
  const rally = Math.log(close / low);
  if (cycle.direction !== -1 && fall >= width) return { direction: -1, high, low: close, score: -1 };
  if (cycle.direction !== 1 && rally >= width) return { direction: 1, high: close, low, score: 1 };
  if (cycle.direction === 0) return { direction: 0, high, low, score: Number.NaN };
  const gone = cycle.direction === 1 ? fall : rally;
  return { direction: cycle.direction, high, low, score: cycle.direction * clamp(1 - gone / width, 0, 1) };
}
