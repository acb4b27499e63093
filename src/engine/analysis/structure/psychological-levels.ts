const MANTISSAS = [1, 2, 2.5, 5];

/** The round numbers around a price. */
export interface PsychologicalLevels {
  /** Distance of two round numbers: 1, 2, 2.5 or 5 times a power of ten. */
  readonly step: number;
  /** Highest one at or below the price. */
  readonly below: number;
  /** Lowest one above it. */
  readonly above: number;
  /** From the price to them, percent of it: zero or negative, and positive. */
  readonly belowPct: number;
  readonly abovePct: number;
  /** How near the closer one is, 0 (half-way between both) to 1 (on it). */
  readonly proximity: number;
}

/**
 * Gives the round numbers at which orders gather (Osler 2000), in steps of the largest 1, 2, 2.5 or 5 × 10ⁿ that is at
 * most a tenth of the price: 65,000 and 70,000 around 67,000, so 4–10 % of the price apart.
 *
 * @returns null if the price is not a number from 1e-100 to 1e100
 */
export function psychologicalLevels(price: number): PsychologicalLevels | null {
  if (!(price >= 1e-100 && price <= 1e100)) return null;
  const { mantissa, exponent } = stepOf(price / 10);
  const level = (count: number) => scale(mantissa * count, exponent);
  let count = Math.floor(price / level(1));
  // The quotient is rounded: a price on a round number may come out just below it.
  if (level(count + 1) <= price) count += 1;
  if (level(count) > price) count -= 1;
  const step = level(1);
  const below = level(count);
  const above = level(count + 1);
  const nearest = Math.min(price - below, above - price);
  return {
    step,
    below,
    above,
    belowPct: (below / price - 1) * 100,
    abovePct: (above / price - 1) * 100,
    proximity: Math.min(1, Math.max(0, 1 - nearest / (step / 2))),
  };
}

function stepOf(limit: number): { mantissa: number; exponent: number } {
  let exponent = Math.floor(Math.log10(limit));
  // The logarithm is rounded too.
  if (scale(10, exponent) <= limit) exponent += 1;
  if (scale(1, exponent) > limit) exponent -= 1;
  const mantissa = MANTISSAS.findLast((each) => scale(each, exponent) <= limit) ?? 1;
  return { mantissa, exponent };
}

/** A power of ten below one is divided by: 13 / 10⁶ is 0.000013 to the last bit, 13 × 10⁻⁶ is not. */
function scale(value: number, exponent: number): number {
  return exponent < 0 ? value / 10 ** -exponent : value * 10 ** exponent;
}
