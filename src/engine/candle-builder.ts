import type { CandleEvent, TradeEvent } from '../events.js';
import { SOURCES, type Source } from '../market.js';
import { toLots } from './lots.js';
import type { Shape, Shaped } from './shape.js';
import { compareTradeIds } from './trade-order.js';

/** What an open minute holds: nothing, trades, the exchange's candle so far, or the exchange's finished candle. */
const CONTENTS = ['nothing', 'trades', 'stream', 'final'] as const;
export type MinuteContent = (typeof CONTENTS)[number];

/** What is saved of an open minute. */
export const MINUTE_SHAPE = {
  fields: {
    time: 'number',
    content: { oneOf: CONTENTS },
    source: { oneOf: SOURCES },
    open: 'number',
    high: 'number',
    low: 'number',
    close: 'number',
    lots: 'number',
    volume: 'number',
    notional: 'number',
    tradeCount: 'number',
    exchangeTime: 'number',
    receivedAt: 'number',
    firstTime: 'number',
    firstId: 'text',
    lastId: 'text',
  },
} as const satisfies Shape;
export type SavedMinute = Shaped<typeof MINUTE_SHAPE>;

/**
 * One open minute: builds its candle out of trades, or takes over the exchange's own. Reused for other minutes.
 * Numeric fields begin as doubles so that the compiled code of the tick path never has to change its mind.
 */
export class CandleBuilder {
  /** Start of the minute, ms. */
  time = Number.NaN;
  content: MinuteContent = 'nothing';
  source: Source = 'built';
  open = Number.NaN;
  high = Number.NaN;
  low = Number.NaN;
  close = Number.NaN;
  /** Volume in units of the smallest amount. */
  lots = Number.NaN;
  /** Base units. */
  volume = Number.NaN;
  /** Σ price · amount; NaN: not known. */
  notional = Number.NaN;
  /** NaN: not known. */
  tradeCount = Number.NaN;
  /** Exchange time of the newest trade or candle message in here, ms. */
  exchangeTime = Number.NaN;
  receivedAt = Number.NaN;
  #firstTime = Number.NaN;
  #firstId = '';
  #lastId = '';

  /** Empties it for the minute that begins at `time`. */
  reset(time: number): void {
    this.time = time;
    this.content = 'nothing';
    this.source = 'built';
    this.lots = 0;
    this.volume = 0;
    this.notional = 0;
    this.tradeCount = 0;
    this.exchangeTime = Number.NaN;
    this.receivedAt = Number.NaN;
  }

  /**
   * Takes a sound trade of this minute in. Open is the price of the earliest trade, close of the latest, whatever the
   * order of arrival. False: the exchange's candle is here, which has the trade already.
   */
  addTrade(trade: TradeEvent, scale: number): boolean {
    const { price, time, id } = trade;
    if (this.content === 'trades') {
      if (price > this.high) this.high = price;
      if (price < this.low) this.low = price;
      if (time >= this.exchangeTime) {
        if (time > this.exchangeTime || compareTradeIds(id, this.#lastId) >= 0) {
          this.close = price;
          this.exchangeTime = time;
          this.#lastId = id;
        }
      }
      if (time < this.#firstTime || (time === this.#firstTime && compareTradeIds(id, this.#firstId) < 0)) {
        this.open = price;
        this.#firstTime = time;
        this.#firstId = id;
      }
    } else if (this.content === 'nothing') {
      this.content = 'trades';
      this.open = price;
      this.high = price;
      this.low = price;
      this.close = price;
      this.exchangeTime = time;
      this.#firstTime = time;
      this.#firstId = id;
      this.#lastId = id;
    } else {
      return false;
    }
    this.lots += toLots(trade.amount, scale);
    this.volume = this.lots / scale;
    this.notional += price * trade.amount;
    this.tradeCount += 1;
    this.receivedAt = trade.receivedAt;
    return true;
  }

  /**
   * Replaces what is here by the exchange's own candle. `keepsTrades`: the trades gave the very same candle, so their
   * number and their sum, which the exchange's candle does not tell, are true of it.
   */
  setCandle(candle: CandleEvent, scale: number, keepsTrades: boolean): void {
    this.content = candle.closed ? 'final' : 'stream';
    this.source = candle.source;
    this.open = candle.open;
    this.high = candle.high;
    this.low = candle.low;
    this.close = candle.close;
    // Kept beside the lots: beyond 2^53 lots a division would not give the exchange's own digits back.
    this.volume = candle.volume;
    this.lots = toLots(candle.volume, scale);
    if (!keepsTrades) {
      this.notional = Number.NaN;
      this.tradeCount = Number.NaN;
    }
    this.exchangeTime = candle.exchangeTime;
    this.receivedAt = candle.receivedAt;
  }

  /** Makes it the candle of a quiet minute: everything at the price before. */
  setFlat(price: number): void {
    this.open = price;
    this.high = price;
    this.low = price;
    this.close = price;
  }

  /** Says whether the exchange's candle has other values than are here. Nothing here: other if it has volume. */
  differsFrom(candle: CandleEvent, scale: number): boolean {
    if (this.content === 'nothing') return candle.volume !== 0;
    return (
      candle.open !== this.open ||
      candle.high !== this.high ||
      candle.low !== this.low ||
      candle.close !== this.close ||
      toLots(candle.volume, scale) !== this.lots
    );
  }

  save(): SavedMinute {
    const { time, content, source, open, high, low, close, lots, volume } = this;
    const { notional, tradeCount, exchangeTime, receivedAt } = this;
    return {
      ...{ time, content, source, open, high, low, close, lots, volume },
      ...{ notional, tradeCount, exchangeTime, receivedAt },
      firstTime: this.#firstTime,
      firstId: this.#firstId,
      lastId: this.#lastId,
    };
  }

  load(saved: SavedMinute): void {
    const { firstTime, firstId, lastId, ...shown } = saved;
    Object.assign(this, shown);
    this.#firstTime = firstTime;
    this.#firstId = firstId;
    this.#lastId = lastId;
  }
}
