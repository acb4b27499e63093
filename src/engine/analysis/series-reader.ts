/**
 * What the analyses read of assets' candles and indicators, by the asset's number and the timeframe's index. Numbers
 * only, and NaN for what is not known: reading allocates nothing.
 *
 * There are two of them: one ends with the newest closed candle, the other with the forming one where there is one. What
 * is computed from the first does not move until the next close; both give the same once the candle has closed as it stood.
 */
export interface SeriesReader {
  /** True if the newest candle may still be forming. */
  readonly isForming: boolean;
  /** How many candles `time` to `volume` can look back on, the newest included. */
  count(asset: number, timeframe: number): number;
  /** Start of the candle `back` candles ago, ms; 0 is the newest. */
  time(asset: number, timeframe: number, back: number): number;
  open(asset: number, timeframe: number, back: number): number;
  high(asset: number, timeframe: number, back: number): number;
  low(asset: number, timeframe: number, back: number): number;
  close(asset: number, timeframe: number, back: number): number;
  /** Base units. */
  volume(asset: number, timeframe: number, back: number): number;
  /** An indicator as of the newest candle, by its place (`columnOf`). */
  value(asset: number, timeframe: number, column: number): number;
}
