import { clamp, comoment, deviation, mean } from '../statistics.js';

/** Natural logarithms of each value over the one before it: one less than there are values, all above 0. */
export function logReturns(values: ArrayLike<number>): Float64Array {
  const returns = new Float64Array(Math.max(0, values.length - 1));
  for (let i = 0; i < returns.length; i++) {
    returns[i] = Math.log((values[i + 1] as number) / (values[i] as number));
  }
  return returns;
}

/** Each value over the one before it, less 1. */
export function simpleReturns(values: ArrayLike<number>): Float64Array {
  const returns = new Float64Array(Math.max(0, values.length - 1));
  for (let i = 0; i < returns.length; i++) returns[i] = (values[i + 1] as number) / (values[i] as number) - 1;
  return returns;
}

/**
 * Sharpe ratio, annualized: mean excess return ÷ standard deviation of the excess returns × √(returns a year)
 * (Sharpe, "The Sharpe Ratio", Journal of Portfolio Management, 1994). NaN: the returns do not vary.
 *
 * @param returns simple ones
 * @param riskFree a year, as a fraction; constant, so that it does not move the deviation
 */
export function sharpeRatio(returns: ArrayLike<number>, riskFree: number, perYear: number): number {
  const spread = deviation(returns);
  if (!isSpread(spread, returns)) return Number.NaN;
  return ((mean(returns) - riskFree / perYear) / spread) * Math.sqrt(perYear);
}

/** Slope of the least squares line of `ofReturns` on `market` (Sharpe 1964). NaN: the market does not vary. */
export function beta(ofReturns: ArrayLike<number>, market: ArrayLike<number>): number {
  if (!isSpread(deviation(market), market)) return Number.NaN;
  return comoment(ofReturns, market) / comoment(market, market);
}

/** Correlation of Pearson, −1 to 1. NaN: one of the two does not vary. */
export function correlation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return clamp(product(standardized(a), standardized(b)), -1, 1);
}

/** Distances to the mean, scaled so that their squares sum up to 1; NaN if they do not vary. */
export function standardized(values: ArrayLike<number>): Float64Array {
  const center = mean(values);
  const size = isSpread(deviation(values), values) ? Math.sqrt(comoment(values, values)) : Number.NaN;
  return Float64Array.from(values, (value) => (value - center) / size);
}

/** Sum of the products; of two standardized series their correlation. NaN: there are none. */
export function product(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = a.length === 0 ? Number.NaN : 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

/** Largest fall from a peak, in percent of the peak, at least 0. NaN: no value is above 0. */
export function maxDrawdown(values: ArrayLike<number>): number {
  let peak = 0;
  let worst = Number.NaN;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (value > peak) peak = value;
    if (peak === 0) continue;
    const fall = ((peak - value) / peak) * 100;
    if (!(fall <= worst)) worst = fall;
  }
  return worst;
}

/** Sum of the squares of the shares (Herfindahl 1950, Hirschman 1945): 1 ÷ n if all are equal, 1 if there is one. */
export function herfindahl(shares: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < shares.length; i++) total += (shares[i] as number) ** 2;
  return total;
}

/** What is left of rounding is not a spread. */
function isSpread(spread: number, values: ArrayLike<number>): boolean {
  return spread > 1e-12 * Math.max(1, Math.abs(mean(values)));
}
