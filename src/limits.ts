/**
 * Range of prices and amounts that is taken in. Far beyond any market; within it no product or sum that the engine
 * forms overflows or vanishes, so no value is ever infinite or NaN.
 */
export const MIN_PRICE = 1e-100;
export const MAX_PRICE = 1e100;

/** How far ahead of the oldest open minute a trade may be, in ms: one week. A time beyond is a mistake. */
export const MAX_AHEAD_MS = 7 * 86_400_000;

/** Says whether a price can be worked with; false for NaN. */
export function isPrice(value: number): boolean {
  return value >= MIN_PRICE && value <= MAX_PRICE;
}
