import type { Engine } from '../engine/engine.js';
import type { Feed } from '../feeds/feed.js';
import type { Candle, Market, Source } from '../market.js';
import type { CandleReader, CandleRecord } from '../store/records.js';
import { bucketEnd, bucketStart, bucketsBefore, TIMEFRAME_COUNT, TIMEFRAMES, type Timeframe } from '../timeframe.js';
import { closedRecord } from './candle-record.js';

/**
 * How many of the newest loaded candles per series are stored with their indicators: what a chart shows. The
 * values of older ones stay null in the database, since writing them all would dominate the first start.
 */
const STORED_WITH_INDICATORS = 1_000;

/** One symbol on its way into the engine. */
export interface WarmUpTarget {
  readonly market: Market;
  readonly feed: Feed;
  /** The engine's number for it. */
  readonly asset: number;
  /** The database's. */
  readonly assetId: number;
}

export interface WarmUpPorts {
  readonly engine: Engine;
  readonly candles: CandleReader & { bulkUpsert(records: readonly CandleRecord[]): Promise<void> };
  /** Closed candles wanted per timeframe. */
  readonly depth: number;
  /** Called after each timeframe. */
  onStep(note: string): void;
}

interface Range {
  readonly from: number;
  readonly to: number;
}

interface Loaded {
  readonly timeframe: Timeframe;
  readonly candles: readonly Candle[];
  /** Times of the candles that were not in the database. */
  readonly fetched: ReadonlySet<number>;
}

/**
 * Loads the closed history of one symbol, from the database first and only what is missing from the exchange, seeds
 * the engine and lets the live feed flow. Returns the records that the database lacks, for the caller to store.
 *
 * Every timeframe is loaded up to the same moment: a candle that closes meanwhile is then built or fetched by the
 * feed, so that no hole opens between two timeframes.
 */
export async function warmUp(target: WarmUpTarget, ports: WarmUpPorts): Promise<readonly CandleRecord[]> {
  const now = target.feed.now();
  const series: Loaded[] = [];
  for (const timeframe of TIMEFRAMES) {
    series.push(await load(target, ports, timeframe, now));
    ports.onStep(`${target.market.symbol} ${timeframe}`);
  }
  const records = series.flatMap((loaded) => seed(target, ports.engine, loaded));
  const firstOpenMinute = bucketStart('1m', now);
  ports.engine.goLive(target.asset, firstOpenMinute);
  target.feed.release(target.asset, firstOpenMinute);
  return records;
}

async function load(target: WarmUpTarget, ports: WarmUpPorts, timeframe: Timeframe, now: number): Promise<Loaded> {
  const to = bucketStart(timeframe, now);
  // Not before the epoch: no exchange has candles there, and 2,400 months reach back that far.
  const from = Math.max(bucketsBefore(timeframe, to, ports.depth), bucketEnd(timeframe, 0));
  const stored = await ports.candles.latestClosed({ assetId: target.assetId, timeframe, from, to, limit: ports.depth });
  const byTime = new Map<number, Candle>(stored.map((record) => [record.time, record]));
  const fetched = new Set<number>();
  for (const hole of holes(timeframe, from, to, byTime)) {
    for (const candle of await target.feed.history(target.market.symbol, timeframe, hole.from, hole.to)) {
      byTime.set(candle.time, candle);
      fetched.add(candle.time);
    }
  }
  const candles = [...byTime.values()].sort((a, b) => a.time - b.time);
  return { timeframe, candles, fetched };
}

/** Gives the stretches of a range for which no candle is known, oldest first. */
export function holes(
  timeframe: Timeframe,
  from: number,
  to: number,
  known: { has(time: number): boolean },
): readonly Range[] {
  const ranges: Range[] = [];
  let start: number | null = null;
  for (let time = from; time < to; time = bucketEnd(timeframe, time)) {
    if (known.has(time)) {
      if (start !== null) ranges.push({ from: start, to: time });
      start = null;
    } else {
      start ??= time;
    }
  }
  if (start !== null) ranges.push({ from: start, to });
  return ranges;
}

/** Commits the candles of one timeframe and gives the records of those that were fetched. */
function seed(target: WarmUpTarget, engine: Engine, loaded: Loaded): readonly CandleRecord[] {
  const index = TIMEFRAMES.indexOf(loaded.timeframe);
  const series = target.asset * TIMEFRAME_COUNT + index;
  const source: Source = target.market.simulated ? 'simulated' : 'history';
  const firstWithIndicators = loaded.candles.length - STORED_WITH_INDICATORS;
  const records: CandleRecord[] = [];
  loaded.candles.forEach((candle, position) => {
    engine.seed(target.asset, index, [candle], source);
    if (!loaded.fetched.has(candle.time)) return;
    records.push(
      closedRecord(engine, {
        assetId: target.assetId,
        timeframe: loaded.timeframe,
        series,
        isValidated: true,
        withIndicators: position >= firstWithIndicators,
      }),
    );
  });
  return records;
}
