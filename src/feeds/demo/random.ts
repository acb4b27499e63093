/** Mixes whole numbers into one 32-bit seed; the same numbers give the same seed on every machine. */
export function seedOf(...keys: readonly number[]): number {
  let hash = 0x9e3779b9;
  for (const key of keys) {
    // Keys may pass 2^32 (seeds) or be negative (days before the epoch): both halves count.
    hash = scramble(hash ^ (key | 0));
    hash = scramble(hash ^ (Math.floor(key / 4_294_967_296) | 0));
  }
  return hash >>> 0;
}

/** Gives a number that stands for a text, such as a symbol, among the keys of `seedOf`. */
export function textKey(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

function scramble(value: number): number {
  let hash = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

/**
 * A small seeded generator (mulberry32). Its numbers use only addition, multiplication and shifts, whose results
 * are the same on every machine and version of Node, unlike those of `Math.sin` or `Math.exp`.
 */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** Gives the next number, 0 ≤ x < 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** Gives a nearly normal number: mean 0, deviation 1, within ±3.5 (the sum of four uniform ones). */
  normal(): number {
    return (this.next() + this.next() + this.next() + this.next() - 2) * Math.sqrt(3);
  }
}
