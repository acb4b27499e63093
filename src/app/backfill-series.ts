import { setTimeout as sleep } from 'node:timers/promises';
import { backoffMs } from '../backoff.js';
import type { Feed } from '../feeds/feed.js';
import type { Logger } from '../logger.js';
import type { Candle, Market, Source } from '../market.js';
import type { CandleRecord } from '../store/records.js';
import type { CandleRepository } from '../store/repositories/candles.js';
import { bucketEnd, bucketStart, type Timeframe } from '../timeframe.js';
import { holes, withQuiet } from './warm-up.js';

/** Candles asked for and stored at a time: some five pages of an exchange; a stop loses no more. */
const CHUNK = 5_000;
/** Tries per chunk, beside the feed's own for every page; the pauses between them add up to a minute and a half. */
const TRIES = 6;
const PAUSES = { baseMs: 2_000, maxMs: 30_000 };

/** One timeframe of one asset, and how far it is. */
export interface BackfillSeries {
  /** `<data source>:<symbol> <timeframe>`. */
  readonly name: string;
  readonly market: Market;
  readonly feed: Feed;
  readonly assetId: number;
  readonly timeframe: Timeframe;
  /** Gives the first day that the exchange has of the market, ms; null: it has none. Asked once for all timeframes. */
  readonly firstDay: () => Promise<number | null>;
  /** Bounds, ms; whole candles of the timeframe, `to` exclusive. */
  readonly from: number;
  readonly to: number;
  /** Everything before it is done, ms. */
  done: number;
  written: number;
  missing: number;
}

export interface BackfillPorts {
  readonly candles: Pick<CandleRepository, 'bulkUpsert' | 'closedTimes'>;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** Our clock, ms since the epoch. */
  readonly now: () => number;
  /** Told of every step with the number of candles that it dealt with. */
  onStep(series: BackfillSeries, candles: number): void;
}

/**
 * Fetches what the database lacks of a series, chunk by chunk, and stores it. Only what is missing is asked for; what
 * the exchange does not have is counted and stays missing. Indicators stay null: a value that matters is computed by
 * the engine from the candles that it loads, and with them every row would be three times as large.
 *
 * @throws what the exchange or the database still says after some tries, or the signal's reason
 */
export async function backfillSeries(series: BackfillSeries, ports: BackfillPorts): Promise<void> {
  const { timeframe, to } = series;
  await retried(series, ports, () => skipUnlisted(series, ports));
  while (series.done < to) {
    ports.signal.throwIfAborted();
    const from = series.done;
    let end = from;
    let buckets = 0;
    for (; end < to && buckets < CHUNK; buckets++) end = bucketEnd(timeframe, end);
    const stored = await retried(series, ports, () => fillChunk(series, ports, from, end));
    series.done = end;
    series.written += stored.written;
    series.missing += stored.missing;
    ports.onStep(series, buckets);
  }
}

/**
 * Passes over the time before the market was listed: its first day tells, in one request or a few. Weeks and months are
 * few themselves, and an exchange that keeps so many candles of each timeframe has them of long before its first day.
 */
async function skipUnlisted(series: BackfillSeries, ports: BackfillPorts): Promise<void> {
  const { timeframe, to } = series;
  if (series.done > series.from || timeframe === '1w' || timeframe === '1M') return;
  const listed = Math.min(bucketStart(timeframe, (await series.firstDay()) ?? 0), to);
  if (listed <= series.done) return;
  const skipped = countBuckets(timeframe, series.done, listed);
  series.done = listed;
  series.missing += skipped;
  ports.onStep(series, skipped);
}

async function fillChunk(
  series: BackfillSeries,
  { candles, logger, now }: BackfillPorts,
  from: number,
  to: number,
): Promise<{ readonly written: number; readonly missing: number }> {
  const { assetId, timeframe, feed, market } = series;
  const known = new Set(await candles.closedTimes(assetId, timeframe, from, to));
  const absent = holes(timeframe, from, to, known);
  const [first] = absent;
  const last = absent.at(-1);
  if (first === undefined || last === undefined) return { written: 0, missing: 0 };
  // One question for all holes of the chunk: the rows between them are the price of asking less often.
  const found: CandleRecord[] = [];
  await feed.history(market.symbol, timeframe, first.from, last.to, (page) => {
    for (const candle of withQuiet(timeframe, page)) {
      if (known.has(candle.time)) continue;
      known.add(candle.time);
      found.push(toRecord(series, candle));
    }
  });
  let refused = 0;
  const { written } = await candles.bulkUpsert(found, {
    computedAtMs: now(),
    onRejected: (record, err) => {
      refused += 1;
      logger.error({ record, err }, 'a candle was refused');
    },
  });
  const missing = holes(timeframe, from, to, known).reduce(
    (sum, hole) => sum + countBuckets(timeframe, hole.from, hole.to),
    refused,
  );
  return { written, missing };
}

/** Gives the number of candles that a range of whole ones has. */
export function countBuckets(timeframe: Timeframe, from: number, to: number): number {
  let count = 0;
  for (let time = from; time < to; time = bucketEnd(timeframe, time)) count += 1;
  return count;
}

function toRecord({ assetId, timeframe, market }: BackfillSeries, candle: Candle): CandleRecord {
  const isQuiet = candle.tradeCount === 0 && !market.simulated;
  const source: Source = market.simulated ? 'simulated' : 'history';
  return {
    ...candle,
    assetId,
    timeframe,
    isClosed: true,
    isValidated: true,
    source: isQuiet ? 'built' : source,
    coverage: 1,
    indicators: null,
  };
}

/** Tries again what the exchange or the database did not do; a programming error is none of theirs. */
async function retried<T>(
  { name }: BackfillSeries,
  { logger, signal }: BackfillPorts,
  work: () => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (err) {
      signal.throwIfAborted();
      if (attempt === TRIES || err instanceof RangeError || err instanceof TypeError) throw err;
      const pauseMs = backoffMs(attempt - 1, PAUSES);
      logger.warn({ series: name, attempt, pauseMs, err }, 'history failed, trying again');
      await sleep(pauseMs, undefined, { signal });
    }
  }
}
