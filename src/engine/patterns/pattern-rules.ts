import {
  abandonedbaby,
  bearishengulfingpattern,
  bearishhammerstick,
  bearishharami,
  bearishharamicross,
  bearishinvertedhammerstick,
  bearishmarubozu,
  bearishspinningtop,
  bullishengulfingpattern,
  bullishhammerstick,
  bullishharami,
  bullishharamicross,
  bullishinvertedhammerstick,
  bullishmarubozu,
  bullishspinningtop,
  darkcloudcover,
  doji,
  downsidetasukigap,
  dragonflydoji,
  eveningdojistar,
  eveningstar,
  gravestonedoji,
  morningdojistar,
  morningstar,
  piercingline,
  threeblackcrows,
  threewhitesoldiers,
} from 'technicalindicators';
import type { PatternCandle } from './candle-window.js';

/** What a pattern is taken to announce. */
export type PatternDirection = 'bullish' | 'bearish' | 'neutral';

/** The candles that may form a pattern, and what came before. */
export interface PatternCase {
  /** Mean true range. */
  readonly unit: number;
  /** The pattern's last candle; `first` and `middle` are the same where it has fewer. */
  readonly last: PatternCandle;
  readonly first: PatternCandle;
  readonly middle: PatternCandle;
  /** Close before the pattern less the close three candles earlier: above zero in a rise. */
  readonly trend: number;
}

/** One pattern: what the library says, and what it forgets to ask. */
export interface PatternRule {
  readonly name: string;
  readonly direction: PatternDirection;
  /** Candles that form it. */
  readonly length: 1 | 2 | 3;
  /** The library's functions; one of them must say yes. */
  readonly any: readonly ((data: Columns) => boolean)[];
  readonly also?: (it: PatternCase) => boolean;
}

/** Candles as the library takes them. */
export interface Columns {
  open: number[];
  high: number[];
  low: number[];
  close: number[];
}

function body({ open, close }: PatternCandle): number {
  return Math.abs(close - open);
}

function upperShadow({ open, high, close }: PatternCandle): number {
  return high - Math.max(open, close);
}

function lowerShadow({ open, low, close }: PatternCandle): number {
  return Math.min(open, close) - low;
}

/** The library asks for a shadow of half the body; Nison asks for twice the body. Half a usual range makes it visible. */
function isLong(shadow: number, { last, unit }: PatternCase): boolean {
  return shadow >= 2 * body(last) && shadow >= unit / 2;
}

function isLongBody({ last, unit }: PatternCase): boolean {
  return body(last) >= unit;
}

/** The library asks where a star's candle lies, but not that its body be small. */
function hasSmallStar({ first, middle }: PatternCase): boolean {
  return body(middle) < body(first) / 2;
}

function isInsideFirstBody({ first, last }: PatternCase): boolean {
  return last.close < first.open;
}

/**
 * The patterns of `technicalindicators` 3.1 that hold on candles made by hand, by S. Nison, Japanese Candlestick Charting
 * Techniques, 2nd edition, and TA-Lib's CDL functions. `also` mends what the library forgets.
 *
 * Left out: its patterns over five candles (hammer, hanging man, shooting star, tweezers), because they compare mean gains
 * and losses as text, so that 9 is more than 10; four of them are here, made of its one-candle shapes and a trend in
 * numbers. And `bullish` and `bearish`, which ask all patterns, the faulty ones too.
 */
export const PATTERN_RULES: readonly PatternRule[] = [
  { name: 'doji', direction: 'neutral', length: 1, any: [doji] },
  { name: 'dragonfly_doji', direction: 'bullish', length: 1, any: [dragonflydoji] },
  { name: 'gravestone_doji', direction: 'bearish', length: 1, any: [gravestonedoji] },
  {
    name: 'spinning_top',
    direction: 'neutral',
    length: 1,
    any: [bullishspinningtop, bearishspinningtop],
    // Its bearish one measures the whole range in place of the lower shadow, and neither asks for the colour.
    also: ({ last }) => {
      const length = body(last);
      return length > 0 && upperShadow(last) > length && lowerShadow(last) > length;
    },
  },
  // Within a tenth of a usual range every tiny candle is without shadows.
  { name: 'bullish_marubozu', direction: 'bullish', length: 1, any: [bullishmarubozu], also: isLongBody },
  { name: 'bearish_marubozu', direction: 'bearish', length: 1, any: [bearishmarubozu], also: isLongBody },
  {
    name: 'hammer',
    direction: 'bullish',
    length: 1,
    any: [bullishhammerstick, bearishhammerstick],
    also: (it) => it.trend < 0 && isLong(lowerShadow(it.last), it),
  },
  {
    name: 'inverted_hammer',
    direction: 'bullish',
    length: 1,
    any: [bullishinvertedhammerstick, bearishinvertedhammerstick],
    also: (it) => it.trend < 0 && isLong(upperShadow(it.last), it),
  },
  {
    name: 'hanging_man',
    direction: 'bearish',
    length: 1,
    any: [bullishhammerstick, bearishhammerstick],
    also: (it) => it.trend > 0 && isLong(lowerShadow(it.last), it),
  },
  {
    name: 'shooting_star',
    direction: 'bearish',
    length: 1,
    any: [bullishinvertedhammerstick, bearishinvertedhammerstick],
    also: (it) => it.trend > 0 && isLong(upperShadow(it.last), it),
  },
  { name: 'bullish_engulfing', direction: 'bullish', length: 2, any: [bullishengulfingpattern] },
  { name: 'bearish_engulfing', direction: 'bearish', length: 2, any: [bearishengulfingpattern] },
  // Its bullish ones let the second body leave the first at the top; its bearish ones do not.
  { name: 'bullish_harami', direction: 'bullish', length: 2, any: [bullishharami], also: isInsideFirstBody },
  { name: 'bearish_harami', direction: 'bearish', length: 2, any: [bearishharami] },
  {
    name: 'bullish_harami_cross',
    direction: 'bullish',
    length: 2,
    any: [bullishharamicross],
    also: isInsideFirstBody,
  },
  { name: 'bearish_harami_cross', direction: 'bearish', length: 2, any: [bearishharamicross] },
  // Beyond the first open it engulfs.
  { name: 'piercing_line', direction: 'bullish', length: 2, any: [piercingline], also: isInsideFirstBody },
  { name: 'dark_cloud_cover', direction: 'bearish', length: 2, any: [darkcloudcover] },
  { name: 'abandoned_baby', direction: 'bullish', length: 3, any: [abandonedbaby] },
  { name: 'morning_star', direction: 'bullish', length: 3, any: [morningstar], also: hasSmallStar },
  { name: 'morning_doji_star', direction: 'bullish', length: 3, any: [morningdojistar] },
  { name: 'evening_star', direction: 'bearish', length: 3, any: [eveningstar], also: hasSmallStar },
  { name: 'evening_doji_star', direction: 'bearish', length: 3, any: [eveningdojistar] },
  // A fall that goes on; the library lists it among the bullish ones.
  { name: 'downside_tasuki_gap', direction: 'bearish', length: 3, any: [downsidetasukigap] },
  {
    name: 'three_white_soldiers',
    direction: 'bullish',
    length: 3,
    any: [threewhitesoldiers],
    // It asks that each opens below the close before, but not above the open before.
    also: ({ first, middle, last }) =>
      middle.open > first.open &&
      last.open > middle.open &&
      middle.close > first.close &&
      last.close > middle.close,
  },
  {
    name: 'three_black_crows',
    direction: 'bearish',
    length: 3,
    any: [threeblackcrows],
    also: ({ first, middle, last }) => middle.close < first.close && last.close < middle.close,
  },
];
