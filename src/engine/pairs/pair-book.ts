import { TIMEFRAMES } from '../../timeframe.js';
import { ClosedCloses } from './closed-closes.js';
import { PairJoin } from './pair-join.js';
import { DEFAULT_PAIR_PERIOD } from './pair-series.js';

/** Values of a pair; NaN: not defined. See `PairSeries`. */
export interface PairValues {
  readonly correlation: number;
  readonly beta: number;
}

/** An asset that stands in a pair: what it closed lately, and the pairs that wait for it. */
interface Member {
  readonly closed: readonly ClosedCloses[];
  readonly pairs: Pair[];
}

interface Pair {
  readonly asset: number;
  readonly reference: number;
  /** One per timeframe. */
  readonly joins: readonly PairJoin[];
}

/**
 * Correlation and beta of assets against references, on all timeframes. After a pair was added, the book is told of
 * every candle that either side closes, history first, each asset's in order; between assets any order will do, and the
 * whole history of one may come before that of the other: the newest 2 · (period + 1) of each wait at least. Knows no
 * clock.
 *
 * A closed candle costs a step per pair of its asset and return of the window; a read of forming values is O(1).
 */
export class PairBook {
  readonly #period: number;
  readonly #members = new Map<number, Member>();
  readonly #pairs: (Pair | undefined)[] = [];

  /** @throws RangeError if `period` is not a whole number from 2 to 1,000, at the first pair */
  constructor(period = DEFAULT_PAIR_PERIOD) {
    this.#period = period;
  }

  /**
   * Adds a pair; gives its number, the smallest free one.
   *
   * @param asset number of an asset of the engine
   * @param reference the asset that it is judged against
   * @throws RangeError if both are the same
   */
  add(asset: number, reference: number): number {
    if (asset === reference) throw new RangeError(`asset ${asset} cannot be its own reference`);
    const of = this.#member(asset);
    const against = this.#member(reference);
    const joins = TIMEFRAMES.map(
      (timeframe, index) =>
        new PairJoin(
          timeframe,
          of.closed[index] as ClosedCloses,
          against.closed[index] as ClosedCloses,
          this.#period,
        ),
    );
    const pair = { asset, reference, joins };
    of.pairs.push(pair);
    against.pairs.push(pair);
    const free = this.#pairs.indexOf(undefined);
    const number = free === -1 ? this.#pairs.length : free;
    this.#pairs[number] = pair;
    return number;
  }

  /** Ends a pair; its number is free. An asset without any pair left is forgotten. */
  remove(pair: number): void {
    const { asset, reference } = this.#pair(pair);
    for (const id of [asset, reference]) {
      const { pairs } = this.#member(id);
      pairs.splice(pairs.indexOf(this.#pair(pair)), 1);
      if (pairs.length === 0) this.#members.delete(id);
    }
    this.#pairs[pair] = undefined;
  }

  /** Ends all pairs of an asset, as its number may become another asset's. */
  removeAsset(asset: number): void {
    for (const [number, pair] of this.#pairs.entries()) {
      if (pair?.asset === asset || pair?.reference === asset) this.remove(number);
    }
  }

  /** Says whether an asset stands in a pair: from then on the book must be told of its candles. */
  has(asset: number): boolean {
    return this.#members.has(asset);
  }

  /** Gives the asset and the reference of a pair. */
  members(pair: number): readonly [asset: number, reference: number] {
    const { asset, reference } = this.#pair(pair);
    return [asset, reference];
  }

  /**
   * Takes in a closed candle; one of an asset without a pair is ignored.
   *
   * @param time start of its bucket, ms
   * @throws RangeError if it is not later than the series' last one: a programming error
   */
  closed(asset: number, timeframeIndex: number, time: number, close: number): void {
    const member = this.#members.get(asset);
    if (member === undefined) return;
    member.closed[timeframeIndex]?.add(time, close);
    for (const pair of member.pairs) pair.joins[timeframeIndex]?.advance();
  }

  /** Start of the newest bucket that both closed, ms: to which the closed values belong. NaN before the first. */
  closedTime(pair: number, timeframeIndex: number): number {
    return this.#join(pair, timeframeIndex).time;
  }

  /** Gives the values as of the newest bucket that both closed. */
  closedValues(pair: number, timeframeIndex: number): PairValues {
    const { series } = this.#join(pair, timeframeIndex);
    return { correlation: series.closedCorrelation, beta: series.closedBeta };
  }

  /**
   * Gives the values as if both forming candles closed now. Undefined unless both are of one bucket, and it follows the
   * newest that both closed: while one side has closed a bucket and the other has not, there is nothing to compare.
   *
   * @param assetTime start of the asset's forming bucket, ms
   * @param asset its last price
   */
  formingValues(
    pair: number,
    timeframeIndex: number,
    assetTime: number,
    asset: number,
    referenceTime: number,
    reference: number,
  ): PairValues {
    const join = this.#join(pair, timeframeIndex);
    join.peek(assetTime, asset, referenceTime, reference);
    return { correlation: join.series.formingCorrelation, beta: join.series.formingBeta };
  }

  #member(asset: number): Member {
    const known = this.#members.get(asset);
    if (known !== undefined) return known;
    // Twice what a window needs, so that the histories of both may be told one after the other.
    const member = { closed: TIMEFRAMES.map(() => new ClosedCloses(2 * (this.#period + 1))), pairs: [] };
    this.#members.set(asset, member);
    return member;
  }

  #pair(pair: number): Pair {
    const found = this.#pairs[pair];
    if (found === undefined) throw new RangeError(`there is no pair ${pair}`);
    return found;
  }

  #join(pair: number, timeframeIndex: number): PairJoin {
    const join = this.#pair(pair).joins[timeframeIndex];
    if (join === undefined) throw new RangeError(`there is no timeframe ${timeframeIndex}`);
    return join;
  }
}
