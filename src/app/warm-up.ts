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
  DAY_MS,
  TIMEFRAME_COUNT,
  TIMEFRAMES,
  type Timeframe,
} from '../timeframe.js';
import type { HistoryTaker } from './analysis-host.js';
import { closedRecord } from './candle-record.js';
import type { ServedAsset } from './served-asset.js';

/**
 * How many of the newest loaded candles per series are stored with their indicators: what a chart shows. The
 * values of older ones stay null in the database, since writing them all would dominate the first start.
 */
const STORED_WITH_INDICATORS = 1_000;
/**
 * So many missing candles at most are stored before the stream flows: what a restart missed. A client that comes back
 * asks for it as soon as it sees the stream. A first start has more, which nobody can have missed.
 */
const STORED_FIRST = 4_000;

export interface WarmUpPorts {
  readonly engine: Engine;
  /** Told of candles that closed between two timeframes of the history. */
  readonly sink: EngineSink;
  readonly logger: Logger;
  readonly candles: Pick<CandleReader, 'latestClosed'>;
  /** Takes the records that the database lacks; resolves when they are written, or cannot be. Never rejects. */
  store(records: readonly CandleRecord[]): Promise<void>;
  /** Who is given the history of an asset that goes live. */
  readonly taker: HistoryTaker;
  /** Closed candles wanted per timeframe. */
  readonly depth: number;
  /** Called after each timeframe. */
  onStep(note: string): void;
}

/**
 * The live stream may begin this long before now, where the newest minutes are missing: the feed then asks about them
 * until it knows whether they were quiet. Longer holes stay holes.
 */
const MAX_CATCH_UP_MS = DAY_MS;
/** A hole is asked for together with the next traded candle before and behind it, if one is as near as this. */
const ANCHOR_REACH = 200;

interface Range {
  readonly from: number;
  readonly to: number;
}

interface Loaded {
  readonly timeframe: Timeframe;
  readonly candles: readonly KnownCandle[];
  /** Times of those that the database lacks. */
  readonly fetched: ReadonlySet<number>;
}

interface KnownCandle extends Candle {
  readonly source: Source;
}

/**
 * Loads the closed history of one symbol, from the database first and only what is missing from the exchange, seeds
 * the engine, hands what the database lacks to `store`, and lets the live feed flow.
 *
 * Every timeframe is loaded up to the same moment, the end of the newest finished minute that is to be had: what closes
 * later is then built or fetched by the feed, so that no hole opens between two timeframes, or before the stream.
 */
export async function warmUp(served: ServedAsset, feed: Feed, ports: WarmUpPorts): Promise<void> {
  const now = feed.now();
  const loaded: Loaded[] = [];
  let moment = now;
  for (const timeframe of TIMEFRAMES) {
    const series = await load(served, feed, ports, timeframe, moment);
    loaded.push(series);
    if (timeframe === '1m') moment = liveFrom(series.candles.at(-1), now);
    ports.onStep(`${served.market.symbol} ${timeframe}`);
  }
  const records = loaded.flatMap((series) => seed(served, ports.engine, series));
  const stored = ports.store(records);
  if (records.length <= STORED_FIRST) await stored;
  const firstOpenMinute = bucketStart('1m', moment);
  const known = loaded.map(({ candles }) => candles);
  ports.taker.history(served.asset, () => Promise.resolve(known));
  for (const hole of ports.engine.goLive(served.asset, firstOpenMinute, ports.sink)) {
    const range = { from: new Date(hole.from).toISOString(), to: new Date(hole.to).toISOString() };
    const timeframe = TIMEFRAMES[hole.timeframeIndex];
    ports.logger.warn({ symbol: served.market.symbol, timeframe, ...range }, 'history has a hole');
  }
  feed.release(served.asset, firstOpenMinute);
}

/**
 * Gives the moment up to which history is loaded. The last minute may not be finished yet by the exchange's word, and
 * one in which nothing traded has no candle on most exchanges.
 */
function liveFrom(newest: Candle | undefined, now: number): number {
  const end = newest === undefined ? now : bucketEnd('1m', newest.time);
  return now - end <= MAX_CATCH_UP_MS ? Math.min(end, now) : now;
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
    // As they are: a copy of each would be half a million at a start.
    for (const record of await ports.candles.latestClosed(query)) known.set(record.time, record);
  }
  const fetched = new Set<number>();
  const source: Source = served.market.simulated ? 'simulated' : 'history';
  for (const hole of holes(timeframe, from, to, known)) {
    const wanted = withNeighbours(timeframe, hole, known);
    await feed.history(served.market.symbol, timeframe, wanted.from, wanted.to, (page) => {
      for (const candle of withQuiet(timeframe, page)) {
        if (known.has(candle.time)) continue;
        const isQuiet = candle.tradeCount === 0 && !served.market.simulated;
        known.set(candle.time, { ...candle, source: isQuiet ? 'built' : source });
        fetched.add(candle.time);
      }
    });
  }
  return { timeframe, candles: [...known.values()].sort((a, b) => a.time - b.time), fetched };
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

/** Widens a hole by the traded candles around it, between which the exchange's answer shows what was quiet. */
function withNeighbours(timeframe: Timeframe, hole: Range, known: ReadonlyMap<number, Candle>): Range {
  let { from, to } = hole;
  for (let step = 1; step <= ANCHOR_REACH; step++) {
    const candle = known.get(bucketsBefore(timeframe, hole.from, step));
    if (candle === undefined) break;
    if (candle.volume === 0) continue;
    from = candle.time;
    break;
  }
  for (let step = 0; step < ANCHOR_REACH; step++) {
    const candle = known.get(bucketsBefore(timeframe, hole.to, -step));
    if (candle === undefined) break;
    if (candle.volume === 0) continue;
    to = bucketEnd(timeframe, candle.time);
    break;
  }
  return { from, to };
}

/**
 * Fills what the exchange leaves out between two candles of one answer: nothing traded there, and the live feed would
 * have closed it as a flat candle. Across answers nothing is filled: there the exchange may have cut.
 */
export function withQuiet(timeframe: Timeframe, page: readonly Candle[]): readonly Candle[] {
  const filled: Candle[] = [];
  for (const candle of page) {
    for (let last = filled.at(-1); last !== undefined; last = filled.at(-1)) {
      const time = bucketEnd(timeframe, last.time);
      if (time >= candle.time) break;
      const { close } = last;
      filled.push({
        time,
        open: close,
        high: close,
        low: close,
        close,
        volume: 0,
        tradeCount: 0,
        vwap: null,
      });
    }
    filled.push(candle);
  }
  return filled;
}

/** Commits the candles of one timeframe and gives the records of those that the database lacks. */
function seed(
  served: ServedAsset,
  engine: Engine,
  { timeframe, candles, fetched }: Loaded,
): readonly CandleRecord[] {
  const index = TIMEFRAMES.indexOf(timeframe);
  const key = { assetId: served.assetId, timeframe, series: served.asset * TIMEFRAME_COUNT + index };
  const firstWithIndicators = candles.length - STORED_WITH_INDICATORS;
  const records: CandleRecord[] = [];
  candles.forEach((candle, position) => {
    engine.seed(served.asset, index, [candle], candle.source);
    if (fetched.has(candle.time)) records.push(closedRecord(engine, key, position >= firstWithIndicators));
  });
  return records;
}
