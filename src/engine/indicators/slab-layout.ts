/** Input slots at the beginning of each series: the candle that forms or has just closed. */
export const OPEN = 0;
export const HIGH = 1;
export const LOW = 2;
export const CLOSE = 3;
export const VOLUME = 4;
const INPUTS = 5;

/**
 * Gives out places in the slab of a series: a run of doubles that holds the candle, a ring of closes, and every
 * indicator's state and outputs side by side, so that a tick touches one piece of memory and a copy of it is a
 * complete checkpoint. Built once at start; all series have the same layout.
 */
export class SlabLayout {
  /** Where the ring of closes begins, counted from the start of the series. */
  readonly closes = INPUTS;
  /** Length of the ring less one; the length is a power of two. */
  readonly closesMask: number;
  #size: number;
  readonly #outputs: number[] = [];

  /** @param closesNeeded how many closes the most demanding indicator looks back */
  constructor(closesNeeded: number) {
    let capacity = 1;
    while (capacity < closesNeeded) capacity *= 2;
    this.closesMask = capacity - 1;
    this.#size = INPUTS + capacity;
  }

  /** Doubles per series so far. */
  get size(): number {
    return this.#size;
  }

  /** Where each output lies, in the order of `output` calls. */
  get outputs(): readonly number[] {
    return this.#outputs;
  }

  /** Takes `count` doubles for state, zero at first; gives the first one's place. */
  state(count: number): number {
    const place = this.#size;
    this.#size += count;
    return place;
  }

  /** Takes a double for an output, NaN at first; outputs taken in a row lie in a row. */
  output(): number {
    const place = this.state(1);
    this.#outputs.push(place);
    return place;
  }

  /** Makes the memory of `seriesCount` series without any candle. */
  createSlab(seriesCount: number): Float64Array {
    const slab = new Float64Array(this.#size * seriesCount);
    for (let series = 0; series < seriesCount; series++) {
      const base = series * this.#size;
      for (const place of this.#outputs) {
        slab[base + place] = Number.NaN;
      }
    }
    return slab;
  }
}
