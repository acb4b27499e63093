/** Gives `value` held within `least` … `most`; NaN stays NaN. */
export function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}

/** Gives `value` held within 0 … 1; NaN stays NaN. */
export function unit(value: number): number {
  return clamp(value, 0, 1);
}

/** Rounds for a row's JSON: `digits` significant ones are more than any of its figures means. */
export function rounded(value: number, digits = 6): number {
  return Number(value.toPrecision(digits));
}

/** Rounds to four decimals, for scores: more say nothing. Never −0, which JSON does not know. */
export function fourDecimals(value: number): number {
  return Math.round(value * 1e4) / 1e4 + 0;
}

/** NaN: there are none, or one of them is NaN. */
export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] as number;
  return sum / values.length;
}

/** Mean of those that are numbers; NaN: none is. */
export function meanKnown(values: readonly number[]): number {
  let sum = 0;
  let count = 0;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    sum += value;
    count += 1;
  }
  return count === 0 ? Number.NaN : sum / count;
}

/** Median; NaN: there are none. */
export function median(values: ArrayLike<number>): number {
  const sorted = Float64Array.from(values).sort();
  const half = sorted.length >> 1;
  const upper = sorted[half] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? Number.NaN) + upper) / 2;
}

/** Share of `values[from … to)` that lie below `value`, equal ones counting half, 0–1; NaN: none of them is a number. */
export function percentileRank(
  value: number,
  values: ArrayLike<number>,
  from = 0,
  to = values.length,
): number {
  let below = 0;
  let count = 0;
  for (let i = from; i < to; i++) {
    const other = values[i] as number;
    if (!Number.isFinite(other)) continue;
    count += 1;
    if (other < value) below += 1;
    else if (other === value) below += 0.5;
  }
  return count === 0 ? Number.NaN : below / count;
}

/** Sum of the products of the distances to the means. NaN: there are none, or one of them is NaN. */
export function comoment(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const meanOfA = mean(a);
  const meanOfB = mean(b);
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += ((a[i] as number) - meanOfA) * ((b[i] as number) - meanOfB);
  return sum;
}

/** Sample standard deviation (n − 1). NaN: fewer than two, or one of them is NaN. */
export function deviation(values: ArrayLike<number>): number {
  if (values.length < 2) return Number.NaN;
  return Math.sqrt(comoment(values, values) / (values.length - 1));
}

/** Sample standard deviation (n − 1), NaN values left out. NaN: fewer than `least` (at least two) are left. */
export function deviationKnown(values: ArrayLike<number>, least: number): number {
  let count = 0;
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (Number.isNaN(value)) continue;
    count += 1;
    sum += value;
  }
  if (count < Math.max(least, 2)) return Number.NaN;
  const center = sum / count;
  let squares = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (!Number.isNaN(value)) squares += (value - center) * (value - center);
  }
  return Math.sqrt(squares / (count - 1));
}

/**
 * Correlation (K. Pearson 1895), −1 … 1, of the pairs in which both are numbers. NaN: fewer than `least` (at least two)
 * are, or one of the two does not vary.
 *
 * @param b as long as `a`
 */
export function correlation(a: ArrayLike<number>, b: ArrayLike<number>, least = 2): number {
  let count = 0;
  let sumA = 0;
  let sumB = 0;
  for (let i = 0; i < a.length; i++) {
    if (Number.isNaN((a[i] as number) + (b[i] as number))) continue;
    count += 1;
    sumA += a[i] as number;
    sumB += b[i] as number;
  }
  if (count < Math.max(least, 2)) return Number.NaN;
  let products = 0;
  let squaresA = 0;
  let squaresB = 0;
  for (let i = 0; i < a.length; i++) {
    if (Number.isNaN((a[i] as number) + (b[i] as number))) continue;
    const apartA = (a[i] as number) - sumA / count;
    const apartB = (b[i] as number) - sumB / count;
    products += apartA * apartB;
    squaresA += apartA * apartA;
    squaresB += apartB * apartB;
  }
  const scale = Math.sqrt(squaresA) * Math.sqrt(squaresB);
  return scale > 0 ? clamp(products / scale, -1, 1) : Number.NaN;
}
