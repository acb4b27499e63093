/** Entries of a full block: inserting moves all of them at most, 2 KB. */
const FULL = 128;
/** Entries of a list's first block, so that an asset with few alerts takes little. */
const SMALL = 8;

/** One threshold and the alert it belongs to. */
export interface Level {
  readonly value: number;
  readonly id: number;
}

interface Block {
  /** Value and id of each entry, beside each other. */
  pairs: Float64Array;
  count: number;
}

/** No entries; shared, so that finding none allocates nothing. */
export const NO_LEVELS: readonly Level[] = [];

/**
 * Thresholds of alerts, sorted by value, then by id; any number may lie at one value. Blocks of a sorted list in
 * typed arrays: finding, adding and removing cost O(log n) and a copy within one block, whether the list holds ten
 * entries or a million. Some 25 bytes an entry.
 */
export class LevelList {
  /** Left by `gapAbove` and `gapBelow`: the levels on both sides, −Infinity and Infinity where there is none. */
  low = Number.NEGATIVE_INFINITY;
  high = Number.POSITIVE_INFINITY;
  /** Blocks in order, none of them empty. */
  readonly #blocks: Block[] = [];
  /** First entry of each block, beside each other so that a search touches few cache lines. */
  readonly #firstValues: number[] = [];
  readonly #firstIds: number[] = [];
  #size = 0;
  /** Where the last `#seek` ended. */
  #block = 0;
  #index = 0;

  get size(): number {
    return this.#size;
  }

  /** Adds an entry. It must not be in the list. */
  add(value: number, id: number): void {
    this.#size += 1;
    if (this.#blocks.length === 0) {
      this.#insertBlock(0, { pairs: new Float64Array(2 * SMALL), count: 0 });
    }
    this.#seek(value, id);
    let block = this.#blocks[this.#block] as Block;
    if (2 * block.count === block.pairs.length) {
      this.#makeRoom(this.#block, block);
      this.#seek(value, id);
      block = this.#blocks[this.#block] as Block;
    }
    const index = this.#index;
    const { pairs } = block;
    // A loop: for so few it is faster than copyWithin.
    for (let i = 2 * block.count - 1; i >= 2 * index; i--) pairs[i + 2] = pairs[i] as number;
    pairs[2 * index] = value;
    pairs[2 * index + 1] = id;
    // Only the first block can get a new first entry, and no search looks at that one.
    block.count += 1;
  }

  /** Removes an entry. @throws RangeError if it is not in the list: a programming error */
  remove(value: number, id: number): void {
    this.#seek(value, id);
    const at = this.#block;
    const index = this.#index;
    const block = this.#blocks[at];
    if (block === undefined || block.pairs[2 * index] !== value || block.pairs[2 * index + 1] !== id) {
      throw new RangeError(`there is no level ${value} of alert ${id}`);
    }
    this.#size -= 1;
    const { pairs } = block;
    for (let i = 2 * index + 2; i < 2 * block.count; i++) pairs[i - 2] = pairs[i] as number;
    block.count -= 1;
    if (block.count === 0) {
      this.#removeBlock(at);
      return;
    }
    if (index === 0) {
      this.#firstValues[at] = pairs[0] as number;
      this.#firstIds[at] = pairs[1] as number;
    }
    if (at + 1 < this.#blocks.length) this.#mergeIfSparse(at);
    else if (at > 0) this.#mergeIfSparse(at - 1);
  }

  /** Sets `low` to the highest level of at most `value`, `high` to the lowest above it. */
  gapAbove(value: number): void {
    this.#seek(value, Number.POSITIVE_INFINITY);
    this.#readGap();
  }

  /** Sets `low` to the highest level below `value`, `high` to the lowest of at least `value`. */
  gapBelow(value: number): void {
    this.#seek(value, Number.NEGATIVE_INFINITY);
    this.#readGap();
  }

  /** Gives the entries above `from` and up to `to`, the nearest to `from` first, of one value by id. */
  upward(from: number, to: number): readonly Level[] {
    return this.#slice(from, Number.POSITIVE_INFINITY, to, Number.POSITIVE_INFINITY);
  }

  /** Gives the entries below `from` and down to `to`, the nearest to `from` first, of one value by id. */
  downward(from: number, to: number): readonly Level[] {
    const rising = this.#slice(to, Number.NEGATIVE_INFINITY, from, Number.NEGATIVE_INFINITY);
    // The sort is stable: ids stay in order.
    return rising.length > 1 ? rising.toSorted((a, b) => b.value - a.value) : rising;
  }

  /** Gives the entries at `value`, by id. */
  at(value: number): readonly Level[] {
    return this.#slice(value, Number.NEGATIVE_INFINITY, value, Number.POSITIVE_INFINITY);
  }

  /** Gives the entries from the first that is not below one key up to the last that is below the other. */
  #slice(value: number, id: number, endValue: number, endId: number): readonly Level[] {
    this.#seek(value, id);
    let found: Level[] | undefined;
    let index = this.#index;
    for (let at = this.#block; at < this.#blocks.length; at++) {
      const { pairs, count } = this.#blocks[at] as Block;
      for (; index < count; index++) {
        const level = { value: pairs[2 * index] as number, id: pairs[2 * index + 1] as number };
        if (!isBefore(level.value, level.id, endValue, endId)) return found ?? NO_LEVELS;
        found ??= [];
        found.push(level);
      }
      index = 0;
    }
    return found ?? NO_LEVELS;
  }

  /** Finds the first entry that is not before (value, id); it may be one past the end of its block. */
  #seek(value: number, id: number): void {
    const firstValues = this.#firstValues;
    const firstIds = this.#firstIds;
    let low = 0;
    let high = firstValues.length;
    // The last block that does not begin behind the key; the first if all do.
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      const first = firstValues[middle] as number;
      if (first < value || (first === value && (firstIds[middle] as number) <= id)) low = middle;
      else high = middle;
    }
    this.#block = low;
    const block = this.#blocks[low];
    if (block === undefined) {
      this.#index = 0;
      return;
    }
    const { pairs } = block;
    let from = 0;
    let to = block.count;
    while (from < to) {
      const middle = (from + to) >>> 1;
      const found = pairs[2 * middle] as number;
      if (found < value || (found === value && (pairs[2 * middle + 1] as number) < id)) from = middle + 1;
      else to = middle;
    }
    this.#index = from;
  }

  #readGap(): void {
    const at = this.#block;
    const index = this.#index;
    const block = this.#blocks[at];
    this.low = Number.NEGATIVE_INFINITY;
    this.high = Number.POSITIVE_INFINITY;
    if (block === undefined) return;
    // Only the first block can be met at its first entry: any other one begins before the key.
    if (index > 0) this.low = block.pairs[2 * index - 2] as number;
    if (index < block.count) this.high = block.pairs[2 * index] as number;
    else if (at + 1 < this.#firstValues.length) this.high = this.#firstValues[at + 1] as number;
  }

  /** Makes a full block longer, or halves it. */
  #makeRoom(at: number, block: Block): void {
    const { pairs, count } = block;
    if (count < FULL) {
      block.pairs = resized(pairs, count * 4);
      return;
    }
    const half = count >>> 1;
    const right = { pairs: resized(pairs.subarray(2 * half), FULL), count: count - half };
    block.count = half;
    this.#insertBlock(at + 1, right);
  }

  /** Joins a block and the next when both fit in half a block, so that memory follows the size. */
  #mergeIfSparse(at: number): void {
    const block = this.#blocks[at] as Block;
    const next = this.#blocks[at + 1] as Block;
    const count = block.count + next.count;
    if (count > FULL / 2) return;
    if (block.pairs.length < 2 * count) block.pairs = resized(block.pairs, FULL);
    block.pairs.set(next.pairs.subarray(0, 2 * next.count), 2 * block.count);
    block.count = count;
    this.#removeBlock(at + 1);
  }

  #insertBlock(at: number, block: Block): void {
    this.#blocks.splice(at, 0, block);
    this.#firstValues.splice(at, 0, block.pairs[0] as number);
    this.#firstIds.splice(at, 0, block.pairs[1] as number);
  }

  #removeBlock(at: number): void {
    this.#blocks.splice(at, 1);
    this.#firstValues.splice(at, 1);
    this.#firstIds.splice(at, 1);
  }
}

function isBefore(value: number, id: number, endValue: number, endId: number): boolean {
  return value < endValue || (value === endValue && id < endId);
}

/** Gives a copy with room for so many entries. */
function resized(pairs: Float64Array, entries: number): Float64Array {
  const wider = new Float64Array(2 * entries);
  wider.set(pairs);
  return wider;
}
