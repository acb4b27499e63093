/** Annual volatility that scores 0.5. */
const MIDDLE_VOLATILITY = 0.8;
/** Makes the logistic function run along the normal distribution (within 0.01). */
const LOGIT_SCALE = 1.702;

/** Root of the mean square of a − b, pairs with a NaN left out; NaN: fewer than `least` are left. */
export function trackingDeviation(a: Float64Array, b: Float64Array, least: number): number {
  let count = 0;
  let squares = 0;
  for (let i = 0; i < a.length; i++) {
    const apart = (a[i] as number) - (b[i] as number);
    if (Number.isNaN(apart)) continue;
    count += 1;
    squares += apart * apart;
  }
  return count < least ? Number.NaN : Math.sqrt(squares / count);
}

/** Annual volatility (a fraction) on a scale of 0–1: σ ÷ (σ + 0.8). */
export function volatilityScore(annual: number): number {
  return annual / (annual + MIDDLE_VOLATILITY);
}

/** Volume against its mean on a scale of 0–1: v ÷ (v + mean), 0.5 at the mean. NaN: nothing was traded in either. */
export function liquidityScore(volume: number, mean: number): number {
  return volume / (volume + mean);
}

/**
 * How strong an excess return is, 0–1, 0.5 being the market's: the share of a normal distribution below
 * z = excess ÷ (deviation × √steps), by the logistic function 1 ÷ (1 + e^(−1.702 z)) (D. Haley 1952).
 *
 * @param excess log return over that of the market
 * @param tracking deviation of the two's difference per step
 * @param steps how many steps the return is over
 */
export function relativeStrength(excess: number, tracking: number, steps: number): number {
  if (excess === 0 && tracking === 0) return 0.5;
  return 1 / (1 + Math.exp((-LOGIT_SCALE * excess) / (tracking * Math.sqrt(steps))));
}

/**
 * Momentum, −1 … 1: mean of tanh(return ÷ expected deviation) over 24 hours, 7 and 30 days, weighted 0.2, 0.4 and 0.4,
 * of those that are known (volatility-adjusted time-series momentum: T. Moskowitz, Y. Ooi, L. Pedersen 2012). NaN: none is.
 *
 * @param returns log returns over 1, 7 and 30 days; NaN: not known
 * @param daily deviation of a day's log return
 */
export function momentum(returns: readonly [number, number, number], daily: number): number {
  let sum = 0;
  let weights = 0;
  for (const [i, days] of [1, 7, 30].entries()) {
    const value = returns[i] as number;
    const score = value === 0 ? 0 : Math.tanh(value / (daily * Math.sqrt(days)));
    if (Number.isNaN(score) || Number.isNaN(daily)) continue;
    const weight = i === 0 ? 0.2 : 0.4;
    sum += weight * score;
    weights += weight;
  }
  return weights === 0 ? Number.NaN : sum / weights;
}

/**
 * How hard money presses into a sector (out of it if negative), −1 … 1: (2 × relative strength − 1) × q² ÷ (1 + q²), q being
 * its share of traded volume against that of the three windows before. Strength tells the direction, volume how much
 * stands behind it. Our own estimate: who sold what to buy what is in no public data.
 */
export function rotationPressure(strength: number, shareRatio: number): number {
  const squared = shareRatio * shareRatio;
  return (2 * strength - 1) * (Number.isFinite(squared) ? squared / (1 + squared) : 1);
}

/** Flow from one sector to another, 0–1: half of what the other presses more; 0 against the pressure. */
export function rotationFlow(from: number, to: number): number {
  return Math.max(0, (to - from) / 2);
}
