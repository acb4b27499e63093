import type { Trade } from '../market.js';
import type { Shape, Shaped } from './shape.js';
import { compareTradeIds } from './trade-order.js';

/** What is saved of a last price. */
export const LAST_PRICE_SHAPE = {
  fields: { price: 'number', time: 'number', receivedAt: 'number', id: 'text' },
} as const satisfies Shape;
export type SavedLastPrice = Shaped<typeof LAST_PRICE_SHAPE>;

/** The newest price of one asset, whatever the order in which prices arrive. */
export class LastPrice {
  /** NaN: none known. */
  price = Number.NaN;
  /** Exchange time, ms. */
  time = Number.NEGATIVE_INFINITY;
  /** Our clock when it arrived, ms; NaN: it came from history. */
  receivedAt = Number.NaN;
  #id = '';

  /** Takes a trade's price unless a newer one is known. The trade comes whole: its numbers would be boxed one by one. */
  offerTrade(trade: Trade): boolean {
    const { time } = trade;
    if (time < this.time || (time === this.time && compareTradeIds(trade.id, this.#id) < 0)) return false;
    this.price = trade.price;
    this.time = time;
    this.#id = trade.id;
    this.receivedAt = trade.receivedAt;
    return true;
  }

  /** Takes a candle's close unless a newer price is known. */
  offerClose(price: number, time: number, receivedAt: number): boolean {
    if (time < this.time) return false;
    this.price = price;
    this.time = time;
    this.#id = '';
    this.receivedAt = receivedAt;
    return true;
  }

  save(): SavedLastPrice {
    const { price, time, receivedAt } = this;
    return { price, time, receivedAt, id: this.#id };
  }

  load({ price, time, receivedAt, id }: SavedLastPrice): void {
    this.price = price;
    this.time = time;
    this.receivedAt = receivedAt;
    this.#id = id;
  }
}
