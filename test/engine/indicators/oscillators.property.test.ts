import t from 'tap';
import { type IndicatorInput, IndicatorSeries } from '../../../src/engine/indicators/indicator-series.js';
import { indicatorContract } from '../../contracts/indicator.js';
import { cci, mfi, rateOfChange, rsiValues, stochRsi, williamsR } from '../../oracles/oscillators.js';

function closes(prefix: readonly IndicatorInput[]): readonly number[] {
  return prefix.map((candle) => candle.close);
}

/**
 * Where the RSI hardly moves, its own rounding, some 1e-13, is a large part of its range. A range of exactly zero is
 * no such case.
 */
function floorOfStochRsi(values: readonly number[], window: number, signal: number): number {
  let floor = 1;
  for (let end = values.length - signal + 1; end <= values.length; end++) {
    const last = values.slice(Math.max(0, end - window), Math.max(0, end));
    const range = Math.max(...last) - Math.min(...last);
    if (range > 0) floor = Math.max(floor, (100 * 1e-13) / range / 1e-9);
  }
  return floor;
}

for (const [period, window, signal, suffix] of [
  [14, 14, 3, ''],
  [7, 5, 2, '_7_5_2'],
] as const) {
  indicatorContract({
    spec: { name: 'stochrsi', period, window, signal },
    columns: [`stochrsi_fastk${suffix}`, `stochrsi_fastd${suffix}`],
    batch: (prefix) => stochRsi(closes(prefix), period, window, signal),
    floor: (_, prefix) => floorOfStochRsi(rsiValues(closes(prefix), period), window, signal),
  });
}

for (const period of [2, 14, 40]) {
  indicatorContract({
    spec: { name: 'mfi', period },
    columns: [`mfi_${period}`],
    batch: (prefix) => [mfi(prefix, period)],
    floor: () => 1,
  });
}

for (const period of [2, 20, 100]) {
  indicatorContract({
    spec: { name: 'cci', period },
    columns: [`cci_${period}`],
    batch: (prefix) => [cci(prefix, period)],
    floor: () => 1,
  });
}

for (const period of [2, 14, 50]) {
  indicatorContract({
    spec: { name: 'willr', period },
    columns: [`willr_${period}`],
    batch: (prefix) => [williamsR(prefix, period)],
    floor: () => 1,
  });
}

for (const period of [2, 10, 33]) {
  indicatorContract({
    spec: { name: 'roc', period },
    columns: [`roc_${period}`],
    batch: (prefix) => [rateOfChange(closes(prefix), period)],
    floor: () => 0.01,
  });
}

const OSCILLATORS = ['stochrsi', 'mfi', 'cci', 'willr', 'roc'].map((name) => ({ name }));

function flatCandle(index: number, close: number, volume: number): IndicatorInput {
  return { time: index * 60_000, open: close, high: close, low: close, close, volume };
}

t.test('all oscillators are exactly zero while a market is flat, traded or not', async (t) => {
  for (const volume of [0, 12.5]) {
    const series = new IndicatorSeries(OSCILLATORS);
    for (let index = 0; index < 100; index++) {
      // A move first, for a flat market after one is another case than a market that was never anything else.
      series.commit(flatCandle(index, 0.1 + (index < 20 ? Math.sin(index) / 100 : 0), volume));
    }
    t.same(
      series.columns.filter((_, column) => !Object.is(series.closedValue(column), 0)),
      [],
    );
  }
});

t.test(
  'a market that only rises or falls takes the oscillators to the ends of their ranges, never past',
  async (t) => {
    for (const [step, willr, end] of [
      [1.01, 0, 100],
      [1 / 1.01, -100, 0],
    ] as const) {
      const series = new IndicatorSeries([...OSCILLATORS, { name: 'rsi' }, { name: 'stoch' }]);
      const wanted = { willr_14: willr, mfi_14: end, rsi_14: end, stoch_k: end, stochrsi_fastk: 0 };
      const wrong: string[] = [];
      for (let index = 0; index < 300; index++) {
        series.commit(flatCandle(index, 500 * step ** index, 1000));
        if (index < 40) continue;
        // An RSI that stands still at its end has no range.
        for (const [name, expected] of Object.entries(wanted)) {
          const value = series.closedValue(series.columns.indexOf(name));
          if (value !== expected) wrong.push(`${name} is ${value} at candle ${index}`);
        }
      }
      t.same(wrong, []);
    }
  },
);

t.test('MFI compares typical prices as doubles, and takes a flow of less than 1 for none', async (t) => {
  // Both are 2.1 in decimals; in doubles the first is smaller by a rounding.
  const first = { time: 0, open: 2, high: 4.1, low: 1.1, close: 1.1 };
  const second = { time: 1, open: 2, high: 4, low: 1.1, close: 1.2 };
  const indexAt = (volume: number): number => {
    const series = new IndicatorSeries([{ name: 'mfi', period: 2 }]);
    for (const candle of [first, second, first]) series.commit({ ...candle, volume });
    return series.closedValue(0);
  };
  t.ok(Math.abs(indexAt(1000) - 50) < 1e-9, 'one flow up, one down');
  t.equal(indexAt(0.2), 0, 'less than 1 in quote currency');
});
