import { isPrice, MAX_PRICE } from '../limits.js';

export { isPrice, MAX_AHEAD_MS, MAX_PRICE, MIN_PRICE } from '../limits.js';

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
