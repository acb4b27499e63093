import { sideOf } from './criteria.js';
import type { LiveSignal, SignalChange, SignalDraft } from './signal.js';

/** Where a life goes on after a restart; null: no price was seen. */
export interface Excursions {
  readonly actualEntryPrice: number | null;
  readonly maxFavorableExcursion: number | null;
  readonly maxAdverseExcursion: number | null;
}

/**
 * The life of one signal, from the close at which it was given to its end: target, stop, expiry, or what else ends it.
 * What is seen of the price comes as trades, or as candles where trades are not seen. Each call gives the end or null,
 * and allocates nothing until then.
 */
export class SignalLife implements LiveSignal {
  readonly asset: number;
  readonly timeframe: number;
  readonly draft: SignalDraft;
  readonly openedAt: number;
  readonly side: 1 | -1;
  readonly #stop: number;
  readonly #target: number;
  readonly #expiresAt: number;
  /** NaN: no price was seen. */
  #entry = Number.NaN;
  #best = Number.NaN;
  #worst = Number.NaN;
  #last = Number.NaN;

  /**
   * @param timeframe its index
   * @param openedAt end of the candle at whose close it was given, ms
   */
  constructor(asset: number, timeframe: number, draft: SignalDraft, openedAt: number, seen?: Excursions) {
    this.asset = asset;
    this.timeframe = timeframe;
    this.draft = draft;
    this.openedAt = openedAt;
    this.side = sideOf(draft.signalType);
    this.#stop = draft.stopLoss;
    this.#target = draft.targetPrice;
    this.#expiresAt = draft.expiresAt;
    this.#entry = seen?.actualEntryPrice ?? Number.NaN;
    this.#best = seen?.maxFavorableExcursion ?? this.#entry;
    this.#worst = seen?.maxAdverseExcursion ?? this.#entry;
    this.#last = this.#entry;
  }

  get actualEntryPrice(): number | null {
    return known(this.#entry);
  }

  get maxFavorableExcursion(): number | null {
    return known(this.#best);
  }

  get maxAdverseExcursion(): number | null {
    return known(this.#worst);
  }

  /** Takes in a trade at `time`, ms. A stop is left at the trade's price, a target at its own. */
  ticked(price: number, time: number): SignalChange | null {
    if (!(time >= this.openedAt)) return null;
    if (time >= this.#expiresAt) return this.#expired(time);
    const { side } = this;
    this.#last = price;
    if (Number.isNaN(this.#entry)) {
      this.#entry = price;
      this.#best = price;
      this.#worst = price;
      if (this.#isMissed(price)) return this.#missed(price, time);
    } else {
      if (side * (price - this.#best) > 0) this.#best = price;
      if (side * (price - this.#worst) < 0) this.#worst = price;
    }
    if (side * (price - this.#stop) <= 0) return this.#end(false, price, time);
    if (side * (price - this.#target) >= 0) return this.#end(true, this.#target, time);
    return null;
  }

  /**
   * Takes in a candle that begins at `start`, ms, as far as it is known. One that began before the signal was given says
   * nothing. A stop that is touched is a loss at once, whatever else the candle touches; a target counts when the candle
   * has closed without touching the stop, so that watching it form and seeing it closed end alike. A stop is left at its
   * own price, or at the open if that lies beyond it.
   */
  ranged(
    open: number,
    high: number,
    low: number,
    close: number,
    start: number,
    isClosed: boolean,
  ): SignalChange | null {
    if (!(start >= this.openedAt)) return null;
    if (start >= this.#expiresAt) return this.#expired(start);
    const { side } = this;
    if (Number.isNaN(this.#entry)) {
      this.#entry = open;
      this.#best = open;
      this.#worst = open;
      if (this.#isMissed(open)) return this.#missed(open, start);
    }
    const farthest = side === 1 ? high : low;
    const nearest = side === 1 ? low : high;
    if (side * (nearest - this.#stop) <= 0) {
      const exit = side * (open - this.#stop) < 0 ? open : this.#stop;
      if (side * (exit - this.#worst) < 0) this.#worst = exit;
      return this.#end(false, exit, start);
    }
    this.#last = close;
    if (side * (nearest - this.#worst) < 0) this.#worst = nearest;
    const isReached = side * (farthest - this.#target) >= 0;
    // How far it went before a stop that may still come in this candle is not known until it has closed.
    if (!isClosed) return null;
    if (side * (farthest - this.#best) > 0) this.#best = farthest;
    return isReached ? this.#end(true, this.#target, start) : null;
  }

  /** Ends it if its time is over at `time`, ms: the moment itself is. */
  elapsed(time: number): SignalChange | null {
    return time >= this.#expiresAt ? this.#expired(time) : null;
  }

  #expired(time: number): SignalChange {
    return this.#change('expired', 'its time is over', time, this.#last);
  }

  /** Ends it before its time, at the newest price; `price` if that is known better. */
  invalidated(reason: string, time: number, price = this.#last): SignalChange {
    return this.#change('invalidated', reason, time, price);
  }

  cancelled(reason: string, time: number): SignalChange {
    return this.#change('cancelled', reason, time, this.#last);
  }

  /** Nobody could enter: the first price lies at or beyond stop or target already. */
  #isMissed(first: number): boolean {
    return this.side * (first - this.#stop) <= 0 || this.side * (first - this.#target) >= 0;
  }

  #missed(first: number, time: number): SignalChange {
    const isStop = this.side * (first - this.#stop) <= 0;
    return this.#change(
      'invalidated',
      `the first price ${first} is beyond the ${isStop ? 'stop' : 'target'}: it could not be entered`,
      time,
      Number.NaN,
    );
  }

  #end(isSuccessful: boolean, exit: number, time: number): SignalChange {
    const reason = isSuccessful ? 'target reached' : 'stop reached';
    return { ...this.#change('executed', reason, time, exit), signalSuccessful: isSuccessful };
  }

  #change(status: SignalChange['status'], reason: string, time: number, exit: number): SignalChange {
    return {
      status,
      reason,
      time,
      exitPrice: Number.isNaN(this.#entry) ? null : known(exit),
      signalSuccessful: null,
      actualEntryPrice: this.actualEntryPrice,
      maxFavorableExcursion: this.maxFavorableExcursion,
      maxAdverseExcursion: this.maxAdverseExcursion,
    };
  }
}

function known(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}
