import { columnOf } from '../columns.js';
import type { SeriesReader } from '../series-reader.js';

const RSI = columnOf('rsi_14');
const MACD = columnOf('macd');
const ATR = columnOf('atr_14');
const ROC = columnOf('roc_10');
const VOLATILITY = columnOf('realized_volatility_20');

/**
 * Momentum of a series, −100 (falls as strongly as can be) to 100; 0 while it does not move. NaN until its indicators
 * are defined. The mean of three parts, each −1 … 1:
 * - (RSI14 − 50) / 50 (Wilder 1978);
 * - tanh(MACD / ATR14): the averages' distance in true ranges (A. Spiroglou, MACD-V, 2022, with our periods);
 * - tanh(R / (σ20 · √10)): the change over 10 candles, ln, in deviations of such changes (Moskowitz, Ooi and Pedersen,
 *   Time series momentum, 2012, scale it so).
 */
export function momentumScore(series: SeriesReader, asset: number, timeframe: number): number {
  const atr = series.value(asset, timeframe, ATR);
  const volatility = series.value(asset, timeframe, VOLATILITY);
  const strength = (series.value(asset, timeframe, RSI) - 50) / 50;
  const distance = series.value(asset, timeframe, MACD);
  const change = Math.log1p(series.value(asset, timeframe, ROC) / 100);
  if (atr === 0 || volatility === 0) {
    // Nothing has moved for so long that there is nothing to measure by; the RSI of such a market says 0.
    return Number.isNaN(strength + distance) ? Number.NaN : 0;
  }
  const mean = (strength + Math.tanh(distance / atr) + Math.tanh(change / (volatility * Math.sqrt(10)))) / 3;
  return 100 * Math.min(Math.max(mean, -1), 1);
}
