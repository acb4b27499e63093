import fc from 'fast-check';
import t from 'tap';
import { SeriesBook } from '../../../../src/engine/analysis/series-book.js';
import { marketCorrelation } from '../../../../src/engine/analysis/signals/market-correlation.js';
import { volumeRatio } from '../../../../src/engine/analysis/signals/signal-scorer.js';
import { isLastBefore, trendScore } from '../../../../src/engine/analysis/signals/trend-score.js';
import { timeframeIndex } from '../../../../src/timeframe.js';
import { type HandCandle, MadeSeries } from '../../../support/made-series.js';
import { numbersOf } from '../../../support/walking-market.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const H1 = timeframeIndex('1h');
const D1 = timeframeIndex('1d');
const AT: readonly HandCandle[] = [[100, 101, 99, 100, 10]];

t.test('a trend is the mean of three signs, less where ADX is low', async (t) => {
  const score = (values: Readonly<Record<string, number>>): number =>
    trendScore(0, H1, new MadeSeries(AT, values));
  t.equal(score({ ema_20: 99, ema_50: 98, ema_200: 90, adx_14: 30 }), 1);
  t.equal(score({ ema_20: 101, ema_50: 102, ema_200: 110, adx_14: 30 }), -1);
  t.equal(score({ ema_20: 99, ema_50: 98, ema_200: 90, adx_14: 12.5 }), 0.5);
  t.equal(score({ ema_20: 99, ema_50: 98, ema_200: 90, adx_14: 1 }), 0.4, 'not less than 0.4 of it');
  t.ok(Math.abs(score({ ema_20: 99, ema_50: 98, ema_200: 99, adx_14: 25 }) - 1 / 3) < 1e-12);
  t.equal(score({ ema_20: 99, ema_50: 98, adx_14: 25 }), 1, 'without EMA 200 two signs are all');
  t.ok(Number.isNaN(score({ ema_20: 99, adx_14: 25 })));
  t.ok(Number.isNaN(score({ ema_20: 99, ema_50: 98 })));
});

t.test('a longer candle is read when it is the last that ended before, strictly', async (t) => {
  const at = (newest: number, time: number): boolean =>
    isLastBefore(0, H1, new MadeSeries(AT, {}, newest), time);
  const end = 10 * HOUR;
  t.ok(at(end - HOUR, end + 1));
  t.ok(at(end - HOUR, end + HOUR), 'the next one ends at this moment, and may be known or not');
  t.notOk(at(end - HOUR, end), 'it ends at this very moment');
  t.notOk(at(end, end + HOUR), 'that is the next one, which has come first');
  t.notOk(at(end - HOUR, end + HOUR + 1), 'the next one is missing');
  t.notOk(isLastBefore(0, H1, new MadeSeries([], {}), end), 'there is none');
});

t.test('volume is held against the mean of the twenty candles before', async (t) => {
  const candles = Array.from({ length: 20 }, (_, n): HandCandle => [1, 1, 1, 1, n + 1]);
  const series = new MadeSeries([...candles, [1, 1, 1, 1, 21]], {});
  t.equal(volumeRatio(0, H1, series), 2);
  series.candles = [...candles.slice(1), [1, 1, 1, 1, 21]];
  t.ok(Number.isNaN(volumeRatio(0, H1, series)), 'nineteen are not enough');
  series.candles = Array.from({ length: 21 }, (): HandCandle => [1, 1, 1, 1, 0]);
  t.ok(Number.isNaN(volumeRatio(0, H1, series)), 'nothing was traded');
});

/** Pearson's correlation, as the schoolbook has it. */
function pearson(a: readonly number[], b: readonly number[]): number {
  const n = a.length;
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / n;
  const dot = (x: readonly number[], y: readonly number[]): number =>
    mean(x.map((value, i) => value * (y[i] ?? 0))) - mean(x) * mean(y);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

function daily(closes: readonly (readonly number[])[]): SeriesBook {
  const book = new SeriesBook();
  for (const [asset, values] of closes.entries()) {
    book.add(asset);
    for (const [day, close] of values.entries()) {
      if (Number.isNaN(close)) continue;
      book.push(asset, D1, { time: day * DAY, open: close, high: close, low: close, close, volume: 1 });
    }
  }
  return book;
}

t.test('correlation is Pearson’s of the thirty daily returns that ended before', async (t) => {
  const next = numbersOf(3);
  const closes = [0, 1].map(() => Array.from({ length: 60 }, () => 100 * (1 + next())));
  const book = daily(closes);
  const returns = closes.map((values) =>
    values.slice(-30).map((close, n) => Math.log(close / (values.slice(-31)[n] ?? Number.NaN))),
  );
  const wanted = pearson(returns[0] ?? [], returns[1] ?? []);
  t.ok(Math.abs((marketCorrelation(0, 1, book, 60 * DAY + HOUR) ?? 0) - wanted) < 1e-12);
  t.equal(marketCorrelation(0, 0, book, 60 * DAY + HOUR), 1, 'with itself');
  const without = daily(closes.map((values) => values.slice(0, 59)));
  t.equal(
    marketCorrelation(0, 1, book, 60 * DAY),
    marketCorrelation(0, 1, without, 60 * DAY),
    'a day that ends at this moment does not count, whether it is there or not',
  );
});

t.test('without enough days, or without a move, there is none', async (t) => {
  const rising = Array.from({ length: 40 }, (_, n) => 100 + n);
  const still = rising.map(() => 100);
  t.equal(marketCorrelation(0, 1, daily([rising, still]), 40 * DAY + 1), null);
  t.equal(marketCorrelation(0, 1, daily([rising.slice(0, 20), rising]), 20 * DAY + 1), null);
  const holes = rising.map((close, n) => (n % 3 === 0 ? Number.NaN : close));
  t.equal(marketCorrelation(0, 1, daily([holes, rising]), 40 * DAY + 1), null, 'a hole is two returns less');
});

t.test('a correlation lies within −1 and 1', async (t) => {
  const prices = fc.array(fc.double({ min: 1e-9, max: 1e9, noNaN: true }), { minLength: 35, maxLength: 35 });
  fc.assert(
    fc.property(prices, prices, (a, b) => {
      const found = marketCorrelation(0, 1, daily([a, b]), 35 * DAY + 1);
      return found === null || (found >= -1 && found <= 1);
    }),
    { numRuns: 100 },
  );
  t.pass();
});
