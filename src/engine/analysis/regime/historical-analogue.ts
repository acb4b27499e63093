import { momentText, type Timeframe, timeframeIndex } from '../../../timeframe.js';
import type { CandleWindow } from './candle-window.js';

/** Candles of the windows that are compared, by timeframe; none for hours, whose history is a month or two. */
const LENGTHS: Readonly<Partial<Record<Timeframe, number>>> = { '1d': 60, '1w': 26, '1M': 12 };
/** Windows that must be there to choose from. */
const LEAST_WINDOWS = 30;

/** The stretch of the past whose path is most like that of the newest candles. */
export interface Analogue {
  /** Starts of its first and last candle, ms. */
  readonly from: number;
  readonly to: number;
  /** 0–1: correlation of both paths. */
  readonly similarity: number;
}

export function hasAnalogues(timeframe: Timeframe): boolean {
  return timeframeIndex(timeframe) >= timeframeIndex('1d');
}

/**
 * Finds the earlier window, without overlap, whose path of log closes correlates the most with that of the newest candles:
 * the nearest one by distance of z-normalised paths (Yeh et al. 2016). Some window of a year always looks alike: it says
 * what the past resembled, not what follows. About 20 µs on days.
 *
 * @returns null if there are fewer than 30 windows to choose from, or none goes the same way
 */
export function findAnalogue(window: CandleWindow, timeframe: Timeframe): Analogue | null {
  const length = LENGTHS[timeframe];
  if (length === undefined) return null;
  const { count, times } = window;
  const last = count - 2 * length;
  if (last + 1 < LEAST_WINDOWS) return null;
  const paths = new Float64Array(count);
  for (let i = 1; i < count; i++) paths[i] = (paths[i - 1] as number) + (window.returns[i] as number);
  const newest = centred(paths, count - length, length);
  if (newest.norm === 0) return null;
  let best = -1;
  let similarity = 0;
  for (let start = 0; start <= last; start++) {
    const found = correlation(paths, start, newest.path, newest.norm);
    if (found > similarity) {
      similarity = found;
      best = start;
    }
  }
  if (best === -1) return null;
  const [from, to] = [times[best] as number, times[best + length - 1] as number];
  return { from, to, similarity: Math.min(1, similarity) };
}

/** Gives 24 characters: `2024-03-01 to 2024-04-29`. */
export function nameOf({ from, to }: Analogue): string {
  const day = (time: number) => momentText(time).slice(0, 10);
  return `${day(from)} to ${day(to)}`;
}

function centred(
  paths: Float64Array,
  start: number,
  length: number,
): { readonly path: Float64Array; readonly norm: number } {
  const path = paths.slice(start, start + length);
  const mean = path.reduce((sum, value) => sum + value, 0) / length;
  let squares = 0;
  for (let i = 0; i < length; i++) {
    path[i] = (path[i] as number) - mean;
    squares += (path[i] as number) ** 2;
  }
  return { path, norm: Math.sqrt(squares) };
}

/** Pearson's r of a centred path with the one that begins at `start`; 0 if that one is flat. */
function correlation(paths: Float64Array, start: number, newest: Float64Array, norm: number): number {
  const { length } = newest;
  let sum = 0;
  for (let i = 0; i < length; i++) sum += paths[start + i] as number;
  const mean = sum / length;
  let squares = 0;
  let product = 0;
  for (let i = 0; i < length; i++) {
    const value = (paths[start + i] as number) - mean;
    squares += value * value;
    product += value * (newest[i] as number);
  }
  return squares > 0 ? product / (Math.sqrt(squares) * norm) : 0;
}
