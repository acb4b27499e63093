import type { ClosedCandle } from '../candle-ring.js';

/** A confirmed turn of the price. */
export interface Swing {
  readonly kind: 'high' | 'low';
  /** Start of its candle, ms. */
  readonly time: number;
  /** High or low of that candle. */
  readonly price: number;
  /** Candles before the newest one. */
  readonly back: number;
}

/** `up`: higher highs and higher lows; `down`: lower ones; `range`: neither. */
export type StructureTrend = 'up' | 'down' | 'range';

/** A close beyond the swing that held the structure. */
export interface StructureBreak {
  /** `continuation`: in the direction of the trend. `reversal`: against it. */
  readonly kind: 'continuation' | 'reversal';
  readonly direction: 'up' | 'down';
  /** The swing's price. */
  readonly level: number;
  /** Start of the candle that closed beyond it, ms. */
  readonly time: number;
  readonly back: number;
}

/** A price at which the market has turned before. */
export interface KeyLevel {
  /** As seen from the newest close. */
  readonly type: 'support' | 'resistance';
  readonly price: number;
  /** 0–1: tests, their age, and the volume traded there. */
  readonly strength: number;
  /** Swings that make it up. */
  readonly tests: number;
  /** Start of the candle of the newest one, ms. */
  readonly lastTest: number;
  /** From the newest close, percent of it, signed: resistance is above. */
  readonly distancePct: number;
  /** Volume of the candles that tested it against the mean volume. */
  readonly volume: 'low' | 'normal' | 'high';
}

/** A line through swings that price has respected. */
export interface TrendLine {
  readonly side: 'support' | 'resistance';
  /** First and last swing on it. */
  readonly from: { readonly time: number; readonly price: number };
  readonly to: { readonly time: number; readonly price: number };
  /** Change of price per candle. */
  readonly slope: number;
  /** Its value at the newest candle. */
  readonly price: number;
  readonly touches: number;
  /** 0–1. */
  readonly strength: number;
}

/** A close beyond a level, a trend line or a range. */
export interface Breakout {
  readonly type: 'resistance' | 'support' | 'trendline' | 'range';
  readonly direction: 'up' | 'down';
  readonly level: number;
  /** Start of the candle that closed beyond it, ms. */
  readonly time: number;
  readonly back: number;
  /** Volume of that candle against the mean of the 20 before it; NaN: not known. */
  readonly volumeRatio: number;
  readonly isVolumeConfirmed: boolean;
  /** Price has come back to the level and closed on the right side of it. */
  readonly isRetested: boolean;
  /** Price has closed back on the wrong side: it failed. */
  readonly hasFailed: boolean;
}

/** Price and an indicator that disagree from one swing to the next. */
export interface Divergence {
  readonly indicator: 'RSI' | 'volume';
  /** `bullish`, `bearish`: regular, against the move. `hidden_…`: with the trend. */
  readonly type: 'bullish' | 'bearish' | 'hidden_bullish' | 'hidden_bearish';
  /** 0–1. */
  readonly strength: number;
  /** Start of the candle of the later swing, ms. */
  readonly time: number;
  readonly back: number;
}

/**
 * The shape of one series of closed candles. Advanced by each closed candle, in O(1) or nearly; what takes longer
 * (levels, lines) is made when it is asked for and kept until the next candle. A swing is known only when it is
 * confirmed, some candles later: nothing here reads a candle before it closed.
 */
export interface Structure {
  /** Candles taken in. */
  readonly depth: number;
  readonly trend: StructureTrend;
  /** 0–1: how many of the newest swings say so. */
  readonly trendStrength: number;
  /** Newest confirmed swings first, at most 60. */
  swings(): readonly Swing[];
  /** Newest break; null: none in the candles that are kept. */
  readonly lastBreak: StructureBreak | null;
  /** Strongest first. */
  levels(): readonly KeyLevel[];
  lines(): readonly TrendLine[];
  /** Newest breakout; null: none lately. */
  breakout(): Breakout | null;
  /** Newest first, none older than 30 candles. */
  divergences(): readonly Divergence[];
}

/** What a structure reads of a candle that closes, beside its numbers; NaN: not defined yet. */
export interface StructureInput extends ClosedCandle {
  readonly atr: number;
  readonly rsi: number;
  /** Mean of the 20 volumes before the candle. */
  readonly meanVolume: number;
}
