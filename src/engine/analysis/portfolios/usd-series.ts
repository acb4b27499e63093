import { deviation } from '../statistics.js';
import type { Position } from './inputs.js';
import type { HistoryWindow, MarketHistories } from './market-histories.js';
import { logReturns, simpleReturns, standardized } from './statistics.js';

/** Past closes in US dollars, oldest first, and the returns between them. */
export interface UsdSeries {
  readonly closes: Float64Array;
  readonly logs: Float64Array;
  readonly simple: Float64Array;
  /** Logarithmic returns for correlations; NaN if they do not vary. */
  readonly standardized: Float64Array;
  /** Of the logarithmic returns. */
  readonly deviation: number;
}

type Market = Pick<Position, 'asset' | 'quoteAsset' | 'isPegged'>;

const NONE = new Float64Array(0);

/** Series of a frame's markets in US dollars, each made once for all portfolios that hold it. */
export class UsdSeriesBook {
  readonly #histories: MarketHistories;
  readonly #series = new Map<HistoryWindow, Map<string, UsdSeries>>();

  constructor(histories: MarketHistories) {
    this.#histories = histories;
  }

  /** How many closes in dollars are known without a hole. */
  length({ asset, quoteAsset }: Market, window: HistoryWindow): number {
    if (asset < 0 || quoteAsset === -1) return 0;
    const { length } = this.#histories.closes(asset, window);
    return quoteAsset < 0 ? length : Math.min(length, this.#histories.closes(quoteAsset, window).length);
  }

  /** Gives the newest so many closes, no more than `length`; of a peg, ones. */
  of(market: Market, window: HistoryWindow, length: number): UsdSeries {
    const known = this.#series.get(window) ?? new Map<string, UsdSeries>();
    this.#series.set(window, known);
    const key = market.isPegged ? 'peg' : `${market.asset} ${market.quoteAsset}`;
    const found = known.get(key);
    if (found !== undefined && found.closes.length === length) return found;
    const closes = market.isPegged ? new Float64Array(length).fill(1) : this.#closes(market, window, length);
    const logs = logReturns(closes);
    const made = {
      ...{ closes, logs, simple: simpleReturns(closes) },
      ...{ standardized: standardized(logs), deviation: deviation(logs) },
    };
    known.set(key, made);
    return made;
  }

  #closes({ asset, quoteAsset }: Market, window: HistoryWindow, length: number): Float64Array {
    if (asset < 0) return NONE;
    const closes = newest(this.#histories.closes(asset, window), length);
    if (quoteAsset < 0) return closes;
    const rates = newest(this.#histories.closes(quoteAsset, window), length);
    return closes.map((close, k) => close * (rates[k] as number));
  }
}

function newest(values: Float64Array, count: number): Float64Array {
  return values.slice(Math.max(0, values.length - count));
}
