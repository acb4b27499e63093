import type { Timeframe } from '../../src/timeframe.js';

/** Decimal places that volumes are summed with. */
const PLACES = 20;

/** A trade or a shorter candle, its volume as the decimal text that it was given in. */
export interface Part {
  readonly time: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: string;
}

/** A longer candle; `volume` is the double nearest to the exact decimal sum. */
export interface RolledUp {
  readonly time: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
  readonly parts: number;
}

/** Turns `12.5` or `1e-7` into a whole number of 10^−20. */
function exact(text: string): bigint {
  const [mantissa, exponent = '0'] = text.toLowerCase().split('e') as [string, string?];
  const [whole, fraction = ''] = mantissa.split('.') as [string, string?];
  const shift = PLACES - fraction.length + Number(exponent);
  if (shift < 0) throw new RangeError(`${text} has more than ${PLACES} decimals`);
  return BigInt(whole + fraction) * 10n ** BigInt(shift);
}

function nearest(amount: bigint): number {
  const digits = amount.toString().padStart(PLACES + 1, '0');
  return Number(`${digits.slice(0, -PLACES)}.${digits.slice(-PLACES)}`);
}

/** Start of the bucket by the calendar, field by field: another way than `src/timeframe.ts` goes. */
export function calendarStart(timeframe: Timeframe, time: number): number {
  const date = new Date(time);
  date.setUTCMilliseconds(0);
  date.setUTCSeconds(0);
  if (timeframe === '1m') return date.getTime();
  const minutes = { '5m': 5, '15m': 15, '1h': 60, '4h': 60, '1d': 60, '1w': 60, '1M': 60 }[timeframe];
  date.setUTCMinutes(date.getUTCMinutes() - (date.getUTCMinutes() % minutes));
  if (minutes < 60 || timeframe === '1h') return date.getTime();
  date.setUTCHours(timeframe === '4h' ? date.getUTCHours() - (date.getUTCHours() % 4) : 0);
  if (timeframe === '1w') date.setUTCDate(date.getUTCDate() - ((date.getUTCDay() + 6) % 7));
  if (timeframe === '1M') date.setUTCDate(1);
  return date.getTime();
}

/** Rolls trades (with open = high = low = close) or candles up, whole buckets at once; parts in order of their time. */
export function rollUp(parts: readonly Part[], timeframe: Timeframe): readonly RolledUp[] {
  const buckets = new Map<number, Part[]>();
  for (const part of parts) {
    const start = calendarStart(timeframe, part.time);
    const bucket = buckets.get(start);
    if (bucket === undefined) buckets.set(start, [part]);
    else bucket.push(part);
  }
  return [...buckets].map(([time, bucket]) => ({
    time,
    open: (bucket[0] as Part).open,
    high: bucket.reduce((high, part) => Math.max(high, part.high), Number.NEGATIVE_INFINITY),
    low: bucket.reduce((low, part) => Math.min(low, part.low), Number.POSITIVE_INFINITY),
    close: (bucket.at(-1) as Part).close,
    volume: nearest(bucket.reduce((sum, part) => sum + exact(part.volume), 0n)),
    parts: bucket.length,
  }));
}
