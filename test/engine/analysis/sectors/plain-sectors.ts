/** The sectors' figures computed anew from raw hourly rows, as plainly as can be: no shared code with the model. */
import type { ClosedCandle } from '../../../../src/engine/analysis/candle-ring.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

export type Rows = readonly (readonly ClosedCandle[])[];

/** Dollars traded in hours that ended in (from, to]. */
export function traded(rows: readonly ClosedCandle[], from: number, to: number): number {
  return rows
    .filter((row) => row.time >= from && row.time + HOUR <= to)
    .reduce((sum, row) => sum + row.close * row.volume, 0);
}

/** Values of an index at each hour's end, from the first one on; weights by traded volume of 30 days, fixed each midnight. */
export function plainIndex(members: Rows): Map<number, number> {
  const closes = members.map((rows) => new Map(rows.map((row) => [row.time + HOUR, row.close])));
  const times = (members[0] ?? []).map((row) => row.time + HOUR);
  const values = new Map<number, number>();
  let weights: number[] = [];
  let then: number[] = [];
  let worth = 1000;
  for (const time of times) {
    const prices = closes.map((one) => one.get(time) ?? Number.NaN);
    const value =
      weights.length === 0
        ? worth
        : worth * prices.reduce((sum, price, i) => sum + (weights[i] ?? 0) * (price / (then[i] ?? 0)), 0);
    values.set(time, value);
    if (weights.length > 0 && time % DAY !== 0) continue;
    const volumes = members.map((rows) => traded(rows, time - HOUR - 30 * DAY, time - HOUR));
    const sum = volumes.reduce((a, b) => a + b, 0);
    weights = volumes.map((volume) => (sum === 0 ? 1 / members.length : volume / sum));
    then = prices;
    worth = value;
  }
  return values;
}

/** Log returns of the newest `count` steps, the newest first. */
export function plainReturns(
  values: Map<number, number>,
  time: number,
  step: number,
  count: number,
): number[] {
  return Array.from({ length: count }, (_, i) =>
    Math.log((values.get(time - i * step) ?? 0) / (values.get(time - (i + 1) * step) ?? 0)),
  );
}

export function plainCorrelation(a: readonly number[], b: readonly number[]): number {
  const mean = (all: readonly number[]): number => all.reduce((sum, x) => sum + x, 0) / all.length;
  const covariance = (x: readonly number[], y: readonly number[]): number =>
    mean(x.map((value, i) => (value - mean(x)) * ((y[i] ?? 0) - mean(y))));
  return covariance(a, b) / Math.sqrt(covariance(a, a) * covariance(b, b));
}

export function plainDeviation(sample: readonly number[]): number {
  const mean = sample.reduce((sum, x) => sum + x, 0) / sample.length;
  return Math.sqrt(sample.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (sample.length - 1));
}
