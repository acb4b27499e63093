import { type IndicatorInput, IndicatorSeries } from '../src/engine/indicators/indicator-series.js';
import type { IndicatorSpec } from '../src/engine/indicators/spec.js';
import { bollinger, ema, rsi, sma } from '../test/oracles/indicators.js';
import { cci, rateOfChange, williamsR } from '../test/oracles/oscillators.js';
import { linregSlope } from '../test/oracles/trend-lines.js';
import { realizedVolatility, zscore } from '../test/oracles/volatility.js';
import { rollingVwap, volumeSma } from '../test/oracles/volume.js';

/**
 * Candles that a value is computed anew from. After as many, an EMA of 200 holds 1e-26 of what was before, Wilder's
 * average of 21 nothing; a UTC day of minutes is 1,440.
 */
export const WINDOW = 6_000;

/** A batch value, and where it comes from. */
export interface Wanted {
  readonly value: number;
  readonly by: 'formula' | 'restart';
}

/** On-balance volume since the first candle, its rounding kept apart (Neumaier, 1974): it never forgets. */
export class ExactObv {
  #sum = 0;
  #rest = 0;
  #previousClose = Number.NaN;

  get value(): number {
    return this.#sum + this.#rest;
  }

  add({ close, volume }: IndicatorInput): void {
    const isFirst = Number.isNaN(this.#previousClose);
    const flow = isFirst || close > this.#previousClose ? volume : close < this.#previousClose ? -volume : 0;
    this.#previousClose = close;
    const next = this.#sum + flow;
    this.#rest += Math.abs(this.#sum) >= Math.abs(flow) ? this.#sum - next + flow : flow - next + this.#sum;
    this.#sum = next;
  }
}

/** Formulas of `test/oracles` by column, over the closes of the window. */
const FORMULAS: readonly (readonly [
  column: RegExp,
  value: (closes: readonly number[], period: number) => number,
])[] = [
  [/^sma_(\d+)$/, sma],
  [/^ema_(\d+)$/, ema],
  [/^rsi_(\d+)$/, rsi],
  [/^bb_upper()$/, (closes) => bollinger(closes, 20, 2)[0] as number],
  [/^bb_middle()$/, (closes) => bollinger(closes, 20, 2)[1] as number],
  [/^bb_lower()$/, (closes) => bollinger(closes, 20, 2)[2] as number],
  [/^bb_bandwidth()$/, (closes) => bollinger(closes, 20, 2)[3] as number],
  [/^roc_(\d+)$/, rateOfChange],
  [/^linreg_slope_(\d+)$/, linregSlope],
  [/^realized_volatility_(\d+)$/, realizedVolatility],
  [/^zscore_(\d+)$/, zscore],
];

/** Formulas over the candles of the window. */
const CANDLE_FORMULAS: readonly (readonly [
  column: RegExp,
  value: (candles: readonly IndicatorInput[], period: number) => number,
])[] = [
  [/^cci_(\d+)$/, cci],
  [/^willr_(\d+)$/, williamsR],
  [/^volume_sma_(\d+)$/, volumeSma],
  [/^rolling_vwap_(\d+)$/, rollingVwap],
];

/**
 * Computes every column anew from the last `WINDOW` candles: by the batch formula where there is one here, else by the
 * same indicators started at the window's begin. What they give for short series is held against the reference files and
 * batch formulas in the tests; here it is what ten million candles have not touched.
 */
export function batchOf(
  specs: readonly IndicatorSpec[],
  window: readonly IndicatorInput[],
  obv: ExactObv,
): readonly Wanted[] {
  const restarted = new IndicatorSeries(specs);
  for (const candle of window) restarted.commit(candle);
  const closes = window.map(({ close }) => close);
  return restarted.columns.map((column, place) => {
    if (column === 'obv') return { value: obv.value, by: 'formula' };
    for (const [pattern, formula] of FORMULAS) {
      const period = pattern.exec(column)?.[1];
      if (period !== undefined) return { value: formula(closes, Number(period)), by: 'formula' };
    }
    for (const [pattern, formula] of CANDLE_FORMULAS) {
      const period = pattern.exec(column)?.[1];
      if (period !== undefined) return { value: formula(window, Number(period)), by: 'formula' };
    }
    return { value: restarted.closedValue(place), by: 'restart' };
  });
}

/** Columns whose errors are measured against 1 at least. */
const AROUND_ONE = /^(rsi|adx|plus_di|minus_di|stoch|stochrsi|mfi|willr|cci|zscore|bb_percent_b)/;
/** Prices that may be near or below zero although the close is not. */
const MAY_CROSS_ZERO = /^(bb_lower|keltner|supertrend|ichimoku)/;

/** Gives what an error is measured against at least, where a value passes through zero: as the reference files do. */
export function floorOf(column: string, window: readonly IndicatorInput[]): number {
  const close = (window.at(-1) as IndicatorInput).close;
  if (column.startsWith('macd') || column.startsWith('linreg_slope')) return close / 1_000;
  if (AROUND_ONE.test(column)) return 1;
  if (column.startsWith('roc_')) return 0.01;
  if (column === 'bb_bandwidth') return 1e-6;
  if (column === 'obv') return window.slice(-20).reduce((sum, { volume }) => sum + volume, 0) / 20;
  return MAY_CROSS_ZERO.test(column) ? close : 0;
}
