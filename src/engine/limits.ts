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

/** Says whether the numbers of a candle can be worked with and do not contradict each other. */
export function isSoundCandle(candle: {
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
}): boolean {
  const { open, high, low, close, volume } = candle;
  return (
    isPrice(low) &&
    isPrice(high) &&
    low <= open &&
    low <= close &&
    high >= open &&
    high >= close &&
    volume >= 0 &&
    volume <= MAX_PRICE
  );
}
