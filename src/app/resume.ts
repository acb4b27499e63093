import { setImmediate as nextTurn } from 'node:timers/promises';
import { newestMinutes } from '../engine/day-window.js';
import { type AssetCheckpoint, CheckpointError } from '../engine/engine.js';
import { toLots } from '../engine/lots.js';
import type { EngineSink } from '../engine/views.js';
import type { FeedEvent } from '../events.js';
import type { Feed } from '../feeds/feed.js';
import type { Candle } from '../market.js';
import type { CandleRecord } from '../store/records.js';
import { bucketEnd, bucketStart, DAY_MS, MINUTE_MS, TIMEFRAME_COUNT, TIMEFRAMES } from '../timeframe.js';
import { closedRecord } from './candle-record.js';
import type { ServedAsset } from './served-asset.js';
import { type WarmUpPorts, withQuiet } from './warm-up.js';

/** An older checkpoint is not used: its minutes would be many requests, and much may have been revised since. */
const MAX_AGE_MS = DAY_MS;
/** Clocks may differ by this much: a checkpoint from further ahead is of another market, such as a replayed one. */
const MAX_AHEAD_MS = MINUTE_MS;
/** The newest minutes with trades that are compared with what the exchange says now, … */
const COMPARED = 3;
/** … if they are among so many newest ones. */
const COMPARED_REACH = 200;
/** The exchange's history may lack a minute for so long after its end: it is not compared then. */
const LAG_MS = 10_000;
/** Minutes that are made up for in one turn of the event loop. */
const PER_TURN = 60;

export interface ResumePorts
  extends Pick<WarmUpPorts, 'engine' | 'sink' | 'candles' | 'store' | 'taker' | 'depth'> {
  /** Our clock, ms since the epoch. */
  readonly now: () => number;
}

/**
 * Puts an asset into the state of a checkpoint, makes up for the minutes since by the exchange's closed candles, stores
 * them, and lets the live feed flow. Before anything is touched it makes sure that the checkpoint is of this engine, not
 * too old, and that database and exchange say the same of its newest candles.
 *
 * @param value as it was read; anything
 * @returns why the checkpoint cannot be used, the asset being as freshly added then; null if the asset is live
 * @throws what the exchange's history or the database throws; nothing has been touched then
 */
export async function resume(
  served: ServedAsset,
  feed: Feed,
  ports: ResumePorts,
  value: unknown,
): Promise<string | null> {
  let checkpoint: AssetCheckpoint;
  try {
    checkpoint = ports.engine.checkCheckpoint(served.asset, value);
  } catch (error) {
    if (error instanceof CheckpointError) return error.message;
    throw error;
  }
  const now = feed.now();
  const head = checkpoint.state.minutes.head.time;
  if (now - head > MAX_AGE_MS) return 'it is older than a day';
  if (head - now > MAX_AHEAD_MS) return 'it is ahead of the exchange';
  const fault = await databaseFault(served, ports, checkpoint);
  if (fault !== null) return fault;
  const missed = await missedMinutes(served, feed, checkpoint, now);
  const heard = { exchangeTime: now, receivedAt: ports.now() };
  if (typeof missed === 'string') return missed;
  // From here on nothing may fail: the asset is no longer as freshly added.
  ports.engine.restore(served.asset, checkpoint, 'drop');
  ports.taker.history(served.asset, () => historyBefore(served, ports, head));
  const records = await makeUp(served, ports, missed, heard);
  await ports.store(records);
  feed.release(served.asset, ports.engine.openMinute(served.asset));
  return null;
}

/** Says what the database lacks, or has otherwise, of the newest closed candles; null: nothing. */
async function databaseFault(
  { assetId }: ServedAsset,
  { candles }: ResumePorts,
  { state }: AssetCheckpoint,
): Promise<string | null> {
  const faults = await Promise.all(
    state.series.closed.map(async (candle, index) => {
      const timeframe = TIMEFRAMES[index];
      if (timeframe === undefined || state.series.counts[index] === 0) return null;
      const { time } = candle;
      const [row] = await candles.latestClosed({ assetId, timeframe, from: time, to: time + 1, limit: 1 });
      if (row === undefined) return `the database lacks its newest ${timeframe} candle`;
      const isEqual = (['open', 'high', 'low', 'close', 'volume'] as const).every(
        (field) => row[field] === candle[field],
      );
      return isEqual ? null : `the database has another ${timeframe} candle than it`;
    }),
  );
  return faults.find((fault) => fault !== null) ?? null;
}

/** Gives the closed minutes since the checkpoint, quiet ones included, or why they cannot be had. */
async function missedMinutes(
  { market }: ServedAsset,
  feed: Feed,
  { state }: AssetCheckpoint,
  now: number,
): Promise<readonly Candle[] | string> {
  const head = state.minutes.head.time;
  const traded = newestMinutes(state.ticker.day, COMPARED_REACH).filter(
    ({ time, lots }) => lots > 0 && now - bucketEnd('1m', time) >= LAG_MS,
  );
  const compared = traded.slice(-COMPARED);
  const known = new Map<number, Candle>();
  await feed.history(market.symbol, '1m', compared[0]?.time ?? head, now, (page) => {
    for (const candle of withQuiet('1m', page)) known.set(candle.time, candle);
  });
  const scale = 10 ** market.amountDecimals;
  for (const { time, open, high, low, close, lots } of compared) {
    const candle = known.get(time);
    if (candle === undefined) return 'the exchange lacks its newest minutes';
    const isEqual =
      candle.open === open &&
      candle.high === high &&
      candle.low === low &&
      candle.close === close &&
      toLots(candle.volume, scale) === lots;
    if (!isEqual) return 'the exchange says otherwise of its newest minutes';
  }
  const end = Math.max(head, ...[...known.keys()].map((time) => bucketEnd('1m', time)));
  const missed: Candle[] = [];
  for (let time = head; time < end; time += MINUTE_MS) {
    const candle = known.get(time);
    if (candle === undefined) return 'the exchange lacks minutes since';
    missed.push(candle);
  }
  return missed;
}

/** Gives what the database has of an asset's closed candles before its oldest open minute, in no hurry. */
async function historyBefore(
  { assetId }: ServedAsset,
  { candles, depth }: ResumePorts,
  head: number,
): Promise<readonly (readonly Candle[])[]> {
  const history: (readonly Candle[])[] = [];
  for (const timeframe of TIMEFRAMES) {
    const to = bucketStart(timeframe, head);
    history.push(depth === 0 ? [] : await candles.latestClosed({ assetId, timeframe, to, limit: depth }));
  }
  return history;
}

/** When the exchange was asked, by its clock, and when it had answered, by ours; ms. */
interface Heard {
  readonly exchangeTime: number;
  readonly receivedAt: number;
}

/** Takes closed minutes through the engine as a repaired gap does; gives the records of all that closed. */
async function makeUp(
  { asset, assetId }: ServedAsset,
  { engine, sink: listeners, taker }: ResumePorts,
  missed: readonly Candle[],
  heard: Heard,
): Promise<readonly CandleRecord[]> {
  const records: CandleRecord[] = [];
  const sink: EngineSink = {
    closed(_asset, index) {
      const timeframe = TIMEFRAMES[index];
      if (timeframe === undefined) return;
      taker.closed(asset, index);
      records.push(
        closedRecord(engine, { assetId, timeframe, series: asset * TIMEFRAME_COUNT + index }, true),
      );
    },
    // What came to pass while nobody was there is told late rather than never.
    fired: (alert, firing) => listeners.fired(alert, firing),
    expired: (alert) => listeners.expired(alert),
    moved: () => undefined,
    ticked: () => undefined,
    dropped: () => undefined,
  };
  for (const [index, candle] of missed.entries()) {
    if (index > 0 && index % PER_TURN === 0) await nextTurn();
    engine.process(eventOf(asset, candle, heard), sink);
  }
  return records;
}

function eventOf(asset: number, candle: Candle, { exchangeTime, receivedAt }: Heard): FeedEvent {
  const { time, open, high, low, close, volume } = candle;
  const end = time + MINUTE_MS;
  // Quiet minutes too, as a start from history has them: that the exchange has no trade in them is known, not assumed.
  return {
    ...{ type: 'candle', asset, time, open, high, low, close, volume },
    ...{ closed: true, source: 'history', exchangeTime: Math.max(exchangeTime, end), receivedAt },
  };
}
