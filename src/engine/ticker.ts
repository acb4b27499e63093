import type { CandleBuilder } from './candle-builder.js';
import { DayWindow } from './day-window.js';
import { LastPrice } from './last-price.js';
import type { TickerView } from './views.js';

/** Last price and rolling 24 hours of one asset. */
export class Ticker {
  readonly day = new DayWindow();
  readonly last = new LastPrice();
  readonly #scale: number;
  readonly #view: TickerView = {
    last: Number.NaN,
    exchangeTime: Number.NaN,
    receivedAt: null,
    open24h: null,
    high24h: null,
    low24h: null,
    volume24h: null,
    change24hPercent: null,
  };

  /** @param scale 10^amountDecimals */
  constructor(scale: number) {
    this.#scale = scale;
  }

  /** Gives the figures with the minute that forms; null while no price is known. Overwritten by the next call. */
  view(head: CandleBuilder): TickerView | null {
    const { price, time, receivedAt } = this.last;
    if (Number.isNaN(price)) return null;
    const view = this.#view;
    const day = this.day;
    const hasHead = head.content !== 'nothing';
    view.last = price;
    view.exchangeTime = time;
    view.receivedAt = Number.isNaN(receivedAt) ? null : receivedAt;
    view.open24h = day.isComplete ? day.open : null;
    // The last price may be of a minute that is not shown yet.
    view.high24h = day.isComplete ? Math.max(day.high, price, hasHead ? head.high : price) : null;
    view.low24h = day.isComplete ? Math.min(day.low, price, hasHead ? head.low : price) : null;
    view.volume24h = day.isComplete ? (day.lots + (hasHead ? head.lots : 0)) / this.#scale : null;
    view.change24hPercent = day.isComplete ? 100 * (price / day.open - 1) : null;
    return view;
  }
}
