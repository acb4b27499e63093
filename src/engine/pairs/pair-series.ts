/** Returns over which a pair is judged unless configured otherwise. */
export const DEFAULT_PAIR_PERIOD = 20;
export const MAX_PAIR_PERIOD = 1_000;

/** Slots before the rings: the closes before, and the moments of the `period` − 1 newest returns. */
const ASSET_CLOSE = 0;
const REFERENCE_CLOSE = 1;
const ASSET_ANCHOR = 2;
const REFERENCE_ANCHOR = 3;
const ASSET_MEAN = 4;
const REFERENCE_MEAN = 5;
const ASSET_SQUARES = 6;
const REFERENCE_SQUARES = 7;
const PRODUCTS = 8;
const CLOSED_CORRELATION = 9;
const CLOSED_BETA = 10;
const FORMING_CORRELATION = 11;
const FORMING_BETA = 12;
const RINGS = 13;

/**
 * Rolling correlation and beta of an asset against a reference, both from the log returns ln(close / previous close) of
 * the same candles: RiskMetrics Technical Document, 1996, 4.1. Log returns, because they treat rise and fall alike and
 * stay small whatever the prices do. TA-Lib's BETA takes simple returns, its CORREL the prices themselves.
 *
 * - Correlation: Pearson's, −1 … 1, no unit.
 * - Beta: covariance / variance of the reference, no unit; 1.5: the asset moved 1.5 times as much.
 *
 * Over the last `period` returns between candles that follow each other. NaN until there are as many, so first at
 * candle `period` of a series without a hole; NaN too while either of the two did not vary. A return is never taken over
 * a hole: `interrupt` leaves it out, and the ones before the hole stay.
 *
 * `peek` is O(1) and leaves no trace but the forming values; `commit` takes a step for each return of the window, so
 * that nothing is ever subtracted from a sum and nothing drifts. Neither allocates.
 */
export class PairSeries {
  readonly period: number;
  /** Slots, then a ring of returns of the asset and one of the reference, `period` − 1 each. */
  readonly #data: Float64Array;
  #returns = 0;
  #follows = false;

  /** @throws RangeError if `period` is not a whole number from 2 to 1,000 */
  constructor(period = DEFAULT_PAIR_PERIOD) {
    if (!Number.isInteger(period) || period < 2 || period > MAX_PAIR_PERIOD) {
      throw new RangeError(`period is ${period}; allowed: a whole number from 2 to ${MAX_PAIR_PERIOD}`);
    }
    this.period = period;
    this.#data = new Float64Array(RINGS + 2 * (period - 1));
    this.#data.fill(Number.NaN, CLOSED_CORRELATION, RINGS);
  }

  /** Returns taken in so far. */
  get depth(): number {
    return this.#returns;
  }

  /** As of the last `commit`; NaN: not defined. */
  get closedCorrelation(): number {
    return this.#data[CLOSED_CORRELATION] as number;
  }

  get closedBeta(): number {
    return this.#data[CLOSED_BETA] as number;
  }

  /** As of the last `peek`; NaN: not defined. */
  get formingCorrelation(): number {
    return this.#data[FORMING_CORRELATION] as number;
  }

  get formingBeta(): number {
    return this.#data[FORMING_BETA] as number;
  }

  /** Takes the closes of a candle that both have closed, > 0. */
  commit(asset: number, reference: number): void {
    this.#compute(asset, reference, CLOSED_CORRELATION);
    const data = this.#data;
    if (this.#follows) {
      const before = this.period - 1;
      const place = RINGS + (this.#returns % before);
      data[place] = logReturn(data[ASSET_CLOSE] as number, asset);
      data[place + before] = logReturn(data[REFERENCE_CLOSE] as number, reference);
      this.#returns += 1;
      if (this.#returns >= before) this.#takeMoments();
    }
    data[ASSET_CLOSE] = asset;
    data[REFERENCE_CLOSE] = reference;
    this.#follows = true;
  }

  /** Computes the forming values as if both closed here now. */
  peek(asset: number, reference: number): void {
    this.#compute(asset, reference, FORMING_CORRELATION);
  }

  /** Says that the next candle does not follow the last one, so that no return is taken between them. */
  interrupt(): void {
    this.#follows = false;
  }

  /** Makes the forming values undefined. */
  forget(): void {
    this.#data.fill(Number.NaN, FORMING_CORRELATION, RINGS);
  }

  /** Writes correlation and beta to `output` and after it: the moments kept, and one return more. */
  #compute(asset: number, reference: number, output: number): void {
    const data = this.#data;
    data[output] = Number.NaN;
    data[output + 1] = Number.NaN;
    const before = this.period - 1;
    if (!this.#follows || this.#returns < before) return;
    const share = before / this.period;
    const assetReturn = logReturn(data[ASSET_CLOSE] as number, asset);
    const referenceReturn = logReturn(data[REFERENCE_CLOSE] as number, reference);
    const x = assetReturn - (data[ASSET_ANCHOR] as number) - (data[ASSET_MEAN] as number);
    const y = referenceReturn - (data[REFERENCE_ANCHOR] as number) - (data[REFERENCE_MEAN] as number);
    const assetSquares = (data[ASSET_SQUARES] as number) + x * x * share;
    const referenceSquares = (data[REFERENCE_SQUARES] as number) + y * y * share;
    const products = (data[PRODUCTS] as number) + x * y * share;
    if (assetSquares === 0 || referenceSquares === 0) return;
    const correlation = products / Math.sqrt(assetSquares * referenceSquares);
    // Rounding can carry it a last digit beyond.
    data[output] = correlation > 1 ? 1 : correlation < -1 ? -1 : correlation;
    data[output + 1] = products / referenceSquares;
  }

  /** Takes the means of the ring and the sums of squared deviations from them anew, in two passes. */
  #takeMoments(): void {
    const data = this.#data;
    const before = this.period - 1;
    // Counted from one of them, returns that hardly differ keep their digits, and equal ones give exactly zero.
    const assetAnchor = data[RINGS] as number;
    const referenceAnchor = data[RINGS + before] as number;
    let assetMean = 0;
    let referenceMean = 0;
    for (let i = 0; i < before; i++) {
      assetMean += (data[RINGS + i] as number) - assetAnchor;
      referenceMean += (data[RINGS + before + i] as number) - referenceAnchor;
    }
    assetMean /= before;
    referenceMean /= before;
    let assetSquares = 0;
    let referenceSquares = 0;
    let products = 0;
    for (let i = 0; i < before; i++) {
      const x = (data[RINGS + i] as number) - assetAnchor - assetMean;
      const y = (data[RINGS + before + i] as number) - referenceAnchor - referenceMean;
      assetSquares += x * x;
      referenceSquares += y * y;
      products += x * y;
    }
    data[ASSET_ANCHOR] = assetAnchor;
    data[REFERENCE_ANCHOR] = referenceAnchor;
    data[ASSET_MEAN] = assetMean;
    data[REFERENCE_MEAN] = referenceMean;
    data[ASSET_SQUARES] = assetSquares;
    data[REFERENCE_SQUARES] = referenceSquares;
    data[PRODUCTS] = products;
  }
}

/** Gives ln(to / from), with all its digits where the two are close: their difference is exact, their ratio is not. */
function logReturn(from: number, to: number): number {
  const ratio = to / from;
  return ratio > 0.5 && ratio < 2 ? Math.log1p((to - from) / from) : Math.log(ratio);
}
