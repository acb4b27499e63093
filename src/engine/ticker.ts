import type { CandleBuilder } from './candle-builder.js';
import { DAY_SHAPE, DayWindow } from './day-window.js';
import { LAST_PRICE_SHAPE, LastPrice } from './last-price.js';
import type { Shape, Shaped } from './shape.js';
import type { TickerView } from './views.js';

/** What is saved of a ticker. */
export const TICKER_SHAPE = {
  fields: { day: DAY_SHAPE, last: LAST_PRICE_SHAPE },
} as const satisfies Shape;
export type SavedTicker = Shaped<typeof TICKER_SHAPE>;

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

  save(): SavedTicker {
    return { day: this.day.save(), last: this.last.save() };
  }

  load({ day, last }: SavedTicker): void {
    this.day.load(day);
    this.last.load(last);
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
