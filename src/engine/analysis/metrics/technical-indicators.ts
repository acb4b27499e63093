import { columnOf } from '../columns.js';
import type { Gaps } from '../gaps.js';
import type { SeriesReader } from '../series-reader.js';
import { type ExtendedMetrics, TECHNICAL_FIELDS } from './snapshot.js';

/** Where each technical figure stands among the columns, and which candle is the first that has it. */
const TECHNICALS: Readonly<
  Record<(typeof TECHNICAL_FIELDS)[number], readonly [column: number, candles: number]>
> = {
  rsi_7: [columnOf('rsi_7'), 8],
  stochastic_k: [columnOf('stoch_k'), 18],
  stochastic_d: [columnOf('stoch_d'), 18],
  macd_value: [columnOf('macd'), 34],
  macd_signal: [columnOf('macd_signal'), 34],
  macd_histogram: [columnOf('macd_hist'), 34],
  sma_100: [columnOf('sma_100'), 100],
  sma_50: [columnOf('sma_50'), 50],
  sma_20: [columnOf('sma_20'), 20],
  ema_100: [columnOf('ema_100'), 100],
  ema_50: [columnOf('ema_50'), 50],
  ema_20: [columnOf('ema_20'), 20],
  bollinger_upper: [columnOf('bb_upper'), 20],
  bollinger_lower: [columnOf('bb_lower'), 20],
  bollinger_bandwidth: [columnOf('bb_bandwidth'), 20],
  atr_14: [columnOf('atr_14'), 15],
  adx: [columnOf('adx_14'), 28],
  di_plus: [columnOf('plus_di_14'), 15],
  di_minus: [columnOf('minus_di_14'), 15],
};

/** Says why an indicator is null. */
export function tooFew(needed: number): string {
  return `fewer than ${needed} candles have come`;
}

/** Gives Bitcoin's indicators, in US dollars, percent or 0–100 as the engine has them. */
export function technicalIndicators(
  series: SeriesReader,
  asset: number,
  timeframe: number,
  gaps: Gaps,
): ExtendedMetrics['technical_indicators'] {
  return record(TECHNICAL_FIELDS, (name) => {
    const [column, candles] = TECHNICALS[name];
    const value = series.value(asset, timeframe, column);
    if (Number.isFinite(value)) return value;
    return gaps.value(`extended_metrics.technical_indicators.${name}`, null, tooFew(candles));
  });
}

/** Gives a record with a figure under each name. */
export function record<Name extends string>(
  names: readonly Name[],
  figure: (name: Name) => number | null,
): Readonly<Record<Name, number | null>> {
  return Object.fromEntries(names.map((name) => [name, figure(name)])) as Record<Name, number | null>;
}
