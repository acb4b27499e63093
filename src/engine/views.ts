import { type Candle, SOURCES, type Source } from '../market.js';
import type { AlertSink } from './alerts/alert.js';
import type { Shape } from './shape.js';

/**
 * A candle as the engine shows it. The object is the engine's own and is overwritten: the one of `forming` by the
 * next call of `forming`, the one of `lastClosed` when the series closes its next candle. Copy what must last.
 */
export interface CandleView extends Candle {
  readonly source: Source;
  /** 0–1, see `Quality`. */
  readonly coverage: number;
  /** Closed candles of the series before this one. */
  readonly depth: number;
  /** True if all of it is the exchange's own finished candles. */
  readonly isValidated: boolean;
  /**
   * Exchange time, ms: of the newest trade or candle message in a forming candle; of the event that closed a closed
   * one. Null for a candle loaded from history, as `receivedAt`.
   */
  readonly exchangeTime: number | null;
  /** Our clock when that event arrived, ms. */
  readonly receivedAt: number | null;
}

/** A candle view that the engine fills. */
export type MutableCandle = { -readonly [K in keyof CandleView]: CandleView[K] };

/** What is saved of a closed candle. */
export const CANDLE_SHAPE = {
  fields: {
    time: 'number',
    open: 'number',
    high: 'number',
    low: 'number',
    close: 'number',
    volume: 'number',
    tradeCount: { nullable: 'number' },
    vwap: { nullable: 'number' },
    source: { oneOf: SOURCES },
    coverage: 'number',
    depth: 'number',
    isValidated: 'flag',
    exchangeTime: { nullable: 'number' },
    receivedAt: { nullable: 'number' },
  } satisfies Record<keyof CandleView, Shape>,
} as const;

export function emptyCandle(): MutableCandle {
  return {
    time: Number.NaN,
    open: Number.NaN,
    high: Number.NaN,
    low: Number.NaN,
    close: Number.NaN,
    volume: Number.NaN,
    tradeCount: null,
    vwap: null,
    source: 'built',
    coverage: Number.NaN,
    depth: 0,
    isValidated: false,
    exchangeTime: null,
    receivedAt: null,
  };
}

/**
 * Last price and rolling 24 hours: the forming minute and the 1,439 closed ones before it. The object is overwritten
 * by the next call.
 */
export interface TickerView {
  last: number;
  /** Exchange time of the last price, ms. */
  exchangeTime: number;
  /** Our clock when it arrived, ms; null: the price comes from history. */
  receivedAt: number | null;
  /** Null until 24 hours of 1m candles without a hole are known, as the four that follow. */
  open24h: number | null;
  /** At least the last price. */
  high24h: number | null;
  low24h: number | null;
  /** Base units. */
  volume24h: number | null;
  /** Percent, 1.5 = +1.5 %. */
  change24hPercent: number | null;
}

/** What was counted for one asset since it was added. Live: it goes on counting. */
export interface AssetStats {
  /** Trades taken in. */
  trades: number;
  /** Trades and unfinished candles of a minute that was closed already. */
  late: number;
  /** Events with impossible numbers or times. */
  invalid: number;
  /** Quiet minutes that became a flat candle. */
  flat: number;
  /** Finished candles of the exchange that differ from what trades built while the feed was up all the minute. */
  differed: number;
  /** Finished candles of the exchange for a closed minute that say the same. */
  confirmed: number;
  /** Finished candles of the exchange for a closed minute that say otherwise; ours stays. */
  conflicting: number;
  gapsOpened: number;
  gapsRepaired: number;
  gapsUnrepaired: number;
}

/** What is saved of the counts. */
export const STATS_SHAPE = {
  fields: {
    trades: 'number',
    late: 'number',
    invalid: 'number',
    flat: 'number',
    differed: 'number',
    confirmed: 'number',
    conflicting: 'number',
    gapsOpened: 'number',
    gapsRepaired: 'number',
    gapsUnrepaired: 'number',
  } satisfies Record<keyof AssetStats, Shape>,
} as const;

export function emptyStats(): AssetStats {
  return {
    trades: 0,
    late: 0,
    invalid: 0,
    flat: 0,
    differed: 0,
    confirmed: 0,
    conflicting: 0,
    gapsOpened: 0,
    gapsRepaired: 0,
    gapsUnrepaired: 0,
  };
}

/**
 * What the engine tells. Called synchronously from within `process`; must not call the engine's `process`. Alerts come
 * last: who hears of one finds the engine as the event left it.
 */
export interface EngineSink extends AlertSink {
  /** A candle has just been closed; at one boundary 1m first, 1M last. Read it at once by `lastClosed`, `closedValue`. */
  closed(asset: number, timeframeIndex: number): void;
  /** The forming candles changed; comes after all `closed` of the event, at most once per event. */
  moved(asset: number): void;
  /** A trade or candle of an open minute was accepted: the ticker's last price may have changed. Comes before `closed`. */
  ticked(asset: number): void;
  dropped(asset: number, reason: 'late' | 'invalid'): void;
}

/** A span of a longer timeframe, or of 1m before the live stream, of which no candle is known. */
export interface HistoryHole {
  readonly timeframeIndex: number;
  /** Inclusive, ms. */
  readonly from: number;
  /** Exclusive, ms. */
  readonly to: number;
}
