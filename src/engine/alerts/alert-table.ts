import { ALERT_CONDITIONS, ALERT_TYPES } from '../../alert-terms.js';
import { TIMEFRAMES } from '../../timeframe.js';
import type { Alert } from './alert.js';

const CHUNK_BITS = 14;
const CHUNK = 2 ** CHUNK_BITS;
/** Columns of a chunk, doubles: id, value, reference (NaN: none), time of expiry (Infinity: none), revision, put in. */
const ID = 0;
const VALUE = 1;
const REFERENCE = 2;
const EXPIRES = 3;
const REVISION = 4;
const PUT_IN = 5;
const DOUBLES = 6;
/** Integers: asset (−1: the slot is free), kind, place in the heap of expiries (−1: none). */
const ASSET = 0;
const KIND = 1;
const PLACE = 2;
const INTEGERS = 3;

/** An alert's type, condition, repetition and timeframe in one integer. */
const REPEATING = 16;
const TIMEFRAME_SHIFT = 5;

interface Chunk {
  readonly doubles: Float64Array;
  readonly integers: Int32Array;
}

/**
 * The alerts of a book, by slot, in typed arrays: 60 bytes each, nothing for the garbage collector to walk. It grows
 * by chunks, so that no single `add` copies what is there.
 */
export class AlertTable {
  readonly #chunks: Chunk[] = [];
  readonly #free: number[] = [];
  #used = 0;

  /**
   * Keeps an alert; gives its slot. `revision` counts the book's changes; `putIn` is the newest exchange time, ms, that
   * was known of its asset.
   */
  add(alert: Alert, revision: number, putIn: number): number {
    const slot = this.#free.pop() ?? this.#used++;
    if (slot >> CHUNK_BITS === this.#chunks.length) {
      this.#chunks.push({
        doubles: new Float64Array(CHUNK * DOUBLES),
        integers: new Int32Array(CHUNK * INTEGERS),
      });
    }
    this.set(slot, alert, revision, putIn);
    this.setPlace(slot, -1);
    return slot;
  }

  /** Overwrites an alert; its place in the heap stays. */
  set(slot: number, alert: Alert, revision: number, putIn: number): void {
    const { doubles, integers } = this.#chunk(slot);
    const at = (slot & (CHUNK - 1)) * DOUBLES;
    doubles[at + ID] = alert.id;
    doubles[at + VALUE] = alert.value;
    doubles[at + REFERENCE] = alert.reference ?? Number.NaN;
    doubles[at + EXPIRES] = alert.expiresAt ?? Number.POSITIVE_INFINITY;
    doubles[at + REVISION] = revision;
    doubles[at + PUT_IN] = putIn;
    const from = (slot & (CHUNK - 1)) * INTEGERS;
    integers[from + ASSET] = alert.asset;
    integers[from + KIND] = kindOf(alert);
  }

  free(slot: number): void {
    this.#chunk(slot).integers[(slot & (CHUNK - 1)) * INTEGERS + ASSET] = -1;
    this.#free.push(slot);
  }

  /** Gives a copy of an alert. */
  read(slot: number): Alert {
    const { doubles, integers } = this.#chunk(slot);
    const at = (slot & (CHUNK - 1)) * DOUBLES;
    const from = (slot & (CHUNK - 1)) * INTEGERS;
    const kind = integers[from + KIND] as number;
    const reference = doubles[at + REFERENCE] as number;
    const expiresAt = doubles[at + EXPIRES] as number;
    return {
      id: doubles[at + ID] as number,
      asset: integers[from + ASSET] as number,
      type: ALERT_TYPES[kind & 3] ?? 'price_target',
      condition: ALERT_CONDITIONS[(kind >> 2) & 3] ?? 'above',
      value: doubles[at + VALUE] as number,
      repeating: (kind & REPEATING) !== 0,
      expiresAt: expiresAt === Number.POSITIVE_INFINITY ? null : expiresAt,
      timeframe: TIMEFRAMES[(kind >> TIMEFRAME_SHIFT) - 1] ?? null,
      reference: Number.isNaN(reference) ? null : reference,
    };
  }

  /** Gives the slots of an asset's alerts. Reads all slots: for rare occasions. */
  slotsOf(asset: number): readonly number[] {
    const found: number[] = [];
    for (let slot = 0; slot < this.#used; slot++) {
      if (this.#integer(slot, ASSET) === asset) found.push(slot);
    }
    return found;
  }

  id(slot: number): number {
    return this.#double(slot, ID);
  }

  /** Ms; Infinity: never. */
  expiresAt(slot: number): number {
    return this.#double(slot, EXPIRES);
  }

  revision(slot: number): number {
    return this.#double(slot, REVISION);
  }

  /** Ms; −Infinity: no time was known of the asset. */
  putIn(slot: number): number {
    return this.#double(slot, PUT_IN);
  }

  setReference(slot: number, reference: number): void {
    this.#chunk(slot).doubles[(slot & (CHUNK - 1)) * DOUBLES + REFERENCE] = reference;
  }

  place(slot: number): number {
    return this.#integer(slot, PLACE);
  }

  setPlace(slot: number, place: number): void {
    this.#chunk(slot).integers[(slot & (CHUNK - 1)) * INTEGERS + PLACE] = place;
  }

  #double(slot: number, column: number): number {
    return this.#chunk(slot).doubles[(slot & (CHUNK - 1)) * DOUBLES + column] as number;
  }

  #integer(slot: number, column: number): number {
    return this.#chunk(slot).integers[(slot & (CHUNK - 1)) * INTEGERS + column] as number;
  }

  #chunk(slot: number): Chunk {
    const chunk = this.#chunks[slot >> CHUNK_BITS];
    if (chunk === undefined) throw new RangeError(`there is no slot ${slot}`);
    return chunk;
  }
}

function kindOf({ type, condition, repeating, timeframe }: Alert): number {
  const known = ALERT_TYPES.indexOf(type) | (ALERT_CONDITIONS.indexOf(condition) << 2);
  const place = timeframe === null ? 0 : TIMEFRAMES.indexOf(timeframe) + 1;
  return known | (repeating ? REPEATING : 0) | (place << TIMEFRAME_SHIFT);
}
