import { IndicatorSet } from './indicator-set.js';
import { CLOSE, HIGH, LOW, OPEN, PART_TIME, TIME, VOLUME } from './layout.js';
import type { SeriesState } from './series-state.js';
import type { IndicatorSpec } from './spec.js';

/** What indicators read of a candle. */
export interface IndicatorInput {
  /** Start of the bucket, ms since the epoch; only indicators that begin anew each day read it. */
  readonly time: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
}

/** Indicators over one series of candles by itself: for files, batch work and tests; the engine has its own memory. */
export class IndicatorSeries {
  readonly columns: readonly string[];
  readonly #set: IndicatorSet;
  readonly #state: SeriesState;

  /** @throws RangeError if a spec is wrong; the message says what is allowed */
  constructor(specs: readonly IndicatorSpec[]) {
    this.#set = new IndicatorSet(specs);
    this.columns = this.#set.columns;
    this.#state = this.#set.createState(1, 1);
  }

  /** Closed candles taken in. */
  get depth(): number {
    return this.#state.counts[0] as number;
  }

  commit(candle: IndicatorInput): void {
    this.#read(candle);
    this.#set.commit(this.#state, 0);
  }

  /** Computes the values as if `candle` were the next closed one; leaves no trace. */
  peek(candle: IndicatorInput): void {
    this.#read(candle);
    this.#set.peek(this.#state, 0, 1, 0);
  }

  /** Gives the value of a column, by position in `columns`, after the last `commit`; NaN: not defined yet. */
  closedValue(column: number): number {
    return this.#set.closedValue(this.#state, 0, column);
  }

  /** Gives the value of a column after the last `peek`; NaN: not defined yet. */
  formingValue(column: number): number {
    return this.#set.peekedValue(this.#state, 0, column);
  }

  #read(candle: IndicatorInput): void {
    const { slab, input } = this.#state;
    slab[PART_TIME] = candle.time;
    input[TIME] = candle.time;
    input[OPEN] = candle.open;
    input[HIGH] = candle.high;
    input[LOW] = candle.low;
    input[CLOSE] = candle.close;
    input[VOLUME] = candle.volume;
  }
}
