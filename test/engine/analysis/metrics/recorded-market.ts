import type { ClosedCandle } from '../../../../src/engine/analysis/candle-ring.js';
import { bucketEnd } from '../../../../src/timeframe.js';
import { PERPETUALS, rolled } from '../../../support/rolled.js';
import { inOrder, MadeMarket, recorded } from './made-frames.js';

const ROLLED = ['5m', '15m', '1h', '4h', '1d'] as const;

/** Recorded minutes of all perpetuals from `from` up to `to`, ms, by asset. */
export function recordedMinutes(from: number, to: number): readonly (readonly ClosedCandle[])[] {
  return PERPETUALS.map((base) =>
    recorded(`${base}-USDT-PERP_1m`).filter(({ time }) => time >= from && time < to),
  );
}

/** Plays minutes and what they roll up to, and calls `closed` after each boundary of a minute, all assets in. */
export function play(
  minutes: readonly (readonly ClosedCandle[])[],
  closed: (market: MadeMarket, time: number) => void,
  symbols: readonly string[] = PERPETUALS.map((base) => `${base}/USDT`),
): MadeMarket {
  const market = new MadeMarket(symbols);
  const series = minutes.flatMap((candles, asset) => [
    { asset, timeframe: '1m' as const, candles },
    ...ROLLED.map((timeframe) => ({ asset, timeframe, candles: rolled(candles, timeframe) })),
  ]);
  const closes = inOrder(series);
  for (const [i, { asset, timeframe, candle }] of closes.entries()) {
    market.push(asset, timeframe, candle);
    const end = bucketEnd(timeframe, candle.time);
    const next = closes[i + 1];
    if (next === undefined || bucketEnd(next.timeframe, next.candle.time) > end) closed(market, end);
  }
  return market;
}
