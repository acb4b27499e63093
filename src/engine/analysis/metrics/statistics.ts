import { median } from '../statistics.js';

/**
 * How far `value` lies from the sample's median, in deviations as the median of the absolute distances tells them, signed:
 * the modified z-score of B. Iglewicz and D. Hoaglin, How to Detect and Handle Outliers, 1993. One wild value among the
 * sample does not widen the measure. Where most of the sample is one value, their mean absolute distance takes its place;
 * 0 if the value is the median, ± infinite if nothing in the sample differs from it.
 */
export function robustScore(sample: Float64Array, value: number): number {
  const middle = median(sample);
  const apart = value - middle;
  if (apart === 0) return 0;
  const distances = sample.map((other) => Math.abs(other - middle)).sort();
  const spread = median(distances);
  if (spread > 0) return (0.6745 * apart) / spread;
  const mean = distances.reduce((sum, distance) => sum + distance, 0) / distances.length;
  return apart / (1.253314 * mean);
}
