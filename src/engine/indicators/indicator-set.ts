import type { Indicator } from './indicator.js';
import { type IndicatorSpec, resolveIndicators } from './registry.js';
import { CLOSE, SlabLayout } from './slab-layout.js';

/**
 * The configured indicators over slabs of series, all of one layout. Knows nothing of assets and timeframes.
 * Memory per series: `stride` doubles.
 */
export class IndicatorSet {
  /** One name per output, in the order of the values: `sma_20` … */
  readonly columns: readonly string[];
  /** Doubles per series. */
  readonly stride: number;
  readonly #layout: SlabLayout;
  readonly #indicators: readonly Indicator[];
  readonly #outputs: Int32Array;
  /** Where the values as of the last commit are kept, in the order of the columns. */
  readonly #closed: number;

  /** @throws RangeError if a spec is wrong; the message says what is allowed */
  constructor(specs: readonly IndicatorSpec[]) {
    const groups = resolveIndicators(specs);
    const lookbacks = groups.flatMap(({ kind, sets }) => sets.map((set) => kind.closesNeeded(set)));
    this.#layout = new SlabLayout(Math.max(1, ...lookbacks));
    this.columns = groups.flatMap(({ kind, sets }) => sets.flatMap((set) => kind.columns(set)));
    this.#indicators = groups.map(({ kind, sets }) => kind.create(sets, this.#layout));
    this.#outputs = Int32Array.from(this.#layout.outputs);
    this.#closed = this.#layout.state(this.#outputs.length);
    this.stride = this.#layout.size;
    if (this.#outputs.length !== this.columns.length) {
      throw new Error(`${this.columns.length} columns are named, but ${this.#outputs.length} outputs made`);
    }
  }

  createSlab(seriesCount: number): Float64Array {
    return this.#layout.createSlab(seriesCount);
  }

  /** Advances the series that begins at `base` by the candle in its input slots; `counts[series]` goes up by one. */
  commit(slab: Float64Array, series: number, counts: Int32Array): void {
    const base = series * this.stride;
    const count = counts[series] as number;
    for (let i = 0; i < this.#indicators.length; i++)
      (this.#indicators[i] as Indicator).commit(slab, base, count);
    for (let i = 0; i < this.#outputs.length; i++) {
      slab[base + this.#closed + i] = slab[base + (this.#outputs[i] as number)] as number;
    }
    slab[base + this.#layout.closes + (count & this.#layout.closesMask)] = slab[base + CLOSE] as number;
    counts[series] = count + 1;
  }

  /** Computes the forming values of all series of the slab from the candles in their input slots. */
  peek(slab: Float64Array, counts: Int32Array): void {
    for (let i = 0; i < this.#indicators.length; i++) {
      (this.#indicators[i] as Indicator).peek(slab, this.stride, counts);
    }
  }

  /** Gives a value as of the last `peek`; NaN: not defined yet. */
  formingValue(slab: Float64Array, series: number, column: number): number {
    return slab[series * this.stride + (this.#outputs[column] as number)] as number;
  }

  /** Gives a value as of the last `commit`, after at least one; NaN: not defined yet. */
  closedValue(slab: Float64Array, series: number, column: number): number {
    return slab[series * this.stride + this.#closed + column] as number;
  }
}
