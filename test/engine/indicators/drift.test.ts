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

t.test('prices a hundred million times smaller leave what is free of scale as it is', async (t) => {
  const usual = new IndicatorSeries(DEFAULT_INDICATORS);
  const cheap = new IndicatorSeries(DEFAULT_INDICATORS);
  const free = ['rsi_7', 'rsi_14', 'rsi_21', 'bb_bandwidth', 'bb_percent_b'].map((name) =>
    usual.columns.indexOf(name),
  );
  let count = 0;
  let worst = 0;
  for (const { close } of market()) {
    count += 1;
    if (count > 20_000) break;
    const small = close * 1e-8;
    usual.commit({ time: 0, open: close, high: close, low: close, close, volume: 1 });
    cheap.commit({ time: 0, open: small, high: small, low: small, close: small, volume: 1 });
    if (count < 50) continue;
    for (const column of free) {
      const wanted = usual.closedValue(column);
      worst = Math.max(worst, Math.abs(cheap.closedValue(column) - wanted) / Math.max(Math.abs(wanted), 1));
    }
  }
  // A price times 1e-8 is rounded once more; in calm stretches a step is only 10^9 such roundings.
  t.ok(worst < 1e-7, `worst difference ${worst}`);
});
