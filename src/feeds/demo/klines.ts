import { bucketEnd, bucketStart, DAY_MS, HOUR_MS, MINUTE_MS } from '../../timeframe.js';
import { formatDecimal } from './decimals.js';
import {
  BAR_UNIT_MS,
  type Bar,
  barOfTrades,
  flatBar,
  joinBars,
  type Listing,
  type MarketSource,
} from './source.js';

const FIXED_MS = {
  '1m': MINUTE_MS,
  '3m': 3 * MINUTE_MS,
  '5m': 5 * MINUTE_MS,
  '15m': 15 * MINUTE_MS,
  '30m': 30 * MINUTE_MS,
  '1h': HOUR_MS,
  '2h': 2 * HOUR_MS,
  '4h': 4 * HOUR_MS,
  '6h': 6 * HOUR_MS,
  '8h': 8 * HOUR_MS,
  '12h': 12 * HOUR_MS,
  '1d': DAY_MS,
} as const;

/** Kline intervals that the demo exchange knows: Binance's, without `1s` and `3d`. */
export const INTERVALS = [...(Object.keys(FIXED_MS) as (keyof typeof FIXED_MS)[]), '1w', '1M'] as const;
export type Interval = (typeof INTERVALS)[number];

/** Says whether text names an interval; case matters. */
export function isInterval(text: string): text is Interval {
  return (INTERVALS as readonly string[]).includes(text);
}

/** Gives the open time of the kline that holds `time`. */
export function openTime(interval: Interval, time: number): number {
  if (interval === '1w' || interval === '1M') return bucketStart(interval, time);
  return Math.floor(time / FIXED_MS[interval]) * FIXED_MS[interval];
}

/** Gives the open time of the kline after the one that opens at `open`. */
export function nextOpenTime(interval: Interval, open: number): number {
  if (interval === '1w' || interval === '1M') return bucketEnd(interval, open);
  return open + FIXED_MS[interval];
}

/** A kline with the ids of its trades; `bar` in ticks and lots. */
export interface Kline {
  readonly open: number;
  /** Last ms of the bucket, as Binance gives it. */
  readonly close: number;
  readonly bar: Bar;
  /** −1 without trades, as is `lastId`. */
  readonly firstId: number;
  readonly lastId: number;
}

/**
 * Rolls up everything from `from` (start of a minute) to before `to`; flat at the price before if nothing was traded,
 * null if nothing is known. Costs one look per whole day, hour and minute, and per trade of the last minute.
 */
export function barBetween(source: MarketSource, listing: number, from: number, to: number): Bar | null {
  let bar: Bar | null = null;
  let time = from;
  while (time < to) {
    const unit =
      time % DAY_MS === 0 && time + DAY_MS <= to
        ? 'day'
        : time % HOUR_MS === 0 && time + HOUR_MS <= to
          ? 'hour'
          : 'minute';
    const length = BAR_UNIT_MS[unit];
    const index = time / length;
    if (time + length <= to) bar = joinBars(bar, source.bar(listing, unit, index));
    else bar = joinBars(bar, partOfMinute(source, listing, index, to));
    time += length;
  }
  return bar ?? (from === to ? lastPrice(source, listing, from / MINUTE_MS) : null);
}

function partOfMinute(source: MarketSource, listing: number, minute: number, to: number): Bar | null {
  const played = source.trades(listing, minute).filter((trade) => trade.time < to);
  return barOfTrades(played) ?? lastPrice(source, listing, minute);
}

function lastPrice(source: MarketSource, listing: number, minute: number): Bar | null {
  // At the end of a record there is no minute to be shown as begun.
  if (minute * MINUTE_MS >= source.end) return null;
  const before = source.bar(listing, 'minute', minute - 1);
  return before === null ? null : flatBar(before.close);
}

/** Gives the kline that opens at `open` as it stood at `now`; null if nothing is known of it. */
export function klineAt(
  source: MarketSource,
  listing: number,
  interval: Interval,
  open: number,
  now: number,
): Kline | null {
  const end = nextOpenTime(interval, open);
  const bar = barBetween(source, listing, open, Math.min(end, now));
  if (bar === null) return null;
  const before = source.lastIdBefore(listing, open / MINUTE_MS);
  const firstId = bar.trades === 0 ? -1 : before + 1;
  return { open, close: end - 1, bar, firstId, lastId: bar.trades === 0 ? -1 : before + bar.trades };
}

/**
 * Gives klines as Binance's REST does: with `startTime` the first `limit` that open at or after it, else the last
 * `limit`; the unfinished one included. Times in ms; both bounds inclusive.
 */
export function klineRange(
  source: MarketSource,
  listing: number,
  interval: Interval,
  range: { startTime?: number; endTime?: number; limit: number },
  now: number,
): Kline[] {
  const last = openTime(interval, Math.min(now, range.endTime ?? now));
  const first = openTime(interval, source.start);
  const found: Kline[] = [];
  const take = (open: number): void => {
    const kline = klineAt(source, listing, interval, open, now);
    if (kline !== null) found.push(kline);
  };
  if (range.startTime === undefined) {
    for (let open = last; open >= first && found.length < range.limit; open = openTime(interval, open - 1)) {
      take(open);
    }
    return found.reverse();
  }
  let open = openTime(interval, Math.max(range.startTime, first));
  if (open < range.startTime) open = nextOpenTime(interval, open);
  for (; open <= last && found.length < range.limit; open = nextOpenTime(interval, open)) take(open);
  return found;
}

/**
 * Gives an estimate of the quote volume as decimal text: volume × mean of the four prices. The exact one would need
 * every trade of the stretch.
 */
export function quoteVolume(listing: Listing, bar: Bar): string {
  const sum = BigInt(bar.open) + BigInt(bar.high) + BigInt(bar.low) + BigInt(bar.close);
  const exact = (BigInt(bar.lots) * sum) / 4n;
  const decimals = listing.priceDecimals + listing.amountDecimals;
  return decimals <= 8
    ? formatDecimal(exact, decimals)
    : formatDecimal(exact / 10n ** BigInt(decimals - 8), 8);
}
