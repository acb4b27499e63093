import { DAY_MS, timeframeIndex } from '../../../timeframe.js';
import type { DailyClose } from '../external-book.js';
import type { Frame } from '../frame.js';
import { correlation } from '../statistics.js';
import { newestKnown } from './candle-lookup.js';

const DAYS = timeframeIndex('1d');
/** Returns that a correlation is made of. */
export const CORRELATION_RETURNS = 30;
/** Days that may be missing among those of two coins. */
const MISSING_DAYS = 3;
/** 30 trading days lie within so many days, holidays and all; the newest of them so many before the frame at most. */
const TRADING_SPAN_DAYS = 50;
const NEWEST_TRADING_DAY_AGE = 6;

/** A daily figure, by the start of its day, ms. */
type Daily = (day: number) => number | undefined;

/**
 * Correlation of the daily log returns of two assets over the newest 30 that both have; −1 … 1. NaN if closed days are
 * missing, or one of the two does not vary. Daily returns: the convention of 30-day correlations, and hours would weigh
 * who leads whom within the day.
 */
export function coinCorrelation(frame: Frame, asset: number, other: number): number {
  return correlationOf(
    frame,
    asset,
    dailyCloses(frame, other),
    CORRELATION_RETURNS + 1 + MISSING_DAYS,
    MISSING_DAYS,
  );
}

/** The same of an asset and a figure that is known once a day, such as a market cap. */
export function dailyCorrelation(frame: Frame, asset: number, figures: ReadonlyMap<number, number>): number {
  return correlationOf(
    frame,
    asset,
    (day) => figures.get(day),
    CORRELATION_RETURNS + 1 + MISSING_DAYS,
    MISSING_DAYS,
  );
}

/**
 * The same of an asset and an index that has closes of trading days only, oldest first: over the newest 30 returns from
 * one common day to the next, so that over a weekend both are of three days. The asset's day ends at midnight UTC, some
 * hours after the exchanges have closed.
 */
export function indexCorrelation(frame: Frame, asset: number, closes: readonly DailyClose[]): number {
  const figures = new Map(closes.slice(-2 * TRADING_SPAN_DAYS).map(({ day, close }) => [day, close]));
  return correlationOf(frame, asset, (day) => figures.get(day), TRADING_SPAN_DAYS, NEWEST_TRADING_DAY_AGE);
}

/** @param span how many days are looked through @param age how many of the newest may be without a figure */
function correlationOf(frame: Frame, asset: number, figure: Daily, span: number, age: number): number {
  const { series } = frame;
  const newest = newestKnown(frame, asset, DAYS);
  if (newest === -1) return Number.NaN;
  const oldestDay = series.time(asset, DAYS, newest) - (span - 1) * DAY_MS;
  const a: number[] = [];
  const b: number[] = [];
  let close = Number.NaN;
  let value = Number.NaN;
  for (let back = newest; back < series.count(asset, DAYS); back++) {
    const day = series.time(asset, DAYS, back);
    if (day < oldestDay || a.length === CORRELATION_RETURNS) break;
    const before = figure(day);
    if (before === undefined || !(before > 0)) continue;
    if (Number.isNaN(value) && frame.time - day > (age + 2) * DAY_MS) break;
    const closeBefore = series.close(asset, DAYS, back);
    if (!Number.isNaN(value)) {
      a.push(Math.log(close / closeBefore));
      b.push(Math.log(value / before));
    }
    close = closeBefore;
    value = before;
  }
  return a.length === CORRELATION_RETURNS ? correlation(a, b) : Number.NaN;
}

/** Reads an asset's closes day by day, going back. */
function dailyCloses(frame: Frame, asset: number): Daily {
  const { series } = frame;
  let back = newestKnown(frame, asset, DAYS);
  return (day) => {
    if (back === -1) return undefined;
    while (series.time(asset, DAYS, back) > day) back += 1;
    return series.time(asset, DAYS, back) === day ? series.close(asset, DAYS, back) : undefined;
  };
}
