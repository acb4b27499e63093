import { INPUTS, PART_HIGH, PART_LOW, PART_OPEN } from './layout.js';

/** A copy of the memory of some series that follow each other; the counts are whole numbers. */
export interface SavedSeries {
  readonly slab: Float64Array;
  readonly past: Float64Array;
  readonly counts: Float64Array;
}

/** Memory of any number of series with one layout. The arrays are replaced when it grows: hold on to this, not to them. */
export class SeriesState {
  slab: Float64Array;
  past: Float64Array;
  /** Closed candles of each series. */
  counts: Int32Array;
  /** The candle to commit or the piece to peek; places in `layout.ts`. */
  readonly input = new Float64Array(INPUTS);
  /** Values of the series that were peeked last, one series after the other. */
  readonly values: Float64Array;
  /** Whose values these are, as whoever peeks says; −1: nobody's. */
  owner = -1;
  readonly #slabSize: number;
  readonly #pastSize: number;

  /**
   * @param slabSize doubles per series in the slab
   * @param pastSize doubles per series in the past
   * @param columns values per series
   * @param width how many series are peeked at once at most
   */
  constructor(slabSize: number, pastSize: number, columns: number, capacity: number, width: number) {
    this.#slabSize = slabSize;
    this.#pastSize = pastSize;
    this.slab = new Float64Array(slabSize * capacity);
    this.past = new Float64Array(pastSize * capacity);
    this.counts = new Int32Array(capacity);
    this.values = new Float64Array(columns * width).fill(Number.NaN);
    for (let series = 0; series < capacity; series++) this.#empty(series);
  }

  /** How many series there is room for. */
  get capacity(): number {
    return this.counts.length;
  }

  get bytes(): number {
    return this.slab.byteLength + this.past.byteLength + this.counts.byteLength;
  }

  /** Makes room for `capacity` series at least; costs a copy of all, so it should be asked for seldom. */
  grow(capacity: number): void {
    const before = this.capacity;
    if (capacity <= before) return;
    const slab = new Float64Array(this.#slabSize * capacity);
    const past = new Float64Array(this.#pastSize * capacity);
    const counts = new Int32Array(capacity);
    slab.set(this.slab);
    past.set(this.past);
    counts.set(this.counts);
    this.slab = slab;
    this.past = past;
    this.counts = counts;
    for (let series = before; series < capacity; series++) this.#empty(series);
  }

  /** Copies the memory of `count` series from `first` on. */
  save(first: number, count: number): SavedSeries {
    const end = first + count;
    return {
      slab: this.slab.slice(first * this.#slabSize, end * this.#slabSize),
      past: this.past.slice(first * this.#pastSize, end * this.#pastSize),
      counts: Float64Array.from(this.counts.subarray(first, end)),
    };
  }

  /** Puts a copy of as many series in the place of those from `first` on. */
  load(first: number, { slab, past, counts }: SavedSeries): void {
    this.slab.set(slab, first * this.#slabSize);
    this.past.set(past, first * this.#pastSize);
    this.counts.set(counts, first);
    this.owner = -1;
  }

  /** Makes a series one without any candle. */
  reset(series: number): void {
    const base = series * this.#slabSize;
    this.slab.fill(0, base, base + this.#slabSize);
    this.past.fill(0, series * this.#pastSize, (series + 1) * this.#pastSize);
    this.counts[series] = 0;
    this.owner = -1;
    this.#empty(series);
  }

  /** Says that no piece of the candle that forms has closed. */
  #empty(series: number): void {
    const base = series * this.#slabSize;
    this.slab[base + PART_OPEN] = Number.NaN;
    this.slab[base + PART_HIGH] = Number.NEGATIVE_INFINITY;
    this.slab[base + PART_LOW] = Number.POSITIVE_INFINITY;
  }
}
