import { bucketStart, DAY_MS, HOUR_MS, timeframeIndex } from '../../../timeframe.js';
import type { Frame } from '../frame.js';
import { deviation } from '../statistics.js';
import type { AnalysisPeriod } from './rows.js';
import { correlation, logReturns } from './statistics.js';
import { UsdSeriesBook } from './usd-series.js';

const HOURS = timeframeIndex('1h');
const DAYS = timeframeIndex('1d');

/** Which candles statistics are made of. */
export interface HistoryWindow {
  readonly timeframe: number;
  /** Length of a candle, ms. */
  readonly step: number;
  /** Returns that are looked at, at most and at least. */
  readonly most: number;
  readonly least: number;
  /** Returns a year. */
  readonly perYear: number;
}

const DAILY: HistoryWindow = { timeframe: DAYS, step: DAY_MS, most: 90, least: 30, perYear: 365 };
const WINDOWS: Readonly<Record<AnalysisPeriod, HistoryWindow>> = {
  '1h': DAILY,
  '4h': DAILY,
  '1d': DAILY,
  '7d': { timeframe: HOURS, step: HOUR_MS, most: 168, least: 72, perYear: 8_760 },
  '30d': { timeframe: HOURS, step: HOUR_MS, most: 720, least: 360, perYear: 8_760 },
};

/** Gives the candles that the statistics of a period are made of. */
export function windowOf(period: AnalysisPeriod): HistoryWindow {
  return WINDOWS[period];
}

/** Past closes of a frame's market, on one grid of times, made once for all portfolios. */
export class MarketHistories {
  readonly frame: Frame;
  readonly usd = new UsdSeriesBook(this);
  readonly #closes = new Map<HistoryWindow, Map<number, Float64Array>>();
  readonly #volatilities = new Map<HistoryWindow, Map<number, number>>();

  readonly #brokenAway = new Map<number, boolean | null>();
  /** Number of the market of BTC; −1: none is served. */
  #bitcoin: number | null = null;

  constructor(frame: Frame) {
    this.frame = frame;
  }

  /**
   * Gives closes without a hole up to the newest candle of the window, oldest first, at most `most` + 1; none if the asset
   * has not closed that one.
   */
  closes(asset: number, window: HistoryWindow): Float64Array {
    const known = this.#closes.get(window) ?? new Map<number, Float64Array>();
    this.#closes.set(window, known);
    const closes = known.get(asset) ?? this.#read(asset, window);
    known.set(asset, closes);
    return closes;
  }

  /** Start of the newest day that is read, ms. */
  get lastDay(): number {
    return this.#lastStart(DAYS, DAY_MS);
  }

  /** Standard deviation of the logarithmic returns of a window, a year; NaN: history is too short. */
  volatility(asset: number, window: HistoryWindow): number {
    const known = this.#volatilities.get(window) ?? new Map<number, number>();
    this.#volatilities.set(window, known);
    const found = known.get(asset);
    if (found !== undefined) return found;
    const closes = this.closes(asset, window);
    const value =
      closes.length > window.least ? deviation(logReturns(closes)) * Math.sqrt(window.perYear) : Number.NaN;
    known.set(asset, value);
    return value;
  }

  /**
   * Says whether the correlation with BTC over 30 days is more than 0.4 below that over 90; null: history is too short, or
   * no market of BTC is served.
   */
  hasBrokenAway(asset: number): boolean | null {
    const known = this.#brokenAway.get(asset);
    if (known !== undefined) return known;
    const found = this.#comparesWithBitcoin(asset);
    this.#brokenAway.set(asset, found);
    return found;
  }

  #comparesWithBitcoin(asset: number): boolean | null {
    this.#bitcoin ??= this.frame.market.reference('BTC')?.asset ?? -1;
    if (this.#bitcoin === -1 || this.#bitcoin === asset) return this.#bitcoin === asset ? false : null;
    const own = logReturns(this.closes(asset, DAILY));
    const its = logReturns(this.closes(this.#bitcoin, DAILY));
    if (own.length < DAILY.most || its.length < DAILY.most) return null;
    const change = correlation(own, its) - correlation(own.slice(-30), its.slice(-30));
    return Number.isFinite(change) ? change > 0.4 : null;
  }

  #read(asset: number, { timeframe, step, most }: HistoryWindow): Float64Array {
    const { series } = this.frame;
    const last = this.#lastStart(timeframe, step);
    let back = 0;
    while (series.time(asset, timeframe, back) > last) back += 1;
    const closes: number[] = [];
    while (closes.length <= most) {
      if (series.time(asset, timeframe, back) !== last - closes.length * step) break;
      const close = series.close(asset, timeframe, back);
      if (!(close > 0)) break;
      closes.push(close);
      back += 1;
    }
    return Float64Array.from(closes.reverse());
  }

  /**
   * Start of the newest candle that is read. That of the frame if it is of this timeframe; of shorter ones the last that
   * ended with it; of longer ones the last that had ended **before** it: at a common boundary others may not have closed.
   */
  #lastStart(timeframe: number, step: number): number {
    const { frame } = this;
    if (frame.timeframe === timeframe) return frame.candleTime;
    if (timeframe < frame.timeframe) {
      return frame.isForming ? bucketStart('1h', frame.time) : frame.time - step;
    }
    return Math.ceil(frame.time / step) * step - 2 * step;
  }
}
