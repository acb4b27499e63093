import t, { type Test } from 'tap';
import { IndicatorSeries } from '../../../src/engine/indicators/indicator-series.js';
import { DEFAULT_INDICATORS } from '../../../src/engine/indicators/registry.js';
import { readTable, type Table } from '../../oracles/recorded.js';
import { sharedData } from '../../support/recorded.js';

const TOLERANCE = 1e-9;

/** Columns whose errors are measured against 1 at least. */
const AROUND_ONE = /^(rsi|adx|plus_di|minus_di|stoch|stochrsi|mfi|willr|cci)_/;

/** Where a value passes through zero, what an error is measured against; see the golden files' README. */
function floorOf(column: string, cell: (name: string) => number): number {
  if (column.startsWith('macd')) return cell('close') / 1000;
  if (AROUND_ONE.test(column)) return 1;
  if (column.startsWith('roc_')) return 0.01;
  if (column === 'obv') return cell('volume_sma_20') || 0;
  return column === 'bb_bandwidth' ? 1e-6 : 0;
}

interface Agreement {
  compared: number;
  worst: number;
  worstAt: string;
  misplaced: string[];
}

/** Compares the columns that both have, in one golden row. */
function compare(
  series: IndicatorSeries,
  read: (column: number) => number,
  golden: Table,
  row: Float64Array,
  agreement: Agreement,
): void {
  const cell = (name: string): number => row[golden.columns.indexOf(name)] as number;
  for (const [column, name] of series.columns.entries()) {
    const place = golden.columns.indexOf(name);
    if (place === -1) continue;
    const expected = row[place] as number;
    const actual = read(column);
    const where = `${name} at ${row[0]}: ${actual}, not ${expected}`;
    agreement.compared += 1;
    if (Number.isNaN(expected) !== Number.isNaN(actual)) {
      agreement.misplaced.push(where);
      continue;
    }
    if (Number.isNaN(expected)) continue;
    const error = Math.abs(actual - expected) / Math.max(Math.abs(expected), floorOf(name, cell));
    if (!(error <= agreement.worst)) {
      agreement.worst = error;
      agreement.worstAt = where;
    }
  }
}

function report(t: Test, agreement: Agreement, atLeast: number): void {
  t.equal(
    agreement.misplaced.length,
    0,
    `defined exactly where the reference is ${agreement.misplaced[0] ?? ''}`,
  );
  t.ok(agreement.worst <= TOLERANCE, `worst error ${agreement.worst}, ${agreement.worstAt}`);
  t.ok(agreement.compared >= atLeast, `${agreement.compared} cells compared`);
}

const folder = sharedData() ?? '';
const skip = folder === '' ? '../shared is absent: no golden files' : false;

for (const name of ['BTC-USDT_1d', 'ETH-USDT_1h', 'BTC-USDT-PERP_1m']) {
  t.test(`closed candles of ${name} have the reference values`, { skip }, async (t) => {
    const golden = readTable(folder, `golden/${name}.golden`);
    const candles = readTable(folder, `candles/${name}`);
    const rowOfIndex = new Map(golden.rows.map((row) => [row[1] as number, row]));
    const series = new IndicatorSeries(DEFAULT_INDICATORS);
    const agreement: Agreement = { compared: 0, worst: 0, worstAt: '', misplaced: [] };
    for (const [index, cells] of candles.rows.entries()) {
      const [time, open, high, low, close, volume] = cells as unknown as [
        number,
        number,
        number,
        number,
        number,
        number,
      ];
      series.commit({ time, open, high, low, close, volume });
      const row = rowOfIndex.get(index);
      if (row === undefined) continue;
      compare(series, (column) => series.closedValue(column), golden, row, agreement);
    }
    report(t, agreement, golden.rows.length * 20);
  });
}

t.test(
  'forming 1h candles of ETH-USDT-PERP have the reference values, and peeking them leaves no trace',
  async (t) => {
    const golden = readTable(folder, 'golden/ETH-USDT-PERP_1m-to-1h.forming.golden');
    const minutes = readTable(folder, 'candles/ETH-USDT-PERP_1m');
    const hours = new Map<
      number,
      { time: number; open: number; high: number; low: number; close: number; volume: number }
    >();
    for (const cells of minutes.rows) {
      const [time, open, high, low, close, volume] = cells as unknown as [
        number,
        number,
        number,
        number,
        number,
        number,
      ];
      const hour = time - (time % 3_600_000);
      const before = hours.get(hour);
      hours.set(
        hour,
        before === undefined
          ? { time: hour, open, high, low, close, volume }
          : {
              time: hour,
              open: before.open,
              high: Math.max(before.high, high),
              low: Math.min(before.low, low),
              close,
              volume: before.volume + volume,
            },
      );
    }
    const column = (name: string) => golden.columns.indexOf(name);
    const series = new IndicatorSeries(DEFAULT_INDICATORS);
    const agreement: Agreement = { compared: 0, worst: 0, worstAt: '', misplaced: [] };
    const firstHour = golden.rows[0]?.[column('bar_open_ms')] as number;
    const closed = [...hours].filter(([hour]) => hour >= firstHour).map(([, candle]) => candle);
    for (const row of golden.rows) {
      while (series.depth < (row[column('bar_index')] as number)) {
        series.commit(closed[series.depth] as (typeof closed)[number]);
      }
      const [time, open, high, low, close, volume] = [
        'bar_open_ms',
        'open',
        'high',
        'low',
        'close',
        'volume',
      ].map((name) => row[column(name)] as number) as [number, number, number, number, number, number];
      series.peek({ time, open, high, low, close, volume });
      compare(series, (place) => series.formingValue(place), golden, row, agreement);
    }
    report(t, agreement, golden.rows.length * 20);
  },
);
