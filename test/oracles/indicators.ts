/**
 * Plain batch formulas, slow and obvious: every value from the whole prefix of closes, nothing carried over. NaN: not
 * defined. Sources: TA-Lib's definitions as `test/engine/indicators/golden.test.ts` holds them against exact values.
 */

function mean(values: readonly number[]): number {
  // Around the first value, so that quiet prices keep their digits.
  const anchor = values[0] ?? Number.NaN;
  return anchor + values.reduce((sum, value) => sum + (value - anchor), 0) / values.length;
}

/** Mean of the last `period` closes. */
export function sma(closes: readonly number[], period: number): number {
  return closes.length < period ? Number.NaN : mean(closes.slice(-period));
}

function emaFrom(values: readonly number[], period: number): number {
  let value = mean(values.slice(0, period));
  for (const next of values.slice(period)) value += ((next - value) * 2) / (period + 1);
  return value;
}

/** Exponential average seeded with the mean of the first `period` closes. */
export function ema(closes: readonly number[], period: number): number {
  return closes.length < period ? Number.NaN : emaFrom(closes, period);
}

/** Wilder's relative strength index; 0 in a market that never moved. */
export function rsi(closes: readonly number[], period: number): number {
  if (closes.length <= period) return Number.NaN;
  const changes = closes.slice(1).map((close, i) => close - (closes[i] as number));
  let gain = changes.slice(0, period).reduce((sum, change) => sum + Math.max(change, 0), 0) / period;
  let loss = changes.slice(0, period).reduce((sum, change) => sum + Math.max(-change, 0), 0) / period;
  for (const change of changes.slice(period)) {
    gain = (gain * (period - 1) + Math.max(change, 0)) / period;
    loss = (loss * (period - 1) + Math.max(-change, 0)) / period;
  }
  return gain + loss === 0 ? 0 : (100 * gain) / (gain + loss);
}

/** MACD, its signal and histogram; both averages begin at candle `slow` − 1. */
export function macd(
  closes: readonly number[],
  fast: number,
  slow: number,
  signal: number,
): readonly [number, number, number] {
  if (closes.length < slow + signal - 1) return [Number.NaN, Number.NaN, Number.NaN];
  const line: number[] = [];
  for (let end = slow; end <= closes.length; end++) {
    line.push(emaFrom(closes.slice(slow - fast, end), fast) - emaFrom(closes.slice(0, end), slow));
  }
  const value = line.at(-1) as number;
  const signalValue = emaFrom(line, signal);
  return [value, signalValue, value - signalValue];
}

/** Upper, middle, lower band, bandwidth and %B, by two passes over the window. */
export function bollinger(closes: readonly number[], period: number, width: number): readonly number[] {
  if (closes.length < period) return [Number.NaN, Number.NaN, Number.NaN, Number.NaN, Number.NaN];
  const window = closes.slice(-period);
  const close = window.at(-1) as number;
  const offsets = window.map((value) => value - close);
  const offset = mean(offsets);
  const deviation = Math.sqrt(mean(offsets.map((value) => (value - offset) ** 2)));
  const middle = close + offset;
  const reach = width * deviation;
  return [
    middle + reach,
    middle,
    middle - reach,
    (2 * reach) / middle,
    reach === 0 ? 0.5 : 0.5 - offset / (2 * reach),
  ];
}
