import { compareTrades } from './trade-order.js';

/** The newest price of one asset, whatever the order in which prices arrive. */
export class LastPrice {
  /** NaN: none known. */
  price = Number.NaN;
  /** Exchange time, ms. */
  time = Number.NEGATIVE_INFINITY;
  /** Our clock when it arrived, ms; NaN: it came from history. */
  receivedAt = Number.NaN;
  #id = '';

  /** Takes a price unless a newer one is known. `id` is the trade's, or empty for a candle's close. */
  offer(price: number, time: number, id: string, receivedAt: number): boolean {
    if (time < this.time || compareTrades(time, id, this.time, this.#id) < 0) return false;
    this.price = price;
    this.time = time;
    this.#id = id;
    this.receivedAt = receivedAt;
    return true;
  }
}
