import { MINUTE_MS } from '../../timeframe.js';
import type { AlertCandle } from './alert.js';
import type { PricePositions } from './price-positions.js';

/** A stretch of the way that a price took. */
export interface Leg {
  readonly from: number;
  readonly to: number;
  /** Alerts that were put in after this exchange time, ms, take no part: the stretch may lie before them. */
  readonly putInBy: number;
}

/**
 * Gives the way of the price through a minute that is told after the last price `from`, or late: beside that one.
 *
 * Where candles alone were seen of the minute, a new high or low has come after the last price: from there to low and
 * high, the low first if the close is not below `from`. What is crossed upward and downward on this way is crossed in
 * the other order, too, so the order decides only what is told first.
 *
 * Where trades of the minute, or later prices, were seen, the moments of high and low are not known. What lies beyond
 * all prices seen from the last one before the minute on was reached and left again, and nothing else is told: the low
 * first. If no price before the minute is remembered, high and low tell nothing.
 */
export function legsOf(
  positions: PricePositions,
  asset: number,
  candle: AlertCandle,
  from: number,
  isLate: boolean,
): readonly Leg[] {
  const legs: Leg[] = [];
  const { low, high, close } = candle;
  const go = (start: number, end: number, putInBy: number): void => {
    if (start !== end) legs.push({ from: start, to: end, putInBy });
  };
  if (isLate || positions.isTraded(asset)) {
    const seen = positions.earlier(asset);
    if (seen.findHull(candle.time)) {
      const lowest = Math.min(seen.hullLow, positions.low(asset));
      const highest = Math.max(seen.hullHigh, positions.high(asset));
      if (low < lowest) {
        go(lowest, low, candle.time);
        go(low, lowest, candle.time);
      }
      if (high > highest) {
        go(highest, high, candle.time);
        go(high, highest, candle.time);
      }
    }
    if (!isLate) go(from, close, Number.POSITIVE_INFINITY);
    return legs;
  }
  const isNewLow = low < positions.low(asset);
  const isNewHigh = high > positions.high(asset);
  let at = from;
  const goOn = (end: number): void => {
    go(at, end, Number.POSITIVE_INFINITY);
    at = end;
  };
  if (isNewLow && close >= from) goOn(low);
  if (isNewHigh) goOn(high);
  if (isNewLow && close < from) goOn(low);
  goOn(close);
  return legs;
}

/** Gives the moment that a candle's close speaks of: at the latest its minute's last ms. */
export function newestMomentOf({ time, closed, exchangeTime }: AlertCandle): number {
  const last = time + MINUTE_MS - 1;
  return closed ? last : Math.min(Math.max(exchangeTime, time), last);
}
