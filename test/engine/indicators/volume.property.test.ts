import t from 'tap';
import { type IndicatorInput, IndicatorSeries } from '../../../src/engine/indicators/indicator-series.js';
import { indicatorContract } from '../../contracts/indicator.js';
import { onBalanceVolume, rollingVwap, volumeSma, vwapOfDay } from '../../oracles/volume.js';

indicatorContract({
  spec: { name: 'obv' },
  columns: ['obv'],
  batch: (prefix) => [onBalanceVolume(prefix)],
  floor: (_, prefix) => volumeSma(prefix, 20) || 0,
});

indicatorContract({
  spec: { name: 'vwap' },
  columns: ['vwap_utc_day'],
  batch: (prefix) => [vwapOfDay(prefix)],
  floor: () => 0,
});

for (const period of [2, 20, 100]) {
  indicatorContract({
    spec: { name: 'volume_sma', period },
    columns: [`volume_sma_${period}`],
    batch: (prefix) => [volumeSma(prefix, period)],
    floor: () => 0,
  });
  indicatorContract({
    spec: { name: 'rolling_vwap', period },
    columns: [`rolling_vwap_${period}`],
    batch: (prefix) => [rollingVwap(prefix, period)],
    floor: () => 0,
  });
}

const DAY_MS = 86_400_000;

function flatCandle(time: number, close: number, volume: number): IndicatorInput {
  return { time, open: close, high: close, low: close, close, volume };
}

t.test(
  'VWAP begins anew at 00:00 UTC, for a candle that forms too, and gives the typical price until a trade',
  async (t) => {
    const series = new IndicatorSeries([{ name: 'vwap' }]);
    series.commit(flatCandle(DAY_MS - 120_000, 100, 1));
    series.commit(flatCandle(DAY_MS - 60_000, 200, 3));
    t.equal(series.closedValue(0), 175);
    series.peek(flatCandle(DAY_MS - 1, 300, 4));
    t.equal(series.formingValue(0), 237.5, 'the last candle of the day');
    series.peek(flatCandle(DAY_MS, 300, 4));
    t.equal(series.formingValue(0), 300, 'the first candle of the next');
    series.commit(flatCandle(DAY_MS, 300, 0));
    t.equal(series.closedValue(0), 300);
    series.commit(flatCandle(DAY_MS + 60_000, 310, 0));
    t.equal(series.closedValue(0), 310, 'nothing traded yet');
    series.commit(flatCandle(5 * DAY_MS + 60_000, 50, 2));
    t.equal(series.closedValue(0), 50, 'days later');
  },
);

t.test('OBV keeps small volumes beside a huge one that comes and goes, over a million candles', async (t) => {
  const series = new IndicatorSeries([{ name: 'obv' }]);
  let time = 0;
  let close = 1;
  const trade = (direction: 1 | -1, volume: number): void => {
    close += direction;
    time += 60_000;
    series.commit(flatCandle(time, close, volume));
  };
  series.commit(flatCandle(time, close, 0));
  trade(1, 1e15);
  // 0.1 is no sum of powers of two: beside 1e15 each one would count as 0.125.
  for (let i = 0; i < 500_000; i++) trade(1, 0.1);
  for (let i = 0; i < 499_990; i++) trade(-1, 0.1);
  trade(-1, 1e15);
  t.ok(Math.abs(series.closedValue(0) - 1) < 1e-9 * 0.1, `${series.closedValue(0)} instead of 1`);
});

t.test(
  'sums of volumes forget a huge one with its candle, and are exactly zero where nothing is traded',
  async (t) => {
    const series = new IndicatorSeries([{ name: 'volume_sma' }, { name: 'rolling_vwap' }, { name: 'mfi' }]);
    const value = (name: string): number => series.closedValue(series.columns.indexOf(name));
    let index = 0;
    const commit = (close: number, volume: number): void => {
      index += 1;
      series.commit(flatCandle(index * 60_000, close, volume));
    };
    for (let i = 0; i < 50; i++) commit(i % 2 === 0 ? 1e100 : 1e90, 1e100);
    for (let i = 0; i < 20; i++) commit(i % 2 === 0 ? 3 : 5, 1e-8);
    t.equal(value('volume_sma_20').toPrecision(12), (1e-8).toPrecision(12));
    t.equal(value('rolling_vwap_20').toPrecision(12), (4).toPrecision(12));
    for (let i = 0; i < 20; i++) commit(7, 0);
    t.equal(value('volume_sma_20'), 0);
    t.equal(value('rolling_vwap_20'), 7);
    t.equal(value('mfi_14'), 0);
  },
);

t.test('what is computed from volumes is finite at the ends of the ranges of price and volume', async (t) => {
  const series = new IndicatorSeries(
    ['obv', 'vwap', 'volume_sma', 'rolling_vwap', 'mfi', 'cci', 'willr', 'roc', 'stochrsi'].map((name) => ({
      name,
    })),
  );
  const prices = [1e100, 1e-100, 1, 1e100, 1e100];
  const volumes = [1e100, 0, 1e-100, 5e-324, 1e100, 1e100, 0];
  let wrong = '';
  for (let index = 0; index < 5_000; index++) {
    const close = prices[index % prices.length] as number;
    const high = index % 3 === 0 ? 1e100 : close;
    const low = index % 4 === 0 ? 1e-100 : close;
    series.commit({
      time: index * 60_000,
      open: close,
      high,
      low,
      close,
      volume: volumes[index % volumes.length] as number,
    });
    if (index < 40) continue;
    for (const [column, name] of series.columns.entries()) {
      const value = series.closedValue(column);
      if (!Number.isFinite(value)) wrong ||= `${name} is ${value} at candle ${index}`;
    }
  }
  t.equal(wrong, '');
});
