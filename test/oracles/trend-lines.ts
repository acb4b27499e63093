import type { IndicatorInput } from '../../src/engine/indicators/indicator-series.js';

/** Plain batch formulas of lines drawn into a chart: every value from the whole prefix. NaN: not defined. */

type Candles = readonly IndicatorInput[];

function highest(candles: Candles): number {
  return Math.max(...candles.map(({ high }) => high));
}

function lowest(candles: Candles): number {
  return Math.min(...candles.map(({ low }) => low));
}

/** Highest high, middle and lowest low of the last `period` candles. */
export function donchian(candles: Candles, period: number): readonly [number, number, number] {
  if (candles.length < period) return [Number.NaN, Number.NaN, Number.NaN];
  const window = candles.slice(-period);
  return [highest(window), (highest(window) + lowest(window)) / 2, lowest(window)];
}

/** Tenkan, kijun, both spans of the cloud at the last candle, both spans that it leads by `displacement` candles. */
export function ichimoku(
  candles: Candles,
  tenkan: number,
  kijun: number,
  senkou: number,
  displacement: number,
): readonly number[] {
  const middle = (prefix: Candles, period: number): number => donchian(prefix, period)[1];
  const leads = (prefix: Candles): readonly number[] => [
    (middle(prefix, tenkan) + middle(prefix, kijun)) / 2,
    middle(prefix, senkou),
  ];
  return [
    middle(candles, tenkan),
    middle(candles, kijun),
    ...leads(candles.slice(0, Math.max(0, candles.length - displacement))),
    ...leads(candles),
  ];
}

/** Wilder's average true range after each candle; empty while there is none. */
export function averageTrueRanges(candles: Candles, period: number): readonly number[] {
  const ranges = candles.slice(1).map(({ high, low }, i) => {
    const before = (candles[i] as IndicatorInput).close;
    return Math.max(high - low, Math.abs(high - before), Math.abs(low - before));
  });
  if (ranges.length < period) return [];
  const averages = [ranges.slice(0, period).reduce((sum, range) => sum + range, 0) / period];
  for (const range of ranges.slice(period)) {
    averages.push(((averages.at(-1) as number) * (period - 1) + range) / period);
  }
  return averages;
}

/** SuperTrend's line and its direction, 1 up, −1 down. */
export function supertrend(candles: Candles, period: number, width: number): readonly [number, number] {
  const averages = averageTrueRanges(candles, period);
  let upper = Number.POSITIVE_INFINITY;
  let lower = Number.NEGATIVE_INFINITY;
  let isUp = false;
  for (const [i, average] of averages.entries()) {
    const { high, low, close } = candles[period + i] as IndicatorInput;
    const before = (candles[period + i - 1] as IndicatorInput).close;
    const middle = (high + low) / 2;
    const isFirst = i === 0;
    upper = isFirst || before > upper ? middle + width * average : Math.min(upper, middle + width * average);
    lower = isFirst || before < lower ? middle - width * average : Math.max(lower, middle - width * average);
    if (!isFirst) isUp = isUp ? close >= lower : close > upper;
  }
  if (averages.length === 0) return [Number.NaN, Number.NaN];
  return isUp ? [lower, 1] : [upper, -1];
}

/**
 * TA-Lib's parabolic SAR. A short trend is a long one with all prices negated, so one set of rules does for both.
 */
export function psar(candles: Candles, step: number, limit: number): number {
  const [zero, one] = candles;
  if (zero === undefined || one === undefined) return Number.NaN;
  const top = ({ high, low }: IndicatorInput, sign: number): number => (sign > 0 ? high : -low);
  const bottom = (candle: IndicatorInput, sign: number): number => -top(candle, -sign);
  const fall = zero.low - one.low;
  let sign = fall > 0 && fall > one.high - zero.high ? -1 : 1;
  let stop = bottom(zero, sign);
  let extreme = top(one, sign);
  let news = 1;
  let shown = Number.NaN;
  for (const [i, candle] of candles.entries()) {
    if (i === 0) continue;
    const near = i === 1 ? [candle] : [candles[i - 1] as IndicatorInput, candle];
    if (bottom(candle, sign) <= stop) {
      stop = -Math.max(extreme, ...near.map((each) => top(each, sign)));
      sign = -sign;
      extreme = top(candle, sign);
      news = 1;
      shown = sign * stop;
    } else {
      shown = sign * stop;
      if (top(candle, sign) > extreme) {
        extreme = top(candle, sign);
        news += 1;
      }
    }
    const moved = stop + Math.min(limit, news * step) * (extreme - stop);
    stop = Math.min(moved, ...near.map((each) => bottom(each, sign)));
  }
  return shown;
}

/** Slope of the least squares line, from every pair of closes: Σ Δx·Δy / Σ Δx². */
export function linregSlope(closes: readonly number[], period: number): number {
  if (closes.length < period) return Number.NaN;
  const window = closes.slice(-period);
  let products = 0;
  let squares = 0;
  for (const [j, later] of window.entries()) {
    for (const [i, earlier] of window.slice(0, j).entries()) {
      products += (j - i) * (later - earlier);
      squares += (j - i) ** 2;
    }
  }
  return products / squares;
}

/** The newest confirmed swing high and swing low. */
export function pivots(candles: Candles, left: number, right: number): readonly [number, number] {
  const newest = (values: readonly number[]): number => {
    for (let at = values.length - 1 - right; at >= left; at--) {
      const value = values[at] as number;
      const isAboveLeft = values.slice(at - left, at).every((other) => other < value);
      const isTopOfRight = values.slice(at + 1, at + 1 + right).every((other) => other <= value);
      if (isAboveLeft && isTopOfRight) return value;
    }
    return Number.NaN;
  };
  return [newest(candles.map(({ high }) => high)), -newest(candles.map(({ low }) => -low))];
}
