import type { ClosedCandle } from '../../src/engine/analysis/candle-ring.js';
import { bucketEnd, TIMEFRAMES, type Timeframe, timeframeIndex } from '../../src/timeframe.js';
import { inOrder, type PlayedCandle, rollUpCandles } from './signal-market.js';

const MINUTES_15 = 900_000;

/** Numbers from 0 to 1 that a seed decides (mulberry32). */
export function numbersOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Gives candles of 15 minutes of a market that wanders, trends for a while, and turns. */
export function walk(seed: number, count: number, start: number, price = 100): readonly ClosedCandle[] {
  const next = numbersOf(seed);
  const candles: ClosedCandle[] = [];
  let close = price;
  let drift = 0;
  for (let n = 0; n < count; n++) {
    if (n % 60 === 0) drift = (next() - 0.5) * 0.004;
    const open = close;
    const step = drift + (next() + next() + next() - 1.5) * 0.008;
    close = open * (1 + step);
    const high = Math.max(open, close) * (1 + next() * 0.003);
    const low = Math.min(open, close) * (1 - next() * 0.003);
    const volume = 100 * (0.3 + next() + 60 * Math.abs(step) * next());
    candles.push({ time: start + n * MINUTES_15, open, high, low, close, volume });
  }
  return candles;
}

/** Adds 15m candles up to the longer timeframes, and puts all in the order in which they close. */
export function closesOf(assets: readonly (readonly ClosedCandle[])[]): readonly PlayedCandle[] {
  const longer: readonly Timeframe[] = ['1h', '4h', '1d', '1w'];
  return inOrder(
    assets.flatMap((candles, asset) => [
      ...candles.map((candle) => ({ asset, timeframe: timeframeIndex('15m'), candle })),
      ...longer.flatMap((timeframe) =>
        rollUpCandles(candles, '15m', timeframe).map((candle) => ({
          asset,
          timeframe: timeframeIndex(timeframe),
          candle,
        })),
      ),
    ]),
  );
}

/** End of a played candle, ms. */
export function endOf({ timeframe, candle }: PlayedCandle): number {
  return bucketEnd(TIMEFRAMES[timeframe] as Timeframe, candle.time);
}
