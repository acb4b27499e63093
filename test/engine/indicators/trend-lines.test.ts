import t from 'tap';
import { IchimokuCloud, KeltnerChannels, LinearRegression, SuperTrend, TradingSignal } from 'trading-signals';
import { type IndicatorInput, IndicatorSeries } from '../../../src/engine/indicators/indicator-series.js';
import type { IndicatorSpec } from '../../../src/engine/indicators/spec.js';
import { madeMarket } from './made-market.js';

function candle(high: number, low: number, close = low): IndicatorInput {
  return { time: 0, open: close, high, low, close, volume: 1 };
}

/** The values of all columns after each candle. */
function closedRows(spec: IndicatorSpec, candles: Iterable<IndicatorInput>): readonly (readonly number[])[] {
  const series = new IndicatorSeries([spec]);
  return Array.from(candles, (each) => {
    series.commit(each);
    return series.columns.map((_, column) => series.closedValue(column));
  });
}

t.test('the cloud at a candle is what the spans led by, displacement candles before', async (t) => {
  const rows = closedRows({ name: 'ichimoku' }, madeMarket(400));
  const firsts = [0, 1, 2, 3, 4, 5].map((column) =>
    rows.findIndex((row) => !Number.isNaN(row[column] as number)),
  );
  t.same(firsts, [8, 25, 51, 77, 25, 51]);
  const strays = rows.filter((row, i) => {
    const [, , a, b] = row;
    const [, , , , leadA, leadB] = rows[i - 26] ?? Array.from(row, () => Number.NaN);
    return !Object.is(a, leadA) || !Object.is(b, leadB);
  });
  t.same(strays, []);
});

t.test('Ichimoku lines and leads are those of another library, bit for bit', async (t) => {
  const peer = new IchimokuCloud();
  const candles = [...madeMarket(6_000)];
  let compared = 0;
  for (const [i, row] of closedRows({ name: 'ichimoku' }, candles).entries()) {
    const result = peer.add(candles[i] as IndicatorInput);
    if (result === null) continue;
    const [tenkan, kijun, , , leadA, leadB] = row;
    compared += 1;
    if (tenkan !== result.conversion || kijun !== result.base) t.fail(`candle ${i}: lines`);
    if (leadA !== result.spanA || leadB !== result.spanB) t.fail(`candle ${i}: leads`);
  }
  t.equal(compared, 6_000 - 51);
});

t.test('SuperTrend and Keltner meet another library once both ATRs have forgotten their seeds', async (t) => {
  const candles = [...madeMarket(7_000)];
  const trend = new SuperTrend();
  const channel = new KeltnerChannels();
  const trends = closedRows({ name: 'supertrend' }, candles);
  const channels = closedRows({ name: 'keltner' }, candles);
  let worst = 0;
  const turns = new Set<number>();
  for (const [i, each] of candles.entries()) {
    const peerTrend = trend.add(each);
    const peerChannel = channel.add(each);
    if (i < 1_000 || peerTrend === null || peerChannel === null) continue;
    const [line, direction] = trends[i] as [number, number];
    if (direction !== (peerTrend.trend === TradingSignal.BULLISH ? 1 : -1)) t.fail(`candle ${i}: direction`);
    if (direction !== trends[i - 1]?.[1]) turns.add(i);
    const scale = each.high;
    const [upper, middle, lower] = channels[i] as [number, number, number];
    worst = Math.max(
      worst,
      ...[
        line - peerTrend.supertrend,
        upper - peerChannel.upper,
        middle - peerChannel.middle,
        lower - peerChannel.lower,
      ].map((error) => Math.abs(error) / scale),
    );
  }
  t.ok(worst < 1e-9, `worst difference ${worst} of the price`);
  t.ok(turns.size > 50, `${turns.size} turns`);
});

t.test('the slope is that of another library, and exactly zero in a flat market', async (t) => {
  const peer = new LinearRegression(14);
  const candles = [...madeMarket(10_000)].slice(5_000);
  let worst = 0;
  for (const [i, [slope]] of closedRows({ name: 'linreg_slope' }, candles).entries()) {
    const { close } = candles[i] as IndicatorInput;
    const result = peer.add(close);
    if (result !== null) worst = Math.max(worst, Math.abs((slope as number) - result.slope) / close);
  }
  t.ok(worst < 1e-12, `worst difference ${worst} of the price`);
  const flat = closedRows({ name: 'linreg_slope' }, [
    candle(7.3, 7.1),
    ...Array.from({ length: 20 }, () => candle(7.3, 0.1)),
  ]);
  t.same(
    flat.slice(14).map(([slope]) => slope),
    Array.from({ length: 7 }, () => 0),
  );
});

t.test('a line through closes on a line has their step as slope', async (t) => {
  const rising = closedRows(
    { name: 'linreg_slope', period: 5 },
    [3, 5, 7, 9, 11, 13].map((close) => candle(close, close)),
  );
  t.same(rising.slice(4), [[2], [2]]);
});

t.test(
  'SuperTrend begins down, turns when the close crosses its line, and not when it touches it',
  async (t) => {
    // True ranges of 2 all along: the bands lie 2 off the middle.
    const spec = { name: 'supertrend', period: 2, width: 1 };
    const rows = closedRows(spec, [
      candle(11, 9, 10),
      candle(11, 9, 10),
      candle(11, 9, 10),
      candle(12, 10, 12),
      candle(13, 11, 12.5),
      candle(13, 11, 11),
      candle(12, 10, 10),
      candle(11.5, 9.5, 9.9),
    ]);
    t.same(rows, [
      [Number.NaN, Number.NaN],
      [Number.NaN, Number.NaN],
      [12, -1],
      [12, -1],
      [10, 1],
      [10, 1],
      [10, 1],
      [12.5, -1],
    ]);
  },
);

t.test('the stop begins short only where the low fell by more than the high rose', async (t) => {
  const second = (high: number, low: number) =>
    closedRows({ name: 'psar' }, [candle(10, 8), candle(high, low)])[1];
  t.same(second(12, 9), [8], 'long: the low before');
  t.same(second(9, 7), [10], 'short: the high before');
  t.same(second(10.5, 7), [7], 'short, and turned at once: the high is above the stop');
  t.same(second(11, 7), [11], 'a tie is long, and turned at once: the low is below the stop');
  t.same(second(9, 8), [9], 'an inside candle is long, and its low touches the stop: turned');
  t.same(second(9, 8.5), [8], 'an inside candle above the stop stays long');
});

t.test('in a flat market stop, bands and channels lie on the price, and no pivot is found', async (t) => {
  const flat = Array.from({ length: 120 }, () => candle(0.5, 0.5));
  const last = (name: string) => closedRows({ name }, flat).at(-1);
  t.same(last('psar'), [0.5]);
  t.same(last('supertrend'), [0.5, -1]);
  t.same(last('keltner'), [0.5, 0.5, 0.5]);
  t.same(last('ichimoku'), [0.5, 0.5, 0.5, 0.5, 0.5, 0.5]);
  t.same(last('zscore'), [0]);
  t.same(last('realized_volatility'), [0]);
  t.same(last('pivot'), [Number.NaN, Number.NaN]);
});

t.test('of equal tops side by side the first is the pivot; an equal one before it forbids it', async (t) => {
  const spec = { name: 'pivot', left: 2, right: 2 };
  const highs = (values: readonly number[]) =>
    closedRows(
      spec,
      values.map((high) => candle(high, 1)),
    ).map(([high]) => high);
  const none = Number.NaN;
  t.same(highs([1, 2, 3, 2, 1]), [none, none, none, none, 3]);
  t.same(highs([1, 2, 3, 3, 1, 1]), [none, none, none, none, 3, 3]);
  t.same(highs([3, 2, 3, 2, 1]), [none, none, none, none, none]);
  t.same(highs([1, 2, 3, 2, 4, 3, 2]), [none, none, none, none, none, none, 4]);
});

t.test('a forming candle confirms a pivot only until it makes a new extreme itself', async (t) => {
  const series = new IndicatorSeries([{ name: 'pivot', left: 2, right: 2 }]);
  for (const high of [1, 2, 3, 2]) series.commit(candle(high, 1));
  series.peek(candle(2, 1));
  t.equal(series.formingValue(0), 3);
  series.peek(candle(3.5, 1));
  t.ok(Number.isNaN(series.formingValue(0)));
  t.ok(Number.isNaN(series.closedValue(0)));
  series.commit(candle(3, 1));
  t.equal(series.closedValue(0), 3);
});
