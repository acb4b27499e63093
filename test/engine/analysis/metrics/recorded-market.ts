import type { ClosedCandle } from '../../../../src/engine/analysis/candle-ring.js';
import { bucketEnd, type Timeframe } from '../../../../src/timeframe.js';
import { calendarStart } from '../../../oracles/roll-up.js';
import { inOrder, MadeMarket, recorded } from './made-frames.js';

/** The twelve recorded perpetuals. */
export const PERPETUALS = [
  'BTC',
  'ETH',
  'ADA',
  'AVAX',
  'BCH',
  'BNB',
  'LINK',
  'LTC',
  'SOL',
  'SUI',
  'XLM',
  'XRP',
];
const ROLLED = ['5m', '15m', '1h', '4h', '1d'] as const;

/** Rolls minutes up by the calendar; the last bucket only if it is whole. */
export function rolled(minutes: readonly ClosedCandle[], timeframe: Timeframe): readonly ClosedCandle[] {
  const buckets = new Map<number, ClosedCandle[]>();
  for (const minute of minutes) {
    const start = calendarStart(timeframe, minute.time);
    const bucket = buckets.get(start);
    if (bucket === undefined) buckets.set(start, [minute]);
    else bucket.push(minute);
  }
  const until = (minutes.at(-1)?.time ?? 0) + 60_000;
  return [...buckets]
    .filter(([start]) => bucketEnd(timeframe, start) <= until)
    .map(([time, parts]) => ({
      time,
      open: parts[0]?.open ?? Number.NaN,
      high: Math.max(...parts.map(({ high }) => high)),
      low: Math.min(...parts.map(({ low }) => low)),
      close: parts.at(-1)?.close ?? Number.NaN,
      volume: parts.reduce((sum, { volume }) => sum + volume, 0),
    }));
}

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
