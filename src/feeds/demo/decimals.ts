/**
 * Gives `value` × 10^−`decimals` as decimal text with at least `places` digits after the point, as Binance writes
 * numbers. No float formatting takes part, so every digit is exact.
 */
export function formatDecimal(value: number | bigint, decimals: number, places = 8): string {
  const negative = value < 0;
  const digits = String(negative ? -value : value).padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals);
  const fraction = digits.slice(digits.length - decimals).padEnd(places, '0');
  return `${negative ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`;
}

/** Gives the number of digits after the point of plain decimal text, zeros at the end not counted. */
export function decimalsOf(text: string): number {
  const point = text.indexOf('.');
  if (point < 0) return 0;
  let end = text.length;
  while (text.charAt(end - 1) === '0') end--;
  return Math.max(0, end - point - 1);
}

/**
 * Gives plain decimal text as a whole number of units of 10^−`decimals`.
 *
 * @throws RangeError if the text is no plain decimal number ≥ 0, has more digits after the point, or passes 2^53
 */
export function parseDecimal(text: string, decimals: number): number {
  const match = /^(\d+)(?:\.(\d*?)0*)?$/.exec(text);
  const fraction = match?.[2] ?? '';
  const value = Number(`${match?.[1] ?? 'x'}${fraction.padEnd(decimals, '0')}`);
  if (!Number.isSafeInteger(value) || fraction.length > decimals)
    throw new RangeError(`"${text}" is not a decimal number with at most ${decimals} decimals`);
  return value;
}
