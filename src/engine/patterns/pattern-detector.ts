import { type CandleWindow, PATTERN_CANDLES, type PatternCandle, scaleWindow } from './candle-window.js';
import { PATTERN_RULES, type PatternDirection, type PatternRule } from './pattern-rules.js';

/** A candlestick pattern that a closed candle completed. */
export interface CandlePattern {
  /** `hammer`, `morning_doji_star` … */
  readonly name: string;
  readonly direction: PatternDirection;
}

/** Every pattern that can be found, by name. */
export const CANDLE_PATTERNS: readonly CandlePattern[] = PATTERN_RULES.map(({ name, direction }) => ({
  name,
  direction,
}));

/** Where a rise or fall before a pattern is measured from: candles before its last one before. */
const TREND_CANDLES = 3;

/**
 * Gives the patterns that the last of `candles` completes; empty if there are none, and with fewer than
 * `PATTERN_CANDLES`. Works on closed candles only, and allocates: not for every tick.
 *
 * @param candles of one series, oldest first; only the last `PATTERN_CANDLES` are read
 */
export function detectPatterns(candles: readonly PatternCandle[]): readonly CandlePattern[] {
  const window = scaleWindow(candles);
  if (window === null) return [];
  return CANDLE_PATTERNS.filter((_, place) => matches(PATTERN_RULES[place] as PatternRule, window));
}

function matches({ length, any, also }: PatternRule, { candles, unit }: CandleWindow): boolean {
  const own = candles.slice(-length);
  // New arrays each time: the library turns them round in place where it is asked to.
  const data = {
    open: own.map(({ open }) => open),
    high: own.map(({ high }) => high),
    low: own.map(({ low }) => low),
    close: own.map(({ close }) => close),
  };
  if (!any.some((says) => says(data))) return false;
  if (also === undefined) return true;
  const before = candles.length - length - 1;
  return also({
    candles: own,
    unit,
    first: own[0] as PatternCandle,
    middle: own[Math.min(1, length - 1)] as PatternCandle,
    last: own[length - 1] as PatternCandle,
    trend: closeOf(candles, before) - closeOf(candles, before - TREND_CANDLES),
  });
}

function closeOf(candles: readonly PatternCandle[], index: number): number {
  return (candles[index] as PatternCandle).close;
}

/** Finds the patterns of one series as its candles close; keeps the last `PATTERN_CANDLES`. */
export class PatternDetector {
  readonly #candles: PatternCandle[] = [];

  /** Takes a closed candle in without looking for patterns: history. */
  seed({ open, high, low, close }: PatternCandle): void {
    if (this.#candles.length === PATTERN_CANDLES) this.#candles.shift();
    this.#candles.push({ open, high, low, close });
  }

  /** Takes a closed candle in; gives the patterns that it completes. */
  close(candle: PatternCandle): readonly CandlePattern[] {
    this.seed(candle);
    return detectPatterns(this.#candles);
  }
}
