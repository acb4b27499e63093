/** The timeframes of the product, shortest first. `1m` is one minute, `1M` one calendar month. */
export const TIMEFRAMES = ['1m', '5m', '15m', '1h', '4h', '1d', '1w', '1M'] as const;

export type Timeframe = (typeof TIMEFRAMES)[number];

/** How many timeframes there are; series of one asset lie this far apart in the engine's arrays. */
export const TIMEFRAME_COUNT = TIMEFRAMES.length;

export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;
/** 1970-01-01 was a Thursday; the first Monday after it is 4 days later. */
const FIRST_MONDAY_MS = 4 * DAY_MS;

/** Length in ms of every timeframe that has a fixed one; `1M` has none. */
export const FIXED_TIMEFRAME_MS: Readonly<Record<Exclude<Timeframe, '1M'>, number>> = {
  '1m': MINUTE_MS,
  '5m': 5 * MINUTE_MS,
  '15m': 15 * MINUTE_MS,
  '1h': HOUR_MS,
  '4h': 4 * HOUR_MS,
  '1d': DAY_MS,
  '1w': WEEK_MS,
};

/**
 * Which timeframe each one is rolled up from, by index into `TIMEFRAMES`; −1 for `1m`, built from trades.
 * Weeks do not nest in months, so both roll up from days.
 */
export const ROLLS_UP_FROM: readonly number[] = [-1, 0, 1, 2, 3, 4, 5, 5];

/** Says whether `text` is one of the eight timeframes; case matters: `1m` is not `1M`. */
export function isTimeframe(text: string): text is Timeframe {
  return (TIMEFRAMES as readonly string[]).includes(text);
}

/** Gives the position of a timeframe in `TIMEFRAMES`, 0 for `1m` to 7 for `1M`. */
export function timeframeIndex(timeframe: Timeframe): number {
  return TIMEFRAMES.indexOf(timeframe);
}

/**
 * Gives the start of the bucket that holds `time`, both in ms since the epoch, UTC.
 * A time on a boundary belongs to the bucket that begins there. Weeks begin on Monday, months on the 1st.
 */
export function bucketStart(timeframe: Timeframe, time: number): number {
  if (timeframe === '1M') {
    const date = new Date(time);
    return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1);
  }
  if (timeframe === '1w') {
    return Math.floor((time - FIRST_MONDAY_MS) / WEEK_MS) * WEEK_MS + FIRST_MONDAY_MS;
  }
  const length = FIXED_TIMEFRAME_MS[timeframe];
  return Math.floor(time / length) * length;
}

/** Gives the end (exclusive, ms since the epoch) of the bucket that begins at `start`; the next bucket's start. */
export function bucketEnd(timeframe: Timeframe, start: number): number {
  if (timeframe === '1M') {
    const date = new Date(start);
    return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
  }
  return start + FIXED_TIMEFRAME_MS[timeframe];
}

/** Gives the start of the bucket `count` buckets before the one that begins at `start`. */
export function bucketsBefore(timeframe: Timeframe, start: number, count: number): number {
  if (timeframe === '1M') {
    const date = new Date(start);
    return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() - count, 1);
  }
  return start - count * FIXED_TIMEFRAME_MS[timeframe];
}

/** Gives a moment, ms since the epoch, as ISO 8601 in UTC, or the number itself where no calendar reaches. */
export function momentText(time: number): string {
  return Math.abs(time) <= 8.64e15 ? new Date(time).toISOString() : String(time);
}
