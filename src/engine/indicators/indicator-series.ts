import { IndicatorSet } from './indicator-set.js';
import type { IndicatorSpec } from './registry.js';
import { CLOSE, HIGH, LOW, OPEN, VOLUME } from './slab-layout.js';

/** What indicators read of a candle. */
export interface IndicatorInput {
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
}

/** Indicators over one series of candles by itself: for files, batch work and tests; the engine has its own slabs. */
export class IndicatorSeries {
  readonly columns: readonly string[];
  readonly #set: IndicatorSet;
  readonly #slab: Float64Array;
  readonly #counts = new Int32Array(1);

  /** @throws RangeError if a spec is wrong; the message says what is allowed */
  constructor(specs: readonly IndicatorSpec[]) {
    this.#set = new IndicatorSet(specs);
    this.columns = this.#set.columns;
    this.#slab = this.#set.createSlab(1);
  }

  /** Closed candles taken in. */
  get depth(): number {
    return this.#counts[0] as number;
  }

  commit(candle: IndicatorInput): void {
    this.#read(candle);
    this.#set.commit(this.#slab, 0, this.#counts);
  }

  /** Computes the values as if `candle` were the next closed one; leaves no trace. */
  peek(candle: IndicatorInput): void {
    this.#read(candle);
    this.#set.peek(this.#slab, this.#counts);
  }

  /** Gives the value of a column, by position in `columns`, after the last `commit`; NaN: not defined yet. */
  closedValue(column: number): number {
    return this.#set.closedValue(this.#slab, 0, column);
  }

  /** Gives the value of a column after the last `peek`; NaN: not defined yet. */
  formingValue(column: number): number {
    return this.#set.formingValue(this.#slab, 0, column);
  }

  #read(candle: IndicatorInput): void {
    this.#slab[OPEN] = candle.open;
    this.#slab[HIGH] = candle.high;
    this.#slab[LOW] = candle.low;
    this.#slab[CLOSE] = candle.close;
    this.#slab[VOLUME] = candle.volume;
  }
}
