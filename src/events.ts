import type { Trade } from './market.js';

/**
 * What a feed tells the engine. `asset` is the small integer that `Engine.addAsset` gave.
 * Times are the exchange's, ms since the epoch; nothing in here is read from a clock by the engine.
 */
export type FeedEvent = TradeEvent | CandleEvent | WatermarkEvent | FeedStateEvent | GapEvent;

/** One new trade. A feed passes each trade id once; order within a minute that is not sealed yet may be broken. */
export interface TradeEvent extends Trade {
  readonly type: 'trade';
  readonly asset: number;
}

/**
 * The exchange's own 1m candle. With `closed` it is final and wins over what trades built; it closes its minute
 * once everything before is closed. Without, it is the forming state (exchanges that stream no trades).
 */
export interface CandleEvent {
  readonly type: 'candle';
  readonly asset: number;
  readonly time: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
  readonly closed: boolean;
  readonly source: 'stream' | 'history';
  /** Time of the exchange's message where it gives one, else the best known exchange time. */
  readonly exchangeTime: number;
  readonly receivedAt: number;
}

/**
 * The feed vouches that everything before `time` (a minute boundary) has been delivered: minutes that end at or
 * before it close now. A minute without any trade becomes a flat candle: the feed has made sure it was quiet.
 */
export interface WatermarkEvent {
  readonly type: 'watermark';
  readonly asset: number;
  readonly time: number;
  readonly receivedAt: number;
}

/** The connection that serves this asset went down or came (back) up at exchange time `time`. */
export interface FeedStateEvent {
  readonly type: 'feed';
  readonly asset: number;
  readonly up: boolean;
  readonly time: number;
}

/** A hole in what was received: opened when noticed, then repaired from history or given up. */
export interface GapEvent {
  readonly type: 'gap';
  readonly asset: number;
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
  readonly state: 'opened' | 'repaired' | 'unrepaired';
  readonly cause: GapCause;
}

export const GAP_CAUSES = ['reconnect', 'stall', 'missing_trades', 'unconfirmed'] as const;
export type GapCause = (typeof GAP_CAUSES)[number];

/** What takes a feed's events; called synchronously, in order, from one thread. */
export type FeedSink = (event: FeedEvent) => void;

/** What travels from the engine over the broker to the gateway, one per change of a channel. */
export interface Publication {
  /** Canonical channel name without rate, e.g. `candles:BTC/USDT:1m`. */
  readonly channel: string;
  /** Counts up by one with each change of the channel, published or not; starts anew with each `epoch`. */
  readonly offset: number;
  /** Our clock at publication, ms since the epoch. */
  readonly time: number;
  /** True for what must not be conflated away: a closed candle. */
  readonly lossless: boolean;
  /** Values in the order of the channel's fields (see `protocol.ts`); for `trades` a list of such rows. */
  readonly row: readonly unknown[];
}
