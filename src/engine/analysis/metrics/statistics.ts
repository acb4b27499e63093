/**
 * Correlation of two equally long samples, −1 … 1 (K. Pearson 1895). NaN while there are fewer than two pairs or one of
 * the two does not vary.
 */
export function pearson(a: readonly number[], b: readonly number[]): number {
  const count = a.length;
  if (count < 2) return Number.NaN;
  const meanA = a.reduce((sum, value) => sum + value, 0) / count;
  const meanB = b.reduce((sum, value) => sum + value, 0) / count;
  let products = 0;
  let squaresA = 0;
  let squaresB = 0;
  for (let i = 0; i < count; i++) {
    const apartA = (a[i] as number) - meanA;
    const apartB = (b[i] as number) - meanB;
    products += apartA * apartB;
    squaresA += apartA * apartA;
    squaresB += apartB * apartB;
  }
  const scale = Math.sqrt(squaresA) * Math.sqrt(squaresB);
  return scale === 0 ? Number.NaN : Math.min(Math.max(products / scale, -1), 1);
}

/** Share of `sample` that is below `value`, 0–1; what is equal counts half. NaN: the sample is empty. */
export function percentileRank(sample: Float64Array, value: number): number {
  let below = 0;
  let equal = 0;
  for (const other of sample) {
    if (other < value) below += 1;
    else if (other === value) equal += 1;
  }
  return (below + equal / 2) / sample.length;
}

/**
 * How far `value` lies from the sample's median, in deviations as the median of the absolute distances tells them, signed:
 * the modified z-score of B. Iglewicz and D. Hoaglin, How to Detect and Handle Outliers, 1993. One wild value among the
 * sample does not widen the measure. Where most of the sample is one value, their mean absolute distance takes its place;
 * 0 if the value is the median, ± infinite if nothing in the sample differs from it.
 */
export function robustScore(sample: Float64Array, value: number): number {
  const middle = median(sample.toSorted());
  const apart = value - middle;
  if (apart === 0) return 0;
  const distances = sample.map((other) => Math.abs(other - middle)).sort();
  const spread = median(distances);
  if (spread > 0) return (0.6745 * apart) / spread;
  const mean = distances.reduce((sum, distance) => sum + distance, 0) / distances.length;
  return apart / (1.253314 * mean);
}

function median(sorted: Float64Array): number {
  const half = sorted.length >> 1;
  if (sorted.length % 2 === 1) return sorted[half] as number;
  return ((sorted[half - 1] as number) + (sorted[half] as number)) / 2;
}
