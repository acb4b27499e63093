import type { ExternalBook } from './external-book.js';
import type { AnalysisMarket } from './market.js';
import type { SeriesReader } from './series-reader.js';
import type { Structure } from './structure/structure.js';

/** Finds the structure of a series; null: it is not kept for this timeframe. */
export interface Structures {
  of(asset: number, timeframe: number): Structure | null;
}

/**
 * The whole market at one moment, as an analysis reads it: at the close of a timeframe, or in between with the candles
 * that form. Everything that is computed is computed from this, and nothing else: no clock, no order of arrival.
 */
export interface Frame {
  /** Index of the timeframe whose candle closed, or forms. */
  readonly timeframe: number;
  /** End of that candle, ms, exclusive; of a forming one the exchange time of the newest price. */
  readonly time: number;
  /** Start of that candle, ms. */
  readonly candleTime: number;
  /** True: what is computed may still change. */
  readonly isForming: boolean;
  readonly market: AnalysisMarket;
  readonly series: SeriesReader;
  /** Of closed candles, always. */
  readonly structures: Structures;
  readonly external: ExternalBook;
}

/**
 * Says whether an asset takes part: its newest candle of the frame's timeframe is the frame's. One that is late, has a
 * gap or is not loaded yet does not, and is named among the missing.
 */
export function isCurrent({ series, timeframe, candleTime }: Frame, asset: number): boolean {
  return series.time(asset, timeframe, 0) === candleTime;
}
