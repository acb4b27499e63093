// @ts-check

/** Most decimals that a price is shown with. */
const MOST_DECIMALS = 8;

/**
 * Gives how many decimals these prices have, 2–8: as many as the one with the most.
 *
 * @param {readonly number[]} prices
 */
export function decimalsOf(prices) {
  let most = 2;
  for (const price of prices) {
    const text = price.toFixed(MOST_DECIMALS).replace(/0+$/, '');
    most = Math.max(most, text.length - text.indexOf('.') - 1);
  }
  return most;
}

/**
 * @param {number | null | undefined} value
 * @param {number} decimals
 */
export function price(value, decimals) {
  if (value === null || value === undefined) return '–';
  return value.toLocaleString('en', { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}

/** @param {number | null | undefined} value */
export function volume(value) {
  if (value === null || value === undefined) return '–';
  const compact = { notation: /** @type {const} */ ('compact'), maximumFractionDigits: 2 };
  return value.toLocaleString('en', value < 1e4 ? { maximumFractionDigits: 3 } : compact);
}

/** @param {number | null | undefined} value percent */
export function percent(value) {
  if (value === null || value === undefined) return '24 h change not known yet';
  const sign = value > 0 ? '▲ +' : value < 0 ? '▼ −' : '';
  return `${sign}${Math.abs(value).toFixed(2)} % in 24 h`;
}

/** @param {number} ms time since the epoch */
export function utc(ms) {
  return new Date(ms).toISOString().slice(0, 16).replace('T', ' ');
}
