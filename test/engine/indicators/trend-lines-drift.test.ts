import t from 'tap';
import { type IndicatorInput, IndicatorSeries } from '../../../src/engine/indicators/indicator-series.js';
import type { IndicatorSpec } from '../../../src/engine/indicators/spec.js';
import { donchian, ichimoku, linregSlope, pivots, psar, supertrend } from '../../oracles/trend-lines.js';
import { keltner, realizedVolatility, zscore } from '../../oracles/volatility.js';
import { madeMarket } from './made-market.js';

const CANDLES = 300_000;

const SPECS: readonly IndicatorSpec[] = [
  { name: 'donchian' },
  { name: 'ichimoku' },
  { name: 'supertrend' },
  { name: 'psar' },
  { name: 'keltner' },
  { name: 'realized_volatility' },
  { name: 'zscore' },
  { name: 'linreg_slope' },
  { name: 'pivot' },
];

function valuesOf(series: IndicatorSeries): readonly number[] {
  return series.columns.map((_, column) => series.closedValue(column));
}

t.test(`after ${CANDLES} candles values equal their batch computation`, async (t) => {
  const series = new IndicatorSeries(SPECS);
  const candles: IndicatorInput[] = [];
  const worst = new Map<string, number>();
  for (const candle of madeMarket(CANDLES)) {
    series.commit(candle);
    candles.push(candle);
    const isEnd = candles.length === CANDLES;
    if (!isEnd && (candles.length < 1_000 || candles.length % 997 !== 0)) continue;
    const window = candles.slice(-300);
    const closes = window.map(({ close }) => close);
    const { high, low } = candle;
    const range = Math.max(...closes.slice(-14)) - Math.min(...closes.slice(-14));
    const wanted: readonly (readonly [value: number, floor: number])[] = [
      ...donchian(window, 20).map((value) => [value, 0] as const),
      ...ichimoku(window, 9, 26, 52, 26).map((value) => [value, 0] as const),
      // What remembers everything is computed from everything, at the end.
      ...supertrend(isEnd ? candles : [], 10, 3).map((value) => [value, high] as const),
      [psar(isEnd ? candles : [], 0.02, 0.2), 0],
      ...keltner(isEnd ? candles : [], 20, 10, 2).map((value) => [value, low] as const),
      [realizedVolatility(closes, 20), 0],
      [zscore(closes, 20), 1],
      [linregSlope(closes, 14), range / 14],
      ...pivots(window, 5, 5).map((value) => [value, 0] as const),
    ];
    for (const [column, name] of series.columns.entries()) {
      const [value, floor] = wanted[column] as readonly [number, number];
      if (Number.isNaN(value)) continue;
      const error = Math.abs(series.closedValue(column) - value) / Math.max(Math.abs(value), floor);
      if (!(error <= (worst.get(name) ?? 0))) worst.set(name, error);
    }
  }
  for (const name of series.columns) t.ok((worst.get(name) ?? 0) < 1e-9, `${name}: ${worst.get(name) ?? 0}`);
});

t.test('prices 2^27 times smaller give the same bits, in that scale where a column is a price', async (t) => {
  // About 10^−8, and exact in doubles.
  const scale = 2 ** -27;
  const usual = new IndicatorSeries(SPECS);
  const cheap = new IndicatorSeries(SPECS);
  const free = new Set(['supertrend_direction', 'realized_volatility_20', 'zscore_20']);
  const astray = new Set<string>();
  for (const { time, open, high, low, close, volume } of madeMarket(20_000)) {
    usual.commit({ time, open, high, low, close, volume });
    cheap.commit({
      time,
      open: open * scale,
      high: high * scale,
      low: low * scale,
      close: close * scale,
      volume,
    });
    const small = valuesOf(cheap);
    for (const [column, value] of valuesOf(usual).entries()) {
      const name = usual.columns[column] as string;
      if (!Object.is(small[column], free.has(name) ? value : value * scale)) astray.add(name);
    }
  }
  t.same([...astray], []);
});
