import * as batch from 'indicatorts';
import * as classic from 'technicalindicators';
import * as signals from 'trading-signals';
import type { MeasuredCandle } from './indicator-set.js';

/** One series of the measured set in another library. */
export interface PeerSeries {
  commit(candle: MeasuredCandle): void;
  /** Gives the values with a candle that still forms; absent where the library cannot. */
  peek?(candle: MeasuredCandle): void;
}

/** Makes the set of technicalindicators: it commits with every value and cannot take one back. */
export function classicSeries(): PeerSeries {
  const values: number[] = [];
  const ofClose = [
    ...[20, 50, 200].map((period) => new classic.SMA({ period, values })),
    ...[12, 26, 200].map((period) => new classic.EMA({ period, values })),
    new classic.RSI({ period: 14, values }),
    new classic.MACD({
      fastPeriod: 12,
      slowPeriod: 26,
      signalPeriod: 9,
      SimpleMAOscillator: false,
      SimpleMASignal: false,
      values,
    }),
    new classic.BollingerBands({ period: 20, stdDev: 2, values }),
  ];
  const bars = { high: [], low: [], close: [] };
  const atr = new classic.ATR({ period: 14, ...bars });
  const adx = new classic.ADX({ period: 14, ...bars });
  const stoch = new classic.Stochastic({ period: 14, signalPeriod: 3, ...bars });
  return {
    commit(candle) {
      for (const indicator of ofClose) indicator.nextValue(candle.close);
      const bar = { high: candle.high, low: candle.low, close: candle.close };
      // The typings ask for what these two do not read.
      atr.nextValue(bar as Parameters<typeof atr.nextValue>[0]);
      adx.nextValue(bar as unknown as Parameters<typeof adx.nextValue>[0]);
      stoch.nextValue(bar as unknown as Parameters<typeof stoch.nextValue>[0]);
    },
  };
}

/** Makes the set of trading-signals, which can replace its last value. */
export function signalsSeries(): PeerSeries {
  const ofClose = [
    ...[20, 50, 200].map((interval) => new signals.SMA(interval)),
    ...[12, 26, 200].map((interval) => new signals.EMA(interval)),
    new signals.RSI(14),
    new signals.MACD(new signals.EMA(12), new signals.EMA(26), new signals.EMA(9)),
    new signals.BollingerBands(20, 2),
  ];
  const ofBar = [
    new signals.ATR(14),
    new signals.ADX(14),
    new signals.StochasticOscillator({ kPeriod: 14, kSlowingPeriod: 3, dPeriod: 3 }),
  ];
  const update = (candle: MeasuredCandle, replace: boolean): void => {
    for (const indicator of ofClose) indicator.update(candle.close, replace);
    for (const indicator of ofBar) indicator.update(candle, replace);
  };
  return {
    commit: (candle) => update(candle, false),
    peek: (candle) => update(candle, true),
  };
}

/** Computes the set anew over a window of candles, as a batch library must on every tick; it has no ADX. */
export function batchOver(highs: number[], lows: number[], closes: number[]): void {
  for (const period of [20, 50, 200]) batch.sma(closes, { period });
  for (const period of [12, 26, 200]) batch.ema(closes, { period });
  batch.rsi(closes, { period: 14 });
  batch.macd(closes);
  batch.bb(closes, { period: 20 });
  batch.atr(highs, lows, closes, { period: 14 });
  batch.stoch(highs, lows, closes, { kPeriod: 14, dPeriod: 3 });
}
