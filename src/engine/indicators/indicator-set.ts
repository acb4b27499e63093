import { fingerprintOf } from '../fingerprint.js';
import { type CommitFunction, fuse, type PeekFunction } from './fuse.js';
import type { Indicator } from './indicator.js';
import { Layout } from './layout.js';
import { type PlannedIndicator, planIndicators } from './registry.js';
import { SeriesState } from './series-state.js';
import type { IndicatorSpec } from './spec.js';

/**
 * The configured indicators, compiled: computes over the memory of any number of series, and knows nothing of assets
 * and timeframes. The candle is handed over in the state's input (`TIME` … of `layout.ts`).
 */
export class IndicatorSet {
  /** One name per value: `sma_20` … */
  readonly columns: readonly string[];
  /** Doubles per series in the slab. */
  readonly slabSize: number;
  /** Doubles per series in the past. */
  readonly pastSize: number;
  /**
   * Tells what the memory of a series means: it is another one as soon as columns, places, constants or a line of a
   * kernel are, since all of them stand in the compiled text. Memory of another fingerprint must not be loaded.
   */
  readonly fingerprint: string;
  /** Where the values as of the last commit are kept in the past, in the order of the columns. */
  readonly #closed: number;
  readonly #commit: CommitFunction;
  readonly #peek: PeekFunction;

  /** @throws RangeError if a spec is wrong; the message says what is allowed */
  constructor(specs: readonly IndicatorSpec[]) {
    const { all, shown } = planIndicators(specs);
    const layout = new Layout(all.map(({ kind, parameters }) => kind.lookback?.(parameters) ?? {}));
    const made: Indicator[] = [];
    for (const { kind, parameters, requires } of all) {
      const required = requires.map((place) => (made[place] as Indicator).slots ?? {});
      made.push(kind.create(parameters, layout, required));
    }
    this.columns = shown.flatMap((place) => {
      const { kind, parameters } = all[place] as PlannedIndicator;
      return kind.columns(parameters);
    });
    const outputs = shown.flatMap((place) => (made[place] as Indicator).outputs);
    if (outputs.length !== this.columns.length) {
      throw new Error(`${this.columns.length} columns are named, but ${outputs.length} outputs made`);
    }
    this.#closed = layout.past(this.columns.length);
    this.slabSize = layout.slabSize;
    this.pastSize = layout.pastSize;
    const kernels = made.flatMap((indicator) => indicator.kernels);
    const fused = fuse(kernels, layout, outputs, this.#closed);
    this.#commit = fused.commit;
    this.#peek = fused.peek;
    this.fingerprint = fingerprintOf(
      [this.columns.join(), this.slabSize, this.pastSize, fused.source].join('\n'),
    );
  }

  /** Memory that one series takes. */
  get bytesPerSeries(): number {
    return (this.slabSize + this.pastSize) * Float64Array.BYTES_PER_ELEMENT + Int32Array.BYTES_PER_ELEMENT;
  }

  /** Makes the memory of `capacity` series without any candle, of which at most `width` are peeked at once. */
  createState(capacity: number, width: number): SeriesState {
    return new SeriesState(this.slabSize, this.pastSize, this.columns.length, capacity, width);
  }

  /** Advances a series by the candle in the input. O(1) in the history, no allocation. */
  commit({ slab, past, counts, input }: SeriesState, series: number): void {
    this.#commit(slab, past, counts, series, input);
  }

  /**
   * Computes the values of the series from `begin` up to `end` as if their forming candles closed now: each its closed
   * part in the slab and the piece in the input. Leaves no trace but these values, the first series' at `place`. O(1) in
   * the history, no allocation.
   */
  peek({ slab, counts, input, values }: SeriesState, begin: number, end: number, place: number): void {
    this.#peek(slab, counts, begin, end, input, values, place * this.columns.length);
  }

  /** Gives a value that a `peek` has left at a place; NaN: not defined yet. */
  peekedValue({ values }: SeriesState, place: number, column: number): number {
    return values[place * this.columns.length + column] as number;
  }

  /** Gives a value as of the last `commit`; NaN: not defined yet. */
  closedValue({ past, counts }: SeriesState, series: number, column: number): number {
    if (counts[series] === 0) return Number.NaN;
    return past[series * this.pastSize + this.#closed + column] as number;
  }
}
