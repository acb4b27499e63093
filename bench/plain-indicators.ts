/**
 * The measured set written by hand as one straight function over a slab of doubles: what JavaScript can do at best with
 * these formulas once every average is seeded. The limit that the engine's compiled indicators are held against.
 */
const RING = 256;
const RING_MASK = RING - 1;
const SHORT = 16;
const SHORT_MASK = SHORT - 1;

const HIGH = 0;
const LOW = 1;
const CLOSE = 2;
const PREVIOUS_HIGH = 3;
const PREVIOUS_LOW = 4;
const PREVIOUS_CLOSE = 5;
const COUNT = 6;
const SUMS = 7;
const EMAS = 10;
const GAIN = 13;
const LOSS = 14;
const MACD = 15;
const ANCHOR = 18;
const SUM = 19;
const SQUARES = 20;
const ATR = 21;
const PLUS = 22;
const MINUS = 23;
const RANGE = 24;
const ADX = 25;
const HIGHEST = 26;
const LOWEST = 27;
const FAST = 28;
const SLOW = 30;
const OUT = 32;
const OUTPUTS = 19;
const CLOSES = OUT + OUTPUTS;
const HIGHS = CLOSES + RING;
const LOWS = HIGHS + SHORT;
const SIZE = LOWS + SHORT;

/** Doubles per series. */
export const PLAIN_SIZE = SIZE;

function at(slab: Float64Array, place: number): number {
  return slab[place] as number;
}

/** Writes the candle into the series at `base`. */
export function plainPut(slab: Float64Array, base: number, high: number, low: number, close: number): void {
  slab[base + HIGH] = high;
  slab[base + LOW] = low;
  slab[base + CLOSE] = close;
}

/** Computes the outputs for the candle in place. */
export function plainPeek(slab: Float64Array, base: number): void {
  const high = at(slab, base + HIGH);
  const low = at(slab, base + LOW);
  const close = at(slab, base + CLOSE);
  const previous = at(slab, base + PREVIOUS_CLOSE);
  slab[base + OUT] = (at(slab, base + SUMS) + close) / 20;
  slab[base + OUT + 1] = (at(slab, base + SUMS + 1) + close) / 50;
  slab[base + OUT + 2] = (at(slab, base + SUMS + 2) + close) / 200;
  const e12 = at(slab, base + EMAS);
  const e26 = at(slab, base + EMAS + 1);
  const e200 = at(slab, base + EMAS + 2);
  slab[base + OUT + 3] = e12 + (close - e12) * (2 / 13);
  slab[base + OUT + 4] = e26 + (close - e26) * (2 / 27);
  slab[base + OUT + 5] = e200 + (close - e200) * (2 / 201);
  const change = close - previous;
  let gain = at(slab, base + GAIN);
  let loss = at(slab, base + LOSS);
  if (change > 0) gain += change;
  else loss -= change;
  slab[base + OUT + 6] = gain + loss === 0 ? 0 : (100 * gain) / (gain + loss);
  const fast = at(slab, base + MACD);
  const slow = at(slab, base + MACD + 1);
  const average = at(slab, base + MACD + 2);
  const line = fast + (close - fast) * (2 / 13) - (slow + (close - slow) * (2 / 27));
  const signal = average + (line - average) * (2 / 10);
  slab[base + OUT + 7] = line;
  slab[base + OUT + 8] = signal;
  slab[base + OUT + 9] = line - signal;
  const value = close - at(slab, base + ANCHOR);
  const mean = (at(slab, base + SUM) + value) / 20;
  const variance = (at(slab, base + SQUARES) + value * value) / 20 - mean * mean;
  const reach = variance > 0 ? 2 * Math.sqrt(variance) : 0;
  const middle = at(slab, base + ANCHOR) + mean;
  slab[base + OUT + 10] = middle + reach;
  slab[base + OUT + 11] = middle;
  slab[base + OUT + 12] = middle - reach;
  const range = (high > previous ? high : previous) - (low < previous ? low : previous);
  slab[base + OUT + 13] = (at(slab, base + ATR) + range) / 14;
  const up = high - at(slab, base + PREVIOUS_HIGH);
  const down = at(slab, base + PREVIOUS_LOW) - low;
  let plus = at(slab, base + PLUS);
  let minus = at(slab, base + MINUS);
  const ranges = at(slab, base + RANGE) + range;
  if (up > down) {
    if (up > 0) plus += up;
  } else if (down > up && down > 0) minus += down;
  const plusDi = ranges === 0 ? 0 : (100 * plus) / ranges;
  const minusDi = ranges === 0 ? 0 : (100 * minus) / ranges;
  const both = plusDi + minusDi;
  const adx = at(slab, base + ADX);
  slab[base + OUT + 14] = both === 0 ? adx : (adx * 13 + (100 * Math.abs(plusDi - minusDi)) / both) / 14;
  slab[base + OUT + 15] = plusDi;
  slab[base + OUT + 16] = minusDi;
  const highest = high > at(slab, base + HIGHEST) ? high : at(slab, base + HIGHEST);
  const lowest = low < at(slab, base + LOWEST) ? low : at(slab, base + LOWEST);
  const fastK = highest === lowest ? 0 : (100 * (close - lowest)) / (highest - lowest);
  const k = (at(slab, base + FAST) + at(slab, base + FAST + 1) + fastK) / 3;
  slab[base + OUT + 17] = k;
  slab[base + OUT + 18] = (at(slab, base + SLOW) + at(slab, base + SLOW + 1) + k) / 3;
}

/** Computes the outputs, then takes the candle in. */
export function plainCommit(slab: Float64Array, base: number): void {
  plainPeek(slab, base);
  const high = at(slab, base + HIGH);
  const low = at(slab, base + LOW);
  const close = at(slab, base + CLOSE);
  const previous = at(slab, base + PREVIOUS_CLOSE);
  const count = at(slab, base + COUNT) | 0;
  const left = (back: number): number => at(slab, base + CLOSES + ((count - back) & RING_MASK));
  slab[base + SUMS] = at(slab, base + SUMS) + close - left(19);
  slab[base + SUMS + 1] = at(slab, base + SUMS + 1) + close - left(49);
  slab[base + SUMS + 2] = at(slab, base + SUMS + 2) + close - left(199);
  slab[base + EMAS] = at(slab, base + OUT + 3);
  slab[base + EMAS + 1] = at(slab, base + OUT + 4);
  slab[base + EMAS + 2] = at(slab, base + OUT + 5);
  const change = close - previous;
  slab[base + GAIN] = ((at(slab, base + GAIN) + (change > 0 ? change : 0)) / 14) * 13;
  slab[base + LOSS] = ((at(slab, base + LOSS) - (change < 0 ? change : 0)) / 14) * 13;
  slab[base + MACD] = at(slab, base + MACD) + (close - at(slab, base + MACD)) * (2 / 13);
  slab[base + MACD + 1] = at(slab, base + MACD + 1) + (close - at(slab, base + MACD + 1)) * (2 / 27);
  slab[base + MACD + 2] = at(slab, base + OUT + 8);
  slab[base + CLOSES + (count & RING_MASK)] = close;
  if ((count & 31) === 31) {
    let sum = 0;
    let squares = 0;
    for (let i = 0; i < 19; i++) {
      const value = at(slab, base + CLOSES + ((count - i) & RING_MASK)) - close;
      sum += value;
      squares += value * value;
    }
    slab[base + ANCHOR] = close;
    slab[base + SUM] = sum;
    slab[base + SQUARES] = squares;
  } else {
    const anchor = at(slab, base + ANCHOR);
    const entering = close - anchor;
    const leaving = left(19) - anchor;
    slab[base + SUM] = at(slab, base + SUM) + entering - leaving;
    slab[base + SQUARES] = at(slab, base + SQUARES) + entering * entering - leaving * leaving;
  }
  const range = (high > previous ? high : previous) - (low < previous ? low : previous);
  slab[base + ATR] = at(slab, base + OUT + 13) * 13;
  const up = high - at(slab, base + PREVIOUS_HIGH);
  const down = at(slab, base + PREVIOUS_LOW) - low;
  let plus = at(slab, base + PLUS);
  let minus = at(slab, base + MINUS);
  if (up > down) {
    if (up > 0) plus += up;
  } else if (down > up && down > 0) minus += down;
  slab[base + PLUS] = plus - plus / 14;
  slab[base + MINUS] = minus - minus / 14;
  slab[base + RANGE] = ((at(slab, base + RANGE) + range) / 14) * 13;
  slab[base + ADX] = at(slab, base + OUT + 14);
  pushExtreme(slab, base, count, high, low);
  const highest = high > at(slab, base + HIGHEST) ? high : at(slab, base + HIGHEST);
  const lowest = low < at(slab, base + LOWEST) ? low : at(slab, base + LOWEST);
  slab[base + FAST] = at(slab, base + FAST + 1);
  slab[base + FAST + 1] = highest === lowest ? 0 : (100 * (close - lowest)) / (highest - lowest);
  slab[base + SLOW] = at(slab, base + SLOW + 1);
  slab[base + SLOW + 1] = at(slab, base + OUT + 17);
  slab[base + PREVIOUS_HIGH] = high;
  slab[base + PREVIOUS_LOW] = low;
  slab[base + PREVIOUS_CLOSE] = close;
  slab[base + COUNT] = count + 1;
}

/** Moves the extremes of the last 13 candles on; searches only when the extreme leaves. */
function pushExtreme(slab: Float64Array, base: number, count: number, high: number, low: number): void {
  const oldHigh = at(slab, base + HIGHS + ((count - 13) & SHORT_MASK));
  const oldLow = at(slab, base + LOWS + ((count - 13) & SHORT_MASK));
  slab[base + HIGHS + (count & SHORT_MASK)] = high;
  slab[base + LOWS + (count & SHORT_MASK)] = low;
  if (high >= at(slab, base + HIGHEST)) slab[base + HIGHEST] = high;
  else if (oldHigh === at(slab, base + HIGHEST)) {
    let best = high;
    for (let i = 1; i < 13; i++) best = Math.max(best, at(slab, base + HIGHS + ((count - i) & SHORT_MASK)));
    slab[base + HIGHEST] = best;
  }
  if (low <= at(slab, base + LOWEST)) slab[base + LOWEST] = low;
  else if (oldLow === at(slab, base + LOWEST)) {
    let best = low;
    for (let i = 1; i < 13; i++) best = Math.min(best, at(slab, base + LOWS + ((count - i) & SHORT_MASK)));
    slab[base + LOWEST] = best;
  }
}
