/** Memory of any number of series with one layout. The arrays are replaced when it grows: hold on to this, not to them. */
export class SeriesState {
  slab: Float64Array;
  past: Float64Array;
  /** Closed candles of each series. */
  counts: Int32Array;
  readonly #slabSize: number;
  readonly #pastSize: number;
  readonly #outputs: readonly number[];

  /**
   * @param slabSize doubles per series in the slab
   * @param pastSize doubles per series in the past
   * @param outputs places in the slab that are NaN at first
   */
  constructor(slabSize: number, pastSize: number, outputs: readonly number[], capacity: number) {
    this.#slabSize = slabSize;
    this.#pastSize = pastSize;
    this.#outputs = outputs;
    this.slab = new Float64Array(slabSize * capacity);
    this.past = new Float64Array(pastSize * capacity);
    this.counts = new Int32Array(capacity);
    for (let series = 0; series < capacity; series++) this.reset(series);
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
    for (let series = before; series < capacity; series++) this.reset(series);
  }

  /** Makes a series one without any candle. */
  reset(series: number): void {
    const base = series * this.#slabSize;
    this.slab.fill(0, base, base + this.#slabSize);
    this.past.fill(0, series * this.#pastSize, (series + 1) * this.#pastSize);
    this.counts[series] = 0;
    for (const output of this.#outputs) this.slab[base + output] = Number.NaN;
  }
}
