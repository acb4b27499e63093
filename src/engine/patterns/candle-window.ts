import { isSoundCandle } from '../limits.js';

/** What patterns read of a candle, in quote currency. */
export interface PatternCandle {
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
}

/** Candles whose ranges say what is small and what is long here: ten, as in TA-Lib's candle settings. */
const RANGES = 10;
/** Candles needed before anything can be said: the ten, and the one before them for its close. */
export const PATTERN_CANDLES = RANGES + 1;

/** The price at which `technicalindicators` takes what differs by 1 for equal: by a thousandth. */
const BASE = 1_000;
/** A mean true range on that scale. So a tenth of it counts as equal: TA-Lib's BodyDoji and ShadowVeryShort. */
const UNIT = 10;

/** The last candles on a scale of their own, oldest first: the closed candle's open is 1,000, a mean true range 10. */
export interface CandleWindow {
  readonly candles: readonly PatternCandle[];
  /** Mean true range of the last ten, on that scale. */
  readonly unit: number;
}

/**
 * Puts candles on the scale on which the library's fixed tolerance of a thousandth of the price means a tenth of the
 * usual range, at any price and timeframe. All its other comparisons are the same on every scale.
 *
 * @param newest at least `PATTERN_CANDLES`, oldest first; more are not read
 * @returns null with fewer, with an unsound one, in a market without any range, or if the closed candle has none
 */
export function scaleWindow(newest: readonly PatternCandle[]): CandleWindow | null {
  const candles = newest.slice(-PATTERN_CANDLES);
  const last = candles.at(-1);
  if (last === undefined || candles.length < PATTERN_CANDLES) return null;
  if (!candles.every((candle) => isSoundCandle({ ...candle, volume: 0 })) || last.high === last.low)
    return null;
  let ranges = 0;
  for (let i = 1; i < candles.length; i++) {
    const { high, low } = candles[i] as PatternCandle;
    const { close } = candles[i - 1] as PatternCandle;
    ranges += Math.max(high, close) - Math.min(low, close);
  }
  const mean = ranges / RANGES;
  const scale = (price: number): number => BASE + ((price - last.open) / mean) * UNIT;
  return {
    unit: UNIT,
    candles: candles.map(({ open, high, low, close }) => ({
      open: scale(open),
      high: scale(high),
      low: scale(low),
      close: scale(close),
    })),
  };
}
