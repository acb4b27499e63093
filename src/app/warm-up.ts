import type { Engine } from '../engine/engine.js';
import type { EngineSink } from '../engine/views.js';
import type { Feed } from '../feeds/feed.js';
import type { Logger } from '../logger.js';
import type { Candle, Source } from '../market.js';
import type { CandleReader, CandleRecord } from '../store/records.js';
import {
  bucketEnd,
  bucketStart,
  bucketsBefore,
  TIMEFRAME_COUNT,
  TIMEFRAMES,
  type Timeframe,
} from '../timeframe.js';
import { closedRecord } from './candle-record.js';
import type { ServedAsset } from './served-asset.js';

/**
 * How many of the newest loaded candles per series are stored with their indicators: what a chart shows. The
 * values of older ones stay null in the database, since writing them all would dominate the first start.
 */
const STORED_WITH_INDICATORS = 1_000;

export interface WarmUpPorts {
  readonly engine: Engine;
  /** Told of candles that closed between two timeframes of the history. */
  readonly sink: EngineSink;
  readonly logger: Logger;
  readonly candles: Pick<CandleReader, 'latestClosed'>;
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
  readonly candles: readonly KnownCandle[];
}

interface KnownCandle extends Candle {
  readonly source: Source;
  /** True if the database lacks it. */
  readonly isNew: boolean;
}

/**
 * Loads the closed history of one symbol, from the database first and only what is missing from the exchange, seeds
 * the engine and lets the live feed flow. Returns the records that the database lacks, for the caller to store.
 *
 * Every timeframe is loaded up to the same moment: a candle that closes meanwhile is then built or fetched by the
 * feed, so that no hole opens between two timeframes.
 */
export async function warmUp(
  served: ServedAsset,
  feed: Feed,
  ports: WarmUpPorts,
): Promise<readonly CandleRecord[]> {
  const now = feed.now();
  const loaded: Loaded[] = [];
  for (const timeframe of TIMEFRAMES) {
    loaded.push(await load(served, feed, ports, timeframe, now));
    ports.onStep(`${served.market.symbol} ${timeframe}`);
  }
  const records = loaded.flatMap((series) => seed(served, ports.engine, series));
  const firstOpenMinute = bucketStart('1m', now);
  for (const hole of ports.engine.goLive(served.asset, firstOpenMinute, ports.sink)) {
    const range = { from: new Date(hole.from).toISOString(), to: new Date(hole.to).toISOString() };
    const timeframe = TIMEFRAMES[hole.timeframeIndex];
    ports.logger.warn({ symbol: served.market.symbol, timeframe, ...range }, 'history has a hole');
  }
  feed.release(served.asset, firstOpenMinute);
  return records;
}

async function load(
  served: ServedAsset,
  feed: Feed,
  ports: WarmUpPorts,
  timeframe: Timeframe,
  now: number,
): Promise<Loaded> {
  const to = bucketStart(timeframe, now);
  // Not before the epoch: no exchange has candles there, and 2,400 months would reach beyond it.
  const from = Math.max(
    bucketsBefore(timeframe, to, ports.depth),
    bucketEnd(timeframe, bucketStart(timeframe, 0)),
  );
  const query = { assetId: served.assetId, timeframe, from, to, limit: ports.depth };
  const known = new Map<number, KnownCandle>();
  if (ports.depth > 0) {
    for (const record of await ports.candles.latestClosed(query))
      known.set(record.time, { ...record, isNew: false });
  }
  const source: Source = served.market.simulated ? 'simulated' : 'history';
  for (const hole of holes(timeframe, from, to, known)) {
    for (const candle of await feed.history(served.market.symbol, timeframe, hole.from, hole.to)) {
      known.set(candle.time, { ...candle, source, isNew: true });
    }
  }
  return { timeframe, candles: [...known.values()].sort((a, b) => a.time - b.time) };
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

/** Commits the candles of one timeframe and gives the records of those that the database lacks. */
function seed(served: ServedAsset, engine: Engine, { timeframe, candles }: Loaded): readonly CandleRecord[] {
  const index = TIMEFRAMES.indexOf(timeframe);
  const key = { assetId: served.assetId, timeframe, series: served.asset * TIMEFRAME_COUNT + index };
  const firstWithIndicators = candles.length - STORED_WITH_INDICATORS;
  const records: CandleRecord[] = [];
  candles.forEach((candle, position) => {
    engine.seed(served.asset, index, [candle], candle.source);
    if (candle.isNew) records.push(closedRecord(engine, key, position >= firstWithIndicators));
  });
  return records;
}
