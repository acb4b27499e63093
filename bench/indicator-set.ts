import type { IndicatorSpec } from '../src/engine/indicators/spec.js';
import { makeRandom } from './populated-engine.js';

/** The indicators that the engine is measured with, beside other libraries: what all of them have. */
export const MEASURED_SET: readonly IndicatorSpec[] = [
  ...[20, 50, 200].map((period) => ({ name: 'sma', period })),
  ...[12, 26, 200].map((period) => ({ name: 'ema', period })),
  { name: 'rsi', period: 14 },
  { name: 'macd' },
  { name: 'bb' },
  { name: 'atr', period: 14 },
  { name: 'adx', period: 14 },
  { name: 'stoch' },
];

/** A candle of the measured market. */
export interface MeasuredCandle {
  readonly time: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
}

/** Makes `count` candles of a random walk between 50 and 200, the same in every run. */
export function measuredMarket(count: number): readonly MeasuredCandle[] {
  const random = makeRandom(23);
  let close = 100;
  return Array.from({ length: count }, (_, i) => {
    const open = close;
    close = Math.min(Math.max(close * (1 + (random() - 0.5) * 0.01), 50), 200);
    return {
      time: i * 60_000,
      open,
      high: Math.max(open, close) * (1 + random() * 0.002),
      low: Math.min(open, close) * (1 - random() * 0.002),
      close,
      volume: random() * 10,
    };
  });
}
