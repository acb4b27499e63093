import { SOURCES, type Source } from '../market.js';
import { TIMEFRAME_COUNT } from '../timeframe.js';
import type { Shape, Shaped } from './shape.js';

/** Fields of one timeframe's row. */
const OPEN = 0;
const HIGH = 1;
const LOW = 2;
const CLOSE = 3;
const LOTS = 4;
const NOTIONAL = 5;
const TRADES = 6;
/** Elapsed ms of which a candle is known, each weighed with its coverage. */
const COVERED = 7;
/** One bit per source in it. */
const SOURCE_BITS = 8;
/** Pieces that are not the exchange's own finished candle. */
const UNVALIDATED = 9;
/** Pieces taken in; 0: nothing known of this bucket. */
const PIECES = 10;
const ROW = 11;

/** What is saved of the roll-ups of an asset: their rows. */
export const ROLL_UP_SHAPE = { doubles: ROW * TIMEFRAME_COUNT } as const satisfies Shape;
export type SavedRollUp = Shaped<typeof ROLL_UP_SHAPE>;

/** A closed piece of a longer candle. */
export interface Piece {
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly lots: number;
  /** Σ price · amount; NaN: not known. */
  readonly notional: number;
  /** NaN: not known. */
  readonly tradeCount: number;
  /** Length of the piece times its coverage, ms. */
  readonly coveredMs: number;
  readonly source: Source;
  readonly isValidated: boolean;
}

const BIT_OF_SOURCE: Readonly<Record<Source, number>> = { stream: 1, history: 2, built: 4, simulated: 8 };

/**
 * For each timeframe of one asset what the closed minutes of its current bucket come to: the longer candles without
 * the minute that forms. Lots are whole numbers, so volumes are exact in whatever order pieces come.
 */
export class RollUp {
  readonly #rows = new Float64Array(ROW * TIMEFRAME_COUNT);

  constructor() {
    for (let timeframe = 0; timeframe < TIMEFRAME_COUNT; timeframe++) this.clear(timeframe);
  }

  save(): SavedRollUp {
    return this.#rows.slice();
  }

  load(saved: SavedRollUp): void {
    this.#rows.set(saved);
  }

  clear(timeframe: number): void {
    const row = timeframe * ROW;
    this.#rows.fill(0, row, row + ROW);
    this.#rows[row + HIGH] = Number.NEGATIVE_INFINITY;
    this.#rows[row + LOW] = Number.POSITIVE_INFINITY;
  }

  /** Adds the piece that follows the ones before. */
  add(timeframe: number, piece: Piece): void {
    const rows = this.#rows;
    const row = timeframe * ROW;
    if (rows[row + PIECES] === 0) rows[row + OPEN] = piece.open;
    rows[row + HIGH] = Math.max(this.high(timeframe), piece.high);
    rows[row + LOW] = Math.min(this.low(timeframe), piece.low);
    rows[row + CLOSE] = piece.close;
    rows[row + LOTS] = this.lots(timeframe) + piece.lots;
    rows[row + NOTIONAL] = this.notional(timeframe) + piece.notional;
    rows[row + TRADES] = this.tradeCount(timeframe) + piece.tradeCount;
    rows[row + COVERED] = this.coveredMs(timeframe) + piece.coveredMs;
    rows[row + SOURCE_BITS] = (rows[row + SOURCE_BITS] as number) | BIT_OF_SOURCE[piece.source];
    rows[row + UNVALIDATED] = (rows[row + UNVALIDATED] as number) + Number(!piece.isValidated);
    rows[row + PIECES] = (rows[row + PIECES] as number) + 1;
  }

  isEmpty(timeframe: number): boolean {
    return this.#rows[timeframe * ROW + PIECES] === 0;
  }

  /** Meaningless while empty, as `close`. */
  open(timeframe: number): number {
    return this.#rows[timeframe * ROW + OPEN] as number;
  }

  /** −Infinity while empty. */
  high(timeframe: number): number {
    return this.#rows[timeframe * ROW + HIGH] as number;
  }

  /** Infinity while empty. */
  low(timeframe: number): number {
    return this.#rows[timeframe * ROW + LOW] as number;
  }

  close(timeframe: number): number {
    return this.#rows[timeframe * ROW + CLOSE] as number;
  }

  lots(timeframe: number): number {
    return this.#rows[timeframe * ROW + LOTS] as number;
  }

  /** NaN: not known of every piece. */
  notional(timeframe: number): number {
    return this.#rows[timeframe * ROW + NOTIONAL] as number;
  }

  /** NaN: not known of every piece. */
  tradeCount(timeframe: number): number {
    return this.#rows[timeframe * ROW + TRADES] as number;
  }

  coveredMs(timeframe: number): number {
    return this.#rows[timeframe * ROW + COVERED] as number;
  }

  /** True if every piece is the exchange's own finished candle. */
  isValidated(timeframe: number): boolean {
    return this.#rows[timeframe * ROW + UNVALIDATED] === 0;
  }

  /** Gives the source that all pieces, and `also` if given, have in common, else `built`. */
  source(timeframe: number, also?: Source): Source {
    let bits = this.#rows[timeframe * ROW + SOURCE_BITS] as number;
    if (also !== undefined) bits |= BIT_OF_SOURCE[also];
    return SOURCES.find((source) => BIT_OF_SOURCE[source] === bits) ?? 'built';
  }

  /** Gives the bucket's whole content, as a piece for something longer. Meaningless while empty. */
  piece(timeframe: number): Piece {
    return {
      open: this.open(timeframe),
      high: this.high(timeframe),
      low: this.low(timeframe),
      close: this.close(timeframe),
      lots: this.lots(timeframe),
      notional: this.notional(timeframe),
      tradeCount: this.tradeCount(timeframe),
      coveredMs: this.coveredMs(timeframe),
      source: this.source(timeframe),
      isValidated: this.isValidated(timeframe),
    };
  }
}
