import { type CandleWindow, type PatternCandle, scaleWindow } from './candle-window.js';
import {
  type Columns,
  PATTERN_RULES,
  type PatternCase,
  type PatternDirection,
  type PatternRule,
} from './pattern-rules.js';

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
  const cases = [1, 2, 3].map((length) => caseOf(window, length));
  return CANDLE_PATTERNS.filter((_, place) => {
    const rule = PATTERN_RULES[place] as PatternRule;
    return matches(rule, cases[rule.length - 1] as Case);
  });
}

interface Case extends PatternCase {
  readonly columns: Columns;
}

function caseOf({ candles, unit }: CandleWindow, length: number): Case {
  const own = candles.slice(-length);
  const before = candles.length - length - 1;
  return {
    unit,
    first: own[0] as PatternCandle,
    middle: own[Math.min(1, length - 1)] as PatternCandle,
    last: own[length - 1] as PatternCandle,
    trend: closeOf(candles, before) - closeOf(candles, before - TREND_CANDLES),
    columns: {
      open: own.map(({ open }) => open),
      high: own.map(({ high }) => high),
      low: own.map(({ low }) => low),
      close: own.map(({ close }) => close),
    },
  };
}

/** Asks the library last: its approximate equality goes by way of text, and costs most. */
function matches({ any, also }: PatternRule, it: Case): boolean {
  return (also === undefined || also(it)) && any.some((says) => says(it.columns));
}

function closeOf(candles: readonly PatternCandle[], index: number): number {
  return (candles[index] as PatternCandle).close;
}
