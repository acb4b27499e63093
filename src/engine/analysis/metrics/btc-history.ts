import { DAY_MS } from '../../../timeframe.js';
import { HISTORY_DEPTH } from '../series-book.js';
import type { SeriesReader } from '../series-reader.js';
import { percentileRank } from '../statistics.js';
import { CANDLE_MS } from './candle-lookup.js';
import { robustScore } from './statistics.js';

const PERIOD = 20;
/** Fewer earlier values say nothing of where the newest one lies. */
const MIN_HISTORY = 50;
const OUTLIER_HISTORY = 200;
/** The textbook's bound; of logarithms of volumes, which are about normal, it picks 3–7 candles of a thousand. */
const VOLUME_OUTLIER = 3.5;
/** Changes of prices have fat tails: the textbook's bound picks 3–5 of a hundred, this one 4–9 of a thousand. */
const PRICE_OUTLIER = 6;

/** Where the newest candle of a series lies in what the series has kept. NaN or null: too few candles. */
export interface BtcHistory {
  /** Deviation of the last 20 changes a year, percent. */
  readonly volatilityIndex: number;
  /** 0–1: share of earlier volatilities that were lower. */
  readonly volatilityRank: number;
  /** 0–1: share of earlier widths of the Bollinger bands that were narrower. */
  readonly widthRank: number;
  readonly isPriceOutlier: boolean | null;
  readonly isVolumeOutlier: boolean | null;
}

/**
 * Looks at the closes and volumes that are kept of a series; made anew each time, so that it depends on nothing else.
 * Some ten µs for 120 candles, a hundred for 800.
 *
 * - Volatility: sample deviation of 20 changes ln(close / previous close) (Hull), of a year: · √(candles in 365 days).
 * - Bollinger's BandWidth of 20 closes, 4 σ / mean (J. Bollinger 2001).
 * - Outliers by the modified z-score against the 200 candles before: the change on both sides, the logarithm of the
 *   volume above only (a volume that forms is small).
 */
export function btcHistory(series: SeriesReader, asset: number, timeframe: number): BtcHistory {
  // A forming candle stands in the place of the oldest one, as it will when it has closed.
  const count = Math.min(series.count(asset, timeframe), HISTORY_DEPTH[timeframe] as number);
  const closes = new Float64Array(count);
  for (let i = 0; i < count; i++) closes[i] = series.close(asset, timeframe, count - 1 - i);
  const changes = new Float64Array(Math.max(count - 1, 0));
  for (let i = 1; i < count; i++)
    changes[i - 1] = Math.log((closes[i] as number) / (closes[i - 1] as number));
  const volatilities = rolling(changes, (_, squares) => Math.sqrt(squares / (PERIOD - 1)));
  const widths = rolling(closes, (mean, squares) => (4 * Math.sqrt(squares / PERIOD)) / mean);
  const volatility = volatilities.at(-1) ?? Number.NaN;
  return {
    volatilityIndex: 100 * volatility * Math.sqrt((365 * DAY_MS) / (CANDLE_MS[timeframe] as number)),
    volatilityRank: rankOfNewest(volatilities),
    widthRank: rankOfNewest(widths),
    isPriceOutlier: isBeyond(Math.abs(outlierScore(changes)), PRICE_OUTLIER),
    isVolumeOutlier: isBeyond(outlierScore(volumesOf(series, asset, timeframe, count)), VOLUME_OUTLIER),
  };
}

/** Gives `measure` of mean and squared deviations of each 20 values that follow each other. */
function rolling(values: Float64Array, measure: (mean: number, squares: number) => number): Float64Array {
  const measures = new Float64Array(Math.max(values.length - PERIOD + 1, 0));
  for (let i = 0; i < measures.length; i++) {
    let sum = 0;
    for (let j = i; j < i + PERIOD; j++) sum += values[j] as number;
    const mean = sum / PERIOD;
    let squares = 0;
    for (let j = i; j < i + PERIOD; j++) {
      const apart = (values[j] as number) - mean;
      squares += apart * apart;
    }
    measures[i] = measure(mean, squares);
  }
  return measures;
}

function rankOfNewest(values: Float64Array): number {
  const newest = values.at(-1);
  if (newest === undefined || values.length <= MIN_HISTORY) return Number.NaN;
  return percentileRank(newest, values.subarray(0, -1));
}

function outlierScore(values: Float64Array): number {
  const newest = values.at(-1);
  if (newest === undefined || values.length <= MIN_HISTORY) return Number.NaN;
  return robustScore(values.slice(-1 - OUTLIER_HISTORY, -1), newest);
}

function isBeyond(score: number, bound: number): boolean | null {
  return Number.isNaN(score) ? null : score > bound;
}

/** Logarithms, oldest first. A candle without volume counts as one of the least that any of them has. */
function volumesOf(series: SeriesReader, asset: number, timeframe: number, count: number): Float64Array {
  const kept = Math.min(count, OUTLIER_HISTORY + 1);
  const volumes = new Float64Array(kept);
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < kept; i++) {
    const volume = series.volume(asset, timeframe, kept - 1 - i);
    volumes[i] = volume;
    if (volume > 0) least = Math.min(least, volume);
  }
  const lowest = least < Number.POSITIVE_INFINITY ? Math.log(least) : 0;
  return volumes.map((volume) => (volume > 0 ? Math.log(volume) : lowest));
}
