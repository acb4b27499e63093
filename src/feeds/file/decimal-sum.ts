const DECIMALS = /^[+-]?\d*\.?(\d*?)0*(?:e([+-]?\d+))?$/i;
/** 10^22 is the last power of ten that a double holds exactly. */
const MAX_PLACES = 22;
/** Below this many units the product of a double and a power of ten rounds to the right whole number. */
const MAX_UNITS = 2 ** 50;

/** Gives how many decimal places a decimal number has as text, trailing zeros left out: `1.50` 1, `2e-3` 3. */
export function decimalPlaces(text: string): number {
  const [, fraction = '', exponent = '0'] = DECIMALS.exec(text) ?? [];
  // Zeros before the point are no decimals, but an exponent may shift digits over it.
  return Math.max(0, fraction.length - Number(exponent));
}

/**
 * Adds decimal numbers up without rounding, so that the sum of what an exchange wrote has the digits that it would
 * write: 0.1 + 0.2 is 0.3. Exact while the sum in units of its last place is below 2^50; beyond, as doubles add.
 */
export class DecimalSum {
  #lots = 0;
  #places = 0;
  #rounded = 0;
  #isExact = true;

  reset(): void {
    this.#lots = 0;
    this.#places = 0;
    this.#rounded = 0;
    this.#isExact = true;
  }

  /** @param value the double nearest to `text` */
  add(value: number, text: string): void {
    this.#rounded += value;
    if (!this.#isExact) return;
    const places = decimalPlaces(text);
    if (places > this.#places) {
      this.#lots *= 10 ** (places - this.#places);
      this.#places = places;
    }
    if (this.#places > MAX_PLACES) this.#isExact = false;
    const lots = value * 10 ** this.#places;
    const sum = this.#lots + Math.round(lots);
    this.#lots = sum;
    if (!(sum <= MAX_UNITS)) this.#isExact = false;
  }

  /** Gives the double nearest to the sum. */
  get value(): number {
    return this.#isExact ? this.#lots / 10 ** this.#places : this.#rounded;
  }
}
