/** Gives `value` held within `least` … `most`. */
export function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}

/** Gives `value` held within 0 … 1. */
export function unit(value: number): number {
  return clamp(value, 0, 1);
}

/** Rounds for a row's JSON: `digits` significant ones are more than any of its figures means. */
export function rounded(value: number, digits = 6): number {
  return Number(value.toPrecision(digits));
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

/** Share of `values[from … to)` that lie below `value`, equal ones counting half; NaN: there are none. */
export function percentile(value: number, values: ArrayLike<number>, from: number, to: number): number {
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

/** Median; NaN: there are none. */
export function median(values: readonly number[]): number {
  if (values.length === 0) return Number.NaN;
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] as number;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
}
