import { TIMEFRAME_COUNT } from '../../timeframe.js';

/** A moment at which the market is to be looked at as a whole. */
export interface FrameMoment {
  readonly timeframe: number;
  /** Start of the candle, ms. */
  readonly candleTime: number;
  /** Its end, ms. */
  readonly time: number;
}

/** A boundary of one timeframe that some have closed. */
interface Pending {
  readonly candleTime: number;
  readonly time: number;
  /** Assets that closed the candle before and not yet this one. */
  waiting: number;
}

/**
 * Says when a boundary has been closed by all who should: those that closed the candle before it. It waits for stragglers
 * until somebody closes a candle that ends later, a minute at most; what comes then has missed the frame. So frames come
 * in the order of their times, of one time the shortest first. A function of what closed, in order: no clock.
 */
export class FrameClock {
  readonly #pending: (Pending | null)[] = new Array<Pending | null>(TIMEFRAME_COUNT).fill(null);
  readonly #completed = new Float64Array(TIMEFRAME_COUNT).fill(Number.NEGATIVE_INFINITY);
  /** End of the newest candle of each series, ms. */
  readonly #ends: number[] = [];
  readonly #ready: FrameMoment[] = [];
  #late = 0;

  /** Candles that closed after their frame. */
  get late(): number {
    return this.#late;
  }

  /** Says that history ends with a candle: the asset is waited for from the next one on. */
  seeded(asset: number, timeframe: number, end: number): void {
    const series = asset * TIMEFRAME_COUNT + timeframe;
    const former = this.#ends[series];
    this.#ends[series] = end;
    const pending = this.#pending[timeframe] ?? null;
    if (pending === null || former === end) return;
    // It is waited for from now on, or no more, by a boundary that some have closed already.
    if (end === pending.candleTime) pending.waiting += 1;
    else if (former === pending.candleTime) {
      pending.waiting -= 1;
      if (pending.waiting === 0) this.#complete(timeframe);
    }
  }

  /** Says that an asset without history closes the candle that begins at `start`, ms, next: it is waited for. */
  awaited(asset: number, timeframe: number, start: number): void {
    if (this.#ends[asset * TIMEFRAME_COUNT + timeframe] === undefined) this.seeded(asset, timeframe, start);
  }

  /** Nobody waits for this asset any more. */
  remove(asset: number): void {
    for (let timeframe = 0; timeframe < TIMEFRAME_COUNT; timeframe++) {
      const series = asset * TIMEFRAME_COUNT + timeframe;
      const pending = this.#pending[timeframe] ?? null;
      if (pending !== null && this.#ends[series] === pending.candleTime) {
        pending.waiting -= 1;
        if (pending.waiting === 0) this.#complete(timeframe);
      }
      delete this.#ends[series];
    }
  }

  /**
   * Takes a candle that has closed; `take` gives the frames that are ready then. False: it has missed its frame, which must
   * not see it.
   */
  closed(asset: number, timeframe: number, candleTime: number, time: number): boolean {
    const series = asset * TIMEFRAME_COUNT + timeframe;
    const former = this.#ends[series];
    this.#ends[series] = time;
    for (let other = 0; other < TIMEFRAME_COUNT; other++) {
      if ((this.#pending[other]?.time ?? time) < time) this.#complete(other);
    }
    const pending = this.#pending[timeframe] ?? null;
    if (time <= (this.#completed[timeframe] as number)) {
      // It is waited for all the same where it has just caught up with the candle before.
      if (pending !== null && time === pending.candleTime) pending.waiting += 1;
      this.#late += 1;
      return false;
    }
    if (pending === null) this.#begin(timeframe, candleTime, time);
    else if (time === pending.time) {
      if (former === pending.candleTime) pending.waiting -= 1;
    }
    if (this.#pending[timeframe]?.waiting === 0) this.#complete(timeframe);
    return true;
  }

  /** Gives the next frame that is ready, the one that was ready first; undefined: there is none. */
  take(): FrameMoment | undefined {
    return this.#ready.shift();
  }

  /** The frame that `take` gives next. */
  get next(): FrameMoment | undefined {
    return this.#ready[0];
  }

  #begin(timeframe: number, candleTime: number, time: number): void {
    let waiting = 0;
    for (let series = timeframe; series < this.#ends.length; series += TIMEFRAME_COUNT) {
      if (this.#ends[series] === candleTime) waiting += 1;
    }
    this.#pending[timeframe] = { candleTime, time, waiting };
  }

  #complete(timeframe: number): void {
    const pending = this.#pending[timeframe] ?? null;
    if (pending === null) return;
    this.#pending[timeframe] = null;
    this.#completed[timeframe] = pending.time;
    this.#ready.push({ timeframe, candleTime: pending.candleTime, time: pending.time });
  }
}
