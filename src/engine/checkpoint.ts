import { MINUTE_MS } from '../timeframe.js';
import { seriesShape } from './asset-series.js';
import { UPTIME_SHAPE } from './feed-uptime.js';
import type { IndicatorSet } from './indicators/indicator-set.js';
import { MINUTES_SHAPE } from './open-minutes.js';
import { type Shape, type Shaped, shapeFault } from './shape.js';
import { TICKER_SHAPE } from './ticker.js';
import { STATS_SHAPE } from './views.js';

/**
 * Raised whenever saved state gets another form or another meaning; what indicators keep is told by their fingerprint.
 * A test pins what each version looks like, so that it cannot be forgotten.
 */
export const CHECKPOINT_VERSION = 1;

/** What becomes of minutes that were open when the checkpoint was made. */
export type OpenMinutesRule = 'keep' | 'drop';

/** What is saved of one asset. */
export function assetShape(set: IndicatorSet) {
  return {
    fields: {
      minutes: MINUTES_SHAPE,
      uptime: UPTIME_SHAPE,
      ticker: TICKER_SHAPE,
      series: seriesShape(set),
      /** Close of the newest closed minute; NaN: none is known. */
      price: 'number',
      stats: STATS_SHAPE,
    },
  } as const satisfies Shape;
}
export type SavedAsset = Shaped<ReturnType<typeof assetShape>>;

/**
 * The whole state of a live asset between two events, as plain data: numbers, texts, typed arrays, lists and objects
 * of them. Its own copy: it stays as it is while the engine goes on.
 */
export interface AssetCheckpoint {
  readonly version: number;
  /** Fingerprint of the configured indicators' memory. */
  readonly indicators: string;
  readonly amountDecimals: number;
  readonly simulated: boolean;
  readonly state: SavedAsset;
}

/** What a checkpoint must be of, to be restored. */
export interface CheckpointTarget {
  readonly set: IndicatorSet;
  readonly amountDecimals: number;
  readonly simulated: boolean;
}

/** Why a checkpoint cannot be restored: history has to take its place. */
export class CheckpointError extends Error {
  override readonly name = 'CheckpointError';
}

const HEAD_SHAPE = {
  version: 'number',
  indicators: 'text',
  amountDecimals: 'number',
  simulated: 'flag',
} as const;

/** Checks that a value is a checkpoint of this very target. @throws CheckpointError with the reason if it is not */
export function checkCheckpoint(value: unknown, { set, ...asset }: CheckpointTarget): AssetCheckpoint {
  if (typeof value !== 'object' || value === null) throw new CheckpointError('it is no object');
  const { version, indicators } = value as Record<string, unknown>;
  if (version !== CHECKPOINT_VERSION) {
    throw new CheckpointError(`its state has version ${String(version)}, ours is ${CHECKPOINT_VERSION}`);
  }
  if (indicators !== set.fingerprint) {
    throw new CheckpointError('it was made with other indicators, or another version of them');
  }
  const fault = shapeFault(value, { fields: { ...HEAD_SHAPE, state: assetShape(set) } });
  if (fault !== null) throw new CheckpointError(fault);
  const checkpoint = value as AssetCheckpoint;
  for (const key of ['amountDecimals', 'simulated'] as const) {
    if (checkpoint[key] !== asset[key]) {
      throw new CheckpointError(`its ${key} is ${checkpoint[key]}, the asset's is ${asset[key]}`);
    }
  }
  const contradiction = contradictionIn(checkpoint.state);
  if (contradiction !== null) throw new CheckpointError(contradiction);
  return checkpoint;
}

/** Says what of a well-formed state cannot be; null if nothing. */
function contradictionIn({ minutes, uptime, ticker: { day }, series }: SavedAsset): string | null {
  const { head, later } = minutes;
  if (!(head.time >= 0) || head.time % MINUTE_MS !== 0) return `its open minute is ${head.time}`;
  let before = head.time;
  for (const { time } of later) {
    if (!(time > before) || time % MINUTE_MS !== 0) return `an open minute ${time} comes after ${before}`;
    before = time;
  }
  if (uptime.spans.length % 2 !== 0) return 'a span of its feed has no end';
  if (!series.counts.every((count) => Number.isInteger(count) && count >= 0 && count < 2 ** 31)) {
    return `its numbers of closed candles are ${series.counts.join(', ')}`;
  }
  const isDayEmpty = day.length === 0;
  if (!isDayEmpty && (day.newest % MINUTE_MS !== 0 || !(day.newest < head.time))) {
    return `its newest closed minute is ${day.newest}, before an open one at ${head.time}`;
  }
  if (!Number.isInteger(day.length) || day.length < 0 || day.length > day.open.length) {
    return `its day has ${day.length} minutes`;
  }
  return null;
}
