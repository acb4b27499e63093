import { MINUTE_MS } from '../../timeframe.js';
import { SeenMinutes } from './seen-minutes.js';

/** Doubles of one asset: a cache line. */
const STRIDE = 8;
const LAST = 0;
const TIME = 1;
/** A price strictly between these two crosses no level of the asset. */
const QUIET_LOW = 2;
const QUIET_HIGH = 3;
/** End of the minute of the last price, ms, whether a trade was seen in it (1) or candles alone, and its range. */
const MINUTE_END = 4;
const TRADED = 5;
const LOW = 6;
const HIGH = 7;

/** Where the price of each asset stands among its alerts, in one typed array. */
export class PricePositions {
  #state = new Float64Array(0);
  readonly #seen: (SeenMinutes | undefined)[] = [];

  /**
   * Takes a trade's price that crosses no level of the asset and is of the same minute as the last one; false, and nothing is
   * changed, if it is not sure to be such a one. The way of nearly every tick.
   */
  stay(asset: number, price: number, time: number): boolean {
    const state = this.#state;
    const at = asset * STRIDE;
    if (at >= state.length) return false;
    // Written so that NaN is refused.
    if (!(price > (state[at + QUIET_LOW] as number) && price < (state[at + QUIET_HIGH] as number)))
      return false;
    if (!(time >= (state[at + TIME] as number) && time < (state[at + MINUTE_END] as number))) return false;
    state[at + LAST] = price;
    state[at + TIME] = time;
    state[at + TRADED] = 1;
    if (price < (state[at + LOW] as number)) state[at + LOW] = price;
    if (price > (state[at + HIGH] as number)) state[at + HIGH] = price;
    return true;
  }

  /** Gives the last price; NaN: none is known. */
  last(asset: number): number {
    return this.#state[asset * STRIDE + LAST] ?? Number.NaN;
  }

  /** Gives the time of the last price, ms; −Infinity: none, or it was placed without one. */
  time(asset: number): number {
    return this.#state[asset * STRIDE + TIME] ?? Number.NEGATIVE_INFINITY;
  }

  /** Gives the start of the minute of the last price, ms; −Infinity as in `time`. */
  minute(asset: number): number {
    return (this.#state[asset * STRIDE + MINUTE_END] ?? Number.NEGATIVE_INFINITY) - MINUTE_MS;
  }

  /** True if a trade of the minute was seen, false if candles alone. */
  isTraded(asset: number): boolean {
    return this.#state[asset * STRIDE + TRADED] === 1;
  }

  /** Lowest price seen in the minute; Infinity: none yet. */
  low(asset: number): number {
    return this.#state[asset * STRIDE + LOW] as number;
  }

  /** Highest price seen in the minute; −Infinity: none yet. */
  high(asset: number): number {
    return this.#state[asset * STRIDE + HIGH] as number;
  }

  isBetweenLevels(asset: number, low: number, high: number): boolean {
    const at = asset * STRIDE;
    return low > (this.#state[at + QUIET_LOW] as number) && high < (this.#state[at + QUIET_HIGH] as number);
  }

  /** Sets the last price of an asset without a time: it lies before all that comes. */
  place(asset: number, price: number): void {
    if (Number.isNaN(this.last(asset))) this.#makeRoom(asset);
    this.#state[asset * STRIDE + LAST] = price;
    this.note(asset, price, price);
  }

  /** Sets the first price of an asset, in a minute of which prices from `low` to `high` are no news. */
  begin(asset: number, price: number, time: number, low: number, high: number): void {
    this.#makeRoom(asset);
    const at = asset * STRIDE;
    this.#state[at + LAST] = price;
    this.#state[at + TIME] = time;
    this.#state[at + MINUTE_END] = endOfMinute(time);
    this.note(asset, low, high);
  }

  /** Begins the minute of `time` if it is later than the known one; what was seen of that one is remembered. */
  enter(asset: number, time: number): void {
    const state = this.#state;
    const at = asset * STRIDE;
    if (time < (state[at + MINUTE_END] as number)) return;
    this.#seen[asset]?.note(this.minute(asset), this.low(asset), this.high(asset), this.last(asset));
    state[at + MINUTE_END] = endOfMinute(time);
    state[at + TRADED] = 0;
    state[at + LOW] = Number.POSITIVE_INFINITY;
    state[at + HIGH] = Number.NEGATIVE_INFINITY;
  }

  /** Sets the last price, of the minute that was entered last. */
  move(asset: number, price: number, time: number, isTrade: boolean): void {
    const at = asset * STRIDE;
    this.#state[at + LAST] = price;
    this.#state[at + TIME] = time;
    if (isTrade) this.#state[at + TRADED] = 1;
    this.note(asset, price, price);
  }

  /** Takes prices of the minute that was entered last as seen. */
  note(asset: number, low: number, high: number): void {
    const state = this.#state;
    const at = asset * STRIDE;
    state[at + LOW] = Math.min(state[at + LOW] as number, low);
    state[at + HIGH] = Math.max(state[at + HIGH] as number, high);
  }

  /** Takes the candle of a minute as seen: the one of the last price or an earlier one. */
  noteCandle(asset: number, minute: number, low: number, high: number, close: number): void {
    if (minute === this.minute(asset)) this.note(asset, low, high);
    else this.earlier(asset).note(minute, low, high, close);
  }

  /** Gives the minutes before the one of the last price. Only of an asset whose price is known. */
  earlier(asset: number): SeenMinutes {
    const seen = this.#seen[asset];
    if (seen === undefined) throw new RangeError(`no price of asset ${asset} is known`);
    return seen;
  }

  /** Sets the levels that are nearest to the last price. */
  setQuiet(asset: number, low: number, high: number): void {
    // No price is 0 or infinite: such a one is never quiet, and refused.
    this.#state[asset * STRIDE + QUIET_LOW] = Math.max(low, 0);
    this.#state[asset * STRIDE + QUIET_HIGH] = high;
  }

  /** Takes a new level into account. */
  narrow(asset: number, level: number): void {
    const state = this.#state;
    const at = asset * STRIDE;
    const last = this.last(asset);
    if (Number.isNaN(last)) return;
    if (level <= last) state[at + QUIET_LOW] = Math.max(state[at + QUIET_LOW] as number, level);
    if (level >= last) state[at + QUIET_HIGH] = Math.min(state[at + QUIET_HIGH] as number, level);
  }

  /** Forgets the asset's price. */
  clear(asset: number): void {
    this.#seen[asset] = undefined;
    const at = asset * STRIDE;
    if (at < this.#state.length) this.#clear(at);
  }

  #makeRoom(asset: number): void {
    this.#seen[asset] = new SeenMinutes();
    const length = (asset + 1) * STRIDE;
    const before = this.#state;
    if (length <= before.length) return;
    this.#state = new Float64Array(Math.max(length, before.length * 2));
    this.#state.set(before);
    for (let at = before.length; at < this.#state.length; at += STRIDE) this.#clear(at);
  }

  #clear(at: number): void {
    this.#state[at + LAST] = Number.NaN;
    this.#state[at + TIME] = Number.NEGATIVE_INFINITY;
    // Nothing lies between: no price is quiet until one is known.
    this.#state[at + QUIET_LOW] = Number.POSITIVE_INFINITY;
    this.#state[at + QUIET_HIGH] = Number.NEGATIVE_INFINITY;
    this.#state[at + MINUTE_END] = Number.NEGATIVE_INFINITY;
    this.#state[at + TRADED] = 0;
    this.#state[at + LOW] = Number.POSITIVE_INFINITY;
    this.#state[at + HIGH] = Number.NEGATIVE_INFINITY;
  }
}

function endOfMinute(time: number): number {
  return (Math.floor(time / MINUTE_MS) + 1) * MINUTE_MS;
}
