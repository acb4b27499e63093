import { IndicatorSet } from '../indicators/indicator-set.js';
import type { IndicatorSpec } from '../indicators/spec.js';

/**
 * What the analyses read of each series. Fixed, and computed beside what `--indicators` asks for: an analysis means the
 * same on every server.
 */
const ANALYSIS_INDICATORS: readonly IndicatorSpec[] = [
  { name: 'sma', period: 20 },
  { name: 'sma', period: 50 },
  { name: 'sma', period: 100 },
  { name: 'sma', period: 200 },
  { name: 'ema', period: 20 },
  { name: 'ema', period: 50 },
  { name: 'ema', period: 100 },
  { name: 'ema', period: 200 },
  { name: 'rsi', period: 7 },
  { name: 'rsi', period: 14 },
  { name: 'macd', fast: 12, slow: 26, signal: 9 },
  { name: 'bb', period: 20, width: 2 },
  { name: 'atr', period: 14 },
  { name: 'adx', period: 14 },
  { name: 'stoch', period: 14, slowing: 3, signal: 3 },
  { name: 'obv' },
  { name: 'mfi', period: 14 },
  { name: 'roc', period: 10 },
  { name: 'volume_sma', period: 20 },
  { name: 'realized_volatility', period: 20 },
];

/** Compiled once, for all series of all analyses. */
export const ANALYSIS_SET = new IndicatorSet(ANALYSIS_INDICATORS);

/** Gives the place of an indicator among the columns. @throws RangeError if the analyses do not compute it */
export function columnOf(name: string): number {
  const column = ANALYSIS_SET.columns.indexOf(name);
  if (column === -1)
    throw new RangeError(`${name} is not computed; there are ${ANALYSIS_SET.columns.join(', ')}`);
  return column;
}
