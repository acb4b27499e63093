import type { SeriesReader } from '../series-reader.js';
import type { AssetScore } from './score.js';
import type { Horizon } from './windows.js';

export type Outlook = 'Bullish' | 'Bearish' | 'Neutral';

/** Directions between these two are neutral. */
const BEARISH_BELOW = 0.45;
const BULLISH_ABOVE = 0.55;
/** Candles of the mean on one side of which prices stay for a while. */
const MEAN_CANDLES = 20;
/** Shares of a price nearer than this are the same. */
const SAME = 1e-12;

/** Says what a direction of 0–1 means. */
export function outlookOf(direction: number): Outlook {
  if (direction > BULLISH_ABOVE) return 'Bullish';
  return direction < BEARISH_BELOW ? 'Bearish' : 'Neutral';
}

/** What the directions of several assets say together. */
export interface JointOutlook {
  /** Mean of their directions, 0–1. */
  readonly direction: number;
  readonly outlook: Outlook;
  /** Share of the assets whose own outlook it is, times the mean share of weights that is known: 0–1. */
  readonly confidence: number;
}

/** Gives the outlook of assets together, each counting the same; null: none has a score. */
export function jointOutlook(scores: readonly AssetScore[]): JointOutlook | null {
  let sum = 0;
  let coverage = 0;
  const directions: number[] = [];
  for (const score of scores) {
    if (score.direction === null) continue;
    directions.push(score.direction);
    sum += score.direction;
    coverage += score.coverage;
  }
  if (directions.length === 0) return null;
  const direction = sum / directions.length;
  const outlook = outlookOf(direction);
  const agreeing = directions.filter((each) => outlookOf(each) === outlook).length;
  const confidence = (agreeing / directions.length) * (coverage / directions.length);
  return { direction, outlook, confidence: Math.min(1, confidence) };
}

/**
 * Gives how long the closes of assets have stayed on one side of their mean of 20: the mean length of all runs of the
 * horizon that began and ended in it, in hours, rounded up. Null: there is no such run.
 *
 * @param assets the engine's numbers
 */
export function usualRunHours(
  series: SeriesReader,
  timeframe: number,
  { candles, candleMs }: Horizon,
  assets: readonly number[],
): number | null {
  let runs = 0;
  let length = 0;
  for (const asset of assets) {
    const found = runsOf(series, asset, timeframe, candles);
    runs += found.runs;
    length += found.length;
  }
  return runs === 0 ? null : Math.ceil(((length / runs) * candleMs) / 3_600_000);
}

/** Counts the complete runs among the newest closes, and the candles in them. */
function runsOf(
  series: SeriesReader,
  asset: number,
  timeframe: number,
  candles: number,
): { readonly runs: number; readonly length: number } {
  const oldest = Math.min(candles, series.count(asset, timeframe) - MEAN_CANDLES);
  let sum = 0;
  for (let back = oldest + 1; back < oldest + MEAN_CANDLES; back++)
    sum += series.close(asset, timeframe, back);
  let side = 0;
  let begun = -1;
  let runs = 0;
  let length = 0;
  for (let back = oldest; back >= 0; back--) {
    const close = series.close(asset, timeframe, back);
    sum += close;
    const apart = close - sum / MEAN_CANDLES;
    // A rolling sum leaves a trace of what has gone out of it: a flat market is on no side.
    const now = Math.abs(apart) <= SAME * close ? side : Math.sign(apart);
    sum -= series.close(asset, timeframe, back + MEAN_CANDLES - 1);
    if (now === side) continue;
    // The run that the window begins with has begun before it.
    if (begun >= 0) {
      runs += 1;
      length += begun - back;
    }
    begun = side === 0 ? -1 : back;
    side = now;
  }
  return { runs, length };
}
