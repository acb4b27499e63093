/** Rounding that a decimal suffers on its way into a double and through one multiplication, relative. */
const ROUNDING_NOISE = 2 ** -51;

/**
 * Gives an amount in lots of 10^−decimals, `scale` being 10^decimals: a whole number wherever the amount has no more
 * decimals than that, so that sums of amounts are exact below 2^53 lots. An amount with more decimals stays as it is,
 * in fractions of a lot. Lots / `scale` is the double nearest to the decimal again.
 */
export function toLots(amount: number, scale: number): number {
  const scaled = amount * scale;
  const whole = Math.round(scaled);
  return Math.abs(scaled - whole) <= scaled * ROUNDING_NOISE ? whole : scaled;
}
