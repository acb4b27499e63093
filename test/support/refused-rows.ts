import type { Row } from './schema-cases.js';

/** What no finite number is. */
export const INFINITE = ['Infinity', 'NaN'] as const;
/** No share of one. */
export const NO_SHARE = [-0.01, 1.01, 'NaN'] as const;
/** No percentage of a whole. */
export const NO_PERCENTAGE = [-0.1, 100.1, 'NaN'] as const;
/** No correlation. */
export const NO_CORRELATION = [-1.01, 1.01, 'NaN'] as const;
/** No change in percent: nothing falls by more than all. */
export const NO_CHANGE = [-100.1, ...INFINITE] as const;
/** No price. */
export const NO_PRICE = [0, -1, ...INFINITE] as const;
/** No amount. */
export const NO_AMOUNT = [-1, ...INFINITE] as const;
/** No number of either sign. */
export const NO_NUMBER = ['-Infinity', ...INFINITE] as const;
/** No sum of money; its scale keeps infinity out by itself. */
export const NO_SUM = [-0.01, 'NaN'] as const;
/** No JSON object. */
export const NO_OBJECT = ['[]', '1'] as const;
/** No JSON array. */
export const NO_ARRAY = ['{}', '1'] as const;
/** No time that a clock shows. */
export const NO_TIME = ['infinity', '-infinity'] as const;

/** No text of 1 to `most` characters. */
export function noText(most: number): readonly string[] {
  return ['', 'x'.repeat(most + 1)];
}

/** Gives, for each column of a table, its CHECK by name and one row per value that it refuses. */
export function refusedBy(
  table: string,
  values: Readonly<Record<string, readonly unknown[]>>,
): Record<string, readonly Row[]> {
  return Object.fromEntries(
    Object.entries(values).map(([column, refused]) => [
      `chk_${table}_${column}`,
      refused.map((value) => ({ [column]: value })),
    ]),
  );
}
