import { type Indicator, type IndicatorKind, type Parameters, parameter } from '../indicator.js';
import { CLOSE, type SlabLayout } from '../slab-layout.js';

/** Slots of state: see `Bollinger`. A moment is a mean and the sum of squared deviations from it. */
const ANCHOR = 0;
const MEAN = 1;
const SQUARES = 2;
const BLOCK_MEAN = 3;
const BLOCK_SQUARES = 4;
const SUFFIXES = 5;

/**
 * Bollinger bands (J. Bollinger, 1983; TA-Lib's BBANDS with an SMA): the mean of the last `period` closes ± `width`
 * population deviations; bandwidth = (upper − lower) / middle; percent_b = (close − lower) / (upper − lower), and 0.5
 * where the bands coincide, for the close then lies on the middle. First at candle `period` − 1.
 *
 * Nothing is ever subtracted from a sum, so digits neither cancel nor drift. The `period` − 1 closes before the candle
 * are the newest part of a finished block and the unfinished block after it; when a block of `period` − 1 closes is
 * full, the moments of each of its newest parts are computed anew, and the two are merged as Chan, Golub and LeVeque
 * do (Algorithms for Computing the Sample Variance, 1983). All closes count from an anchor, the last close of the
 * finished block, because a quiet price has few digits that change.
 */
class Bollinger implements Indicator {
  readonly #period: number;
  readonly #width: number;
  readonly #state: number;
  readonly #upper: number;
  readonly #closes: number;
  readonly #mask: number;

  constructor(period: number, width: number, layout: SlabLayout) {
    this.#period = period;
    this.#width = width;
    this.#state = layout.state(SUFFIXES + 2 * (period - 1));
    this.#upper = layout.output();
    for (let i = 1; i < OUTPUTS.length; i++) layout.output();
    this.#closes = layout.closes;
    this.#mask = layout.closesMask;
  }

  peek(slab: Float64Array, stride: number, counts: Int32Array): void {
    for (let series = 0, base = 0; series < counts.length; series++, base += stride) {
      // Outputs were NaN from the beginning, and a count never goes back.
      if ((counts[series] as number) >= this.#period - 1) this.#show(slab, base, base + this.#upper);
    }
  }

  commit(slab: Float64Array, base: number, count: number): void {
    const length = this.#period - 1;
    if (count >= length) this.#show(slab, base, base + this.#upper);
    const state = base + this.#state;
    const close = slab[base + CLOSE] as number;
    if (count === 0) slab[state + ANCHOR] = close;
    const inBlock = (count + 1) % length;
    if (inBlock === 0) {
      this.#finishBlock(slab, base, count);
      return;
    }
    const value = close - (slab[state + ANCHOR] as number);
    let mean = slab[state + BLOCK_MEAN] as number;
    const delta = value - mean;
    mean += delta / inBlock;
    const squares = (slab[state + BLOCK_SQUARES] as number) + (delta * delta * (inBlock - 1)) / inBlock;
    slab[state + BLOCK_MEAN] = mean;
    slab[state + BLOCK_SQUARES] = squares;
    if (count < length) return;
    const older = length - inBlock;
    const suffix = state + SUFFIXES + 2 * (older - 1);
    const olderMean = slab[suffix] as number;
    const apart = mean - olderMean;
    slab[state + MEAN] = olderMean + (apart * inBlock) / length;
    slab[state + SQUARES] =
      (slab[suffix + 1] as number) + squares + (apart * apart * older * inBlock) / length;
  }

  /** Makes the last `period` − 1 closes, this one included, the finished block. */
  #finishBlock(slab: Float64Array, base: number, count: number): void {
    const length = this.#period - 1;
    const state = base + this.#state;
    const anchor = slab[base + CLOSE] as number;
    let mean = 0;
    let squares = 0;
    for (let n = 1; n <= length; n++) {
      const close = n === 1 ? anchor : (slab[base + this.#closes + ((count - n + 1) & this.#mask)] as number);
      const delta = close - anchor - mean;
      mean += delta / n;
      squares += (delta * delta * (n - 1)) / n;
      slab[state + SUFFIXES + 2 * (n - 1)] = mean;
      slab[state + SUFFIXES + 2 * (n - 1) + 1] = squares;
    }
    slab[state + ANCHOR] = anchor;
    slab[state + MEAN] = mean;
    slab[state + SQUARES] = squares;
    slab[state + BLOCK_MEAN] = 0;
    slab[state + BLOCK_SQUARES] = 0;
  }

  #show(slab: Float64Array, base: number, output: number): void {
    const period = this.#period;
    const state = base + this.#state;
    const anchor = slab[state + ANCHOR] as number;
    const before = slab[state + MEAN] as number;
    const value = (slab[base + CLOSE] as number) - anchor;
    const delta = value - before;
    const mean = before + delta / period;
    const squares = (slab[state + SQUARES] as number) + (delta * delta * (period - 1)) / period;
    const reach = this.#width * Math.sqrt(squares / period);
    const middle = anchor + mean;
    slab[output] = middle + reach;
    slab[output + 1] = middle;
    slab[output + 2] = middle - reach;
    slab[output + 3] = (2 * reach) / middle;
    slab[output + 4] = reach === 0 ? 0.5 : 0.5 + (value - mean) / (2 * reach);
  }
}

/** One object per parameter set; several sets are rare, so they are simply run one after the other. */
class Bollingers implements Indicator {
  readonly #all: readonly Bollinger[];

  constructor(all: readonly Bollinger[]) {
    this.#all = all;
  }

  commit(slab: Float64Array, base: number, count: number): void {
    for (const bands of this.#all) bands.commit(slab, base, count);
  }

  peek(slab: Float64Array, stride: number, counts: Int32Array): void {
    for (const bands of this.#all) bands.peek(slab, stride, counts);
  }
}

const OUTPUTS = ['bb_upper', 'bb_middle', 'bb_lower', 'bb_bandwidth', 'bb_percent_b'];

function suffix(parameters: Parameters): string {
  const period = parameter(parameters, 'period');
  const width = parameter(parameters, 'width');
  return period === 20 && width === 2 ? '' : `_${period}_${width}`;
}

/** Configuration `{name: 'bb'}` (20 closes, 2 deviations) → `bb_upper` … `bb_percent_b`; others add `_50_2.5`. */
export const bollingerKind: IndicatorKind = {
  name: 'bb',
  parameters: [
    { name: 'period', default: 20, min: 3, max: 10_000, integer: true },
    { name: 'width', default: 2, min: 0.01, max: 100, integer: false },
  ],
  closesNeeded: (parameters) => parameter(parameters, 'period') - 1,
  columns: (parameters) => OUTPUTS.map((name) => name + suffix(parameters)),
  create: (all, layout) =>
    new Bollingers(
      all.map(
        (parameters) =>
          new Bollinger(parameter(parameters, 'period'), parameter(parameters, 'width'), layout),
      ),
    ),
};
