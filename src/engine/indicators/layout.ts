/** Places in the input: a candle to commit, or the newest piece of those that are peeked. */
export const TIME = 0;
export const OPEN = 1;
export const HIGH = 2;
export const LOW = 3;
export const CLOSE = 4;
export const VOLUME = 5;
/** For a peek only: the piece's volume in lots, and how many lots a unit of volume is. */
export const LOTS = 6;
export const SCALE = 7;
export const INPUTS = 8;

/** Slots at the beginning of each series' slab: the bucket that forms and what its closed pieces come to … */
export const PART_TIME = 0;
/** NaN: no piece has closed yet; then high and low are infinite, so that the newest piece is the candle. */
export const PART_OPEN = 1;
export const PART_HIGH = 2;
export const PART_LOW = 3;
export const PART_LOTS = 4;
/** … and the closed candle before. */
export const PREVIOUS_HIGH = 5;
export const PREVIOUS_LOW = 6;
export const PREVIOUS_CLOSE = 7;
const HEAD = 8;

/** Places from here on are outputs: no memory, but local variables of the compiled functions. */
const OUTPUTS = 1_000_000;

/** What rings of closed candles can hold; `typical` is (high + low + close) / 3. */
export const RING_FIELDS = ['high', 'low', 'close', 'volume', 'typical'] as const;
export type RingField = (typeof RING_FIELDS)[number];

/** How many candles before the one at hand a kernel's `advance` reads, per field. */
export type Lookback = Partial<Record<RingField, number>>;

/** A ring of a field: candle `i` lies at `place + (i & mask)` of the past. */
export interface Ring {
  readonly place: number;
  readonly mask: number;
}

/**
 * Gives out places in the memory of a series, which is in two parts: the slab, which every tick reads and none writes,
 * with the forming candle's closed part and the state that a peek needs side by side; and the past, which only a closing candle
 * touches. So the ticks of a thousand symbols stay within the processor's cache. A copy of both, and of the count of
 * closed candles, is a complete checkpoint. Built once at start; all series have the same layout.
 */
export class Layout {
  #slabSize = HEAD;
  #pastSize = 0;
  #outputCount = 0;
  readonly #rings = new Map<RingField, Ring>();

  /** @param lookbacks what the configured indicators look back on */
  constructor(lookbacks: readonly Lookback[]) {
    for (const field of RING_FIELDS) {
      const needed = Math.max(0, ...lookbacks.map((lookback) => lookback[field] ?? 0));
      if (needed === 0) continue;
      let capacity = 1;
      while (capacity < needed) capacity *= 2;
      this.#rings.set(field, { place: this.past(capacity), mask: capacity - 1 });
    }
  }

  /** Doubles per series in the slab so far. */
  get slabSize(): number {
    return this.#slabSize;
  }

  /** Doubles per series in the past so far. */
  get pastSize(): number {
    return this.#pastSize;
  }

  /** Outputs so far. */
  get outputCount(): number {
    return this.#outputCount;
  }

  /** The rings that are kept, by field. */
  get rings(): ReadonlyMap<RingField, Ring> {
    return this.#rings;
  }

  /** Takes `count` doubles of the slab for state that a peek reads, zero at first; gives the first one's place. */
  state(count = 1): number {
    const place = this.#slabSize;
    this.#slabSize += count;
    return place;
  }

  /**
   * Gives a place for a value that each peek makes anew, be it shown or only read by later kernels; NaN until a kernel
   * writes it. Kernels write and read it as `slab[base + k.x]` or `slab[base + k.x + 1]`; outputs taken in a row lie in
   * a row.
   */
  output(): number {
    this.#outputCount += 1;
    return OUTPUTS + this.#outputCount - 1;
  }

  /** Takes `count` doubles of the past, zero at first; gives the first one's place. */
  past(count: number): number {
    const place = this.#pastSize;
    this.#pastSize += count;
    return place;
  }

  /** Gives the ring of a field. @throws RangeError if no lookback asked for it: a programming error */
  ring(field: RingField): Ring {
    const ring = this.#rings.get(field);
    if (ring === undefined) throw new RangeError(`no indicator in use looks back on ${field}`);
    return ring;
  }
}

/** Gives the number of the output at a place, in the order of the `output` calls; −1 if it is a place of the slab. */
export function outputAt(place: number): number {
  return place >= OUTPUTS ? place - OUTPUTS : -1;
}
