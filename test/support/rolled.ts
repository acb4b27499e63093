import type { ClosedCandle } from '../../src/engine/analysis/candle-ring.js';
import { bucketEnd, type Timeframe } from '../../src/timeframe.js';
import { calendarStart } from '../oracles/roll-up.js';

/** The twelve recorded perpetuals, of which there are minutes. */
export const PERPETUALS = [
  ...['BTC', 'ETH', 'ADA', 'AVAX', 'BCH', 'BNB', 'LINK', 'LTC', 'SOL', 'SUI', 'XLM', 'XRP'],
] as const;

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
