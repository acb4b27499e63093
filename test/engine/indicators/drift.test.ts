import t from 'tap';
import { type IndicatorInput, IndicatorSeries } from '../../../src/engine/indicators/indicator-series.js';
import { DEFAULT_INDICATORS } from '../../../src/engine/indicators/registry.js';
import { bollinger, sma } from '../../oracles/indicators.js';

const CANDLES = 300_000;

/** Calm and wild by turns: steps of 10^−7 for 5,000 candles, then of 20 %; the same in every run. */
function* market(): Generator<IndicatorInput> {
  let state = 12_345;
  let close = 60_000;
  for (let i = 0; i < CANDLES; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const step = (state / 2 ** 32 - 0.5) * (Math.floor(i / 5_000) % 2 === 0 ? 2e-7 : 0.4);
    // Pulled back to 60,000, so that a long walk stays within doubles.
    close *= Math.exp(step - 0.0001 * Math.log(close / 60_000));
    yield { time: 0, open: close, high: close, low: close, close, volume: 1 };
  }
}

t.test(`after ${CANDLES} candles rolling values equal their batch computation`, async (t) => {
  const series = new IndicatorSeries(DEFAULT_INDICATORS);
  const closes: number[] = [];
  const column = (name: string) => series.columns.indexOf(name);
  let worst = 0;
  for (const candle of market()) {
    series.commit(candle);
    closes.push(candle.close);
    if (closes.length < 1_000 || closes.length % 997 !== 0) continue;
    const window = closes.slice(-200);
    const [upper, middle, lower, bandwidth] = bollinger(window, 20, 2) as [number, number, number, number];
    const pairs: readonly [string, number, number][] = [
      ...[20, 50, 100, 200].map((period): [string, number, number] => [
        `sma_${period}`,
        sma(window, period),
        0,
      ]),
      ['bb_upper', upper, 0],
      ['bb_middle', middle, 0],
      ['bb_lower', lower, middle],
      ['bb_bandwidth', bandwidth, 1e-6],
    ];
    for (const [name, wanted, floor] of pairs) {
      const error = Math.abs(series.closedValue(column(name)) - wanted) / Math.max(Math.abs(wanted), floor);
      worst = Math.max(worst, error);
    }
  }
  t.ok(worst < 1e-9, `worst error ${worst}`);
});

/** Calm and wild by turns, with ranges and volumes, and now and then 40 candles in which nothing moves at all. */
function* marketWithRanges(count: number): Generator<IndicatorInput> {
  let state = 54_321;
  const random = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  let open = 60_000;
  for (let index = 0; index < count; index++) {
    const isFlat = index % 1_000 >= 960;
    const size = isFlat ? 0 : Math.floor(index / 1_000) % 2 === 0 ? 2e-6 : 0.1;
    const close = open * Math.exp(size * (random() - 0.5 - 0.001 * Math.log(open / 60_000)));
    const high = Math.max(open, close) * (1 + (size / 2) * random());
    const low = Math.min(open, close) / (1 + (size / 2) * random());
    // So much that the money flow index never sees less than 1 in quote currency, its own rule.
    const volume = index % 7 === 0 ? 0 : 1e20 * random();
    yield { time: index * 3_600_000, open, high, low, close, volume };
    open = close;
  }
}

/** Columns that a change of the price's scale leaves alone; the others are in quote currency. */
const FREE_OF_SCALE =
  /^(rsi|bb_bandwidth|bb_percent_b|adx|plus_di|minus_di|stoch|stochrsi|obv|mfi|cci|willr|roc|volume_sma|supertrend_direction|realized_volatility|zscore)(_|$)/;

function scaled(candle: IndicatorInput, scale: number): IndicatorInput {
  const { time, open, high, low, close, volume } = candle;
  return {
    time,
    open: open * scale,
    high: high * scale,
    low: low * scale,
    close: close * scale,
    volume,
  };
}

t.test(
  'prices times a power of two leave what is free of scale bit by bit as it is, and move the rest by it',
  async (t) => {
    const usual = new IndicatorSeries(DEFAULT_INDICATORS);
    const cheap = new IndicatorSeries(DEFAULT_INDICATORS);
    // 7.5e-9. Nothing is rounded, so any difference is a threshold in the code that depends on the price.
    const scale = 2 ** -27;
    const wrong = new Set<string>();
    for (const candle of marketWithRanges(20_000)) {
      usual.commit(candle);
      cheap.commit(scaled(candle, scale));
      for (const [column, name] of usual.columns.entries()) {
        const wanted = usual.closedValue(column) * (FREE_OF_SCALE.test(name) ? 1 : scale);
        if (!Object.is(cheap.closedValue(column), wanted)) wrong.add(name);
      }
    }
    t.same([...wrong], []);
  },
);

t.test('prices a hundred million times smaller leave what is free of scale as it is', async (t) => {
  const usual = new IndicatorSeries(DEFAULT_INDICATORS);
  const cheap = new IndicatorSeries(DEFAULT_INDICATORS);
  const compared = new Set<string>();
  let worst = 0;
  let worstAt = '';
  for (const candle of marketWithRanges(20_000)) {
    usual.commit(candle);
    cheap.commit(scaled(candle, 1e-8));
    for (const [column, name] of usual.columns.entries()) {
      const wanted = usual.closedValue(column);
      if (!FREE_OF_SCALE.test(name) || Number.isNaN(wanted)) continue;
      compared.add(name);
      const error = Math.abs(cheap.closedValue(column) - wanted) / Math.max(Math.abs(wanted), 1);
      if (error <= worst) continue;
      worst = error;
      worstAt = name;
    }
  }
  // A price times 1e-8 is rounded once more; in calm stretches a step is only 10^10 such roundings.
  t.ok(worst < 1e-7, `worst difference ${worst}, ${worstAt}`);
  t.ok(compared.size >= 21, `${[...compared].join()} compared`);
});

t.test(
  'a market that stands still for a week leaves the ratios of Wilder averages as they were',
  async (t) => {
    const periods = [2, 5, 14];
    const series = new IndicatorSeries(
      periods.flatMap((period) => ['adx', 'rsi'].map((name) => ({ name, period }))),
    );
    let last = { time: 0, open: 1, high: 1, low: 1, close: 1, volume: 1 };
    for (const candle of marketWithRanges(900)) {
      series.commit(candle);
      last = candle;
    }
    const { close } = last;
    const still = { ...last, open: close, high: close, low: close };
    for (let index = 0; index < 600; index++) series.commit(still);
    const before = series.columns.map((_, column) => series.closedValue(column));
    for (let index = 0; index < 12_000; index++) series.commit(still);
    for (const [column, name] of series.columns.entries()) {
      const value = series.closedValue(column);
      t.ok(Math.abs(value - (before[column] as number)) < 1e-9, `${name} was ${before[column]}, is ${value}`);
    }
  },
);
