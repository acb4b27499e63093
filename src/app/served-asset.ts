import { channelName } from '../channels.js';
import type { TradeEvent } from '../events.js';
import type { Market } from '../market.js';
import { TIMEFRAME_COUNT, TIMEFRAMES } from '../timeframe.js';
import { CloseLog } from './close-log.js';

/** Trades that the snapshot of a `trades` channel holds. */
const TRADES_KEPT = 50;

/** Where the channels of an asset lie in `ServedAsset.channels` and `offsets`. */
export const TICKER = 0;
export const TRADES = 1;
export const CANDLES = 2;
export const INDICATORS = CANDLES + TIMEFRAME_COUNT;
const CHANNEL_COUNT = INDICATORS + TIMEFRAME_COUNT;

/** A symbol that this process serves: what it is called on every side, and how far its channels have counted. */
export class ServedAsset {
  /** Channel names: ticker, trades, candles of eight timeframes, indicators of eight. */
  readonly channels: readonly string[];
  /** Newest offset of each channel. Counts every change, published or not. */
  readonly offsets = new Float64Array(CHANNEL_COUNT);
  /** Of each timeframe, which offsets of `candles` were closes. */
  readonly closes: readonly CloseLog[] = TIMEFRAMES.map(() => new CloseLog());
  readonly #trades: TradeEvent[] = [];
  #tradesSeen = 0;

  constructor(
    readonly market: Market,
    /** The engine's number. */
    readonly asset: number,
    /** The database's. */
    readonly assetId: number,
    readonly dataSource: string,
  ) {
    const { symbol } = market;
    this.channels = [
      channelName('ticker', symbol),
      channelName('trades', symbol),
      ...TIMEFRAMES.map((timeframe) => channelName('candles', symbol, timeframe)),
      ...TIMEFRAMES.map((timeframe) => channelName('indicators', symbol, timeframe)),
    ];
  }

  /** Keeps a trade for the snapshot; no allocation once `TRADES_KEPT` are held. */
  keep(trade: TradeEvent): void {
    this.#trades[this.#tradesSeen % TRADES_KEPT] = trade;
    this.#tradesSeen += 1;
  }

  /** Gives the newest trades, oldest first, in the order in which they came. */
  latestTrades(): readonly TradeEvent[] {
    const start = this.#tradesSeen <= TRADES_KEPT ? 0 : this.#tradesSeen % TRADES_KEPT;
    return [...this.#trades.slice(start), ...this.#trades.slice(0, start)];
  }
}
