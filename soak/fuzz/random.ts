import { randomNumbers } from '../markets.js';

/** Choices that a seed decides. */
export class Random {
  readonly #next: () => number;

  constructor(seed: number) {
    this.#next = randomNumbers(seed);
  }

  /** A whole number from 0 up to `below`, itself not. */
  int(below: number): number {
    return Math.floor(this.#next() * below);
  }

  /** True with a chance of 0 to 1. */
  chance(probability: number): boolean {
    return this.#next() < probability;
  }

  /** One of some. @throws RangeError if there is none */
  pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new RangeError('nothing to pick from');
    return items[this.int(items.length)] as T;
  }

  bytes(length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    for (let i = 0; i < length; i++) bytes[i] = this.int(256);
    return bytes;
  }

  /** Mostly small, now and then large: 0 to `max`. */
  size(max: number): number {
    return Math.floor(max ** this.#next()) - (this.chance(0.5) ? 1 : 0);
  }

  /** A generator of its own, for one attack: its choices do not depend on what others do meanwhile. */
  fork(): Random {
    return new Random(this.int(2 ** 32));
  }
}
