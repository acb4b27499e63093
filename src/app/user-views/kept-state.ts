import { sameValue } from './same-value.js';
import { type PriceReader, SeenPrices } from './seen-prices.js';

/** A state that is watched: what it is made of, or it itself, as it was when it was last taken. */
export interface Kept {
  /** Takes it as it is now; says whether it is another than before, or the first. */
  take(): boolean;
  /** The values of the state that was taken. */
  row(): readonly unknown[];
}

/** How a state is made of some parts and prices. */
export interface StateMaker<P extends readonly unknown[]> {
  /** What it is made of besides prices, as that is now: none of them is ever changed, only replaced. */
  readonly parts: () => P;
  /** The engine's numbers of the assets whose prices are in it. */
  readonly assetsOf: (parts: P) => Iterable<number>;
  readonly row: (parts: P, prices: PriceReader) => readonly unknown[];
  /** Where the newest prices are. */
  readonly prices: PriceReader;
}

/**
 * Keeps what a state is made of, and not the state: it is made again when it is asked for. The states themselves, thousands
 * of maps that live until the next round, would be copied by the collector again and again, which takes tens of ms.
 */
export class KeptState<P extends readonly unknown[]> implements Kept {
  readonly #maker: StateMaker<P>;
  readonly #prices = new SeenPrices();
  #parts: P | null = null;

  constructor(maker: StateMaker<P>) {
    this.#maker = maker;
  }

  take(): boolean {
    const { parts: read, assetsOf, prices } = this.#maker;
    const parts = read();
    const before = this.#parts;
    if (before?.every((part, i) => Object.is(part, parts[i])) === true) return this.#prices.take(prices);
    // Other parts may say the same: lists that are read anew, scores of a market that stands still.
    const row = before === null ? null : this.row();
    this.#parts = parts;
    this.#prices.watch(assetsOf(parts));
    this.#prices.take(prices);
    return row === null || !sameValue(row, this.row());
  }

  row(): readonly unknown[] {
    if (this.#parts === null) throw new Error('nothing was taken yet');
    return this.#maker.row(this.#parts, this.#prices);
  }
}

/** Keeps a small state itself. */
export class KeptRow implements Kept {
  readonly #make: () => readonly unknown[];
  #row: readonly unknown[] | null = null;

  constructor(make: () => readonly unknown[]) {
    this.#make = make;
  }

  take(): boolean {
    const row = this.#make();
    if (this.#row !== null && sameValue(this.#row, row)) return false;
    this.#row = row;
    return true;
  }

  row(): readonly unknown[] {
    if (this.#row === null) throw new Error('nothing was taken yet');
    return this.#row;
  }
}
