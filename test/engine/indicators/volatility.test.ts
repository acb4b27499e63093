import t from 'tap';
import { IndicatorSeries } from '../../../src/engine/indicators/indicator-series.js';
import type { IndicatorSpec } from '../../../src/engine/indicators/spec.js';

/** The value of the only column after the last of the closes. */
function lastOf(spec: IndicatorSpec, closes: readonly number[]): number {
  const series = new IndicatorSeries([spec]);
  for (const close of closes) {
    series.commit({ time: 0, open: close, high: close, low: close, close, volume: 0 });
  }
  return series.closedValue(0);
}

t.test('realised volatility keeps its digits where a price hardly moves', async (t) => {
  const step = 2 ** -40;
  const closes = Array.from({ length: 21 }, (_, i) => 1 + (i % 2) * step);
  // Ten changes up, ten down by the same logarithm: no mean, and 20 squares shared by 19.
  const wanted = Math.log1p(step) * Math.sqrt(20 / 19);
  const error = Math.abs(lastOf({ name: 'realized_volatility' }, closes) / wanted - 1);
  t.ok(error < 1e-14, `relative error ${error}`);
});

t.test('realised volatility is zero for a price that grows by the same factor each candle', async (t) => {
  const closes = Array.from({ length: 30 }, (_, i) => 2 ** i);
  t.equal(lastOf({ name: 'realized_volatility' }, closes), 0);
});

t.test('a lone jump has the largest standard score that there is, the root of period − 1', async (t) => {
  const jump = [...Array.from({ length: 19 }, () => 7), 7.5];
  t.ok(Math.abs(lastOf({ name: 'zscore' }, jump) - Math.sqrt(19)) < 1e-14);
  t.ok(Math.abs(lastOf({ name: 'zscore' }, [...jump.slice(1), 7]) + 1 / Math.sqrt(19)) < 1e-14);
});
