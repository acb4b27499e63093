/** The golden files ask for this agreement; see their README. */
export const GOLDEN_TOLERANCE = 1e-9;

/** Values that pass through zero, by the beginning of the column's name, and what an error of them is measured against. */
const FLOORS: readonly (readonly [start: RegExp, floor: (row: GoldenRow) => number])[] = [
  [/^macd/, ({ close }) => close / 1_000],
  [/^(rsi|adx|plus_di|minus_di|stoch|mfi|willr|cci)/, () => 1],
  [/^roc/, () => 0.01],
  [/^bb_bandwidth/, () => 1e-6],
  [/^obv/, ({ volumeSma }) => volumeSma],
];

/** What of a golden row other columns are measured by. */
export interface GoldenRow {
  readonly close: number;
  /** NaN while it is not defined. */
  readonly volumeSma: number;
}

/** Gives the error of a value as the golden files define it. */
export function goldenError(column: string, found: number, wanted: number, row: GoldenRow): number {
  const floor = FLOORS.find(([start]) => start.test(column))?.[1](row) ?? 0;
  const scale = Math.max(Math.abs(wanted), Number.isNaN(floor) ? 0 : floor);
  return found === wanted ? 0 : Math.abs(found - wanted) / scale;
}
